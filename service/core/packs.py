"""Rule packs: rules, parameters and texts, as loaded from `mappings/packs/` (see the README there)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from service.core.facts import Standing
from service.core.screening import Category
from service.core.wording import ENGLISH, Wording


class Limit(NamedTuple):
    """A number with its unit, in the canonical unit of the test's family."""

    value: Decimal
    unit: str


class CutOff(NamedTuple):
    """A row of a table of limits: for whom, at which age in months (or week of pregnancy), and the limit."""

    who: str  # male, female, unknown, any, pregnant
    low: int  # months of age; weeks, where pregnant
    high: int | None  # inclusive; None: open
    below: Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A value that the pack's owner may change. Days are int, limits are Limit, tables map names to values."""

    name: str
    value: int | Limit | Mapping[str, int] | tuple[CutOff, ...] | tuple[str, ...]
    editorial: bool  # no source fixes it
    why: str
    unit: str = ""  # of a whole number, or of each row of a table: days, years


class Text(NamedTuple):
    """Why a question is open, and the one thing to ask."""

    because: str
    ask: str


class At(StrEnum):
    """How an entry must lie to a target for a clause to hold there (clinical rules, section 4)."""

    PATIENT = "patient"  # it holds for the whole patient
    REGION = "region"  # in the target's region
    LIMB = "limb"  # in the target's limb, and on its side
    ELSEWHERE = "elsewhere"  # at a known place that is not the target's
    NOT_ELSEWHERE = "not-elsewhere"  # at the target, or at no place that is recorded


class Stimulation(StrEnum):
    """What order and request say of current through the needles."""

    ASKED = "asked"
    SILENT = "silent"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What narrows a clause, whatever it reads."""

    category: Category | None = None  # instead of the rule's
    at: At = At.PATIENT
    targets: frozenset[str] = frozenset()  # only targets marked `deep`, `pleura` or `spinal`, or in these regions
    stimulation: frozenset[Stimulation] = frozenset()  # only where this is said; empty: whatever is said
    together: tuple[Clause, ...] = ()  # `with:` only where one of these holds too
    without: tuple[Clause, ...] = ()  # only where none of these holds: else a note
    say: str = ""  # instead of the rule's
    ends_when: str = ""


# How strong the evidence for a rule is, weakest first.
GRADES: Final = ("E", "C", "S", "T")

UNBOUND: Final = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultClause:
    """`result:` the newest result of one of these tests."""

    tests: frozenset[str]
    outcome: str = ""  # is: positive, negative, normal
    below: tuple[Limit, ...] = ()  # one for each unit that a result may come in; never converted first
    at_least: tuple[Limit, ...] = ()
    above: tuple[Limit, ...] = ()
    cut_offs: str = ""  # name of a parameter: a table by sex, age and pregnancy
    within: int | None = None  # days; None: any age
    newer: bool = False  # than the problem it contradicts
    text: str = ""
    bounds: Bounds = UNBOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionClause:
    """`condition:` the chart's problem list says one of these concepts."""

    concepts: frozenset[str]
    meanings: frozenset[str] = frozenset()  # just these; empty: all that speak of the disease
    standings: frozenset[Standing] = frozenset()  # what counts; empty: what the section of the rule implies
    lifelong: bool = False  # a past status does not end it
    severities: frozenset[str] = frozenset()  # just these; empty: any
    within: int | None = None  # days since it happened; an older entry is a note, one without a date is asked about
    since_recorded: bool = False  # counted from the day it was recorded, not from the day it began
    goes_stale: int | None = None  # days after which an entry that was never closed is asked about
    unless: tuple[ResultClause, ...] = ()  # newer results that contradict a current entry
    past_text: str = ""  # question key for a past entry; empty: a past entry is a note
    past_unless: tuple[ResultClause, ...] = ()  # results that settle a past entry
    text: str = ""  # question or note key
    bounds: Bounds = UNBOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineClause:
    """`medicine:` the patient takes one of these, by group or class of the medicine list."""

    groups: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    not_classes: frozenset[str] = frozenset()
    longer_than: int | None = None  # days for which it has been taken; with an unknown start it is asked about
    infers: bool = False  # only suggests the disease: a question, unless the chart explains it
    text: str = ""
    bounds: Bounds = UNBOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureClause:
    """`procedure:` one of these was done."""

    concepts: frozenset[str]
    within: int | None = None  # days; None: any time
    text: str = ""
    bounds: Bounds = UNBOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeClause:
    """`age:` the patient is younger than this; without a birth date it is asked about."""

    below: int  # years
    text: str = ""
    bounds: Bounds = UNBOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingClause:
    """`reading:` a named algorithm with its concepts and parameters (pregnancy, hepatitis-b, …)."""

    name: str
    bounds: Bounds = UNBOUND


