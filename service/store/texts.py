"""Texts as columns take them."""

from __future__ import annotations


def clean(text: str) -> str:
    """The text without what databases refuse: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def kept(text: str | None, most: int = 255) -> str | None:
    """The text as a column of so many characters takes it."""
    return None if text is None else clean(text)[:most]
