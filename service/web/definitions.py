"""What describes the FHIR endpoint: CapabilityStatement, versions, and every definition, one, some or all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response, abort, request

from service import __version__
from service.core.code_sets import Lists
from service.fhir.canonical import operation
from service.fhir.definitions.capability import DEFINITIONS, capability_statement, messaging, offered
from service.fhir.definitions.catalogue import Catalogue
from service.fhir.definitions.operation import PACKAGE
from service.fhir.definitions.search import read_query
from service.fhir.versions import FhirVersion
from service.pipeline import Screener
from service.settings import Settings
from service.web.answers import described, wanted
from service.web.shelf import Shelf, Shelved, written

_SECURITY: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_PROCESS: Final = "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message"
_VERSIONS: Final = "http://hl7.org/fhir/OperationDefinition/CapabilityStatement-versions"
_OPERATIONS: Final = (
    {"name": "versions", "definition": _VERSIONS},
    {"name": "package", "definition": operation(PACKAGE)},
    {"name": "process-message", "definition": _PROCESS},
)


def definitions_blueprint(
    settings: Settings, screener: Screener, load: Callable[[], Lists], *, stores: bool
) -> Blueprint:
    """What describes `/fhir`. `load`: the lists, when somebody wants them. `stores`: whether results are stored."""
    fhir = Blueprint("definitions", __name__, url_prefix="/fhir")
    base = f"{settings.base_url}/fhir"
    packs = tuple(screener.packs.values())
    changed = max(pack.date for pack in packs)
    shelf = Shelf(Catalogue(packs, load, stores=stores), base)
    rest = _rest(settings)

    @fhir.get("/metadata")
    def metadata() -> Response:
        return _sent(
            lambda version: written(
                capability_statement(
                    version,
                    software_version=__version__,
                    date=changed,
                    url=base,
                    offered=offered(stores=stores),
                    rest=rest,
                )
                | {"messaging": messaging(base)}
            )
        )

    @fhir.get("/$versions")
    def versions() -> Response:
        return _sent(lambda _: written(_supported()))

    @fhir.get(f"/${PACKAGE}")
    def package() -> Response:
        return _sent(shelf.package)

    def search_type(type_: str) -> Response:
        query = tuple(read_query(tuple(request.args.items(multi=True))).items())
        return _sent(lambda version: shelf.found(type_, query, version))

    def read(type_: str, id_: str) -> Response:
        if not shelf.holds(type_, id_):
            abort(404)
        return _sent(lambda version: shelf.one(type_, id_, version))

    for type_ in DEFINITIONS:  # a route each, so that logs and documents name the type
        fhir.get(f"/{type_}", endpoint=f"search-{type_}", defaults={"type_": type_})(search_type)
        fhir.get(f"/{type_}/<id_>", endpoint=f"read-{type_}", defaults={"type_": type_})(read)
    return fhir


def _rest(settings: Settings) -> dict[str, object]:
    """What the endpoint has beside resource types."""
    rest: dict[str, object] = {}
    if settings.auth == "jwt":
        service = {"system": _SECURITY, "code": "SMART-on-FHIR"}
        words = "OAuth 2 access tokens with SMART system/ scopes; this description and the knowledge are open"
        rest["security"] = {"service": [{"coding": [service]}], "description": words}
    rest["interaction"] = [{"code": "batch"}]
    rest["operation"] = list(_OPERATIONS)
    return rest


def _sent(write: Callable[[FhirVersion], Shelved]) -> Response:
    """The resource in the version asked for, with an ETag, so that a client need not read it twice."""
    form = wanted()
    version = form.version(FhirVersion.R4)
    answer = write(version)
    response = described(answer.body, answer.packed, form, version)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept")
    response.set_etag(answer.tag, weak=True)
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