Clause = ConditionClause | ResultClause | MedicineClause | ProcedureClause | AgeClause | ReadingClause


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """`add-when:` a sentence beside a finding, where a result holds."""

    clause: ResultClause
    say: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One reason for caution."""

    id: str
    title: str
    category: Category
    finding: tuple[Clause, ...]
    question: tuple[Clause, ...]
    note: tuple[Clause, ...]
    harm: str
    say: str
    ends_when: str
    texts: Mapping[str, Text]  # question key → why and what to ask
    remarks: Mapping[str, str]  # note key → sentence
    founding: str  # the founding words it formalises
    guidance: str  # how published guidance ranks it
    at: At = At.PATIENT  # of its clauses, where they say nothing else
    grade: tuple[str, ...] = ()  # E expert lists only, C case reports, S case series or surveys, T controlled studies
    per_target: bool = False  # a finding for each target, though the rule is not about the site
    found: str = ""  # the finding's sentence; empty: the shared phrase
    together: str = ""  # beside a finding that rests on several drugs
    additions: tuple[Addition, ...] = ()

    @property
    def site(self) -> bool:
        """Whether it is judged for each target: by its place, or by what lies under the target."""
        bounds = (clause.bounds for clause in (*self.finding, *self.question))
        return self.at is not At.PATIENT or any(each.at is not At.PATIENT or each.targets for each in bounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRule:
    """A rule about the chart itself (a list that is missing, an entry that can't be read)."""

    id: str
    title: str
    category: Category
    medicine_category: Category  # of an unreadable medicine
    harm: str
    because: str
    ask: str


class OverrideReason(NamedTuple):
    """Why a clinician may go on against a card: what an EHR offers beside it."""

    code: str
    display: str


class Answer(NamedTuple):
    """An answer to a rule's routine question, as an Observation that can be recorded with one tap."""

    rule: str
    label: str  # what the button says
    code: tuple[str, str, str]  # system URI, code, display: what is observed
    value: tuple[str, str, str]


SWITCHED_OFF: Final = "switched-off"
CATEGORY_FIELDS: Final = ("category", "medicine-category")


class Change(NamedTuple):
    """What a site's policy changes in a pack: one field of a rule, or a parameter."""

    of: str  # "rule" or "parameter"
    name: str
    field: str  # "category", "switched-off", a text ("say", "questions.confirm.ask"), "value", a row of a table
    before: str  # as the pack has it
    after: str
    author: str
    date: str
    reason: str


class Policy(NamedTuple):
    """A site's policy, laid over a pack: the pack itself stays as its owner wrote it."""

    id: str
    version: str
    changes: tuple[Change, ...]  # of this pack, in the order of the policy

    @property
    def name(self) -> str:
        """As a result names it."""
        return f"{self.id} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pack:
    """A versioned set of rules, parameters and texts. Rules are in result order.

    A base pack stands alone; an extension adds to one.
    Compared by identity: it is loaded once, and what its rules read is remembered by it.
    """

    id: str
    version: str
    title: str
    date: str
    author: str
    sources: tuple[str, ...]
    is_base: bool = True
    based_on: str = ""  # the pack whose rules it changes
    next_review: str = ""  # the day by which its owners look at it again
    rules: tuple[Rule, ...]
    chart_rules: Mapping[str, ChartRule]
    parameters: Mapping[str, Parameter]
    placed_by: Mapping[str, Mapping[str, str]]  # concept → test → region, or "named"
    phrases: Mapping[str, str]
    list_names: Mapping[str, str]
    reasons: Mapping[str, str]
    doubts: Mapping[str, Text]
    switched_off: tuple[str, ...] = ()  # rules of it that this site does not use: what they see is noted
    override_reasons: tuple[OverrideReason, ...] = ()
    answers: tuple[Answer, ...] = ()
    policy: Policy | None = None  # where a site's policy changes it
    wording: Wording = ENGLISH  # the language of its texts

    def days(self, name: str) -> int:
        """A parameter in days (or years, for ages)."""
        value = self.parameters[name].value
        if not isinstance(value, int):
            raise TypeError(f"parameter {name} is not a whole number")
        return value

    def limit(self, name: str) -> Limit:
        """A parameter that is a number with a unit."""
        value = self.parameters[name].value
        if not isinstance(value, Limit):
            raise TypeError(f"parameter {name} is not a number with a unit")
        return value

    def names(self, name: str) -> frozenset[str]:
        """A parameter that is a list of names."""
        value = self.parameters[name].value
        if not isinstance(value, tuple):
            raise TypeError(f"parameter {name} is not a list of names")
        return frozenset(str(item) for item in value)
