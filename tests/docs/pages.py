"""The project's pages, taken apart: fenced blocks, links and tables."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part in {"var", "dist", "node_modules"} for part in path.relative_to(ROOT).parts)
)

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: its language, its text."""

    language: str
    text: str


def read_page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    return [Block(*found) for found in _FENCED.findall(page)]


def links(page: str) -> list[str]:
    return _LINK.findall(_FENCED.sub("", page))


def anchors(page: str) -> set[str]:
    """The headings of a page, as a link names them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(page)}


def rows(page: str, heading: str) -> Iterator[list[str]]:
    """The rows of every table with this first column heading, without backquotes."""
    inside = False
    for line in page.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells:
            inside = False
        elif cells[0] == heading:
            inside = True
        elif inside and not set(cells[0]) <= set("-: "):
            yield [cell.replace("`", "").replace("\\|", "|") for cell in cells]


def shown(part: object, whole: object) -> bool:
    """Whether a shortened JSON value is what is left of the whole one when parts are cut out.

    A text may end in an ellipsis; a list may lack elements, in their order.
    """
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and shown(part[key], whole[key]) for key in part)
    if isinstance(part, list):
        rest = iter(whole) if isinstance(whole, list) else iter(())
        return all(any(shown(each, other) for other in rest) for each in part)
    if isinstance(part, str) and part.endswith("…"):
        return isinstance(whole, str) and whole.startswith(part[:-1])
    return part == whole


def load_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
