"""The vignettes as cases of a rule: what they are called, and what is said of them. Only a checkout has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import yaml

_FOLDER: Final = Path(__file__).resolve().parents[2] / "tests" / "vignettes"
_PARTS: Final = ("findings", "questions", "notes")


class RuleCase(NamedTuple):
    """A vignette that a rule has a part in."""

    title: str
    headline: str
    part: str  # findings, questions or notes
    packs: tuple[str, ...]  # empty: the default pack


def load_cases(folder: Path = _FOLDER) -> Mapping[str, tuple[RuleCase, ...]]:
    """Rule → its cases, in the order of the files; nothing where no vignettes are installed."""
    cases: dict[str, list[RuleCase]] = {}
    for path in sorted(folder.glob("*.yaml")):
        sheet = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for told in sheet.get("vignettes", ()):
            for rule, case in _cases(told):
                cases.setdefault(rule, []).append(case)
    return {rule: tuple(dict.fromkeys(those)) for rule, those in cases.items()}


def _cases(told: Mapping[str, object]) -> Iterator[tuple[str, RuleCase]]:
    then = told.get("then")
    if not isinstance(then, dict):
        return
    packs = told.get("packs", ())
    for part in _PARTS:
        for line in then.get(part, ()):
            yield (
                str(line).partition(" ")[0],
                RuleCase(
                    str(told["vignette"]), str(then["headline"]), part, tuple(packs) if isinstance(packs, list) else ()
                ),
            )
