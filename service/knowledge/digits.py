"""Check digits: Verhoeff for SNOMED CT identifiers, mod 10 for LOINC numbers."""

from __future__ import annotations

import re
from typing import Final

_ROTATE: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_PERMUTE: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)
_CONCEPT: Final = re.compile(r"[1-9]\d{2,14}[01]0\d")  # partition 00 or 10: a concept
_LOINC: Final = re.compile(r"(\d{1,7})-(\d)")
_ANSWER: Final = re.compile(r"LA\d{1,7}-\d")


def is_snomed_concept(code: str) -> bool:
    """Whether a SNOMED CT identifier is that of a concept, and its check digit is right.

    >>> is_snomed_concept("44054006"), is_snomed_concept("44054007")
    (True, False)
    """
    if not _CONCEPT.fullmatch(code):
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = _ROTATE[check][_PERMUTE[place % 8][int(digit)]]
    return check == 0


def is_loinc(code: str) -> bool:
    """Whether a LOINC number's check digit is right; answer codes (LA…) have only a form.

    >>> is_loinc("718-7"), is_loinc("718-8"), is_loinc("LA15173-0")
    (True, False, True)
    """
    if _ANSWER.fullmatch(code):
        return True
    match = _LOINC.fullmatch(code)
    if match is None:
        return False
    total = 0
    for place, digit in enumerate(reversed(match[1])):
        doubled = int(digit) * 2 if place % 2 == 0 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 (the sum of its two digits)
    return (10 - total % 10) % 10 == int(match[2])
