"""Markdown as HTML, as an EHR that draws cards does it: tables yes, HTML in it no."""

from __future__ import annotations

from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

_GITHUB: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


def blocks(text: str) -> Markup:
    """Paragraphs, lists and tables. HTML in the text is shown and not obeyed."""
    return Markup(_GITHUB.render(text))  # noqa: S704 - the renderer escapes what it is given


def line(text: str) -> Markup:
    """What stands in one line: emphasis, code.

    >>> line("`id` of <b>")
    Markup('<code>id</code> of &lt;b&gt;')
    """
    return Markup(_GITHUB.renderInline(text))  # noqa: S704 - as above
