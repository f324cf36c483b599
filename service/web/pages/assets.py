"""The static files of the pages: few and small, so they are read once and served from memory."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Final, NamedTuple

from flask import Blueprint, Response, abort, request

TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "public, no-cache"


class Asset(NamedTuple):
    """A static file."""

    content: bytes
    content_type: str
    digest: str


def _read() -> dict[str, Asset]:
    found = {}
    for each in files("service.web.pages").joinpath("static").iterdir():
        content = each.read_bytes()
        content_type = TYPES[f".{each.name.rpartition('.')[2]}"]
        found[each.name] = Asset(content, content_type, hashlib.sha256(content).hexdigest()[:16])
    return found


ASSETS: Final = _read()


def assets_blueprint() -> Blueprint:
    """Everything under `/static`."""
    assets = Blueprint("assets", __name__, url_prefix="/static")

    @assets.get("/<name_>")
    def read(name_: str) -> Response:
        asset = ASSETS.get(name_)
        if asset is None:
            abort(404)
        response = Response(asset.content, content_type=asset.content_type)
        kept = request.args.get("v") == asset.digest
        response.headers["Cache-Control"] = _FOR_EVER if kept else _ASK_AGAIN
        response.set_etag(asset.digest)
        response.make_conditional(request)
        return response

    return assets
