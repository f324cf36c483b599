"""Tests and how their results are said: observation codes and names, answers, units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from re import Pattern
from typing import NamedTuple

from service.core.codes import CodeList
from service.core.knowledge import Test, Unit
from service.core.words import TermIndex
from service.knowledge.builder import CodeListBuilder
from service.knowledge.names import read_words
from service.knowledge.tables import MappingError, read_numbered, read_table


class ResultLists(NamedTuple):
    """What the lists of tests, answers and units say."""

    tests: CodeList[Test]
    names: TermIndex[Test]
    answers: CodeList[str]
    words: Mapping[str, str]
    patterns: tuple[tuple[str, Pattern[str]], ...]
    units: Mapping[str, Mapping[str, Unit]]
    systems: frozenset[str]


def load_results(folder: Path) -> ResultLists:
    """Read observations, results, units and their words."""
    tests: CodeListBuilder[Test] = CodeListBuilder()
    shared: dict[tuple[str, str, str], Test] = {}
    displays: dict[str, set[Test]] = {}
    for words, (concept, system, code, kind, family, *_) in read_words(folder, "codes/observations.csv", "display"):
        test = shared.setdefault((concept, kind, family), Test(concept, kind, family))
        tests.add(system, code, test)
        displays.setdefault(words, set()).add(test)
    # A display that several tests share names none of them; a reviewed name wins over a display.
    names = {words: found.pop() for words, found in displays.items() if words and len(found) == 1}
    for words, (concept, kind, family, _, _) in read_words(folder, "words/observation-names.csv"):
        names[words] = shared.setdefault((concept, kind, family), Test(concept, kind, family))
    answers: CodeListBuilder[str] = CodeListBuilder()
    for system, code, meaning, _, _ in read_table(folder, "codes/results.csv"):
        answers.add(system, code, meaning)
    said, patterns = _result_words(folder)
    return ResultLists(
        tests.done(),
        TermIndex(names),
        answers.done(),
        said,
        patterns,
        _units(folder),
        tests.systems() | answers.systems(),
    )


def _result_words(folder: Path) -> tuple[dict[str, str], tuple[tuple[str, Pattern[str]], ...]]:
    file = "words/result-words.csv"
    words: dict[str, str] = {}
    patterns: list[tuple[str, Pattern[str]]] = []
    for line, (meaning, match, said, _) in read_numbered(folder, file):
        if match == "exact":
            words[" ".join(said.lower().split())] = meaning
            continue
        try:
            patterns.append((meaning, re.compile(said)))
        except re.error as fault:
            raise MappingError(folder / file, line, f"is no regular expression: {fault}") from fault
    return words, tuple(patterns)


def _units(folder: Path) -> dict[str, dict[str, Unit]]:
    file = "codes/units.csv"
    units: dict[str, dict[str, Unit]] = {}
    for line, (family, spelling, canonical, factor, offset, log, _) in read_numbered(folder, file):
        try:
            unit = Unit(canonical, Decimal(factor), Decimal(offset), log == "yes")
        except InvalidOperation as fault:
            raise MappingError(folder / file, line, "factor and offset must be decimal numbers") from fault
        units.setdefault(family, {})[spelling] = unit
    return units
