"""Codes that no list holds, and what a terminology server says of them (design: the order of recognition).

The core asks nobody: it names the codes, the door asks, and the answers come back as an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from service.core.chart import Chart, CodeableConcept, Coding, Entry, Kind, Source
from service.core.knowledge import Knowledge
from service.core.packs import Pack
from service.core.screening import Note, NoteKind


class Unknown(NamedTuple):
    """A code to ask about."""

    system: str  # short key of `mappings/systems.csv`, else the address as sent
    code: str
    subsumed: bool  # which roots hold it below them
    named: bool  # what it is called


class Answer(NamedTuple):
    """What a server says of a code; empty where it knows nothing of use."""

    roots: tuple[str, ...] = ()  # codes of `codes/roots.csv`, of the same system
    display: str = ""


Answers = Mapping[tuple[str, str], Answer]
"""(System, code) → answer. A code that nobody could ask about is not in it."""


class Recognised(NamedTuple):
    """An entry that is read as something because a server said so."""

    source: Source
    words: str  # the entry's own
    root: str  # display of the root


def unknown_codes(chart: Chart, knowledge: Knowledge) -> tuple[Unknown, ...]:
    """The codes of problems and medicines that no list holds, each once; empty for most charts."""
    asked: dict[tuple[str, str], Unknown] = {}
    for entry in chart.entries:
        if entry.kind not in (Kind.CONDITION, Kind.MEDICINE) or not entry.code.codings or _is_listed(entry, knowledge):
            continue
        for one in _of(entry, knowledge):
            known = asked.get((one.system, one.code), one)
            asked[one.system, one.code] = one._replace(
                subsumed=one.subsumed or known.subsumed, named=one.named or known.named
            )
    return tuple(asked[key] for key in sorted(asked))


def through_server(chart: Chart, answers: Answers, knowledge: Knowledge) -> tuple[Chart, tuple[Recognised, ...]]:
    """The chart, its unknown codes beside what the server says of them: the root that holds it, or its name."""
    if not answers:
        return chart, ()
    changed: dict[int, CodeableConcept] = {}  # by identity: equal codes stay one object
    recognised: list[Recognised] = []
    entries: list[Entry] = []
    for entry in chart.entries:
        if entry.kind in (Kind.CONDITION, Kind.MEDICINE) and not _is_listed(entry, knowledge):
            code = changed.get(id(entry.code))
            if code is None:
                code = changed[id(entry.code)] = _told(entry.code, answers)
            added = code.codings[len(entry.code.codings) :]
            roots = [knowledge.roots[one.system][one.code] for one in added if _is_root(one, knowledge)]
            if entry.kind is Kind.CONDITION and roots:
                named = ", ".join(root.display for root in roots)
                recognised.append(Recognised(entry.source, code.words(), named))
            entries.append(entry._replace(code=code))
        else:
            entries.append(entry)
    return replace(chart, entries=tuple(entries)), tuple(recognised)


def server_notes(recognised: Sequence[Recognised], pack: Pack, limited: frozenset[Source]) -> list[Note]:
    """Which entries were recognised through the server, and as what. `limited`: entries that may not be named."""
    told = [one for one in recognised if one.source not in limited]
    if not told:
        return []
    names = "; ".join(sorted(dict.fromkeys(f'"{one.words}" as {one.root}' for one in told)))
    evidence = tuple(dict.fromkeys(one.source for one in told))
    return [Note(kind=NoteKind.NOTE, text=pack.phrases["through-server"].format(names=names), evidence=evidence)]


def _is_root(coding: Coding, knowledge: Knowledge) -> bool:
    return coding.code in knowledge.roots.get(coding.system, {})


def _is_listed(entry: Entry, knowledge: Knowledge) -> bool:
    codes = knowledge.conditions if entry.kind is Kind.CONDITION else knowledge.medicines
    return bool(codes.find_all(entry.code.codings) or knowledge.none_known.find_all(entry.code.codings))


def _of(entry: Entry, knowledge: Knowledge) -> Iterator[Unknown]:
    """A medicine's names are built from its ingredients: its name tells more than what it is a kind of."""
    is_problem = entry.kind is Kind.CONDITION
    wordless = not entry.code.text and not any(coding.display for coding in entry.code.codings)
    for coding in entry.code.codings:
        subsumed = is_problem and coding.system in knowledge.roots
        named = wordless or not is_problem
        if coding.system and coding.code and (subsumed or named):
            yield Unknown(coding.system, coding.code, subsumed, named)


def _told(code: CodeableConcept, answers: Answers) -> CodeableConcept:
    said = [(coding, answers.get((coding.system, coding.code), Answer())) for coding in code.codings]
    own = [coding if coding.display else coding._replace(display=answer.display) for coding, answer in said]
    return code._replace(codings=(*own, *_further(said)))


def _further(said: Iterable[tuple[Coding, Answer]]) -> Iterator[Coding]:
    """The roots; and the server's name of what the sender calls otherwise."""
    for coding, answer in said:
        yield from (Coding(coding.system, root) for root in answer.roots)
        if coding.display and answer.display and answer.display != coding.display:
            yield coding._replace(display=answer.display)
