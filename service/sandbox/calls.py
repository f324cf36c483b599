"""What an EHR sends at each moment of its work: CDS Hooks calls and feedback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from service.cds.discovery import Template, templates_of
from service.cds.hooks import Hook
from service.sandbox.patients import Patient
from service.sandbox.server import FhirServer, Grant
from service.sandbox.writing import Json

USER: Final = "Practitioner/sandbox-clinician"

# What can be ordered: the words that the order carries.
ORDERS: Final = {
    "dry-needling": "Dry needling",
    "stimulation": "Dry needling with electrical stimulation",
    "exercise": "Therapeutic exercise",
}
SIDES: Final = ("left", "right", "both", "")  # "": not said


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the clinician fills in."""

    id: str
    patient: Patient
    what: str  # of ORDERS
    site: str  # "": not given
    side: str  # of SIDES

    @property
    def place(self) -> str:
        """The site in words."""
        words = {"both": f"both sides of the {self.site}", "": self.site}
        return words.get(self.side, f"{self.side} {self.site}") if self.site else ""

    def resource(self, status: str = "draft") -> Json:
        """The order as FHIR."""
        made: Json = {
            "resourceType": "ServiceRequest",
            "id": self.id,
            "status": status,
            "intent": "order",
            "code": {"text": ORDERS[self.what]},
            "subject": {"reference": f"Patient/{self.patient.id}"},
            "requester": {"reference": USER},
        }
        return made | ({"bodySite": [{"text": self.place}]} if self.place else {})

    def appointment(self) -> Json:
        """An appointment to have it done."""
        words = f"{ORDERS[self.what]}, {self.place}" if self.place else ORDERS[self.what]
        patient = {"actor": {"reference": f"Patient/{self.patient.id}"}, "status": "accepted"}
        return {
            "resourceType": "Appointment",
            "id": self.id,
            "status": "proposed",
            "serviceType": [{"text": words}],
            "participant": [patient],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How this EHR calls."""

    with_prefetch: bool = True
    with_access: bool = True  # to its FHIR server
    token: str = ""
    instance: str  # hookInstance


def grant_of(order: Order, recorded: Sequence[Json], hook: Hook) -> Grant:
    """What the EHR holds at this moment: a signed order is in the chart, a draft is not."""
    signed = (order.resource("active"),) if hook in (Hook.ORDER_DISPATCH, Hook.PATIENT_VIEW) else ()
    return Grant(patient=order.patient, added=(*recorded, *signed))


def hook_call(
    hook: Hook, order: Order, grant: Grant, way: Way, *, server: FhirServer, chart: Sequence[Template]
) -> Json:
    """The call, as CDS Hooks 2.0 has it."""
    call: Json = {"hook": hook.value, "hookInstance": way.instance, "context": _CONTEXTS[hook](order)}
    if way.with_access:
        call["fhirServer"] = server.base
        call["fhirAuthorization"] = {
            "access_token": way.token,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.rs",
            "subject": "needlewise",
            "patient": order.patient.id,
        }
    if way.with_prefetch:
        call["prefetch"] = {
            template.key: server.prefetch(grant, template.query(order.patient.id))
            for template in templates_of(hook, chart)
        }
    return call


def feedback(card: str, *, at: str, suggestion: str = "", reason: Json | None = None) -> Json:
    """What became of a card: a suggestion taken, or an override with its reason."""
    entry: Json = {"card": card, "outcome": "accepted" if suggestion else "overridden", "outcomeTimestamp": at}
    if suggestion:
        entry["acceptedSuggestions"] = [{"id": suggestion}]
    elif reason:
        entry["overrideReason"] = reason
    return {"feedback": [entry]}


def _context(order: Order, **more: object) -> Json:
    return {"userId": USER, "patientId": order.patient.id, **more}


def _collection(resource: Json) -> Json:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}


_CONTEXTS: Final[dict[Hook, Callable[[Order], Json]]] = {
    Hook.ORDER_SELECT: lambda order: _context(
        order, selections=[f"ServiceRequest/{order.id}"], draftOrders=_collection(order.resource())
    ),
    Hook.ORDER_SIGN: lambda order: _context(order, draftOrders=_collection(order.resource())),
    Hook.ORDER_DISPATCH: lambda order: {
        "patientId": order.patient.id,
        "dispatchedOrders": [f"ServiceRequest/{order.id}"],
        "performer": "Organization/sandbox-physiotherapy",
    },
    Hook.APPOINTMENT_BOOK: lambda order: _context(
        order,
        appointments=_collection(order.appointment()),
    ),
    Hook.PATIENT_VIEW: _context,
}
