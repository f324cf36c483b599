"""One JSON object read element by element: what can't be read becomes a fault, and the element counts as absent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final, TypeAlias

from service.core.chart import CodeableConcept, Quantity
from service.core.dates import Period, Span, parse_span
from service.fhir.read.concepts import Concepts, absence_extension, why_absent

Object: TypeAlias = dict[str, Any]

_UCUM: Final = frozenset({"ucum", "http://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8"})
_WRITTEN_DATE: Final = re.compile(r"(?<!\d)\d{4}(?:-\d\d(?:-\d\d)?)?(?!\d)")


class Elements:
    """The elements of a resource or of an element inside it. Faults name places and forms, never values."""

    __slots__ = ("_has_twins", "_path", "concepts", "faults", "raw")

    def __init__(self, raw: Object, concepts: Concepts, faults: list[str], path: str = "") -> None:
        """Take the object, and where its faults are gathered; `path` stands before each name in them."""
        self.raw = raw
        self.concepts = concepts
        self.faults = faults
        self._path = path
        # Whether any `_name` stands beside a primitive `name`: mostly none does, and then none is looked for.
        self._has_twins = "_" in "".join(raw)

    def has(self, name: str) -> bool:
        """Whether the element is there with a value."""
        return self.raw.get(name) is not None

    def fault(self, name: str, what: str) -> None:
        """Note that an element can't be read."""
        self.faults.append(f"{self._path}{name} {what}")

    def string(self, name: str) -> str:
        """A string, without the blanks around it; "" where there is none."""
        value = self.raw.get(name)
        if isinstance(value, str):
            return value.strip()
        if not self._is_absent(name, value):
            self.fault(name, "is no string")
        return ""

    def flag(self, name: str) -> bool | None:
        """A boolean."""
        value = self.raw.get(name)
        if isinstance(value, bool):
            return value
        if not self._is_absent(name, value):
            self.fault(name, "is neither true nor false")
        return None

    def number(self, name: str) -> Decimal | None:
        """A number, with the digits that were sent."""
        value = self.raw.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Decimal(repr(value))
        if not self._is_absent(name, value):
            self.fault(name, "is no number")
        return None

    def span(self, name: str) -> Span | None:
        """A date, dateTime or instant."""
        value = self.raw.get(name)
        if isinstance(value, str):
            spans = self.concepts.spans
            if value not in spans:  # a chart's entries share few days
                spans[value] = parse_span(value)
            if (span := spans[value]) is not None:
                if span.instant is None and "T" in value:
                    self.fault(name, "has a time without a zone, and is uncertain by fourteen hours")
                return span
        elif self._is_absent(name, value):
            return None
        self.fault(name, "is no FHIR date")
        return None

    def date_in_words(self, name: str) -> Span | None:
        """The one date that a string names, as people write it in place of a date: "since 2019"."""
        dates = {found.group() for found in _WRITTEN_DATE.finditer(self.string(name))}
        return parse_span(dates.pop()) if len(dates) == 1 else None

    def period(self, name: str) -> Period:
        """A Period; empty where there is none."""
        inner = self.child(name)
        return Period() if inner is None else Period(start=inner.span("start"), end=inner.span("end"))

    def concept(self, name: str) -> CodeableConcept | None:
        """A CodeableConcept; None where there is none, or nothing in it."""
        raw = self.raw.get(name)
        if isinstance(raw, list) and len(raw) == 1:
            self.fault(name, "is a list where one is due")
            raw = raw[0]
        return self._concept(raw, name)

    def concept_list(self, name: str) -> tuple[CodeableConcept, ...]:
        """CodeableConcepts that may repeat (also where one was sent without a list around it)."""
        found = (self._concept(raw, name) for raw in self.objects(name))
        return tuple(concept for concept in found if concept is not None)

    def _concept(self, raw: object, name: str) -> CodeableConcept | None:
        if raw is None:
            return None
        concept = self.concepts.read(raw, self._path + name, self.faults)
        if concept.codings or concept.text:
            return concept
        if reason := why_absent(raw):
            self.fault(name, f"is {reason}")
        return None

    def status(self, name: str, known: frozenset[str]) -> str | None:
        """A status as its code in lower case, whatever its system; a plain string (STU3) counts as well.

        Of several codings the one that FHIR knows; an unknown code is passed on, for the recogniser to see.
        """
        raw = self.raw.get(name)
        if raw is None or isinstance(raw, str):
            return self.string(name).lower() or None
        concept = self.concept(name)
        if concept is None:
            if not any(fault.startswith(self._path + name) for fault in self.faults):
                self.fault(name, "holds no code")
            return None
        codes = {coding.code.lower() for coding in concept.codings if coding.code}
        if len(codes) == 1 and codes <= known:
            return codes.pop()
        said = codes & known
        if not said:
            said = {word.lower() for word in (*(c.display for c in concept.codings), concept.text)} & known
        if len(said) > 1:
            self.fault(name, "holds codes that contradict each other")
            return None
        if said:
            return said.pop()
        return next((coding.code for coding in concept.codings if coding.code), concept.words()).lower()

    def quantity(self, name: str) -> Quantity | None:
        """A Quantity of any kind; None where it has no number."""
        raw = self.raw.get(name)
        if raw is None:
            return None
        if (plain := self._plain_quantity(raw)) is not None:
            return plain
        inner = self.child(name)
        if inner is None:
            return None
        value = inner.number("value")
        if value is None:
            if reason := absence_extension(inner.raw):
                self.fault(name, f"is {reason}")
            return None
        return Quantity(
            value,
            self._unit(inner.string("system"), inner.string("code"), inner.string("unit")),
            inner.string("comparator"),
        )

    def _plain_quantity(self, raw: Any) -> Quantity | None:  # noqa: ANN401 - any JSON
        """A Quantity without fault, as almost all are; None for any other."""
        try:
            value = raw["value"]
            if value.__class__ not in (int, float) or "modifierExtension" in raw:
                return None
            unit = self._unit(raw.get("system", "").strip(), raw.get("code", "").strip(), raw.get("unit", "").strip())
            return Quantity(Decimal(repr(value)), unit, raw.get("comparator", "").strip())
        except (AttributeError, KeyError, TypeError):
            return None

    def _unit(self, system: str, code: str, printed: str) -> str:
        """A code of another system than UCUM is no unit that could be read; the printed one may be."""
        return code if code and (not system or self.concepts.systems[system] in _UCUM) else printed

    def child(self, name: str) -> Elements | None:
        """An element with elements of its own; none where a modifierExtension may change what they say."""
        raw = self.raw.get(name)
        if isinstance(raw, list) and len(raw) == 1:
            self.fault(name, "is a list where one is due")
            raw = raw[0]
        if raw is None:
            return None
        if not isinstance(raw, dict):
            self.fault(name, "is no object")
        elif raw.get("modifierExtension"):
            self.fault(name, "has a modifierExtension that is not known here")
        else:
            return self.inside(raw, name)
        return None

    def children(self, name: str) -> Iterator[Elements]:
        """Elements that repeat. One with a modifierExtension is left out: what it says can't be relied on."""
        for raw in self.objects(name):
            if not isinstance(raw, dict):
                self.fault(name, "holds something that is no object")
            elif raw.get("modifierExtension"):
                self.fault(name, "has a modifierExtension that is not known here")
            else:
                yield self.inside(raw, name)

    def inside(self, raw: Object, name: str) -> Elements:
        """The elements of an object that stands in this one."""
        return Elements(raw, self.concepts, self.faults, f"{self._path}{name}.")

    def objects(self, name: str) -> list[Any]:
        """What a repeated element holds; one that was sent without a list around it counts as one."""
        raw = self.raw.get(name)
        if raw is None:
            return []
        if isinstance(raw, list):
            return [one for one in raw if one is not None]
        if isinstance(raw, dict):
            self.fault(name, "is an object where a list is due")
            return [raw]
        self.fault(name, "is no list")
        return []

    def one_or_more(self, name: str) -> list[Any]:
        """What an element holds that repeats in some resources and stands alone in others."""
        return [self.raw[name]] if isinstance(self.raw.get(name), dict) else self.objects(name)

    def _is_absent(self, name: str, value: object) -> bool:
        """Whether an element has no value. Where a reason stands in its place (`_name`), that is a fault."""
        if value is not None:
            return False
        if self._has_twins and (reason := absence_extension(self.raw.get(f"_{name}"))):
            self.fault(name, f"is {reason}")
        return True


def covering(spans: Iterable[Span | None]) -> Span | None:
    """One span over all of these; None where there is none."""
    known = [span for span in spans if span is not None]
    if len(known) < 2:  # noqa: PLR2004 - one is itself
        return known[0] if known else None
    first = min(known, key=lambda span: span.first)
    last = max(known, key=lambda span: span.last)
    return Span(first=first.first, last=last.last, instant=None, written=last.written)
