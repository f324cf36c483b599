"""Chart words as a sentence can hold them."""

from __future__ import annotations

from typing import Final

_LIMIT: Final = 120


def quoted(words: str) -> str:
    """One line, at most 120 characters."""
    line = " ".join(words.split())
    return line if len(line) <= _LIMIT else f"{line[: _LIMIT - 1]}…"
