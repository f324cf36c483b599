"""The language that a caller wants its answer in."""

from __future__ import annotations

from flask import g, request

from service.pipeline import Screener


def wanted_language(screener: Screener) -> str:
    """The first of the languages that there are in the caller's `Accept-Language`; else the service's own.

    A region is passed over ("de-AT" is "de"). The answer says which it is.
    """
    preferred = (tag.lower().partition("-")[0] for tag, _ in request.accept_languages)
    g.language = next(
        (screener.language if tag == "*" else tag for tag in preferred if tag == "*" or tag in screener.wordings),
        screener.language,
    )
    return str(g.language)
