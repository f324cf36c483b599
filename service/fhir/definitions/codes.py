"""The CodeSystems of a result and the ValueSets of their codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from service.core.judge.confidential import RESTRICTED
from service.core.packs import Pack
from service.core.screening import Category
from service.fhir.canonical import code_system, topic, value_set
from service.fhir.definitions.metadata import INTERFACE_VERSION, published
from service.fhir.definitions.vocabulary import FIXED, HEADLINE, Concept, Vocabulary
from service.fhir.elements import Element, element

# The codes of `headline` that a rule may have as its category.
CATEGORY: Final = "category"

_UNNAMED: Final = Concept(
    RESTRICTED,
    "A confidential reason",
    "A rule that is not named, since a security label of the chart limits who may be shown what it rests on.",
)


def code_systems(packs: Sequence[Pack]) -> list[Element]:
    """Every CodeSystem of ours."""
    return [
        *(_code_system(vocabulary, INTERFACE_VERSION) for vocabulary in FIXED),
        *(_code_system(vocabulary, packs_version(packs)) for vocabulary in _of_packs(packs)),
    ]


def value_sets(packs: Sequence[Pack]) -> list[Element]:
    """A ValueSet for each CodeSystem, with all its codes, and one for the categories of a rule."""
    return [
        *(_value_set(vocabulary, INTERFACE_VERSION) for vocabulary in FIXED),
        *(_value_set(vocabulary, packs_version(packs)) for vocabulary in _of_packs(packs)),
        _categories(),
    ]


def _of_packs(packs: Sequence[Pack]) -> tuple[Vocabulary, ...]:
    """What the installed packs define: themselves, and their rules. A rule that two packs share stands once."""
    rules: dict[str, Concept] = {}
    for pack in packs:
        for rule in pack.rules:
            rules.setdefault(rule.id, Concept(rule.id, rule.title, f"What could happen: {rule.harm}."))
        for id_, chart_rule in pack.chart_rules.items():
            rules.setdefault(id_, Concept(id_, chart_rule.title, f"What could happen: {chart_rule.harm}."))
    if rules:
        rules[RESTRICTED] = _UNNAMED
    return (
        Vocabulary(
            "rule-pack",
            "Rule packs",
            "The rule packs of this installation: versioned sets of rules, parameters and texts.",
            tuple(Concept(pack.id, pack.title, f"{pack.title}, by {pack.author}.") for pack in packs),
        ),
        Vocabulary(
            "rule",
            "Rules",
            "The rules of this installation's packs: each is one reason for caution. A rule keeps its code for ever.",
            tuple(rules.values()),
        ),
        *_of_cards(packs, rules.values()),
    )


def _of_cards(packs: Sequence[Pack], rules: Iterable[Concept]) -> tuple[Vocabulary, Vocabulary]:
    """What CDS Hooks cards name: their topics, and the reasons to go on against them."""
    topics = {
        topic(concept.code): concept._replace(code=topic(concept.code)) for concept in (*rules, *HEADLINE.concepts)
    }
    reasons = {reason.code: reason.display for pack in packs for reason in pack.override_reasons}
    return (
        Vocabulary(
            "rule-topic",
            "Topics of cards",
            "What a CDS Hooks card is about: the code of its rule, or of its headline where no rule holds, in letters "
            "and digits only.",
            tuple(topics.values()),
        ),
        Vocabulary(
            "override-reason",
            "Override reasons",
            "Why a clinician may go on against a card. The codes never change their meaning: sites map them to theirs.",
            tuple(Concept(code, display, f"{display}.") for code, display in reasons.items()),
        ),
    )


def packs_version(packs: Sequence[Pack]) -> str:
    """The packs' version, where they are one; else each pack's own."""
    return "+".join(dict.fromkeys(pack.version for pack in packs)) or INTERFACE_VERSION


def _code_system(vocabulary: Vocabulary, version: str) -> Element:
    concepts = [concept._asdict() for concept in vocabulary.concepts]
    head = published(
        "CodeSystem", vocabulary.id, title=vocabulary.title, description=vocabulary.description, version=version
    )
    return element(
        **head,
        caseSensitive=True,
        valueSet=value_set(vocabulary.id),
        content="complete",
        count=len(concepts),
        concept=concepts,
    )


def _value_set(vocabulary: Vocabulary, version: str) -> Element:
    return {
        **published(
            "ValueSet", vocabulary.id, title=vocabulary.title, description=vocabulary.description, version=version
        ),
        "compose": {"include": [{"system": code_system(vocabulary.id)}]},
    }


def _categories() -> Element:
    return {
        **published(
            "ValueSet",
            CATEGORY,
            title="Category of a rule",
            description="How far a rule goes: a finding's category, and the ceiling of an open question.",
        ),
        "compose": {
            "include": [
                {"system": code_system("headline"), "concept": [{"code": category.code} for category in Category]}
            ]
        },
    }
