"""FHIR messages: what a message asks for, and the message that answers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from service.fhir.canonical import BASE
from service.fhir.elements import Element, element
from service.fhir.primitives import absolute_uri, is_id
from service.fhir.refused import Case, Issue, Refused
from service.fhir.versions import FhirVersion

EVENT_SYSTEM: Final = f"{BASE}/CodeSystem/message-event"
EVENT: Final = "screen-dry-needling"

_SOFTWARE: Final = "Needlewise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a message says of itself."""

    bundle: dict[str, Any] = field(repr=False)
    id: str  # of its MessageHeader
    is_ours: bool  # its event is the one that is understood here
    event: Element
    endpoint: str  # of its source; "" where it names none
    identity: str = ""  # by which it is known when it comes again (reliable messaging)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an answer says of itself."""

    id: str  # of the Bundle
    header_id: str
    sent: str  # a FHIR instant
    code: str  # ok, transient-error, fatal-error
    resource: Element = field(repr=False)
    address: str  # of the resource
    source: str  # our endpoint
    software_version: str


def read_message(resource: object) -> Message:
    """What a message says. Raises Refused for anything that is none."""
    bundle = resource if isinstance(resource, dict) else {}
    entries = bundle.get("entry")
    first = entries[0] if isinstance(entries, list) and entries else None
    header = first.get("resource") if isinstance(first, dict) else None
    is_message = bundle.get("resourceType") == "Bundle" and bundle.get("type") == "message"
    if not is_message or not isinstance(header, dict) or header.get("resourceType") != "MessageHeader":
        message = "this is no FHIR message: send a Bundle of type message whose first entry is a MessageHeader"
        raise Refused(Case.NOT_A_MESSAGE, Issue("invalid", message, "Bundle"))
    coding = header.get("eventCoding")
    coding = coding if isinstance(coding, dict) else {}
    source = header.get("source")
    source = source if isinstance(source, dict) else {}
    endpoint = source.get("endpoint") or source.get("endpointUrl")
    return Message(
        bundle=bundle,
        id=_identity(header.get("id"), bundle.get("id")),
        is_ours=coding.get("system") == EVENT_SYSTEM and coding.get("code") == EVENT,
        event=_event(coding),
        endpoint=absolute_uri(endpoint) if isinstance(endpoint, str) else "",
        identity=f"message {bundle['id']} {header['id']}" if _are_ids(bundle.get("id"), header.get("id")) else "",
    )


def write_reply(message: Message, reply: Reply, version: FhirVersion) -> Element:
    """The message that answers a message."""
    is_r5 = version is FhirVersion.R5
    where = "endpointUrl" if is_r5 else "endpoint"
    told = element(identifier={"value": message.id} if is_r5 else message.id, code=reply.code)
    if reply.code != "ok":
        told["details"] = {"reference": reply.address}
    header = element(
        resourceType="MessageHeader",
        id=reply.header_id,
        eventCoding=message.event,
        destination=[{where: message.endpoint}] if message.endpoint else None,
        source={"name": _SOFTWARE, "software": _SOFTWARE, "version": reply.software_version, where: reply.source},
        response=told,
        focus=[{"reference": reply.address}],
    )
    return element(
        resourceType="Bundle",
        id=reply.id,
        type="message",
        timestamp=reply.sent,
        entry=[
            {"fullUrl": f"urn:uuid:{reply.header_id}", "resource": header},
            {"fullUrl": reply.address, "resource": reply.resource},
        ],
    )


def _are_ids(*given: object) -> bool:
    return all(isinstance(each, str) and is_id(each) for each in given)


def _identity(*given: object) -> str:
    """The first of these that is an id: the answer has to name one."""
    return next((each for each in given if isinstance(each, str) and is_id(each)), "unknown")


def _event(coding: dict[str, Any]) -> Element:
    """The event as it was sent, where that can be written; else the one that is understood here."""
    system, code = coding.get("system"), coding.get("code")
    if isinstance(system, str) and absolute_uri(system) and isinstance(code, str) and is_id(code):
        return {"system": system, "code": code}
    return {"system": EVENT_SYSTEM, "code": EVENT}
