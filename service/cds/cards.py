"""A Screening as cards: at most three, worst first, one for each target (contract, section 5).

The words are the pack's. What is said first has to be understood by a clinician in eight seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from service.cds.discovery import RESOURCE_TYPES
from service.cds.hooks import Hook
from service.cds.orders import Draft
from service.cds.requests import HookCall
from service.cds.suggestions import record_answers, remove_order
from service.cds.words import clip, escaped, plain, sentences, units
from service.core.chart import Kind
from service.core.judge.confidential import RESTRICTED
from service.core.judge.notes import list_notes
from service.core.packs import Pack
from service.core.screening import Finding, Headline, Judgement, NoteKind, OpenQuestion, Screening
from service.fhir.canonical import code_system, topic
from service.fhir.read.received import KINDS

Json = dict[str, Any]

MOST_CARDS: Final = 3
_LONGEST_SUMMARY: Final = 100  # fewer than 140 is the rule
_LONGEST_TARGET: Final = 45
_LONGEST_LIST: Final = 50
_LONGEST_DETAIL: Final = 1_499
_LONGEST_LEAD: Final = 170
_REST: Final = 60  # the count of what found no room
# Where in the chart, what could happen, what to do: as wide as they may be, and as narrow as they get to make room.
_WIDE: Final = (240, 120, 260)
_NARROW: Final = (120, 80, 150)
_LEAST: Final = 60  # what to do is more than that it is recorded
_HEADS: Final = ("What", "In the chart", "What could happen", "What to do")
_TOPIC: Final = code_system("rule-topic")
_REASONS: Final = code_system("override-reason")
_ORDERS: Final = "org.needlewise.associated-resource"
_BEFORE: Final = "org.needlewise.shown-before"
# The lists that are asked for; of others nobody needs to hear that they did not come.
_ASKED: Final = frozenset(KINDS[type_] for type_ in RESOURCE_TYPES if type_ in KINDS) - {Kind.ORDER}

_INDICATORS: Final[Mapping[Headline, str]] = {
    Headline.CONTRAINDICATED: "critical",
    Headline.CONTRAINDICATED_AT_SITE: "critical",
    Headline.INSUFFICIENT_DATA: "warning",
    Headline.PRECAUTION: "warning",
    Headline.NO_KNOWN_CONTRAINDICATION: "info",
}
_WORST_FIRST: Final = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How this site and this caller want their cards."""

    new_id: Callable[[], str]
    suggestion_types: frozenset[str] = frozenset({"delete", "create"})
    show_clear: bool = False
    report_url: str = ""  # of the stored result; "": none is stored
    smart_app_url: str = ""


class Card(NamedTuple):
    """A card, and what tells whether it would be news."""

    content: Json
    headline: str
    indicator: str  # what it would be in any other hook: patient-view shows all as `info`
    order: str  # as the EHR names it; "" where it has no name
    evidence: str  # equal where the same is said of the same target on the same entries under the same packs

    detail_again: Callable[[], str]  # for who has seen it when the order was selected

    def again(self, before: str) -> Json:
        """The same for who has seen it already, as the card `before`: whole, and no longer news."""
        extension = {**self.content.get("extension", {}), _BEFORE: before}
        return {**self.content, "indicator": "info", "detail": self.detail_again(), "extension": extension}


@dataclass(frozen=True, slots=True)
class _About:
    """All that one card is about."""

    judgement: Judgement
    findings: tuple[Finding, ...]
    questions: tuple[OpenQuestion, ...]

    @property
    def is_routine(self) -> bool:
        """Whether nothing was found and only what is asked of everyone is open."""
        return not self.findings and bool(self.questions) and all(one.routine for one in self.questions)

    @property
    def indicator(self) -> str:
        return "info" if self.is_routine else _INDICATORS[self.judgement.headline]

    @property
    def worst_first(self) -> tuple[Finding | OpenQuestion, ...]:
        """What decides the headline stands before the rest."""
        if self.judgement.headline is Headline.INSUFFICIENT_DATA:
            decisive = [one for one in self.questions if not one.routine]
            routine = [one for one in self.questions if one.routine]
            return (*decisive, *routine, *self.findings)
        return (*self.findings, *self.questions)


def cards(
    screening: Screening, packs: Sequence[Pack], call: HookCall, drafts: Sequence[Draft], form: Form
) -> list[Card]:
    """The cards of a call. `drafts` are its orders, by their position in the chart."""
    about = [_about(judgement, screening) for judgement in screening.judgements]
    shown = [one for one in about if one.judgement.headline or form.show_clear]
    shown.sort(key=lambda one: (_WORST_FIRST.index(one.indicator), -one.judgement.headline))
    most = 1 if call.hook is Hook.PATIENT_VIEW else MOST_CARDS
    hidden = len(shown[most:])
    writer = _Writer(screening, packs, call, drafts, form)
    last = min(most, len(shown)) - 1
    return [writer.card(one, hidden if place == last else 0) for place, one in enumerate(shown[:most])]


