"""The one exception a user can cause."""


class EyecandyError(ValueError):
    """Something the caller can put right.

    The message is one line that says what is wrong, what was expected, what was received and what to do. The
    command line prints it and exits with code 2; anything else that is raised is a defect of eyecandy.
    """
