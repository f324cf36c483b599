"""How a command ends that can't do what it was asked."""

from __future__ import annotations


class CommandError(Exception):
    """Ends a command with a line for each fault on standard error and an exit status; never a traceback."""

    def __init__(self, *faults: str, status: int = 2) -> None:
        """Take the lines, and the exit status: 2 where the command or the settings have to be changed."""
        super().__init__("\n".join(faults))
        self.faults = faults
        self.status = status
