"""Facts: what each entry says, once its statuses, dates and words are weighed. A fact knows no rule."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from service.core.chart import CodeableConcept, Kind, Source, Subject, Unreadable
from service.core.dates import Span
from service.core.knowledge import Drug
from service.core.places import Place
from service.core.screening import Certainty, Target


class Standing(StrEnum):
    """How an entry says its concept (clinical rules, section 3.1)."""

    CURRENT = "current"
    POSSIBLE = "possible"  # could establish the concept and does not: an open question
    REMISSION = "remission"
    INACTIVE = "inactive"
    PAST = "past"
    HISTORY = "history"  # a "history of" code or term: like past; of a lifelong disease, a question
    CURED = "cured"
    NOT_EVIDENCE = "not evidence"  # names the disease and does not say the patient has it


class Doubt(StrEnum):
    """Why something is only possible. Each has its sentence in the pack's `doubts`."""

    NONE = ""
    UNCONFIRMED = "unconfirmed"
    CODE_LEAVES_OPEN = "code-leaves-open"
    STARTS_LATER = "starts-later"
    ENDS_LATER = "ends-later"
    PART_OF_WORDS = "part-of-words"
    WORDS_DIFFER = "words-differ"
    NOT_RELIABLE = "not-reliable"
    ELEMENT_UNREADABLE = "element-unreadable"
    PLACES_CONTRADICT = "places-contradict"
    # medicines
    USE_UNKNOWN = "use-unknown"
    NOT_STARTED = "not-started"
    END_UNDATED = "end-undated"
    SUPPLY_ENDED = "supply-ended"
    NOT_TAKING_SAID = "not-taking-said"
    # results
    PRELIMINARY = "preliminary"
    UNDATED = "undated"
    DATED_LATER = "dated-later"
    UNIT_UNREADABLE = "unit-unreadable"
    VALUE_AND_FLAG = "value-and-flag"
    SAME_MOMENT = "same-moment"
    # what has happened at some time
    NO_DATE = "no-date"
    NOT_COMPLETED = "not-completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionFact:
    """One concept that a Condition (or a coded status) speaks of."""

    source: Source
    name: str  # in the chart's words
    concept: str
    meaning: str
    standing: Standing
    doubt: Doubt = Doubt.NONE
    rivals: frozenset[str] = frozenset()  # concepts that its words say instead of its code
    certainty: tuple[Certainty, ...] = ()
    onset: Span | None = None
    ended: Span | None = None
    recorded: Span | None = None
    status: str = ""  # as a reader would say it: "active", "resolved, unconfirmed"
    remark: str = ""  # a disagreement worth telling: "marked active, with an end on 2023-05-01"
    places: tuple[Place, ...] = ()
    places_contradict: bool = False
    place_unread: str = ""  # a body site whose code or words were not understood
    severity: str = ""
    stages: tuple[str, ...] = ()  # normalised words of its stages
    recorder: str = ""
    faults: tuple[str, ...] = ()  # elements of the entry that could not be read
    withheld: str = ""  # what it is called instead where a security label limits its display

    @property
    def known_from(self) -> Span | None:
        """When it was put on record, else when it began."""
        return self.recorded or self.onset

    @property
    def happened(self) -> Span | None:
        """The last day on which it is known to have been there; of a "history of", the day of its recording is none."""
        if self.standing in (Standing.CURRENT, Standing.POSSIBLE):
            return self.onset or self.recorded
        return self.ended or self.onset


class Use(StrEnum):
    """Whether a medicine acts on the patient at as-of (clinical rules, section 3.2)."""

    TAKING = "taking"
    HELD = "on hold"
    RECENT = "ended, inside the washout"
    POSSIBLE = "possible"  # an open question
    OVER = "over"  # a note
    NEVER = "not evidence"  # a proposal, a draft, a local form: a note


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineFact:
    """One drug that an entry speaks of."""

    source: Source
    name: str
    drug: Drug
    use: Use
    doubt: Doubt = Doubt.NONE
    certainty: tuple[Certainty, ...] = ()
    request: bool = False
    since: Span | None = None
    ended: Span | None = None
    counts_until: Span | None = None  # end of the washout, where it has ended
    lasts_until: Span | None = None  # the end that is stated of what is still being taken
    dated: Span | None = None  # when the record says so: authored, asserted
    status: str = ""
    route: str = ""  # named where the list marks it to be checked
    reasons: tuple[CodeableConcept, ...] = ()
    reason_concepts: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()  # of the product: prep-product, lock-flush, …
    recorder: str = ""
    faults: tuple[str, ...] = ()
    withheld: str = ""  # what it is called instead where a security label limits its display

    @property
    def counts(self) -> bool:
        """Whether it acts now, or still does."""
        return self.use in (Use.TAKING, Use.HELD, Use.RECENT)


