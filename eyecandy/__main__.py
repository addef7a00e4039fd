"""`python -m eyecandy`."""

from eyecandy.cli.app import main

main()
