"""The hooks that are answered, and what each brings."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Hook(StrEnum):
    """The moments in an EHR's work at which it calls (CDS Hooks Library)."""

    ORDER_SELECT = "order-select"
    ORDER_SIGN = "order-sign"
    ORDER_DISPATCH = "order-dispatch"
    APPOINTMENT_BOOK = "appointment-book"
    PATIENT_VIEW = "patient-view"

    @property
    def service_id(self) -> str:
        """The id of the service for this hook. EHRs keep it by hand: it never changes."""
        return f"{_PREFIX}{self.value}"


class Described(NamedTuple):
    """What discovery says about a service, and which version of the hook it knows."""

    title: str
    description: str
    version: str
    with_orders: bool  # the orders themselves have to be read: they are not in the context


_PREFIX: Final = "dry-needling-"

DESCRIBED: Final = {
    Hook.ORDER_SELECT: Described(
        "Dry-needling safety, on choosing an order",
        "When dry needling is selected: contraindications, precautions and open questions in the chart.",
        "1.0.1",
        with_orders=False,
    ),
    Hook.ORDER_SIGN: Described(
        "Dry-needling safety, on signing an order",
        "When an order for dry needling is signed: contraindications, precautions and open questions in the chart.",
        "1.1.1",
        with_orders=False,
    ),
    Hook.ORDER_DISPATCH: Described(
        "Dry-needling safety, on dispatching an order",
        "When an order for dry needling is sent to whoever performs it: what the chart says against it.",
        "1.1.1",
        with_orders=True,
    ),
    Hook.APPOINTMENT_BOOK: Described(
        "Dry-needling safety, on booking an appointment",
        "When an appointment for dry needling is booked: what the chart says against it.",
        "1.0.1",
        with_orders=False,
    ),
    Hook.PATIENT_VIEW: Described(
        "Dry-needling safety, on opening a chart",
        "When a chart with an active order for dry needling is opened: at most one line on what speaks against it.",
        "1.0.1",
        with_orders=True,
    ),
}

_BY_ID: Final = {hook.service_id: hook for hook in Hook}


def hook_of(service_id: str) -> Hook | None:
    """The hook that a service answers; None where there is no such service."""
    return _BY_ID.get(service_id)
