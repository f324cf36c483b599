"""`/sandbox`: a page that plays an EHR."""

from __future__ import annotations

from flask import Blueprint, Response

from service.web.pages.layout import Pages


def sandbox_blueprint(pages: Pages) -> Blueprint:
    """Everything under `/sandbox`."""
    sandbox = Blueprint("sandbox", __name__, url_prefix="/sandbox")

    @sandbox.get("")
    def show() -> Response:
        return pages.page("sandbox.html")

    return sandbox
