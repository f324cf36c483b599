"""The question beside the chart: from a Parameters resource or from the query string (contract 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from service.core.chart import CodeableConcept, Coding
from service.core.dates import Span, parse_span
from service.fhir.primitives import plain
from service.fhir.read.concepts import Concepts
from service.fhir.refused import Case, Issue, Refused

_LOST_PLUS: Final = re.compile(r"(T[\d:.]+) (\d\d:\d\d)$")  # an unescaped "+" of the zone arrives as a blank
_CODE: Final = re.compile(r"([a-z][a-z0-9+.-]*:[^|\s]*|[a-z0-9-]*)\|([^|\s]+)", re.IGNORECASE)
_TRUTH: Final = {"true": True, "false": False}
_LONGEST_NAME: Final = 64

_NAMES: Final = "chart, target, as-of, pack, subject, electrical-stimulation"
_ONCE: Final = frozenset({"as-of", "subject", "electrical-stimulation", "_format", "_pretty"})

# In Parameters: the value[x] that each parameter takes.
_VALUES: Final = {
    "target": ("valueCodeableConcept", "valueString"),
    "as-of": ("valueDateTime",),
    "pack": ("valueCode", "valueCanonical"),
    "subject": ("valueReference",),
    "electrical-stimulation": ("valueBoolean",),
}


@dataclass(slots=True)
class Question:
    """What is asked about the chart, while it is read; every fault is kept."""

    concepts: Concepts
    charts: list[tuple[dict[str, Any], str]] = field(default_factory=list)  # with its FHIRPath
    targets: list[CodeableConcept] = field(default_factory=list)
    as_of: Span | None = None
    packs: list[str] = field(default_factory=list)
    subject: object = None
    electrical_stimulation: bool | None = None
    faults: list[Issue] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def take_query(self, query: Sequence[tuple[str, str]]) -> None:
        """The parameters of the query string."""
        for name, value in query:
            if name in ("_format", "_pretty") or name in _VALUES:
                self._once(name, "")
                self._take_from_query(name, value)
            elif name == "chart":
                self._fault("chart is too large for the query string: send it as the body", "")
            else:
                self._fault(f"{_shown(name)} is no parameter of this operation: it takes {_NAMES}", "", "not-found")

    def _take_from_query(self, name: str, value: str) -> None:
        if not plain(value):
            self._fault(f"{name} is empty: give it a value or leave it out", "")
        elif name == "target":
            self.targets.append(self._target(value.strip()))
        elif name == "as-of":
            self._take_as_of(_LOST_PLUS.sub(r"\1+\2", value.strip()), "")
        elif name == "pack":
            self.packs.append(value.strip())
        elif name == "subject":
            self.subject = {"reference": value.strip()}
        elif name in ("electrical-stimulation", "_pretty"):
            truth = _TRUTH.get(value.strip().lower())
            if truth is None:
                self._fault(f"{name} is neither true nor false", "")
            elif name == "electrical-stimulation":
                self.electrical_stimulation = truth

    def take_parameters(self, resource: dict[str, Any]) -> None:
        """The parameters of a Parameters resource."""
        given = resource.get("parameter")
        if given is None:
            return
        if not isinstance(given, list):
            self._fault("parameter is not a list", "Parameters.parameter")
            return
        for place, parameter in enumerate(given):
            at = f"Parameters.parameter[{place}]"
            name = parameter.get("name") if isinstance(parameter, dict) else None
            if not isinstance(parameter, dict) or not isinstance(name, str):
                self._fault("a parameter needs a name", at)
            elif name == "chart":
                self._take_chart(parameter, at)
            elif name in _VALUES:
                self._once(name, at)
                self._take_value(name, parameter, at)
            else:
                message = f"{_shown(name)} is no parameter of this operation: it takes {_NAMES}"
                self._fault(message, at, "not-found")

    def _take_chart(self, parameter: dict[str, Any], at: str) -> None:
        resource = parameter.get("resource")
        if not isinstance(resource, dict) or any(name.startswith("value") for name in parameter):
            self._fault("chart takes one resource: a Bundle, or a single resource", f"{at}.resource")
        else:
            self.charts.append((resource, f"{at}.resource"))

    def _take_value(self, name: str, parameter: dict[str, Any], at: str) -> None:
        expected = _VALUES[name]
        values = [key for key in parameter if key.startswith("value") or key in ("resource", "part")]
        if len(values) != 1 or values[0] not in expected:
            self._fault(f"{name} takes one value: {' or '.join(expected)}", at)
            return
        value = parameter[values[0]]
        where = f"{at}.{values[0]}"
        readers: dict[str, Callable[[Any, str], None]] = {
            "target": self._take_target,
            "as-of": self._take_as_of,
            "pack": self._take_pack,
            "subject": self._take_subject,
            "electrical-stimulation": self._take_current,
        }
        readers[name](value, where)

    def _take_target(self, value: Any, where: str) -> None:  # noqa: ANN401 - any JSON
        if isinstance(value, str) and where.endswith("valueString"):
            target = CodeableConcept((), value.strip())
        else:
            faults: list[str] = []
            target = self.concepts.read(value, "target", faults)
            if faults:
                self._fault("target is not a well-formed CodeableConcept", where)
                return
        if plain(target.text) or any(plain(each.code) or plain(each.display) for each in target.codings):
            self.targets.append(target)
        else:
            self._fault("target is empty: name where the needle goes, or leave it out", where)

    def _take_as_of(self, value: Any, where: str) -> None:  # noqa: ANN401 - any JSON
        self.as_of = parse_span(value) if isinstance(value, str) else None
        if self.as_of is None:
            self._fault("as-of is not a FHIR dateTime, such as 2026-03-02 or 2026-03-02T09:30:00+01:00", where)

    def _take_pack(self, value: Any, where: str) -> None:  # noqa: ANN401 - any JSON
        if isinstance(value, str) and value.strip():
            self.packs.append(value.strip())
        else:
            self._fault("pack is not a code or canonical", where)

    def _take_subject(self, value: Any, where: str) -> None:  # noqa: ANN401 - any JSON
        named = isinstance(value, dict) and (
            isinstance(value.get("reference"), str) or isinstance(value.get("identifier"), dict)
        )
        if named:
            self.subject = value
        else:
            self._fault("subject is not a Reference with a reference or an identifier", where)

    def _take_current(self, value: Any, where: str) -> None:  # noqa: ANN401 - any JSON
        if isinstance(value, bool):
            self.electrical_stimulation = value
        else:
            self._fault("electrical-stimulation is neither true nor false", where)

    def _target(self, written: str) -> CodeableConcept:
        """Words, or `system|code`."""
        match = _CODE.fullmatch(written)
        if match is None:
            return CodeableConcept((), written)
        system, code = match.groups()
        return CodeableConcept((Coding(self.concepts.systems[system] if system else "", code),))

    def _once(self, name: str, where: str) -> None:
        if name in self._seen and name in _ONCE:
            self._fault(f"{name} is given more than once", where)
        self._seen.add(name)

    def _fault(self, message: str, where: str, code: str = "value") -> None:
        self.faults.append(Issue(code, message, where))

    def refuse_faults(self) -> None:
        """Raise Refused with all faults that were found."""
        if self.faults:
            raise Refused(Case.BAD_PARAMETER, *self.faults)


def _shown(name: str) -> str:
    """A parameter's name as an error may repeat it: a sender may have put anything there."""
    return name if name.isprintable() and len(name) <= _LONGEST_NAME else "a parameter with an unreadable name"
