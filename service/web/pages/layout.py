"""What all pages share: one layout, one policy, and the way to each other."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from flask import Response, request
from jinja2 import Environment, PackageLoader, StrictUndefined

from service import __version__
from service.settings import Settings
from service.web.pages import markdown
from service.web.pages.assets import ASSETS, TYPES

# No script and no style but those of /static: not inline, and not from elsewhere.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

# The pages there are, in the order of the navigation: address, name.
NAVIGATION: Final = (
    ("/", "Workbench"),
    ("/sandbox", "Sandbox"),
    ("/insights", "Insights"),
    ("/rules", "Rules"),
    ("/docs", "Interface"),
)


class Pages:
    """Writes pages from the templates of this folder. Everything put into them is escaped."""

    def __init__(self, settings: Settings) -> None:
        """Take the address that the pages are reached by: it may have a path, which a proxy takes off."""
        self._root = urlsplit(settings.base_url).path.rstrip("/")
        self._templates = Environment(
            loader=PackageLoader("service.web.pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"inline": markdown.line, "markdown": markdown.blocks}
        self._templates.globals |= {
            "to": self.to,
            "asset": self.asset,
            "navigation": NAVIGATION,
            "software_version": __version__,
        }

    def to(self, path: str) -> str:
        """The address of a path of ours, as a link in a page writes it."""
        return f"{self._root}{path}"

    def asset(self, name: str) -> str:
        """The address of a static file; it changes with the content, so that it can be kept for ever."""
        return f"{self._root}/static/{name}?v={ASSETS[name].digest}"

    def write(self, template: str, **values: object) -> str:
        """The text of a page, or of a part of one."""
        return self._templates.get_template(template).render(path=request.path, **values)

    def page(self, template: str, status: HTTPStatus = HTTPStatus.OK, **values: object) -> Response:
        """A page as an answer."""
        response = Response(self.write(template, **values), status=status, content_type=TYPES[".html"])
        response.headers["Content-Security-Policy"] = POLICY
        return response
