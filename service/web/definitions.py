"""What describes the FHIR endpoint: CapabilityStatement, versions, and every definition by id or search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response, abort, request

from service import __version__
from service.fhir.definitions.capability import DEFINITIONS, capability_statement, offered
from service.fhir.definitions.catalogue import conformance_resource, conformance_search
from service.fhir.versions import FhirVersion
from service.pipeline import Screener
from service.settings import Settings
from service.web.answers import fhir_answer, wanted

_VERSIONS: Final = "http://hl7.org/fhir/OperationDefinition/CapabilityStatement-versions"


def definitions_blueprint(settings: Settings, screener: Screener, *, stores: bool) -> Blueprint:
    """What describes `/fhir`. `stores`: whether results are stored, and so can be read."""
    fhir = Blueprint("definitions", __name__, url_prefix="/fhir")
    base = f"{settings.base_url}/fhir"
    packs = tuple(screener.packs.values())
    changed = max(pack.date for pack in packs)

    @fhir.get("/metadata")
    def metadata() -> Response:
        return _described(
            lambda version: capability_statement(
                version,
                software_version=__version__,
                date=changed,
                url=base,
                offered=offered(stores=stores),
                rest={"operation": [{"name": "versions", "definition": _VERSIONS}]},
            )
        )

    @fhir.get("/$versions")
    def versions() -> Response:
        return _described(lambda _: _supported())

    def search(type_: str) -> Response:
        query = tuple(request.args.items(multi=True))
        return _described(
            lambda version: conformance_search(type_, query, version, packs=packs, base=base, stores=stores)
        )

    def read(type_: str, id_: str) -> Response:
        return _described(lambda version: conformance_resource(type_, id_, version, packs=packs, stores=stores))

    for type_ in DEFINITIONS:  # a route each, so that logs and documents name the type
        fhir.get(f"/{type_}", endpoint=f"search-{type_}", defaults={"type_": type_})(search)
        fhir.get(f"/{type_}/<id_>", endpoint=f"read-{type_}", defaults={"type_": type_})(read)
    return fhir


def _described(write: Callable[[FhirVersion], dict[str, object] | None]) -> Response:
    """The resource in the version asked for, with an ETag, so that a client need not read it twice."""
    answer = wanted()
    version = answer.version(FhirVersion.R4)
    resource = write(version)
    if resource is None:
        abort(404)
    response = fhir_answer(resource, answer, version)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept")
    response.add_etag(weak=True)
    response.make_conditional(request)
    return response


def _supported() -> dict[str, object]:
    return {
        "resourceType": "Parameters",
        "parameter": [
            *({"name": "version", "valueCode": version.value} for version in FhirVersion),
            {"name": "default", "valueCode": FhirVersion.R4.value},
        ],
    }
