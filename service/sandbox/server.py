"""The sandbox's FHIR server: what a search or read answers, as an EHR would. Flask is not known here.

token ──opens──▶ Grant: one patient, their open order, what was recorded since ──▶ their chart
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from service.cds.discovery import RESOURCE_TYPES
from service.sandbox.patients import BY_ID, Patient
from service.sandbox.writing import Json, searchset

PAGE: Final = 10  # entries; so that pages are met with
_HELD: Final = tuple(sorted(RESOURCE_TYPES))  # an EHR holds more; no more is asked for
_PARAMETERS: Final = {"_id": "token", "patient": "reference", "code": "token", "intent": "token"}
_READ: Final = frozenset({*_PARAMETERS, "subject", "_count", "_sort", "_offset"})


class Answer(NamedTuple):
    """A FHIR answer."""

    status: HTTPStatus
    resource: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token lets see: the chart of one patient, with what this session wrote into it."""

    patient: Patient
    added: tuple[Json, ...] = ()

    def chart(self, today: date) -> list[Json]:
        """All resources."""
        return [*self.patient.chart(today), *self.added]

    def sealed(self) -> Json:
        """As it goes into a token."""
        return {"patient": self.patient.id, "added": list(self.added)}

    @classmethod
    def opened(cls, sealed: Mapping[str, Any]) -> Grant:
        """As it comes out of one."""
        return cls(patient=BY_ID[sealed["patient"]], added=tuple(sealed["added"]))


def outcome(status: HTTPStatus, code: str, words: str) -> Answer:
    """An answer that says what is wrong."""
    issue = {"severity": "error", "code": code, "diagnostics": words}
    return Answer(status, {"resourceType": "OperationOutcome", "issue": [issue]})


class FhirServer:
    """Answers searches and reads below its base."""

    def __init__(self, base: str, *, today: Callable[[], date]) -> None:
        """Take the address that it is reached by."""
        self.base = base
        self._today = today

    def metadata(self) -> Json:
        """The CapabilityStatement."""
        searched = [{"name": name, "type": kind} for name, kind in _PARAMETERS.items()]
        can = [{"code": "read"}, {"code": "search-type"}]
        return {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": self._today().isoformat(),
            "kind": "instance",
            "implementation": {"description": "The EHR in Needlewise's sandbox", "url": self.base},
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json"],
            "rest": [
                {
                    "mode": "server",
                    "resource": [{"type": type_, "interaction": can, "searchParam": searched} for type_ in _HELD],
                }
            ],
        }

    def read(self, grant: Grant, type_: str, id_: str) -> Answer:
        """One resource."""
        if type_ in grant.patient.withheld:
            return _withheld()
        found = (each for each in grant.chart(self._today()) if (each["resourceType"], each.get("id")) == (type_, id_))
        resource = next(found, None)
        if resource is None:
            return outcome(
                HTTPStatus.NOT_FOUND, "not-found", "there is no such resource, or the token does not reach it"
            )
        return Answer(HTTPStatus.OK, resource)

    def search(self, grant: Grant, type_: str, query: str, *, page: int = PAGE) -> Answer:
        """A page of matches, newest first where `_sort=-date`."""
        asked = dict(parse_qsl(query, keep_blank_values=True))
        if type_ not in _HELD:
            return outcome(HTTPStatus.NOT_FOUND, "not-found", "this server holds nothing of such a type")
        unknown = asked.keys() - _READ
        if unknown:
            return outcome(HTTPStatus.BAD_REQUEST, "not-supported", f"search by {min(unknown)} is not supported here")
        if type_ in grant.patient.withheld:
            return _withheld()
        whose = asked.get("patient", asked.get("subject", grant.patient.id)).removeprefix("Patient/")
        matches = [] if whose != grant.patient.id else _matches(grant.chart(self._today()), type_, asked)
        return Answer(HTTPStatus.OK, self._page(type_, asked, matches, page))

    def prefetch(self, grant: Grant, query: str) -> Json | None:
        """The answer to a prefetch template, whole; None where this EHR gives out nothing."""
        path, _, search = query.partition("?")
        type_, _, id_ = path.partition("/")
        answer = self.read(grant, type_, id_) if id_ else self.search(grant, type_, search, page=1_000)
        return answer.resource if answer.status is HTTPStatus.OK else None

    def _page(self, type_: str, asked: Mapping[str, str], matches: Sequence[Json], page: int) -> Json:
        size = min(_number(asked.get("_count", ""), page), page)
        start = _number(asked.get("_offset", ""), 0)
        links = [("self", dict(asked))]
        if start + size < len(matches):
            links.append(("next", {**asked, "_offset": str(start + size)}))
        written = [
            {"relation": relation, "url": f"{self.base}/{type_}?{urlencode(query)}"} for relation, query in links
        ]
        return {**searchset(matches[start : start + size], self.base), "total": len(matches), "link": written}


def _matches(chart: Sequence[Json], type_: str, asked: Mapping[str, str]) -> list[Json]:
    found = [each for each in chart if each["resourceType"] == type_]
    if "_id" in asked:
        found = [each for each in found if each.get("id") in asked["_id"].split(",")]
    if "intent" in asked:
        found = [each for each in found if each.get("intent") in asked["intent"].split(",")]
    if "code" in asked:
        codes = {code.rpartition("|")[2] for code in asked["code"].split(",")}
        found = [each for each in found if codes & _codes(each)]
    if asked.get("_sort") == "-date":
        found.sort(key=lambda each: str(each.get("effectiveDateTime", "")), reverse=True)
    return found


def _codes(resource: Json) -> set[str]:
    concept = resource.get("code")
    codings = concept.get("coding", []) if isinstance(concept, dict) else []
    return {coding["code"] for coding in codings}


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise  # noqa: PLR2004


def _withheld() -> Answer:
    return outcome(HTTPStatus.FORBIDDEN, "forbidden", "this EHR does not give out such entries of this patient")
