"""What is said to a person, and how a command fails."""

import sys

WRONG_USE = 2
DEPENDENCY_AWAY = 3


class StackError(Exception):
    """A failure with a sentence that a person can act on, and the exit code of the command."""

    def __init__(self, message: str, code: int = DEPENDENCY_AWAY) -> None:
        super().__init__(message)
        self.code = code


def say(message: str) -> None:
    """Progress goes to standard error: standard output is for `env` and `--json`."""
    print(f"stack: {message}", file=sys.stderr, flush=True)
