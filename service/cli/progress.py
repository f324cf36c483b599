"""How far a run over many files has come, on standard error."""

from __future__ import annotations

import shutil
from typing import Final, TextIO

_BAR: Final = 24
_LINES: Final = 10  # where there is no terminal: at most so many lines in all


class Progress:
    """A bar that is redrawn on a terminal; elsewhere a plain line now and then; nothing for a single file."""

    def __init__(self, total: int, stream: TextIO) -> None:
        """Take how many files there are, and where to write."""
        self._total = total
        self._stream = stream
        self._redraw = stream.isatty()
        self._every = max(total // _LINES, 1)

    def show(self, done: int, name: str) -> None:
        """Say that `done` files are finished and which one is next."""
        if self._total < 2:  # noqa: PLR2004 - one file needs no bar
            return
        count = f"{done} of {self._total}"
        if self._redraw:
            filled = _BAR * done // self._total
            line = f"[{'#' * filled}{'.' * (_BAR - filled)}] {count} {name}"
            self._stream.write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}")
            self._stream.flush()
        elif done and done % self._every == 0:
            self._stream.write(f"{count} done\n")
            self._stream.flush()

    def clear(self) -> None:
        """Take the bar away, so that something else can be printed."""
        if self._redraw and self._total > 1:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
