"""How a command ends that can't do what it was asked."""

from __future__ import annotations


class CommandError(Exception):
    """Ends a command with one line on standard error and an exit status; never a traceback."""

    def __init__(self, message: str, *, status: int = 2) -> None:
        """Take the line, and the exit status: 2 where the command or the settings have to be changed."""
        super().__init__(message)
        self.status = status
