"""Paths as people write them: a slash too many leads to the same place, and never to a redirect.

Integration engines take a redirect for an error, and some stop a whole interface on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from werkzeug.routing import BaseConverter

_SLASHES: Final = re.compile("/{2,}")


class IdConverter(BaseConverter):
    """An id in a path: `$screen` and `_search` have its form and are none."""

    regex = "[^/$_][^/]*"
    part_isolating = True  # it never spans a slash


Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def plain_paths(app: Wsgi) -> Wsgi:
    """The same application, for paths with doubled or trailing slashes, too."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["PATH_INFO"] = plain_path(environ.get("PATH_INFO", ""))
        return app(environ, start_response)

    return serve


def plain_path(path: str) -> str:
    """The path with single slashes and none at its end.

    >>> plain_path("//fhir/metadata/")
    '/fhir/metadata'
    """
    return (_SLASHES.sub("/", path) if "//" in path else path).rstrip("/") or "/"
