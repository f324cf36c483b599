"""The Chart: what arrived, whatever FHIR version it came in. Nothing is dropped here.

`len(chart.entries) + len(chart.unreadable) + len(chart.set_aside) + len(chart.not_read)`
(and the subject, and supporting resources) is what came in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from service.core.dates import Period, Span


class Kind(StrEnum):
    """The kinds of entry that a rule may read; also the lists whose arrival is told (contract 4, `account`)."""

    __hash__ = str.__hash__  # an Enum's own runs in Python, and every entry of a chart is counted by its kind

    CONDITION = "conditions"
    MEDICINE = "medicines"
    OBSERVATION = "observations"
    PROCEDURE = "procedures"
    IMMUNIZATION = "immunizations"
    ALLERGY = "allergies"
    ORDER = "orders"


class Coding(NamedTuple):
    """A code with its system; `system` is the short key of `mappings/systems.csv`, else the URI as sent."""

    system: str
    code: str
    display: str = ""


class CodeableConcept(NamedTuple):
    """Codings and the words beside them; either may be missing."""

    codings: tuple[Coding, ...] = ()
    text: str = ""

    def words(self) -> str:
        """What a reader would call it: the text, else the first display, else a bare code."""
        if self.text:
            return self.text
        for coding in self.codings:
            if coding.display:
                return coding.display
        return f"code {self.codings[0].code}" if self.codings else ""


class Label(NamedTuple):
    """A security label of `meta.security`: system as sent, code, display."""

    system: str
    code: str
    display: str = ""


class Source(NamedTuple):
    """Where an entry came from, and how its sender can find it again."""

    position: int  # in the order received, inner Bundles flattened: `Bundle.entry[position]` for a flat one
    type: str  # the resource type as sent
    reference: str | None  # the entry's fullUrl, else `Type/id`; None where it has neither
    labels: tuple[Label, ...] = ()


class Entry(NamedTuple):
    """One resource of a kind that rules read.

    `content` reads the rest of the resource when called: it is asked for only where a list
    recognises the entry, since a chart may hold thousands that none does.
    A NamedTuple, because a chart makes one for each of thousands of entries.
    """

    source: Source
    kind: Kind
    code: CodeableConcept
    content: Callable[[], Content]
    barred: str = ""  # why its meaning can't be relied on (an unknown modifierExtension, implicitRules); else ""
    # What may say more than the code: of an Observation the codes of its components and its coded value, of a
    # medicine that has words and no code the ingredients, or a reference that leads nowhere.
    parts: tuple[CodeableConcept, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a Condition says beside its code."""

    clinical_status: str | None = None  # the code, whatever its system; None where absent
    verification_status: str | None = None
    onset: Span | None = None
    abatement: Span | None = None
    abated: bool = False  # abatement said without a date (boolean, string, age)
    recorded: Span | None = None
    body_sites: tuple[CodeableConcept, ...] = ()
    severity: str = ""
    stages: tuple[CodeableConcept, ...] = ()
    past_section: bool = False  # stood in a document's section of past problems
    recorder: str = ""
    faults: tuple[str, ...] = ()  # elements that could not be read: "onsetDateTime is no FHIR date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine:
    """What a MedicationStatement or MedicationRequest says beside the drug."""

    request: bool  # a MedicationRequest; else a MedicationStatement
    status: str | None = None
    intent: str | None = None  # requests only
    reported: bool = False  # requests only: how US Core records a home medicine
    do_not_perform: bool = False
    adherence: str | None = None  # R5 statements: the leaf code
    effective: Period = field(default_factory=Period)  # period of taking; a bare dateTime is start only
    asserted: Span | None = None  # dateAsserted, authoredOn
    supply_ends: Span | None = None  # end of the supply, all repeats counted; validity or dosage bounds
    route: tuple[CodeableConcept, ...] = ()
    form: CodeableConcept | None = None
    dosage_text: str = ""
    reasons: tuple[CodeableConcept, ...] = ()
    ingredients: tuple[CodeableConcept, ...] = ()  # of the Medication, where its own code says nothing
    unresolved: str = ""  # a medicationReference that leads nowhere, as sent
    recorder: str = ""
    faults: tuple[str, ...] = ()


class Quantity(NamedTuple):
    """A number with its unit as sent. `unit` is the UCUM code where there is one, else the printed unit."""

    value: Decimal
    unit: str  # "" where none was sent
    comparator: str = ""  # "<", "<=", ">=", ">"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What an Observation (or one of its components) says beside its code."""

    status: str | None = None
    effective: Span | None = None
    quantity: Quantity | None = None
    concept: CodeableConcept | None = None
    text: str = ""  # valueString
    truth: bool | None = None  # valueBoolean
    date: Span | None = None  # valueDateTime
    interpretation: tuple[CodeableConcept, ...] = ()
    reference_range: tuple[Quantity | None, Quantity | None] = (None, None)  # low, high
    absent_reason: str = ""  # dataAbsentReason code, where there is no value
    body_sites: tuple[CodeableConcept, ...] = ()
    components: tuple[tuple[CodeableConcept, Observation], ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """What a Procedure says beside its code."""

    status: str | None = None
    performed: Period = field(default_factory=Period)  # a bare dateTime is start and end
    body_sites: tuple[CodeableConcept, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Immunization:
    """What an Immunization says beside its vaccine."""

    status: str | None = None
    occurrence: Span | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allergy:
    """What an AllergyIntolerance says beside its code."""

    clinical_status: str | None = None
    verification_status: str | None = None
    onset: Span | None = None
    recorded: Span | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a ServiceRequest says beside its code."""

    status: str | None = None
    intent: str | None = None
    do_not_perform: bool = False
    body_sites: tuple[CodeableConcept, ...] = ()
    details: tuple[CodeableConcept, ...] = ()  # orderDetail, R5 parameters, notes and patient instructions as text
    encounter: str | None = None  # reference as sent
    faults: tuple[str, ...] = ()


Content = Condition | Medicine | Observation | Procedure | Immunization | Allergy | Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The patient. Sexes are FHIR's administrative codes or the extension's code, lower case."""

    source: Source
    gender: str | None = None
    birth_sex: str | None = None  # us-core-birthsex and its like: "male", "female", "other"
    sex_parameter: str | None = None  # sex parameter for clinical use: "male-typical", "female-typical", ...
    birth_date: Span | None = None
    deceased: bool = False
    deceased_at: Span | None = None


class SetAside(NamedTuple):
    """An entry deliberately not used, with the reason in words."""

    source: Source
    reason: str


class Unreadable(NamedTuple):
    """An entry that could not be read, with the reason in words. `kind` where its type is one that rules read."""

    source: Source
    kind: Kind | None
    reason: str


class ListSign(NamedTuple):
    """Something other than an entry that tells whether a list was sent: a section, a List, a search answer.

    `state` is one of `empty`, `none-known`, `not-received`, `failed`, `incomplete` (contract 4).
    """

    kind: Kind
    state: str
    reason: str  # in words, for the result


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One patient's chart as received."""

    subject: Subject
    entries: tuple[Entry, ...]
    set_aside: tuple[SetAside, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    not_read: tuple[Source, ...] = ()  # kinds no rule reads
    supporting: tuple[Source, ...] = ()  # Medications, BodyStructures, Compositions, Lists that were understood
    list_signs: tuple[ListSign, ...] = ()
    remarks: tuple[str, ...] = ()  # faults of the input as a whole, in words
