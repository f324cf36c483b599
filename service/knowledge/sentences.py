"""What a sentence that is not the pack's own may hold: a site's wording, or a translation."""

from __future__ import annotations

import re
from string import Formatter
from typing import Final

# The places that are filled in from the chart, by the text they stand in. Other texts have none.
PLACES: Final = {
    "found": frozenset({"title", "evidence"}),
    "together": frozenset({"drugs"}),
    "notes": frozenset({"title", "evidence"}),
    "because": frozenset({"quote"}),
}
_SAFE: Final = re.compile(r"\bsafe\b", re.IGNORECASE)


def places(text: str) -> frozenset[str]:
    """The names in braces that a text has filled in. Raises ValueError where a brace is no such name.

    >>> sorted(places("{title} is recorded: {evidence}."))
    ['evidence', 'title']
    """
    found = set()
    for _, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(f"{{{name}}} is no name of a place")
        found.add(name)
    return frozenset(found)


def fault_of(text: object, allowed: frozenset[str]) -> str:
    """Why this can't be a sentence of a pack; empty where it can."""
    if not isinstance(text, str) or not text.strip():
        return "must be a text"
    try:
        unknown = places(text) - allowed
    except ValueError:
        return "has a brace that belongs to no place such as {evidence}"
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "none"
        return f"has the place {{{min(unknown)}}}, which is not filled in here; known: {known}"
    if _SAFE.search(text):
        return 'has the word "safe", which no result says'
    return ""
