"""Strings as FHIR and XHTML allow them: chart text goes into the answer, and must not break it."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import Final

from service.core.dates import Span

# FHIR's own limit for a string.
_LONGEST: Final = 1024 * 1024

# Dropped: control characters (XML has no way to write them), lone surrogates, the two characters that are
# none, and the marks that turn the direction of text around, with which a chart could make a filed sentence
# read as another one. The right-to-left marks that Arabic and Hebrew text needs stay.
_DROPPED: Final = dict.fromkeys(
    [code for code in range(0x20) if chr(code) not in "\t\n\r"]
    + list(range(0x7F, 0xA0))
    + list(range(0x202A, 0x202F))
    + list(range(0x2066, 0x206A))
    + list(range(0xD800, 0xE000))
    + [0xFFFE, 0xFFFF]
)

_CODE: Final = re.compile(r"[^\s]+( [^\s]+)*")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
_FARTHEST_ZONE: Final = timedelta(hours=14)


def plain(text: str) -> str:
    r"""The text without what FHIR forbids in a string; its lines stay. Empty where nothing is left.

    >>> plain(" left \x00calf ")
    'left calf'
    """
    if not text.isprintable():
        text = text.translate(_DROPPED)
    return text.strip()[:_LONGEST].rstrip()


def sentence(text: str) -> str:
    r"""The text as one line.

    >>> sentence("left\n  calf")
    'left calf'
    """
    return " ".join(plain(text).split())


def code(text: str) -> str:
    r"""The text where it may stand as a FHIR code; else empty.

    >>> code("MedicationRequest"), code("Medication\tRequest")
    ('MedicationRequest', '')
    """
    return text if _CODE.fullmatch(text) and plain(text) == text else ""


def absolute_uri(text: str) -> str:
    """The text where it may stand as an absolute URI (a `Coding.system` has to be one); else empty."""
    return text if _ABSOLUTE.fullmatch(text) and plain(text) == text else ""


def is_id(text: str) -> bool:
    """Whether a text is a FHIR id."""
    return _ID.fullmatch(text) is not None


def date_time(span: Span) -> str:
    """The moment as a FHIR dateTime, as exact as it was written.

    FHIR wants seconds and a zone with every time. A time without a zone is left out: the day is what is known.
    """
    instant = span.instant
    if instant is None:
        return str(span)
    offset = instant.utcoffset()
    if not offset or abs(offset) > _FARTHEST_ZONE:
        return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return instant.isoformat(timespec="seconds")
