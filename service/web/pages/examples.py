"""The charts of `examples/`, to try: each tells one story. Nobody in them exists."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

_PACKAGE = Path(__file__).resolve().parents[2]


class Example(NamedTuple):
    """A chart, and what to ask about it."""

    id: str
    title: str
    story: str
    as_of: str
    packs: tuple[str, ...]
    stimulation: str  # true, false, or "" where nothing is said
    chart: str


def load_examples() -> tuple[Example, ...]:
    """Those of `examples/stories.csv`, in its order: beside the package in a checkout, else inside it."""
    beside = _PACKAGE.parent / "examples"
    folder = beside if beside.is_dir() else _PACKAGE / "_examples"
    with (folder / "stories.csv").open(encoding="utf-8", newline="") as rows:
        return tuple(
            Example(
                id=row["file"].removesuffix(".json"),
                title=row["title"],
                story=row["story"],
                as_of=row["as-of"],
                packs=tuple(row["packs"].split()),
                stimulation=row["electrical-stimulation"],
                chart=(folder / row["file"]).read_text(encoding="utf-8"),
            )
            for row in csv.DictReader(rows)
        )
