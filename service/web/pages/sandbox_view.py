"""What the sandbox shows: the chart as a clinician reads it, and the sites that can be chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from service.core.knowledge import Knowledge
from service.sandbox.session import Session
from service.sandbox.writing import Json

_PARTS: Final = (
    ("Problems", ("Condition",)),
    ("Medicines", ("MedicationRequest", "MedicationStatement")),
    ("Results and answers", ("Observation",)),
    ("Procedures", ("Procedure",)),
)
_WHEN: Final = ("effectiveDateTime", "onsetDateTime", "authoredOn", "performedDateTime")
_REGIONS: Final = ("head and neck", "upper limb", "trunk", "lower limb")
_CHOSEN: Final = frozenset({"muscle", "group"})


class Line(NamedTuple):
    """An entry in one line."""

    words: str
    more: str  # status, date, place, answer
    is_new: bool  # recorded in this session


class Part(NamedTuple):
    """A list of the chart."""

    name: str
    lines: tuple[Line, ...]
    is_withheld: bool  # from apps: people see it


def chart_parts(session: Session, today: date) -> list[Part]:
    """The lists of the chart that hold anything."""
    patient = session.order.patient
    chart = [*patient.chart(today), *session.recorded]
    parts = [
        Part(
            name,
            tuple(_line(each, each in session.recorded) for each in chart if each["resourceType"] in types),
            not patient.withheld.isdisjoint(types),
        )
        for name, types in _PARTS
    ]
    return [part for part in parts if part.lines]


def site_groups(knowledge: Knowledge) -> list[tuple[str, list[str]]]:
    """Muscles and groups of muscles to choose from, by part of the body."""
    groups: dict[str, list[str]] = {region: [] for region in _REGIONS}
    for site in sorted(knowledge.sites.values(), key=lambda each: each.name):
        if site.kind in _CHOSEN and site.regions:
            groups[_part_of_body(min(site.regions), knowledge.parents)].append(site.name)
    return [(region.capitalize(), names) for region, names in groups.items()]


def _part_of_body(region: str, parents: Mapping[str, str]) -> str:
    while region in parents:
        region = parents[region]
    return region


def _line(entry: Json, is_new: bool) -> Line:  # noqa: FBT001 - one of three things that a line is
    concept = entry.get("code") or entry.get("medicationCodeableConcept")
    words = concept.get("text", "") if isinstance(concept, dict) else ""
    return Line(words or "(an entry that cannot be read)", ", ".join(_more(entry)), is_new)


def _more(entry: Json) -> Iterator[str]:
    yield from _answers(entry)
    for name in ("clinicalStatus", "verificationStatus", "status"):
        status = entry.get(name)
        code = status["coding"][0]["code"] if isinstance(status, dict) else status
        if isinstance(code, str) and code not in ("final", "confirmed"):
            yield code
    yield from (site["text"].lower() for site in entry.get("bodySite", ()))
    yield from [str(entry[name])[:10] for name in _WHEN if name in entry][:1]  # the day will do


def _answers(entry: Json) -> Sequence[str]:
    quantity = entry.get("valueQuantity")
    concept = entry.get("valueCodeableConcept")
    return [
        *([f"{quantity['value']} {quantity['unit']}"] if quantity else []),
        *([concept["text"]] if concept else []),
        *(str(entry[name]) for name in ("valueString", "valueDateTime") if name in entry),
    ]
