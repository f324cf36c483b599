"""A CDS Hooks call as sent → HookCall. Lenient where nothing is lost by it, all faults at once where something is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from service.cds.hooks import Hook, hook_of
from service.fhir.read import parse_json
from service.fhir.refused import Case, Issue, Refused

Json = dict[str, Any]

_AT: Final = "CDSHooksRequest"
_LAYPEOPLE: Final = ("Patient/", "RelatedPerson/")
_UUID: Final = re.compile(r"(?i)(urn:uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNUSABLE_ID: Final = re.compile(r"[\s?#&/\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The EHR's FHIR server and the token that the call brings for it. Kept no longer than the call."""

    fhir_server: str
    token: str = field(default="", repr=False)
    scope: str = ""
    expires_in: int | None = None  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class HookCall:
    """One call, in one form for all hooks."""

    hook: Hook
    patient_id: str
    user_id: str = ""
    encounter_id: str = ""
    entries: tuple[object, ...] = ()  # of draftOrders or appointments, as sent
    chosen: tuple[str, ...] = ()  # selections, dispatched orders: `Type/id`, or what stood there
    prefetch: Json = field(default_factory=dict)
    access: Access | None = None
    remarks: tuple[str, ...] = ()  # what was odd and did no harm, in words without values
    has_uuid: bool = True  # whether hookInstance is one, as the specification has it

    @property
    def by_layperson(self) -> bool:
        """Whether the user is the patient or family: the cards are written for clinicians."""
        return self.user_id.startswith(_LAYPEOPLE)


def read_call(body: bytes, service_id: str) -> HookCall:
    """Read a call of this service. Raises Refused with every fault; KeyError where there is no such service."""
    hook = hook_of(service_id)
    if hook is None:
        raise KeyError(service_id)
    sent = parse_json(body)
    if not isinstance(sent, dict) or ("resourceType" in sent and "hook" not in sent):
        message = (
            "the body is no CDS Hooks call: send an object with hook, hookInstance and context;"
            " a FHIR Bundle alone goes to /fhir/RiskAssessment/$screen"
        )
        raise Refused(Case.BAD_CALL, Issue("structure", message, _AT))
    return _Reader(hook, sent).read()


