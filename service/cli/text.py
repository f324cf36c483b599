"""A Screening as text for a terminal: the headline first, then findings, questions, notes, and what came in."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from service.core.chart import Source
from service.core.screening import Finding, Headline, Note, NoteKind, OpenQuestion, Screening, Target, TypeCount

Say = Callable[[str], str]  # English → the language of the result

_NARROWEST: Final = 40
_WIDEST: Final = 100  # longer lines are hard to read, however wide the window
_LABEL: Final = 14  # width of "Could happen: "

_COLOURS: Final = {
    Headline.NO_KNOWN_CONTRAINDICATION: "32",
    Headline.PRECAUTION: "33",
    Headline.INSUFFICIENT_DATA: "35",
    Headline.CONTRAINDICATED_AT_SITE: "31",
    Headline.CONTRAINDICATED: "1;31",
}
_NOTE_TITLES: Final = {
    NoteKind.REMINDER: "Reminders",
    NoteKind.SITE_HAZARD: "Hazards at the site",
    NoteKind.NOTE: "Notes",
    NoteKind.NOT_RECEIVED: "Not received",
    NoteKind.UNREADABLE: "Could not be read",
    NoteKind.NOT_MATCHED: "Not recognised",
    NoteKind.SET_ASIDE: "Set aside",
}
_COUNTS: Final = ("used", "noted", "set_aside", "not_matched", "unreadable", "not_read")


def write_text(screening: Screening, *, width: int, colour: bool = False) -> str:
    """The whole result, wrapped to `width`, ending with a line break. `colour` adds terminal codes to headlines."""
    page = _Page(min(max(width, _NARROWEST), _WIDEST), colour=colour, say=screening.wording.say)
    return "\n".join(page.lines(screening)) + "\n"


def plain(text: str) -> str:
    """The text without characters that steer a terminal: chart text must not be able to recolour or hide a line."""
    return "".join(" " if c in "\n\r\t" else c for c in text if c in "\n\r\t" or unicodedata.category(c)[0] != "C")


class _Item(NamedTuple):
    """One entry of a numbered part: what it is, the sentence, and labelled lines of which blank ones are left out."""

    head: str
    sentence: str = ""
    lines: tuple[tuple[str, str], ...] = ()


def _finding(finding: Finding, say: Say) -> _Item:
    certainty = ", ".join(say(_words(each)) for each in finding.certainty)
    return _Item(
        f"{say(_words(finding.category.code))}: {_rule(finding.title or finding.rule, finding.target)}",
        finding.sentence,
        (
            ("Could happen", finding.harm),
            ("What to do", finding.action),
            ("Ends when", finding.ends_when),
            ("Evidence", f"{_sources(finding.evidence)} ({certainty})"),
        ),
    )


def _question(question: OpenQuestion, say: Say) -> _Item:
    ceiling = f"{say('up to')} {say(_words(question.ceiling.code))}"
    return _Item(
        f"{ceiling}: {_rule(question.title or question.rule, question.target)}",
        question.sentence,
        (
            ("Ask", question.ask),
            ("Could happen", question.harm),
            ("Closed when", question.ends_when),
            ("Evidence", _sources(question.evidence)),
        ),
    )


class _Page:
    """Lays the parts of one result out at one width."""

    def __init__(self, width: int, *, colour: bool, say: Say) -> None:
        self._width = width
        self._say = say
        self._colour = colour

    def lines(self, screening: Screening) -> Iterator[str]:
        """All lines of the result."""
        for judgement in screening.judgements:
            yield from self._headline(judgement.headline, judgement.target)
            yield from self._wrap(judgement.why, indent=2)
        yield ""
        yield from self._wrap(_circumstances(screening, self._say))
        yield from self._part("Findings", [_finding(finding, self._say) for finding in screening.findings])
        yield from self._part("Open questions", [_question(question, self._say) for question in screening.questions])
        told = {*(finding.action for finding in screening.findings), *(each.ask for each in screening.questions)}
        rest = [_Item(action) for action in screening.actions if action not in told]
        yield from self._part("What else to do, most important first", rest)
        for kind, title in _NOTE_TITLES.items():
            yield from self._notes(title, [note for note in screening.notes if note.kind is kind])
        yield from self._account(screening)

    def _headline(self, headline: Headline, target: Target | None) -> Iterator[str]:
        words = self._say(_words(headline.code)).upper()
        line = f"{words}: {plain(target.name)}" if target else words
        for wrapped in self._wrap(line):
            yield f"\x1b[{_COLOURS[headline]}m{wrapped}\x1b[0m" if self._colour else wrapped

    def _part(self, title: str, items: Sequence[_Item]) -> Iterator[str]:
        """A numbered part; nothing at all where there are no items."""
        if not items:
            return
        yield from ("", self._bold(self._say(title)))
        for number, item in enumerate(items, start=1):
            yield from self._wrap(item.head, first=f"{number:>3}. ", indent=5)
            yield from self._wrap(item.sentence, indent=5)
            for label, text in item.lines:
                said = f"{self._say(label)}:"
                yield from self._wrap(text, first=f"     {said:<{_LABEL - 1}} ", indent=5 + _LABEL)

    def _notes(self, title: str, notes: Sequence[Note]) -> Iterator[str]:
        if not notes:
            return
        yield from ("", self._bold(self._say(title)))
        for note in notes:
            where = f" [{_sources(note.evidence)}]" if note.evidence else ""
            yield from self._wrap(note.text + where, first="   - ", indent=5)

    def _account(self, screening: Screening) -> Iterator[str]:
        yield from ("", self._bold(self._say("What came in")))
        say = self._say
        lists = (f"{say(each.kind.value)} {say(_words(each.state))} ({each.count})" for each in screening.lists)
        yield from self._wrap(", ".join(lists), first=f"   {say('Lists')}: ", indent=10)
        for each in screening.entries:
            yield from self._wrap(f"{each.total} {each.type}: {_became(each, say)}", first="   - ", indent=5)

    def _bold(self, title: str) -> str:
        return f"\x1b[1m{title}\x1b[0m" if self._colour else title

    def _wrap(self, text: str, *, first: str | None = None, indent: int = 0) -> list[str]:
        return textwrap.wrap(
            plain(text),
            self._width,
            initial_indent=" " * indent if first is None else first,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
        )


def _circumstances(screening: Screening, say: Say) -> str:
    packs = ", ".join(f"{pack.id} {pack.version}" for pack in screening.packs)
    off = [rule for pack in screening.packs for rule in pack.switched_off]
    packs += f" ({say('switched off')}: {', '.join(off)})" if off else ""
    subject = _source(screening.subject.source)
    subject += f", {say('for')} {_source(screening.order)}" if screening.order else ""
    return say("{subject}, judged for {date} by rule pack {packs}.").format(
        subject=subject, date=screening.as_of, packs=packs
    )


def _became(count: TypeCount, say: Say) -> str:
    return ", ".join(f"{getattr(count, name)} {say(_words(name))}" for name in _COUNTS if getattr(count, name))


def _rule(rule: str, target: Target | None) -> str:
    return f"{_words(rule)} ({target.name})" if target else _words(rule)


def _words(code: str) -> str:
    return code.replace("-", " ").replace("_", " ")


def _sources(sources: Iterable[Source]) -> str:
    return ", ".join(_source(source) for source in sources)


def _source(source: Source) -> str:
    return source.reference or f"{source.type} (entry {source.position})"
