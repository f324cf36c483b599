"""How a result says what it says: numbers with units, coded and worded answers, flags (clinical rules, section 3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from service.core.chart import CodeableConcept, Coding, Observation, Quantity
from service.core.facts import Outcome
from service.core.knowledge import Knowledge, Test, Unit

_NUMBER_AND_UNIT: Final = re.compile(r"\s*([<>]=?|≤|≥)?\s*(\d+(?:[.,]\d+)?)\s*(\S.*)?")
_COMPARATORS: Final = {"≤": "<=", "≥": ">="}

_POSITIVE: Final = frozenset({"positive", "detected", "pregnant", "immune", "pregnancy-test-positive", "yes"})
_NEGATIVE: Final = frozenset(
    {"negative", "not-detected", "not-pregnant", "not-immune", "pregnancy-test-negative", "no", "negated"}
)
_INDETERMINATE: Final = frozenset({"indeterminate", "possibly-pregnant", "pregnancy-test-indeterminate"})
_LIMIT_OF_TEST: Final = frozenset({"below-range"})

_FLAGS: Final = "v3-interpretation"

# Largest number of digits that a result could mean: more is a fault of the sender, and costly to compute with.
_MOST_DIGITS: Final = 30


class Measured(NamedTuple):
    """A number in the canonical unit of its family; `value` is None where its unit was not understood."""

    value: Decimal | None
    unit: str
    comparator: str


def measured(observation: Observation, test: Test, knowledge: Knowledge) -> Measured | None:
    """The number of a result, from the quantity or from words such as "112 g/L"; None where there is none."""
    quantity = observation.quantity or _quantity_in(observation.text)
    if quantity is None:
        return None
    unit = _unit(quantity, test, knowledge)
    if unit is None:
        return Measured(None, quantity.unit, quantity.comparator)
    try:
        value = Decimal(10) ** quantity.value if unit.log else quantity.value * unit.factor + unit.offset
    except (InvalidOperation, OverflowError):
        return Measured(None, quantity.unit, quantity.comparator)
    return Measured(value, unit.canonical, quantity.comparator)


def families_of(test: Test) -> tuple[str, ...]:
    """The unit families in which a test may be reported, its own first."""
    return _FAMILIES.get(test.unit_family, (test.unit_family,))


def _unit(quantity: Quantity, test: Test, knowledge: Knowledge) -> Unit | None:
    if not quantity.value.is_finite() or abs(quantity.value.adjusted()) > _MOST_DIGITS:
        return None
    for family in families_of(test):
        spellings = knowledge.units.get(family, {})
        found = spellings.get(quantity.unit) or spellings.get(quantity.unit.replace(" ", ""))
        if found is not None:
            return found
    return None


# A hemoglobin may come by mass or by amount, an HbA1c in either scale, whatever its code says.
_FAMILIES: Final = {
    "hemoglobin-mass": ("hemoglobin-mass", "hemoglobin-molar"),
    "hemoglobin-molar": ("hemoglobin-molar", "hemoglobin-mass"),
    "hba1c-percent": ("hba1c-percent", "hba1c-mmol-mol"),
    "hba1c-mmol-mol": ("hba1c-mmol-mol", "hba1c-percent"),
}


def _quantity_in(text: str) -> Quantity | None:
    match = _NUMBER_AND_UNIT.fullmatch(text) if text else None
    if match is None:
        return None
    comparator, number, unit = match.groups()
    value = Decimal(number.replace(",", "."))
    return Quantity(value, (unit or "").strip(), _COMPARATORS.get(comparator, comparator or ""))


def answers(observation: Observation, knowledge: Knowledge) -> tuple[str, ...]:
    """What coded, worded and yes-or-no values say, as meanings of `results.csv`."""
    found: dict[str, None] = {}
    if observation.truth is not None:
        found["yes" if observation.truth else "no"] = None
    if observation.concept is not None:
        found.update(dict.fromkeys(_of_concept(observation.concept, knowledge)))
    if observation.text:
        worded = _of_words(observation.text, knowledge)
        if worded:
            found[worded] = None
    return tuple(found)


def _of_concept(concept: CodeableConcept, knowledge: Knowledge) -> tuple[str, ...]:
    coded = knowledge.results.find_all(concept.codings)
    if coded:
        return coded
    texts = (concept.text, *(coding.display for coding in concept.codings))
    return tuple(word for text in texts if text and (word := _of_words(text, knowledge)))


def _of_words(text: str, knowledge: Knowledge) -> str:
    plain = " ".join(text.lower().split())
    whole = knowledge.result_words.get(plain)
    if whole is not None:
        return whole
    return next((meaning for meaning, pattern in knowledge.result_patterns if pattern.search(plain)), "")


def flags(interpretation: Iterable[CodeableConcept], knowledge: Knowledge) -> frozenset[str]:
    """What interpretation codes or words say: low, high, normal, abnormal, positive and the like."""
    return frozenset(meaning for concept in interpretation for meaning in _of_flag(concept, knowledge))


def _of_flag(concept: CodeableConcept, knowledge: Knowledge) -> tuple[str, ...]:
    """A flag by its code or words; laboratories also print HL7's letters as mere text ("L", "HH")."""
    letters = Coding(_FLAGS, concept.words().strip().upper())
    return _of_concept(concept, knowledge) or knowledge.results.find(letters)


def outcome_of(meanings: Iterable[str]) -> Outcome:
    """The one outcome of several meanings; indeterminate where they contradict each other."""
    outcomes = {
        outcome
        for meaning in meanings
        for outcome, group in (
            (Outcome.POSITIVE, _POSITIVE),
            (Outcome.NEGATIVE, _NEGATIVE),
            (Outcome.INDETERMINATE, _INDETERMINATE),
        )
        if meaning in group
    }
    if len(outcomes) > 1:
        return Outcome.INDETERMINATE
    return outcomes.pop() if outcomes else Outcome.UNKNOWN


def in_reference_range(observation: Observation) -> bool | None:
    """Whether the number lies in the range sent with it; None where that can't be told."""
    low, high = observation.reference_range
    quantity = observation.quantity
    if quantity is None or quantity.comparator or (low is None and high is None):
        return None
    if any(limit is not None and limit.unit not in ("", quantity.unit) for limit in (low, high)):
        return None
    return (low is None or quantity.value >= low.value) and (high is None or quantity.value <= high.value)


def said(observation: Observation) -> str:
    """The value as a reader would say it."""
    if observation.quantity is not None:
        quantity = observation.quantity
        return f"{quantity.comparator}{quantity.value:f} {quantity.unit}".strip()
    if observation.concept is not None:
        return observation.concept.words()
    if observation.text:
        return observation.text
    if observation.truth is not None:
        return "yes" if observation.truth else "no"
    if observation.date is not None:
        return str(observation.date)
    return "no value"
