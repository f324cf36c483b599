"""`make alert-load`: how many cards of which indicator each rule would raise, over a folder of charts.

For every chart an order for dry needling is signed, at the sites that are named. Run it with the settings that are
going to be in force, before an EHR is connected: what a site's own patients would bring its clinicians to read.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final, NamedTuple

import orjson

from service.cds.answer import Answerer
from service.cds.cards import Card, Form
from service.cds.chart import Need
from service.cds.discovery import templates
from service.cds.hooks import Hook
from service.cds.requests import HookCall, read_call
from service.cli.charts import InputError, find_inputs
from service.cli.loading import load_screener
from service.cli.settings import effective_settings
from service.core.dates import Span, parse_span
from service.fhir.canonical import topic
from service.fhir.refused import Refused
from service.pipeline import Screener, read_clock

INDICATORS: Final = ("critical", "warning", "info")
_TARGET: Final = "left gastrocnemius"
_INSTANCE: Final = "00000000-0000-4000-8000-000000000000"

Json = dict[str, Any]


class Load(NamedTuple):
    """What the charts of a folder would bring."""

    cards: Counter[tuple[str, str]]  # topic of the card, indicator
    calls: int  # that were answered
    silent: int  # answered with no card
    refused: int  # no chart, or none of one patient


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and print; 1 where nothing in the folder is a chart."""
    parser = argparse.ArgumentParser(prog="python -m bench.alerts", description=__doc__)
    parser.add_argument("charts", nargs="+", help="folders or files: FHIR Bundles of one patient each")
    parser.add_argument("--target", action="append", help=f"where needles go; repeatable (default: {_TARGET})")
    parser.add_argument("--as-of", help="the day of the orders (default: today)")
    given = parser.parse_args(arguments)
    now = parse_span(given.as_of) if given.as_of else read_clock()
    if now is None:
        parser.error("--as-of is no date: send it as 2026-03-02")
    screener = load_screener(effective_settings())
    try:
        bodies = [source.read() for source in find_inputs(given.charts)]
    except InputError as missing:
        parser.error(str(missing))
    load = count_cards(screener, bodies, given.target or [_TARGET], now)
    titles = {topic(rule.id): rule.id for pack in screener.packs.values() for rule in pack.rules}
    titles |= {topic(id_): id_ for pack in screener.packs.values() for id_ in pack.chart_rules}
    print("\n".join(table(load, titles)))
    return 0 if load.calls else 1


def count_cards(screener: Screener, charts: Iterable[bytes], targets: Sequence[str], now: Span) -> Load:
    """The cards that signing an order for each target would raise, over all charts."""
    answerer = Answerer(screener=screener, templates=templates(tuple(screener.packs.values()), screener.knowledge))
    numbers = count(1)
    form = Form(new_id=lambda: str(next(numbers)))
    found: Counter[tuple[str, str]] = Counter()
    calls = silent = refused = 0
    for chart in charts:
        try:
            call = read_call(_call_of(chart, targets), Hook.ORDER_SIGN.service_id)
            cards: list[Card] = answerer.answer(call, ask=_nobody, now=now, form=form).cards
        except (Refused, ValueError):
            refused += 1
            continue
        calls += 1
        silent += not cards
        found.update((card.content["source"]["topic"]["code"], card.indicator) for card in cards)
    return Load(found, calls, silent, refused)


def table(load: Load, titles: Mapping[str, str]) -> Iterator[str]:
    """A line a rule, most cards first, then what it comes to."""
    totals = Counter[str]()
    for (code, _), times in load.cards.items():
        totals[code] += times
    yield f"{'rule':<26}" + "".join(f"{each:>10}" for each in INDICATORS)
    for code, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0])):
        yield f"{titles.get(code, code):<26}" + "".join(f"{load.cards[code, each]:>10}" for each in INDICATORS)
    sums = [sum(times for (_, indicator), times in load.cards.items() if indicator == each) for each in INDICATORS]
    yield f"{'all':<26}" + "".join(f"{each:>10}" for each in sums)
    per_hundred = 100 * sum(sums) / load.calls if load.calls else 0.0
    yield f"\n{load.calls} orders, {sum(sums)} cards ({per_hundred:.0f} per 100 orders), {load.silent} orders silent"
    if load.refused:
        yield f"{load.refused} files are no chart of one patient, and were left out"


def _call_of(chart: bytes, targets: Sequence[str]) -> bytes:
    """An order-sign call with the chart as its prefetch. Raises ValueError where it is no Bundle with a Patient."""
    bundle = orjson.loads(chart)
    entries = bundle.get("entry") if isinstance(bundle, dict) and bundle.get("resourceType") == "Bundle" else None
    resources = [entry.get("resource") for entry in entries or () if isinstance(entry, dict)]
    patients = [each for each in resources if isinstance(each, dict) and each.get("resourceType") == "Patient"]
    if len(patients) != 1 or not isinstance(patients[0].get("id"), str):
        raise ValueError("no Bundle with one Patient")
    patient = patients[0]["id"]
    orders = [_order(place, target, patient) for place, target in enumerate(targets)]
    draft_orders = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in orders]}
    return orjson.dumps(
        {
            "hook": Hook.ORDER_SIGN.value,
            "hookInstance": _INSTANCE,
            "context": {"userId": "Practitioner/1", "patientId": patient, "draftOrders": draft_orders},
            "prefetch": {"chart": bundle},
        }
    )


def _order(place: int, target: str, patient: str) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "id": f"needling-{place}",
        "status": "draft",
        "intent": "order",
        "code": {"text": "Dry needling"},
        "bodySite": [{"text": target}],
        "subject": {"reference": f"Patient/{patient}"},
    }


def _nobody(_call: HookCall, _needs: Sequence[Need]) -> dict[str, Json]:
    """There is no EHR to ask: the chart is all there is."""
    return {}


if __name__ == "__main__":
    sys.exit(main())
