"""Whether this process was forked from one in which TensorFlow had run, and in which it would now wait for ever.

A forked child has none of its parent's threads, but all of what they held. `import eyecandy` alone sees to it, since
the program may start TensorFlow itself.
"""

import os
import sys
from pathlib import Path

_THREADS = Path("/proc/self/task")  # Linux's


def _running() -> bool:
    """Whether TensorFlow has started its threads, as far as this process knows."""
    context = sys.modules.get("tensorflow.python.eager.context")
    started = context.context_safe() if context is not None else None
    return started is not None and getattr(started, "_initialized", True)


class _Fork:
    after_tensorflow = False

    def note(self) -> None:
        """In a forked child, or where nobody has looked yet: TensorFlow's threads should be there and are not."""
        self.after_tensorflow = self.after_tensorflow or _running()


_fork = _Fork()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fork.note)
if _running() and _THREADS.is_dir() and len(list(_THREADS.iterdir())) == 1:
    _fork.note()


def after_tensorflow() -> bool:
    """Whether TensorFlow had run before this process was forked."""
    return _fork.after_tensorflow
