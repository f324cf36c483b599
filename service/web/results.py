"""Stored results, to be read and searched by those who caused them."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, abort, request

from service.fhir.primitives import is_id
from service.fhir.refused import Case, Issue, Refused, operation_outcome
from service.fhir.versions import Answer, FhirVersion
from service.settings import Settings
from service.store import Store, Stored
from service.web.answers import fhir_answer, wanted
from service.web.body import read_form
from service.web.search import RESULTS, Asked, read_search, searchset
from service.web.trail import note
from service.web.who import who


def results_blueprint(settings: Settings, store: Store) -> Blueprint:
    """What `$screen` stored."""
    results = Blueprint("results", __name__, url_prefix="/fhir")
    base = f"{settings.base_url}/fhir/RiskAssessment"

    @results.get("/RiskAssessment/<id_>")
    def read(id_: str) -> Response:
        answer = wanted()
        require_store(store)
        found = store.results.read(id_, who=who()) if is_id(id_) else None
        if found is None:
            abort(404)
        version = _version_of(found, answer)
        note("read", subject=found.subject, screening=found.id)
        response = fhir_answer(_resource(found), answer, version)
        response.last_modified = found.made
        response.set_etag("1", weak=True)  # a result never changes
        response.vary.add("Accept")
        response.make_conditional(request)
        return response

    @results.get("/RiskAssessment")
    def search() -> Response:
        return found(request.args.items(multi=True))

    @results.post("/RiskAssessment/_search")
    def search_by_form() -> Response:
        return found((*request.args.items(multi=True), *read_form(request, settings.max_body)))

    def found(query: Any) -> Response:  # noqa: ANN401 - pairs of texts
        answer = wanted()
        require_store(store)
        asked = read_search(tuple(query), RESULTS)
        totals = store.results.totals(asked.search, who=who())
        version = _version_of_many(totals, answer)
        page = None if asked.only_total else store.results.search(asked.search, version.value, who=who())
        entries = [_entry(base, each) for each in page.results] if page else []
        others = {other: count for other, count in totals.items() if other != version.value}
        if others and not asked.only_total:
            entries.append(_others(others, version))
        note("search", subject=_one_subject(asked, page.results if page else ()))
        total = totals.get(version.value, 0)
        bundle = searchset(asked, base, total=total, entries=entries, ends=page.ends if page else None)
        return fhir_answer(bundle, answer, version)

    return results


def require_store(store: Store) -> None:
    """Answer as if there were no such address, where nothing is ever stored."""
    if not store.keeps:
        abort(404)


def _resource(stored: Stored) -> dict[str, Any]:
    """The resource as it was sent."""
    resource: dict[str, Any] = orjson.loads(stored.resource)
    return resource


def _entry(base: str, stored: Stored) -> dict[str, Any]:
    return {"fullUrl": f"{base}/{stored.id}", "resource": _resource(stored), "search": {"mode": "match"}}


def _one_subject(asked: Asked, results: tuple[Stored, ...]) -> str:
    """Whose results were found, where they are of one patient: what the trail is asked for later."""
    subjects = {each.subject for each in results}
    return subjects.pop() if len(subjects) == 1 and asked.used else ""


def _version_of(stored: Stored, answer: Answer) -> FhirVersion:
    """The version a result was answered in. Raises Refused where only others are asked for."""
    version = FhirVersion(stored.fhir_version)
    if answer.version(version) is not version:
        message = (
            f"this result was answered in FHIR {version.value} and is read in that version only: ask for it with"
            f" fhirVersion={version.value} in Accept, or for none"
        )
        raise Refused(Case.NOT_ACCEPTABLE, Issue("not-supported", message))
    return version


def _version_of_many(totals: dict[str, int], answer: Answer) -> FhirVersion:
    """The version to answer a search in: the one asked for, else the default, else the one that has results."""
    if answer.versions or not totals or FhirVersion.R4.value in totals:
        return answer.version(FhirVersion.R4)
    return FhirVersion(max(totals, key=totals.__getitem__))


def _others(others: dict[str, int], version: FhirVersion) -> dict[str, Any]:
    """What else was found: results are read in the version they were answered in."""
    told = ", ".join(f"{count} in FHIR {other}" for other, count in sorted(others.items()))
    message = f"more match that were answered in another FHIR version: {told}; ask for them with fhirVersion in Accept"
    issue = Issue("informational", message, severity="information")
    return {"resource": operation_outcome((issue,), version), "search": {"mode": "outcome"}}
