"""The way of a call: what it is about → chart → Screening → cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from service.cds.cards import Card, Form, cards
from service.cds.chart import Ask, Gathered, chart_bundle, gather
from service.cds.discovery import ORDERS, Template
from service.cds.hooks import DESCRIBED, Hook
from service.cds.medications import with_medications
from service.cds.orders import Draft, drafts_of, fetched_orders, judged_among, may_be_needling, needling_among
from service.cds.requests import HookCall
from service.core.dates import Span
from service.core.screening import Screening
from service.fhir.read import read_parsed
from service.fhir.refused import Case, Issue, Refused
from service.fhir.versions import FhirVersion
from service.pipeline import Screener

_NOTHING: Final = (
    "nothing to screen: no prefetch came, and the chart could not be read from fhirServer. Send the prefetch that"
    " GET /cds-services lists, or have the server listed here and send fhirAuthorization"
)
_NO_ORDER: Final = (
    "nothing to screen: none of dispatchedOrders is in the prefetch, and they could not be read from fhirServer. Send"
    " them under serviceRequests, or have the server listed here and send fhirAuthorization"
)


class Answered(NamedTuple):
    """What a call is answered with. No screening: it was not about dry needling."""

    cards: list[Card]
    screening: Screening | None = None
    version: FhirVersion = FhirVersion.R4


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """All that answering needs and no call brings."""

    screener: Screener
    templates: tuple[Template, ...]  # of the chart, orders apart

    def answer(
        self, call: HookCall, *, ask: Ask, now: Span, form: Form, null_is_empty: bool = False, language: str = ""
    ) -> Answered:
        """Answer a call. Raises Refused where there is nothing at all to screen."""
        if call.by_layperson or not may_be_needling(call):
            return Answered([])
        every = (*self.templates, ORDERS)
        gathered = None
        drafts = drafts_of(call)
        if DESCRIBED[call.hook].with_orders:
            gathered = gather(call, every, ask, wanted=(ORDERS,), null_is_empty=null_is_empty)
            drafts = fetched_orders(gathered.orders(), call)
            self._refuse_nothing(gathered)
            if call.hook is Hook.ORDER_DISPATCH and not drafts:
                raise Refused(Case.NOTHING_TO_SCREEN, Issue("required", _NO_ORDER, "CDSHooksRequest.prefetch"))
        needling = needling_among(drafts, call, self.screener.knowledge)
        judged = judged_among(drafts, needling, call)
        if not judged:
            return Answered([])
        drafts = tuple(draft for place, draft in enumerate(drafts) if place in judged or place not in needling)
        gathered = gather(call, every, ask, wanted=self.templates, null_is_empty=null_is_empty, before=gathered)
        self._refuse_nothing(gathered)
        gathered = with_medications(call, drafts, gathered, ask)
        screening, version = self._screened(call, drafts, gathered, now, language)
        packs = self.screener.choose_packs((), language)
        return Answered(cards(screening, packs, call, drafts, form), screening, version)

    def _screened(
        self, call: HookCall, drafts: Sequence[Draft], gathered: Gathered, now: Span, language: str
    ) -> tuple[Screening, FhirVersion]:
        asked = read_parsed(
            chart_bundle(call, drafts, gathered),
            declared=None,
            query=(("subject", f"Patient/{call.patient_id}"),),
            systems=self.screener.knowledge.systems,
            max_entries=self.screener.max_entries,
        )
        chart = replace(asked.chart, list_signs=tuple(sorted({*asked.chart.list_signs, *gathered.signs})))
        return self.screener.judge(replace(asked, chart=chart), now=now, language=language), asked.version

    @staticmethod
    def _refuse_nothing(gathered: Gathered) -> None:
        if gathered.is_nothing:
            raise Refused(Case.NOTHING_TO_SCREEN, Issue("required", _NOTHING, "CDSHooksRequest.prefetch"))
