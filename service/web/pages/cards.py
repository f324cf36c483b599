"""Cards as an EHR draws them: Markdown as HTML, without anything that could run or load."""

from __future__ import annotations

from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token  # noqa: TC002 - as our own types
from markupsafe import Markup

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "link", "autolink"])

# A narrow page shows rows as blocks, which would cost them their meaning for screen readers.
_ROLES: Final = {
    "table_open": "table",
    "thead_open": "rowgroup",
    "tbody_open": "rowgroup",
    "tr_open": "row",
    "th_open": "columnheader",
    "td_open": "cell",
}


def drawn(markdown: str) -> Markup:
    """The detail of a card as HTML; each cell of a table carries the heading of its column."""
    tokens = _MARKDOWN.parse(markdown)
    _label(tokens)
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704 - HTML in it was escaped


def _label(tokens: list[Token]) -> None:
    headings: list[str] = []
    column = 0
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type in _ROLES:
            token.attrs = {"role": _ROLES[token.type]}
        if token.type == "table_open":
            headings = []
        elif token.type == "tr_open":
            column = 0
        elif token.type == "th_open" and following is not None:
            headings.append(following.content)
        elif token.type == "td_open":
            token.attrs["data-label"] = headings[column]
            column += 1
