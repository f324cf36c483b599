"""The Screening: all that is said about a chart. Every way of writing it out reads only this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, NamedTuple

from service.core.chart import CodeableConcept, Coding, Kind, Label, Source, Subject
from service.core.dates import Span
from service.core.places import Place
from service.core.wording import ENGLISH, Wording

if TYPE_CHECKING:
    from service.core.grounds import Grounds


class Category(IntEnum):
    """How far a rule goes, weakest first: `max()` is the worst for the patient (clinical rules, section 1)."""

    PRECAUTION = 1
    CONTRAINDICATED_AT_SITE = 2
    CONTRAINDICATED = 3

    @property
    def code(self) -> str:
        """The code of `BASE/CodeSystem/headline`."""
        return self.name.lower().replace("_", "-")


class Headline(IntEnum):
    """The one word for a target, best first: `max()` is the worst (clinical rules, section 2)."""

    NO_KNOWN_CONTRAINDICATION = 0
    PRECAUTION = 1
    INSUFFICIENT_DATA = 2
    CONTRAINDICATED_AT_SITE = 3
    CONTRAINDICATED = 4

    @property
    def code(self) -> str:
        """The code of `BASE/CodeSystem/headline`."""
        return self.name.lower().replace("_", "-")


class Certainty(StrEnum):
    """How sure the evidence of a finding is (contract 4)."""

    CODED = "coded"
    MATCHED_ON_WORDS = "matched-on-words"
    STATUS_ABSENT = "status-absent"
    UNDATED = "undated"
    SIDE_NOT_RECORDED = "side-not-recorded"
    MEASURED = "measured"


class NoteKind(StrEnum):
    """What a note is about (contract 4)."""

    NOTE = "note"
    SET_ASIDE = "set-aside"
    NOT_MATCHED = "not-matched"
    UNREADABLE = "unreadable"
    NOT_RECEIVED = "not-received"
    SITE_HAZARD = "site-hazard"
    REMINDER = "reminder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the needle is meant to go. `place` is None where its code or words were not understood."""

    given: CodeableConcept  # as asked for or ordered; its text is never empty
    name: str  # as a sentence can say it: "left gastrocnemius"
    place: Place | None
    order: Source | None = None


class ChangeKind(StrEnum):
    """What can change an answer. The entries are those that the change names."""

    DATE = "date"  # nothing but time passes
    RESOLVED = "resolved"  # the problems are recorded as resolved
    REFUTED = "refuted"  # the problems are recorded as refuted
    STOPPED = "stopped"  # the medicines are recorded as stopped on as-of, and time passes
    RESULT = "result"  # a newer result of the same test, on as-of, with the value that is told
    ANSWER = "answer"  # an observation, on as-of
    WITHDRAWN = "withdrawn"  # the entries are entered in error, or are taken out where they can't be read
    RECEIVED = "received"  # the list comes, with nothing more on it
    LIVING = "living"  # the patient is recorded as living
    BORN = "born"  # this date of birth is recorded, or an earlier one


class Code(NamedTuple):
    """A code as FHIR sends it."""

    system: str  # its URI
    code: str
    display: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would change the answer, and the headline (the worst over all targets) that would follow."""

    kind: ChangeKind
    headline: Headline
    entries: tuple[Source, ...] = ()
    on: date | None = None  # the first day for which that headline holds; None: at once
    code: Code | None = None  # what is observed
    value: Code | None = None  # its answer
    of_list: Kind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that the chart establishes."""

    rule: str
    category: Category
    target: Target | None  # only where the rule depends on the site
    evidence: tuple[Source, ...]
    certainty: tuple[Certainty, ...]
    harm: str  # what could happen
    sentence: str  # what was found, on which evidence
    action: str  # what to do
    ends_when: str  # which date, result or list change would end it
    title: str = ""  # of the rule, as a heading can say it
    until: date | None = None  # the last day on which it holds, where time alone ends it
    changes: tuple[Change, ...] = ()  # what `ends_when` says, to be read by machines

    def __post_init__(self) -> None:
        """Refuse a finding that rests on nothing."""
        if not self.evidence:
            raise ValueError(f"finding {self.rule} without evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """Something that could establish a rule but does not; never a fact about the patient."""

    rule: str
    ceiling: Category  # the category it would reach if the answer were bad
    target: Target | None
    evidence: tuple[Source, ...]  # empty where the question is about something missing
    harm: str
    sentence: str  # what was seen and why it does not settle it
    ask: str  # the one thing to ask or look up
    title: str = ""  # of the rule, as a heading can say it
    because: str = ""  # of the sentence: why it is open, without the evidence
    ends_when: str = ""  # which date, result, answer or list change would close it
    until: date | None = None  # the last day on which it is open, where time alone closes it
    changes: tuple[Change, ...] = ()
    routine: bool = False  # asked of everyone like this patient (no current pregnancy status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Shown, changes nothing."""

    kind: NoteKind
    text: str
    rule: str | None = None
    evidence: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """How one list of the chart arrived. `state` is a code of contract 4."""

    kind: Kind
    state: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeCount:
    """What became of the entries of one resource type; the counts add up to the entries received."""

    type: str
    used: int = 0
    noted: int = 0
    set_aside: int = 0
    not_matched: int = 0
    unreadable: int = 0
    not_read: int = 0

    @property
    def total(self) -> int:
        """Entries of this type received."""
        return self.used + self.noted + self.set_aside + self.not_matched + self.unreadable + self.not_read


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One target's own headline, with one sentence why. `target` is None where no target is known."""

    target: Target | None
    headline: Headline
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackUsed:
    """A rule pack that produced the result."""

    id: str
    version: str
    title: str
    switched_off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """The result of judging one chart for one moment. Findings and questions are in result order."""

    subject: Subject
    as_of: Span
    packs: tuple[PackUsed, ...]
    judgements: tuple[Judgement, ...]  # one per target, else one in all
    findings: tuple[Finding, ...]
    questions: tuple[OpenQuestion, ...]
    notes: tuple[Note, ...]
    actions: tuple[str, ...]  # what to do, most important first, each once
    lists: tuple[ListState, ...]
    entries: tuple[TypeCount, ...]
    order: Source | None = None
    encounter: str | None = None
    wording: Wording = ENGLISH  # the language it is written in
    labels: tuple[Label, ...] = ()  # of every entry the result rests on
    grounds: Grounds | None = field(default=None, compare=False, repr=False)  # what it was made from
    unmatched: tuple[Coding, ...] = ()  # codes of the entries that no list recognised

    @property
    def headline(self) -> Headline:
        """The worst over all targets."""
        return max(judgement.headline for judgement in self.judgements)


def headline(categories: Sequence[Category], ceilings: Sequence[Category]) -> Headline:
    """The one word for a target. A question never hides a stop. Source: clinical rules, section 2.

    >>> headline([Category.PRECAUTION], [Category.CONTRAINDICATED]).code
    'insufficient-data'
    """
    established = max(categories, default=0)
    unresolved = max(ceilings, default=0)
    if established < Category.CONTRAINDICATED_AT_SITE and unresolved > established:
        return Headline.INSUFFICIENT_DATA
    return {
        0: Headline.NO_KNOWN_CONTRAINDICATION,
        Category.PRECAUTION: Headline.PRECAUTION,
        Category.CONTRAINDICATED_AT_SITE: Headline.CONTRAINDICATED_AT_SITE,
        Category.CONTRAINDICATED: Headline.CONTRAINDICATED,
    }[established]
