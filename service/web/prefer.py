"""`Prefer`: what the caller would like, if it can be had (RFC 7240)."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request


def preferred(name: str) -> str:
    """The value of a preference of this request; "" where it has none."""
    return preferences(request.headers.getlist("Prefer")).get(name, "")


def preferences(headers: Iterable[str]) -> dict[str, str]:
    """The preferences by name, in lower case; of two equal names the first counts.

    >>> preferences(['return=minimal, Handling="lenient"; x=1', "return=representation"])
    {'return': 'minimal', 'handling': 'lenient'}
    """
    found: dict[str, str] = {}
    for part in ",".join(headers).split(","):
        name, _, value = part.partition(";")[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found
