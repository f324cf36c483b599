"""One clinician's work in the sandbox: it lives in the page, sealed, and comes back with every click.

So it outlives nothing, needs no store, and any worker can go on with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from service.cds.hooks import Hook
from service.sandbox.calls import Order
from service.sandbox.patients import BY_ID
from service.sandbox.writing import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A call and its answer."""

    path: str
    claims: Json  # of the token that was shown
    request: Json
    status: int  # 0: no answer
    answer: Any  # JSON
    took_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What has happened so far."""

    order: Order
    hook: Hook = Hook.ORDER_SIGN
    with_prefetch: bool = True
    with_access: bool = True
    recorded: tuple[Json, ...] = ()  # what suggestions wrote into the chart
    is_removed: bool = False  # the order
    call: Exchange | None = None  # the last one
    fates: Mapping[str, str] = field(default_factory=dict)  # what became of its cards, by uuid
    feedback: tuple[Exchange, ...] = ()
    said: tuple[str, ...] = ()  # what to tell about the last step

    @property
    def cards(self) -> list[Json]:
        """The cards of the last call."""
        answer = self.call.answer if self.call is not None else None
        return list(answer.get("cards", [])) if isinstance(answer, dict) else []

    @property
    def is_answered(self) -> bool:
        """Whether the last call was answered as CDS Hooks has it."""
        return self.call is not None and isinstance(self.call.answer, dict) and "cards" in self.call.answer

    def sealed(self) -> Json:
        """As it goes into the page."""
        order = self.order
        return {
            "order": [order.id, order.patient.id, order.what, order.site, order.side],
            "hook": self.hook.value,
            "ways": [self.with_prefetch, self.with_access],
            "recorded": list(self.recorded),
            "removed": self.is_removed,
            "call": asdict(self.call) if self.call is not None else None,
            "fates": dict(self.fates),
            "feedback": [asdict(each) for each in self.feedback],
        }

    @classmethod
    def opened(cls, sealed: Mapping[str, Any]) -> Session:
        """As it comes out of it."""
        id_, patient, what, site, side = sealed["order"]
        with_prefetch, with_access = sealed["ways"]
        return cls(
            order=Order(id=id_, patient=BY_ID[patient], what=what, site=site, side=side),
            hook=Hook(sealed["hook"]),
            with_prefetch=with_prefetch,
            with_access=with_access,
            recorded=tuple(sealed["recorded"]),
            is_removed=sealed["removed"],
            call=Exchange(**sealed["call"]) if sealed["call"] else None,
            fates=sealed["fates"],
            feedback=tuple(Exchange(**each) for each in sealed["feedback"]),
        )
