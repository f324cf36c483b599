"""The narrative of a result: complete, and fit to be filed (clinical rules, section 9).

Only elements and attributes that FHIR allows in a narrative; no ids, no styles, no links.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from typing import Final

from service.core.chart import Source
from service.core.screening import (
    Finding,
    Headline,
    Judgement,
    Note,
    NoteKind,
    OpenQuestion,
    PackUsed,
    Screening,
    Target,
)
from service.fhir.definitions.vocabulary import CERTAINTY, HEADLINE, LIST_KIND, LIST_STATE, NOTE_KIND
from service.fhir.elements import distinct, whereabouts
from service.fhir.extensions import FATES, by_type
from service.fhir.primitives import date_time, sentence

Say = Callable[[str], str]  # English → the language of the result

# Notes in the order in which a reader wants them. The reminder has its own place, before them.
_NOTES: Final = (
    NoteKind.SITE_HAZARD,
    NoteKind.NOTE,
    NoteKind.SET_ASIDE,
    NoteKind.NOT_MATCHED,
    NoteKind.UNREADABLE,
    NoteKind.NOT_RECEIVED,
)
# Entries named in one place; all of them are in the extension `evidence`.
_MOST_NAMED: Final = 10
_MOST_NAMED_IN_A_NOTE: Final = 3
_SERVER: Final = re.compile(r"^https?://\S+/(?=[A-Z][A-Za-z]+/[A-Za-z0-9.-]+$)")

_LACKING: Final = frozenset({"not-received", "failed", "incomplete"})

_FATES: Final = ("Used", "Noted", "Set aside", "No match", "Unreadable", "No rule reads it")

_LABEL: Final = '<tr><th scope="row" align="left" valign="top">'
_NO_BREAK: Final = "\u00a0"

_CLOSING: Final = (
    "This result supports a clinician's decision and is part of it, together with examination and consent. "
    "It rests on nothing but the data that were received."
)


def narrative(screening: Screening, *, software_version: str) -> str:
    """The result as an XHTML `div`: headline first, then every finding, question, note, and the account."""
    say, language = screening.wording.say, screening.wording.language
    written_by = say("Written by Needlewise {version}.").format(version=_text(software_version))
    blocks = (
        *_headlines(screening.judgements, say),
        _about(screening, say),
        *_findings(screening.findings, say),
        *_questions(screening.questions, say),
        *_further_actions(screening, say),
        *_reminders(screening.notes, say),
        *_notes(screening.notes, say),
        *_account(screening, say),
        _tag("p", say(_CLOSING)),
        _tag("p", written_by),
    )
    return f'<div xmlns="http://www.w3.org/1999/xhtml" lang="{language}" xml:lang="{language}">{"".join(blocks)}</div>'


def _headlines(judgements: Sequence[Judgement], say: Say) -> Iterator[str]:
    """One target: its headline and why. Several: the worst, then each with its own."""
    if len(judgements) == 1:
        (only,) = judgements
        yield _tag("h2", f"{_needling(only.target, say)}: {_words(only, say)}")
        yield _tag("p", _text(only.why))
        return
    worst = max(judgements, key=lambda judgement: judgement.headline)
    yield _tag("h2", f"{say('Dry needling')}: {_words(worst, say)}")
    yield _tag("p", say("The worst of {count} targets:").format(count=len(judgements)))
    yield _table(
        map(say, ("Target", "Headline", "Why")),
        (
            (_named(judgement.target, say), _tag("b", _words(judgement, say)), _text(judgement.why))
            for judgement in judgements
        ),
    )


def _needling(target: Target | None, say: Say) -> str:
    if target is None:
        return say("Dry needling")
    return say("Dry needling of the {target}").format(target=_named(target, say))


def _named(target: Target | None, say: Say) -> str:
    return (_text(target.name) or _text(target.given.words())) if target else say("no target known")


def _words(judgement: Judgement, say: Say) -> str:
    return say(HEADLINE.display(judgement.headline.code))


def _about(screening: Screening, say: Say) -> str:
    """Whose chart, for which moment, under which rules."""
    subject = screening.subject
    who = [_source(subject.source)]
    if subject.gender:
        who.append(_text(say(subject.gender)))
    if subject.birth_date:
        who.append(say("born {date}").format(date=_text(str(subject.birth_date))))
    lines = [
        (say("Patient"), ", ".join(who)),
        (say("Judged for"), _text(date_time(screening.as_of))),
        (
            say("Rule pack" if len(screening.packs) == 1 else "Rule packs"),
            "; ".join(_pack(pack, say) for pack in screening.packs),
        ),
    ]
    off = [rule for pack in screening.packs for rule in pack.switched_off]
    if off:
        lines.append((say("Rules switched off at this site"), _text(", ".join(off))))
    if screening.order:
        lines.append((say("Order"), _source(screening.order)))
    if screening.headline is Headline.INSUFFICIENT_DATA:
        lines.append((say("Status"), say("preliminary, until the open questions are answered")))
    return _tag("p", "<br/>".join(f"<b>{name}:</b> {words}" for name, words in lines))


def _pack(pack: PackUsed, say: Say) -> str:
    return _text(f"{say(pack.title)} ({pack.id} {pack.version})")


def _findings(findings: Sequence[Finding], say: Say) -> Iterator[str]:
    yield _tag("h3", f"{say('Findings')} ({len(findings)})")
    if not findings:
        yield _tag("p", say("Nothing that a rule reads was established by what was received."))
    for number, finding in enumerate(findings, 1):
        words = say(HEADLINE.display(finding.category.code))
        yield _heading(number, words, finding.title or finding.rule, finding.target, say)
        yield _tag("p", _text(finding.sentence))
        yield _facts(
            (
                (say("What could happen"), _text(finding.harm)),
                (say("What to do"), _text(finding.action)),
                (say("What ends it"), _text(finding.ends_when)),
                (
                    say("How sure"),
                    _text("; ".join(say(CERTAINTY.display(certainty.value)) for certainty in finding.certainty)),
                ),
                (say("Rests on"), _sources(finding.evidence, say)),
            )
        )


def _questions(questions: Sequence[OpenQuestion], say: Say) -> Iterator[str]:
    yield _tag("h3", f"{say('Open questions')} ({len(questions)})")
    if not questions:
        yield _tag("p", say("None."))
    for number, question in enumerate(questions, 1):
        ceiling = say(HEADLINE.display(question.ceiling.code)).lower()
        words = say("Could be: {ceiling}").format(ceiling=ceiling)
        yield _heading(number, words, question.title or question.rule, question.target, say)
        yield _tag("p", _text(question.sentence))
        yield _facts(
            (
                (say("Ask or look up"), _tag("b", _text(question.ask)) if _text(question.ask) else ""),
                (say("What could happen"), _text(question.harm)),
                (say("What closes it"), _text(question.ends_when)),
                (say("Rests on"), _sources(question.evidence, say)),
            )
        )


def _further_actions(screening: Screening, say: Say) -> Iterator[str]:
    """What to do that no finding or question above has said already."""
    said = {finding.action for finding in screening.findings} | {question.ask for question in screening.questions}
    further = [words for words in (_text(action) for action in screening.actions if action not in said) if words]
    if further:
        yield _tag("h3", say("What else to do" if said else "What to do"))
        yield _tag("ol", *(_tag("li", words) for words in further))


def _reminders(notes: Sequence[Note], say: Say) -> Iterator[str]:
    reminders = [note for note in notes if note.kind is NoteKind.REMINDER]
    if reminders:
        yield _tag("h3", say(NOTE_KIND.display(NoteKind.REMINDER.value)))
        yield _listed(reminders, say)


def _notes(notes: Sequence[Note], say: Say) -> Iterator[str]:
    by_kind = {kind: [note for note in notes if note.kind is kind] for kind in _NOTES}
    if any(by_kind.values()):
        yield _tag("h3", say("Notes"))
    for kind, those in by_kind.items():
        if those:
            yield _tag("h4", say(NOTE_KIND.display(kind.value)))
            yield _listed(those, say)


def _listed(notes: Iterable[Note], say: Say) -> str:
    return _tag("ul", *(_note(note, say) for note in notes))


def _note(note: Note, say: Say) -> str:
    sources = _sources(note.evidence, say, _MOST_NAMED_IN_A_NOTE)
    return _tag("li", _text(note.text), f" {_tag('small', f'({sources})')}" if sources else "")


def _account(screening: Screening, say: Say) -> Iterator[str]:
    """Which lists were received and which not, and what became of every entry."""
    yield _tag("h3", say("What was received"))
    yield _table(
        map(say, ("List", "How it arrived", "Entries")),
        (
            (say(LIST_KIND.display(list_.kind.value)), _arrival(list_.state, say), str(list_.count))
            for list_ in screening.lists
        ),
    )
    counts = by_type(screening.entries)
    yield _tag(
        "p", say("What became of the {count} entries received:").format(count=sum(each.total for each in counts))
    )
    if counts:
        yield _table(
            map(say, ("Type", "Received", *_FATES)),
            ((_text(count.type), str(count.total), *(str(getattr(count, fate)) for fate in FATES)) for count in counts),
        )


def _arrival(state: str, say: Say) -> str:
    words = _text(say(LIST_STATE.display(state)))
    return _tag("b", words) if state in _LACKING else words


def _heading(number: int, words: str, rule: str, target: Target | None, say: Say) -> str:
    at = f", {_named(target, say)}" if target else ""
    return _tag("h4", f"{number}. {words}{at} ", _tag("small", f"({_text(rule)})"))


def _sources(sources: Iterable[Source], say: Say, most: int = _MOST_NAMED) -> str:
    once = distinct(sources)
    named = ", ".join(map(_source, once[:most]))
    more = len(once) - most
    return say("{names} and {count} more").format(names=named, count=more) if more > 0 else named


def _source(source: Source) -> str:
    """An entry without its server's address, which is in the data and tells a reader nothing."""
    return _text(_SERVER.sub("", whereabouts(source)))


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    """A small table of what is there to say, one line each. Its labels do not break."""
    lines = [f"{_LABEL}{name.replace(' ', _NO_BREAK)}</th><td>{words}</td></tr>" for name, words in rows if words]
    return _tag("table", _tag("tbody", *lines))


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    return _tag(
        "table",
        _tag("thead", _tag("tr", *(f'<th scope="col" align="left">{head}</th>' for head in heads))),
        _tag("tbody", *(_tag("tr", *(_tag("td", cell) for cell in row)) for row in rows)),
    )


def _tag(name: str, *content: str) -> str:
    """An XHTML element. The content is XHTML already."""
    return f"<{name}>{''.join(content)}</{name}>"


def _text(words: str) -> str:
    """Words of the chart or the pack as XHTML text."""
    return escape(sentence(words), quote=False)