class Outcome(StrEnum):
    """What a test says, whichever of the many ways it says it."""

    POSITIVE = "positive"  # detected, reactive, present, pregnant
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"
    UNKNOWN = "unknown"  # not done, no value, not understood


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFact:
    """One result. `value` is in the canonical unit of its family; None where there is none or it is not understood."""

    source: Source
    name: str
    test: str  # concept, without its "-quantitative" or "-log"
    outcome: Outcome = Outcome.UNKNOWN
    value: Decimal | None = None
    unit: str = ""
    comparator: str = ""
    said: str = ""  # the value as a reader would say it
    words: tuple[str, ...] = ()  # coded or worded answers as meanings of `results.csv`
    flags: frozenset[str] = frozenset()  # meanings of interpretation codes: low, high, normal, …
    in_range: bool | None = None  # within the reference range sent with it
    date: Span | None = None
    date_value: Span | None = None  # a date that is the result (delivery date, last period)
    doubt: Doubt = Doubt.NONE  # why it can't decide by itself
    certainty: tuple[Certainty, ...] = ()
    places: tuple[Place, ...] = ()
    concept: CodeableConcept | None = None  # the coded answer, where a rule reads it (site of metastasis)
    faults: tuple[str, ...] = ()
    withheld: str = ""  # what it is called instead where a security label limits its display


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureFact:
    """Something that was done: a procedure, or a dose of a vaccine."""

    source: Source
    name: str
    concept: str
    date: Span | None = None
    certain: bool = True  # completed, and plainly said
    doubt: Doubt = Doubt.NONE  # what its words leave open
    certainty: tuple[Certainty, ...] = ()
    places: tuple[Place, ...] = ()
    places_contradict: bool = False
    faults: tuple[str, ...] = ()
    withheld: str = ""  # what it is called instead where a security label limits its display


@dataclass(frozen=True, slots=True, kw_only=True)
class BirthFact:
    """When the patient was born, where a rule goes by age."""

    source: Source
    name: str
    date: Span
    certainty: tuple[Certainty, ...] = ()


class Fate(StrEnum):
    """What became of an entry (contract 4, `account`)."""

    USED = "used"
    NOTED = "noted"
    SET_ASIDE = "set-aside"
    NOT_MATCHED = "not-matched"
    UNREADABLE = "unreadable"
    NOT_READ = "not-read"


class Told(NamedTuple):
    """What becomes of every entry with a certain code, whatever else it says."""

    fate: Fate
    name: str
    reason: str


class Aside(NamedTuple):
    """An entry that was read and set aside or left unmatched: what it is called, and why.

    A NamedTuple, because most entries of a chart end as one.
    """

    source: Source
    fate: Fate
    name: str  # "" for entries that are only counted
    reason: str  # a key of the pack's `reasons`, or a sentence from the door
    concepts: frozenset[str] = frozenset()  # what it would have spoken of: a disagreement is told
    dated: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSeen:
    """How a list arrived, before states are told apart (clinical rules, section 3.5)."""

    kind: Kind
    count: int  # entries of that kind for this patient
    none_known: bool = False
    no_information: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a chart says, in an order that does not depend on the order of its entries."""

    subject: Subject
    as_of: Span
    conditions: tuple[ConditionFact, ...] = ()
    medicines: tuple[MedicineFact, ...] = ()
    results: tuple[ResultFact, ...] = ()
    procedures: tuple[ProcedureFact, ...] = ()
    asides: tuple[Aside, ...] = ()
    silent: tuple[Source, ...] = ()  # coded entries that no list holds: most of a chart, and only counted
    unreadable: tuple[Unreadable, ...] = ()
    lists: tuple[ListSeen, ...] = ()
    targets: tuple[Target, ...] = ()
    orders: tuple[Source, ...] = ()  # open dry-needling orders
    encounter: str | None = None
    electrical_stimulation: bool | None = None

    def sources(self) -> tuple[Source, ...]:
        """The entry behind each fact."""
        return (
            *(fact.source for fact in self.conditions),
            *(fact.source for fact in self.medicines),
            *(fact.source for fact in self.results),
            *(fact.source for fact in self.procedures),
        )

    def faults(self) -> dict[Source, tuple[str, ...]]:
        """What could not be read of entries that were, by entry."""
        found = {fact.source: fact.faults for fact in self.conditions}
        found |= {fact.source: fact.faults for fact in self.medicines}
        found |= {fact.source: fact.faults for fact in self.results}
        found |= {fact.source: fact.faults for fact in self.procedures}
        return {source: faults for source, faults in found.items() if faults}