class _Reader:
    """Reads one call; gathers faults and remarks."""

    def __init__(self, hook: Hook, sent: Json) -> None:
        self._hook = hook
        self._sent = sent
        self._faults: list[Issue] = []
        self._remarks: list[str] = []

    def read(self) -> HookCall:
        named = self._text(self._sent, "hook", _AT)
        if named and named != self._hook.value:
            shown = named if named in list(Hook) else "another"
            self._fault("value", f"hook is {shown}, and this service answers {self._hook.value}", "hook")
        instance = self._text(self._sent, "hookInstance", _AT)
        context = self._sent.get("context")
        if not isinstance(context, dict):
            self._fault("required", "context must be an object with the fields of the hook", "context")
            context = {}
        patient_id = self._patient_id(context) if isinstance(self._sent.get("context"), dict) else ""
        entries, chosen = self._of_hook(context) if isinstance(self._sent.get("context"), dict) else ((), ())
        prefetch = self._prefetch()
        access = self._access(patient_id)
        if self._faults:
            raise Refused(Case.BAD_CALL, *self._faults)
        user_id = context.get("userId")
        if not isinstance(user_id, str) and self._hook is not Hook.ORDER_DISPATCH:
            self._remarks.append("the call names no user")
        encounter_id = context.get("encounterId")
        return HookCall(
            hook=self._hook,
            patient_id=patient_id,
            user_id=user_id.strip() if isinstance(user_id, str) else "",
            encounter_id=_bare(encounter_id, "Encounter") if isinstance(encounter_id, str) else "",
            entries=entries,
            chosen=chosen,
            prefetch=prefetch,
            access=access,
            remarks=tuple(self._remarks),
            has_uuid=_UUID.fullmatch(instance) is not None,
        )

    def _fault(self, code: str, message: str, where: str) -> None:
        self._faults.append(Issue(code, message, f"{_AT}.{where}" if where else _AT))

    def _text(self, holder: Json, name: str, at: str) -> str:
        value = holder.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        where = f"{at}.{name}".removeprefix(f"{_AT}.")
        self._fault("required", f"{name} is missing or empty, or no text: send it as a string", where)
        return ""

    def _patient_id(self, context: Json) -> str:
        given = self._text(context, "patientId", f"{_AT}.context")
        id_ = _bare(given, "Patient")
        if given and (not id_ or _UNUSABLE_ID.search(id_)):
            self._fault("value", "patientId is no id: send the bare id of the Patient", "context.patientId")
        return id_

    def _of_hook(self, context: Json) -> tuple[tuple[object, ...], tuple[str, ...]]:
        """What this hook is about: entries of a Bundle, and references that choose among them."""
        match self._hook:
            case Hook.ORDER_SELECT:
                return self._entries(context, "draftOrders"), self._references(context, "selections")
            case Hook.ORDER_SIGN:
                return self._entries(context, "draftOrders"), ()
            case Hook.ORDER_DISPATCH:
                return (), self._dispatched(context)
            case Hook.APPOINTMENT_BOOK:
                return self._entries(context, "appointments"), ()
            case Hook.PATIENT_VIEW:
                return (), ()

    def _entries(self, context: Json, name: str) -> tuple[object, ...]:
        bundle = context.get(name)
        where = f"context.{name}"
        if not isinstance(bundle, dict) or bundle.get("resourceType", "Bundle") != "Bundle":
            hint = " (Epic sends draftOrders only where the scopes for unsigned orders are granted)"
            message = f"{name} is missing or no Bundle{hint if name == 'draftOrders' else ''}"
            self._fault("required" if bundle is None else "structure", message, where)
            return ()
        entries = bundle.get("entry")
        if isinstance(entries, dict):
            return (entries,)
        if entries is not None and not isinstance(entries, list):
            self._fault("structure", f"{name}.entry must be a list", f"{where}.entry")
            return ()
        return tuple(entries or ())

    def _references(self, context: Json, name: str) -> tuple[str, ...]:
        given = context.get(name)
        if not isinstance(given, list):
            self._fault("required", f"{name} is missing or no list: send Type/id of each", f"context.{name}")
            return ()
        found = tuple(reference for one in given for reference in _references(one))
        if len(found) < len(given):
            self._remarks.append(f"{name} holds what is no reference")
        return found

    def _dispatched(self, context: Json) -> tuple[str, ...]:
        """`dispatchedOrders` of order-dispatch 1.1, or the single `order` of 1.0."""
        if "order" in context and not context.get("dispatchedOrders"):
            found = tuple(_references(context["order"]))
        elif context.get("dispatchedOrders") is not None:
            return self._references(context, "dispatchedOrders")
        else:
            found = ()
        if not found:
            self._fault(
                "required", "dispatchedOrders is missing: send Type/id of each order", "context.dispatchedOrders"
            )
        return found

    def _prefetch(self) -> Json:
        given = self._sent.get("prefetch")
        if given is None or isinstance(given, dict):
            return given or {}
        self._fault("structure", "prefetch must be an object of resources by key", "prefetch")
        return {}

    def _access(self, patient_id: str) -> Access | None:
        """Where the EHR can be read. A token that can't be right is not used; the call goes on without it."""
        server, given = self._sent.get("fhirServer"), self._sent.get("fhirAuthorization")
        if not isinstance(server, str) or not server.strip():
            if given:
                self._fault("required", "fhirAuthorization was sent without fhirServer: send both", "fhirServer")
            return None
        if not given:
            return Access(fhir_server=server.strip())
        token = _token(given)
        if token is None:
            self._remarks.append("fhirAuthorization was not well formed, and was not used")
            return None
        if isinstance(given.get("patient"), str) and _bare(given["patient"], "Patient") != patient_id:
            self._remarks.append("fhirAuthorization is for another patient, and was not used")
            return None
        scope, seconds = given.get("scope"), given.get("expires_in")
        return Access(
            fhir_server=server.strip(),
            token=token,
            scope=scope if isinstance(scope, str) else "",
            expires_in=seconds if isinstance(seconds, int) and not isinstance(seconds, bool) else None,
        )


def _token(given: object) -> str | None:
    if not isinstance(given, dict):
        return None
    token, kind = given.get("access_token"), given.get("token_type")
    sound = isinstance(token, str) and token.isascii() and token.isprintable() and token.strip()
    return token if sound and isinstance(token, str) and isinstance(kind, str) and kind.lower() == "bearer" else None


def _references(one: object) -> Iterator[str]:
    """A reference as a string, or inside a Reference."""
    literal = one.get("reference") if isinstance(one, dict) else one
    if isinstance(literal, str) and literal.strip():
        yield literal.strip()


def _bare(reference: str, type_: str) -> str:
    """The id in `Type/id`, else the id as it is."""
    return reference.strip().rpartition(f"{type_}/")[2]
