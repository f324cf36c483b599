"""Markdown as HTML, as an EHR that draws cards does it: tables yes; HTML, links and pictures in it no."""

from __future__ import annotations

from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token  # noqa: TC002 - as our own types
from markupsafe import Markup

_GITHUB: Final = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "link", "autolink"])

# A narrow page may show rows as blocks, which would cost them their meaning for screen readers.
_ROLES: Final = {
    "table_open": "table",
    "thead_open": "rowgroup",
    "tbody_open": "rowgroup",
    "tr_open": "row",
    "th_open": "columnheader",
    "td_open": "cell",
}


def blocks(text: str) -> Markup:
    """Paragraphs, lists and tables. HTML in the text is shown and not obeyed.

    Each cell of a table carries the heading of its column, for style sheets that show rows as blocks.
    """
    tokens = _GITHUB.parse(text)
    _label(tokens)
    return Markup(_GITHUB.renderer.render(tokens, _GITHUB.options, {}))  # noqa: S704 - what it is given was escaped


def line(text: str) -> Markup:
    """What stands in one line: emphasis, code.

    >>> line("`id` of <b>")
    Markup('<code>id</code> of &lt;b&gt;')
    """
    return Markup(_GITHUB.renderInline(text))  # noqa: S704 - as above


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
