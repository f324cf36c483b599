"""Stored results, to be read by those who caused them."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson
from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import MethodNotAllowed

from service.fhir.refused import Case, Issue, Refused
from service.fhir.versions import Answer, FhirVersion
from service.store import Store, Stored
from service.web.answers import fhir_answer, wanted
from service.web.trail import note
from service.web.who import who

_OPERATION: Final = "$screen"
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")


def results_blueprint(store: Store) -> Blueprint:
    """What `$screen` stored."""
    results = Blueprint("results", __name__, url_prefix="/fhir")

    @results.get("/RiskAssessment/<id_>")
    def read(id_: str) -> Response:
        answer = wanted()
        if id_ == _OPERATION:  # its address has the form of an id's
            raise MethodNotAllowed(["POST"])
        require_store(store)
        found = store.results.read(id_, who=who()) if _ID.fullmatch(id_) else None
        if found is None:
            abort(404)
        version = version_of(found, answer)
        note("read", subject=found.subject, screening=found.id)
        response = fhir_answer(resource_of(found), answer, version)
        response.last_modified = found.made
        response.set_etag("1", weak=True)  # a result never changes
        response.vary.add("Accept")
        response.make_conditional(request)
        return response

    return results


def require_store(store: Store) -> None:
    """Answer as if there were no such address, where nothing is ever stored."""
    if not store.keeps:
        abort(404)


def resource_of(stored: Stored) -> dict[str, Any]:
    """The resource as it was sent."""
    resource: dict[str, Any] = orjson.loads(stored.resource)
    return resource


def version_of(stored: Stored, answer: Answer) -> FhirVersion:
    """The version a result was answered in. Raises Refused where only others are asked for."""
    version = FhirVersion(stored.fhir_version)
    if answer.version(version) is not version:
        message = (
            f"this result was answered in FHIR {version.value} and is read in that version only: ask for it with"
            f" fhirVersion={version.value} in Accept, or for none"
        )
        raise Refused(Case.NOT_ACCEPTABLE, Issue("not-supported", message))
    return version