def _about(judgement: Judgement, screening: Screening) -> _About:
    here = (None, judgement.target)
    return _About(
        judgement,
        tuple(finding for finding in screening.findings if finding.target in here),
        tuple(question for question in screening.questions if question.target in here),
    )


class _Writer:
    """Writes the cards of one call."""

    def __init__(
        self, screening: Screening, packs: Sequence[Pack], call: HookCall, drafts: Sequence[Draft], form: Form
    ) -> None:
        self._screening = screening
        self._base = packs[0]
        self._say = packs[0].wording.say
        self._lower_first = packs[0].wording.in_sentence
        self._table = f"| {' | '.join(map(self._say, _HEADS))} |\n|---|---|---|---|"
        self._call = call
        self._drafts = drafts
        self._form = form

    def card(self, about: _About, hidden: int) -> Card:
        """One card; `hidden` targets have none."""
        names = [draft.name for draft in self._orders(about) if draft.name]
        return Card(
            self._content(about, hidden, names),
            about.judgement.headline.code,
            about.indicator,
            ", ".join(names),
            self._evidence(about),
            lambda: self._detail(about, hidden, again=True),
        )

    def _evidence(self, about: _About) -> str:
        said = [f"{pack.id} {pack.version}" for pack in self._screening.packs]
        said.append(self._target(about))
        for one in about.worst_first:
            # The text of a finding holds dates, statuses and values of its entries: other words are other evidence.
            said += [type(one).__name__, one.rule, one.sentence]
            said += sorted(f"{source.type} {source.reference}" for source in one.evidence)
            if one.rule == RESTRICTED:  # nothing says whether its entries are still the same: it is always news
                said.append(self._form.new_id())
        return "\n".join(said)

    def _content(self, about: _About, hidden: int, names: Sequence[str]) -> Json:
        indicator = "info" if self._call.hook is Hook.PATIENT_VIEW else about.indicator
        written: Json = {
            "uuid": self._form.new_id(),
            "summary": self._summary(about),
            "indicator": indicator,
            "detail": self._detail(about, hidden),
            "source": {"label": "Needlewise", "topic": self._topic(about)},
        }
        suggestions = self._suggestions(about)
        if suggestions:
            written["suggestions"] = suggestions
            # Some EHRs know only `any`; where one is offered, both mean the same.
            written["selectionBehavior"] = "any" if len(suggestions) == 1 else "at-most-one"
        reasons = [
            {"code": reason.code, "system": _REASONS, "display": reason.display}
            for reason in self._base.override_reasons
        ]
        if reasons and about.judgement.headline:
            written["overrideReasons"] = reasons
        links = list(self._links())
        if links:
            written["links"] = links
        if names:
            written["extension"] = {_ORDERS: list(names)}
        return written

    def _headline(self, about: _About) -> str:
        return self._base.phrases[f"card-{about.judgement.headline.code}"]

    def _target(self, about: _About) -> str:
        target = about.judgement.target
        return plain(target.name) if target else self._base.phrases["card-no-site"]

    def _summary(self, about: _About) -> str:
        """The headline in words, the target, and the names of what decides: in one line."""
        start = f"{self._headline(about)}, {clip(self._target(about), _LONGEST_TARGET)}"
        findings, questions = (self._names(found) for found in (about.findings, about.questions))
        to_settle, found = (self._base.phrases[f"card-{name}"] for name in ("to-settle", "found"))
        if about.judgement.headline is Headline.INSUFFICIENT_DATA:
            ordered = [one for one in about.worst_first if isinstance(one, OpenQuestion)]
            said = [f" – {to_settle.format(titles=self._listed(self._names(ordered), _LONGEST_LIST))}"]
            said += [f"; {found.format(titles=self._listed(findings, _LONGEST_LIST))}"] if findings else []
        else:
            said = [f": {self._listed(findings, _LONGEST_LIST)}"] if findings else []
            said += [f"; {to_settle.format(titles=self._listed(questions, _LONGEST_LIST))}"] if questions else []
        line = start
        for part in said:
            if line == start or units(line + part) <= _LONGEST_SUMMARY:
                line += part
        return clip(line, _LONGEST_SUMMARY)

    def _names(self, found: Sequence[Finding | OpenQuestion]) -> list[str]:
        return list(dict.fromkeys(self._lower_first(one.title) for one in found))

    def _listed(self, names: Sequence[str], most: int) -> str:
        """As many names as fit, and the count of the rest."""
        for count in range(len(names), 0, -1):
            rest = len(names) - count
            said = ", ".join(names[:count]) + (f" {self._base.phrases['more'].format(count=rest)}" if rest else "")
            if units(said) <= most or count == 1:
                return said
        return ""

    def _detail(self, about: _About, hidden: int, *, again: bool = False) -> str:
        """First what can be read in eight seconds, then the table, then what could not be shown."""
        lead = f"**{escaped(self._headline(about))}: {escaped(clip(self._target(about), _LONGEST_TARGET))}.**"
        first = next(iter(about.worst_first), None)
        say = about.judgement.why if first is None else self._in_short(first)
        blocks = [f"{lead} {escaped(sentences(say, _LONGEST_LEAD))}"]
        blocks += [self._base.phrases["card-again"]] if again else []
        tail = list(self._tail(hidden))
        room = _LONGEST_DETAIL - units("\n\n".join((*blocks, self._table, tail[0]))) - _REST
        rows = [self._row(one, _WIDE) for one in about.worst_first]
        if sum(units(row) + 1 for row in rows) > room:
            rows = [self._row(one, _NARROW) for one in about.worst_first]
        kept = _fitting(rows, room)
        rest = len(rows) - len(kept)
        if kept:
            blocks.append("\n".join((self._table, *kept)))
        if rest:
            blocks.append(self._base.phrases["card-more"].format(count=rest))
        for line in tail:
            if units("\n\n".join((*blocks, line))) <= _LONGEST_DETAIL:
                blocks.append(line)
        return "\n\n".join(blocks)

    def _in_short(self, one: Finding | OpenQuestion) -> str:
        """What a finding says to do; of a question also what it is about, as far as there is room."""
        if isinstance(one, Finding):
            return one.action
        said = [one.because or one.sentence, one.ask]
        if one.because:
            said = [f"{one.title}?", *said]
        tries = (said, said[-2:], [*said[:-2], one.ask])
        return next((line for line in map(" ".join, tries) if units(line) <= _LONGEST_LEAD), one.ask)

    def _row(self, one: Finding | OpenQuestion, widths: tuple[int, int, int]) -> str:
        title = one.title
        if isinstance(one, Finding):
            what, chart = title, one.sentence.partition(": ")[2] or one.sentence
        else:
            what, chart = f"{self._say('Open question')}: {self._lower_first(title)}", one.sentence
        do = one.action if isinstance(one, Finding) else one.ask
        cells = [
            clip(plain(chart), widths[0]),
            sentences(one.harm, widths[1]),
            sentences(do, widths[2], least=_LEAST),
        ]
        return f"| {' | '.join(map(escaped, (what, *cells)))} |"

    def _tail(self, hidden: int) -> Iterator[str]:
        phrases = self._base.phrases
        packs = ", ".join(f"{pack.id} {pack.version}" for pack in self._screening.packs)
        yield escaped(phrases["card-basis"].format(packs=packs, date=self._screening.as_of))
        off = list(dict.fromkeys(rule for pack in self._screening.packs for rule in pack.switched_off))
        if off:
            yield escaped(clip(phrases["switched-off"].format(rules=", ".join(off)), 160))
        if hidden:
            yield phrases["card-more-targets"].format(count=hidden)
        lists = [state for state in self._screening.lists if state.kind in _ASKED]
        aside = [note for note in self._screening.notes if note.kind is NoteKind.SET_ASIDE]
        for note in (*list_notes(lists, self._base), *aside):
            yield escaped(clip(plain(note.text), 160))
        for remark in self._call.remarks:
            yield escaped(f"{self._say('About the call')}: {remark}.")

    def _topic(self, about: _About) -> Json:
        first = next(iter(about.worst_first), None)
        if first is None or first.rule == RESTRICTED:
            code, display = about.judgement.headline.code, self._headline(about)
        else:
            code, display = first.rule, first.title
        return {"system": _TOPIC, "code": topic(code), "display": display}

    def _suggestions(self, about: _About) -> list[Json]:
        if self._call.hook is Hook.PATIENT_VIEW:
            return []
        form, found = self._form, []
        if "delete" in form.suggestion_types and about.indicator != "info":
            drafts = [draft for draft in self._orders(about) if draft.is_draft and draft.name]
            if len(drafts) == 1:
                found.append(remove_order(drafts[0].name, self._target(about), form.new_id))
        if "create" in form.suggestion_types:
            asked = {question.rule for question in about.questions if question.routine}
            answers = [answer for answer in self._base.answers if answer.rule in asked]
            found += record_answers(answers, self._call, self._screening.as_of, form.new_id)
        return found

    def _orders(self, about: _About) -> list[Draft]:
        """The order that names this target; where none does, every order for dry needling that is judged."""
        target = about.judgement.target
        source = target.order if target else self._screening.order
        place = source.position if source else -1
        return [self._drafts[place]] if 0 <= place < len(self._drafts) else []

    def _links(self) -> Iterator[Json]:
        if self._form.report_url:
            yield {"label": self._say("Full report"), "url": self._form.report_url, "type": "absolute"}
        if self._form.smart_app_url:
            yield {"label": self._say("Open Needlewise"), "url": self._form.smart_app_url, "type": "smart"}


def _fitting(rows: Sequence[str], room: int) -> list[str]:
    """As many rows as there is room for."""
    kept: list[str] = []
    for row in rows:
        room -= units(row) + 1
        if room < 0:
            break
        kept.append(row)
    return kept
