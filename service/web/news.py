"""Which cards are news: not those that were acknowledged, and not what the same person saw a moment ago."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from service.cds.cards import Card
from service.cds.hooks import Hook
from service.cds.requests import HookCall
from service.store import SentCard, Store

# From selecting an order to signing it. Who comes back to a draft later is told anew.
_SESSION: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class News:
    """Tells news from what is known, by what the store remembers."""

    store: Store
    quiet_days: int

    def of(self, cards: Sequence[Card], call: HookCall, *, caller: str, now: datetime) -> list[dict[str, Any]]:
        """The cards to send, as they are to be sent; they are remembered."""
        told = list(self._told([(card, _sent(card, call, caller)) for card in cards], call, now))
        self.store.remember_cards([sent for _, sent in told], now=now)
        return [content for content, _ in told]

    def _told(
        self, cards: Sequence[tuple[Card, SentCard]], call: HookCall, now: datetime
    ) -> Iterator[tuple[dict[str, Any], SentCard]]:
        for card, sent in cards:
            if not card.order:  # an order without a name can't be told from another
                yield card.content, sent
            elif not self.store.acknowledged(sent, since=now - timedelta(days=self.quiet_days)):
                before = self._before(sent, call, now)
                yield (card.again(before) if before else card.content), sent

    def _before(self, sent: SentCard, call: HookCall, now: datetime) -> str | None:
        """The card that said the same when the order was selected."""
        if call.hook is not Hook.ORDER_SIGN:
            return None
        return self.store.shown(sent, by=Hook.ORDER_SELECT.service_id, since=now - _SESSION)


def _sent(card: Card, call: HookCall, caller: str) -> SentCard:
    ehr = call.access.fhir_server if call.access is not None else ""
    return SentCard(
        uuid=card.content["uuid"],
        service=call.hook.service_id,
        topic=card.content["source"]["topic"]["code"],
        indicator=card.indicator,
        headline=card.headline,
        patient=f"{caller} {ehr} {call.patient_id}",
        order=card.order,
        evidence=card.evidence,
        caller=caller,
        reader=call.user_id,
    )
