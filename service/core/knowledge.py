"""What the service knows: `mappings/` as typed, immutable look-ups, made once at start by `service.knowledge`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from re import Pattern
from typing import NamedTuple

from service.core.body_map import Shape
from service.core.chart import Coding
from service.core.codes import CodeList
from service.core.labels import SecurityLabels
from service.core.places import Place, Side, Site
from service.core.words import TermIndex


class Listed(NamedTuple):
    """What a list says of a code or term: which concept, in which meaning (`mappings/README.md`)."""

    concept: str
    meaning: str


class Test(NamedTuple):
    """What an observation code or name measures."""

    concept: str
    kind: str  # quantity, coded, date, text
    unit_family: str  # "" where it has none


class Unit(NamedTuple):
    """How a unit spelling converts: canonical = value × factor + offset, or 10^value where `log`."""

    canonical: str
    factor: Decimal
    offset: Decimal = Decimal(0)
    log: bool = False


class Drug(NamedTuple):
    """An ingredient, or a fixed combination that is judged as one."""

    name: str
    classes: tuple[str, ...]
    groups: tuple[str, ...]  # which rules it feeds; empty: known, feeds none
    subclasses: tuple[str, ...]
    washout_days: int
    systemic_only: bool  # local forms do not count
    flags: frozenset[str]
    components: tuple[str, ...] = ()  # of a combination


class Product(NamedTuple):
    """A medicine code: its drugs, and whether the product acts on the whole body."""

    drugs: tuple[Drug, ...]
    systemic: str  # yes, no, check, unknown
    flags: frozenset[str]


class MedicineTerm(NamedTuple):
    """A reviewed wording of a medicine entry: what it says (taking, held, past, question, …) of which drugs."""

    meaning: str
    drugs: tuple[Drug, ...]


class Route(NamedTuple):
    """A route of administration or dose form."""

    systemic: str  # yes, no, check
    place: str  # skin, eye, lock-or-flush, …
    name: str


class Explanation(NamedTuple):
    """A recorded condition that explains a medicine (clinical rules, section 3.2)."""

    medicine: str  # a drug name or a class
    concept: str  # "" where only codes or words tell it
    words: str  # normalised
    kind: str  # explains, own-rule, question, note, not-needed
    groups: tuple[str, ...]


class PlacedCode(NamedTuple):
    """A body-site code: the site it names (None for a side alone), and the side it says."""

    site: Site | None
    side: Side | None


class OrderMeaning(NamedTuple):
    """What an order code or term is about: dry-needling, related-acupuncture, not-needling and the like."""

    meaning: str
    electrical: str  # yes, no, unknown
    alone: bool = False  # an abbreviation: only as the whole text, or beside another needling word


class Cue(NamedTuple):
    """A word or phrase that changes what the term beside it says (negation, uncertainty, family, history)."""

    effect: str
    side: str  # before, after: where it stands to the term


class Root(NamedTuple):
    """A listed code whose descendants all mean what it means: a terminology server may find a code below it."""

    display: str
    within: frozenset[str]  # the roots above it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Knowledge:
    """Everything that reading and recognising look up. Rule packs are `service.core.packs.Pack`.

    Compared by identity: it is loaded once, and remembered readings of words are keyed by it.
    """

    version: str  # of the lists
    systems: Mapping[str, str]  # a system's URI, OID or alias as sent → its short key

    conditions: CodeList[Listed]
    condition_terms: TermIndex[tuple[Listed, ...]]  # reviewed terms
    condition_names: TermIndex[tuple[Listed, ...]]  # displays of the lists, only as whole texts
    condition_places: CodeList[Place]  # places inside condition codes; no regions: reviewed, says no place
    look_alikes: TermIndex[str]  # phrases that contain a term and are none: "hearing aids"
    cues: TermIndex[Cue]
    neutral: frozenset[str]  # words that change nothing beside a term: "chronic", "mild", "the"

    medicines: CodeList[Product]
    drugs: Mapping[str, Drug]
    drug_names: TermIndex[tuple[Drug, ...]]  # ingredients, brands, synonyms
    drug_abbreviations: Mapping[str, tuple[Drug, ...]]  # whole text only, in capitals as listed
    local_brands: TermIndex[tuple[Drug, ...]]  # brands that exist only as skin, eye or nose products
    medicine_terms: TermIndex[MedicineTerm]
    routes: CodeList[Route]
    route_words: TermIndex[Route]
    explanations: Mapping[str, tuple[Explanation, ...]]  # by medicine: a drug name or a class
    none_known: CodeList[Listed]  # concept: the list it speaks of; meaning: `none-known` or `no-information`

    observations: CodeList[Test]
    observation_names: TermIndex[Test]
    results: CodeList[str]  # coded answers and flags → meaning
    result_words: Mapping[str, str]  # whole worded answers, lower case and trimmed → meaning
    result_patterns: tuple[tuple[str, Pattern[str]], ...]
    units: Mapping[str, Mapping[str, Unit]]  # family → spelling as sent → conversion

    procedures: CodeList[Listed]
    procedure_sides: CodeList[Side]  # codes that name a side
    procedure_terms: TermIndex[tuple[Listed, ...]]
    allergies: CodeList[Listed]  # substances → concept of a condition
    allergy_terms: TermIndex[tuple[Listed, ...]]
    allergy_concepts: frozenset[str]  # concepts that an AllergyIntolerance can say
    immunizations: CodeList[str]  # → concept
    immunization_terms: TermIndex[str]
    orders: CodeList[OrderMeaning]
    order_terms: TermIndex[OrderMeaning]

    concept_places: Mapping[tuple[str, str], Place]  # kind and concept → where it lies, if nothing else is said
    parents: Mapping[str, str]  # region → the region that contains it
    sites: Mapping[str, Site]
    site_codes: CodeList[PlacedCode]
    site_names: TermIndex[Site]
    shapes: tuple[Shape, ...]  # the body map
    side_words: TermIndex[Side | None]  # "L", "lt", "bilat."; None: the word says that no side is known

    labels: SecurityLabels
    roots: Mapping[str, Mapping[str, Root]]  # system → code of a condition

    known_systems: frozenset[str]  # systems that some list covers

    def knows_a_system(self, codings: Iterable[Coding]) -> bool:
        """Whether one of the codings is from a system that some list covers."""
        return any(coding.system in self.known_systems for coding in codings)
