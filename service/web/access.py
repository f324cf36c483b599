"""Which right and scope each address asks for, in one table. What is not in it is closed."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from service.fhir.definitions.capability import DEFINITIONS
from service.trust import Right


class Door(Enum):
    """How a caller shows who they are."""

    OPEN = "nobody is asked"
    CDS_CLIENT = "the JWT of a CDS client, made for one call"
    BEARER = "an OAuth 2 access token"


class Access(NamedTuple):
    """What an address asks for."""

    door: Door
    right: Right | None = None
    scope: tuple[str, str] | None = None  # FHIR type, and interaction as SMART 2 writes it


OPEN: Final = Access(Door.OPEN)
_SCREEN: Final = Access(Door.BEARER, Right.SCREEN, ("RiskAssessment", "c"))
_CDS: Final = Access(Door.CDS_CLIENT, Right.CDS_HOOKS)
_CLOSED: Final = Access(Door.BEARER)
DISCOVERY: Final = "/cds-services"

_BY_ROUTE: Final = {
    "/health/live": OPEN,
    "/health/ready": OPEN,
    "/metrics": OPEN,
    "/openapi.json": OPEN,
    "/docs": OPEN,
    "/fhir/metadata": OPEN,
    "/fhir/$versions": OPEN,
    "/fhir/$package": OPEN,
    "/fhir/RiskAssessment/$screen": _SCREEN,
    "/fhir": _SCREEN,
    "/fhir/$process-message": _SCREEN,
    "/fhir/RiskAssessment": Access(Door.BEARER, Right.READ_RESULTS, ("RiskAssessment", "s")),
    "/fhir/RiskAssessment/_search": Access(Door.BEARER, Right.READ_RESULTS, ("RiskAssessment", "s")),
    "/fhir/AuditEvent/_search": Access(Door.BEARER, Right.READ_AUDIT, ("AuditEvent", "s")),
    "/fhir/RiskAssessment/<id_>": Access(Door.BEARER, Right.READ_RESULTS, ("RiskAssessment", "r")),
    "/fhir/AuditEvent": Access(Door.BEARER, Right.READ_AUDIT, ("AuditEvent", "s")),
    "/fhir/AuditEvent/<id_>": Access(Door.BEARER, Right.READ_AUDIT, ("AuditEvent", "r")),
    "/": _SCREEN,
    "/sandbox/jwks.json": OPEN,
}
# Of a folder and all below it.
_BY_FOLDER: Final = {
    DISCOVERY: _CDS,
    "/docs": OPEN,
    "/rules": OPEN,
    "/static": OPEN,
    "/reports": Access(Door.BEARER, Right.READ_RESULTS, ("RiskAssessment", "r")),
    "/insights": Access(Door.BEARER, Right.INSIGHTS),
    "/sandbox/fhir": OPEN,  # to its own tokens; it holds nobody real
    "/sandbox": _SCREEN,
    **{f"/fhir/{type_}": OPEN for type_ in DEFINITIONS},
}


def access_to(route: str, *, open_discovery: bool) -> Access:
    """What a route, as the application's map writes it, asks for. One that is not placed here opens to nobody."""
    if route == DISCOVERY and open_discovery:
        return OPEN
    found = _BY_ROUTE.get(route)
    if found is not None:
        return found
    for folder, access in _BY_FOLDER.items():
        if route == folder or route.startswith(f"{folder}/"):
            return access
    return _CLOSED
