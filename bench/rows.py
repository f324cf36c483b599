"""The rows of the performance table: what each measures, and the ratio it comes to."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import orjson

from bench.charts import AS_OF, clinical_chart, full_chart
from bench.measure import Times, in_turns
from bench.servers import PRODUCT, TRIVIAL, Served
from bench.vocabulary import listed_conditions
from service import __version__
from service.core.chart import Coding
from service.core.codes import CodeList
from service.core.knowledge import Listed
from service.fhir.validate import validate
from service.fhir.versions import FHIR_JSON, FhirVersion
from service.fhir.write import risk_assessment
from service.pipeline import Answered, Screener, read_clock

SIZES: Final = (10, 100, 300, 1_000, 3_000)
_ROUNDS: Final = {10: 300, 100: 120, 300: 40, 1_000: 120, 3_000: 12}
_HTTP_SIZES: Final = (10, 100, 1_000)
# Different charts of each size: one chart over and over would be answered out of caches that remember its words.
_MOST_CHARTS: Final = 40
_MOST_ENTRIES: Final = 40_000
_QUERY: Final = (("as-of", AS_OF), ("target", "left gastrocnemius"))
_IDENTIFIER: Final = "00000000-0000-4000-8000-000000000000"


class Row(NamedTuple):
    """One row: number, what it is, target and stretch as the table has them, what came out."""

    number: int
    what: str
    target: float
    stretch: float
    measured: float | None  # None where this system can't tell
    detail: str = ""


@dataclass(frozen=True, slots=True)
class InProcess:
    """The pipeline without a server: bytes in, bytes out."""

    screener: Screener

    def answer(self, body: bytes) -> Answered:
        """Read, recognise, judge."""
        return self.screener.answer(body, content_type=FHIR_JSON, query=_QUERY, now=read_clock())

    def screen(self, body: bytes) -> bytes:
        """The whole way; the result is validated on it."""
        return _written(self.answer(body))

    def screen_with_evidence_checked(self, body: bytes, resources: Sequence[dict[str, Any]]) -> bytes:
        """The whole way, and fhir.resources on each entry that the result rests on."""
        answered = self.answer(body)
        screening = answered.screening
        behind = [finding.evidence for finding in screening.findings]
        behind += [question.evidence for question in screening.questions]
        for position in {source.position for sources in behind for source in sources}:
            validate(resources[position], FhirVersion.R4)
        return _written(answered)


def _written(answered: Answered) -> bytes:
    resource = risk_assessment(
        answered.screening, answered.version, identifier=_IDENTIFIER, resource_id=None, software_version=__version__
    )
    return orjson.dumps(resource)


def charts_of(size: int, make: Callable[[int, int], bytes] = clinical_chart) -> list[bytes]:
    """Charts of one size, all different."""
    return [make(size, seed) for seed in range(max(4, min(_MOST_CHARTS, _MOST_ENTRIES // size)))]


def by_size(process: InProcess) -> dict[int, dict[str, Times]]:
    """Floor and pipeline for every size of the clinical mix."""
    tasks = {"floor": orjson.loads, "screen": process.screen}
    return {size: in_turns(tasks, charts_of(size), _ROUNDS[size]) for size in SIZES}


def in_process_rows(process: InProcess, sizes: Mapping[int, Mapping[str, Times]]) -> list[Row]:
    """Rows 1 to 5 and the first half of row 9."""
    thousand = sizes[1_000]
    growth = sizes[3_000]["screen"].median / sizes[300]["screen"].median
    floor_growth = sizes[3_000]["floor"].median / sizes[300]["floor"].median
    return [
        Row(1, "in process, 1,000 clinical entries, bytes to bytes, × floor", 3.0, 2.0, over_floor(thousand)),
        _evidence_row(process),
        _full_row(process),
        _text_row(process),
        Row(5, "growth, 300 to 3,000 entries, × the floor's growth", 1.3, 1.0, growth / floor_growth),
        Row(9, "1,000 entries in process, p99 / p50", 3.0, 2.0, thousand["screen"].p99 / thousand["screen"].median),
    ]


def over_floor(times: Mapping[str, Times]) -> float:
    """Medians."""
    return times["screen"].median / times["floor"].median


def _evidence_row(process: InProcess) -> Row:
    charts = charts_of(1_000)
    parsed = {chart: [entry["resource"] for entry in orjson.loads(chart)["entry"]] for chart in charts}

    def screen(chart: bytes) -> bytes:
        return process.screen_with_evidence_checked(chart, parsed[chart])

    times = in_turns({"floor": orjson.loads, "screen": screen}, charts, 40)
    return Row(2, "the same, every evidence entry validated, × floor", 5.0, 3.5, over_floor(times))


def _full_row(process: InProcess) -> Row:
    times = in_turns({"floor": orjson.loads, "screen": process.screen}, charts_of(1_000, full_chart), 40)
    return Row(3, "in process, full mix of 1,000 entries, × floor", 2.0, 1.4, over_floor(times))


def _text_row(process: InProcess) -> Row:
    coded = charts_of(1_000)
    worded = dict(
        zip(coded, charts_of(1_000, lambda size, seed: clinical_chart(size, seed, text_only=True)), strict=True)
    )
    tasks = {"coded": process.screen, "worded": lambda chart: process.screen(worded[chart])}
    times = in_turns(tasks, coded, 40)
    ratio = times["worded"].median / times["coded"].median
    return Row(4, "half of conditions and medicines text only, × the coded chart", 1.6, 1.3, ratio)


def http_rows(sizes: dict[int, dict[str, Times]]) -> list[Row]:
    """Rows 6 to 8 and the second half of row 9; adds the times to `sizes`."""
    first = clinical_chart(10, 0)
    with Served(PRODUCT, first) as product, Served(TRIVIAL, first) as trivial:
        for size in _HTTP_SIZES:
            tasks = {"http floor": orjson.loads, "trivial": trivial.ask, "http": product.ask}
            sizes[size] |= in_turns(tasks, charts_of(size), _ROUNDS[size])
    thousand = sizes[1_000]
    return [
        Row(6, "HTTP, 10 entries, × trivial handler", 2.5, 1.8, _over_trivial(sizes[10])),
        Row(7, "HTTP, 100 entries, × trivial handler", 4.0, 2.8, _over_trivial(sizes[100])),
        Row(8, "HTTP, 1,000 entries, × floor", 4.0, 2.7, thousand["http"].median / thousand["http floor"].median),
        Row(9, "1,000 entries over HTTP, p99 / p50", 3.0, 2.0, thousand["http"].p99 / thousand["http"].median),
    ]


def _over_trivial(times: Mapping[str, Times]) -> float:
    return times["http"].median / times["trivial"].median


def cold_start_row(starts: int = 5) -> Row:
    """Row 13: from nothing to the first answer."""
    first = clinical_chart(10, 0)
    taken: dict[tuple[str, ...], list[float]] = {PRODUCT: [], TRIVIAL: []}
    for _ in range(starts):
        for module, times in taken.items():
            with Served(module, first) as server:
                times.append(server.cold_start)
    product, trivial = (statistics.median(taken[module]) for module in (PRODUCT, TRIVIAL))
    detail = f"{product:.2f} s against {trivial:.2f} s"
    return Row(13, "cold start to first screening, × trivial Flask", 3.0, 2.2, product / trivial, detail)


def memory_row(requests: int = 1_000) -> Row:
    """Row 14: what a worker weighs after a thousand requests of 100 entries."""
    charts = charts_of(100)
    weights: list[float | None] = []
    for module in (PRODUCT, TRIVIAL):
        with Served(module, charts[0], workers=2) as server:
            for place in range(requests):
                server.ask(charts[place % len(charts)])
            weights.append(server.memory_a_worker())
    product, trivial = weights
    what = "memory a worker (PSS) after 1,000 requests of 100 entries, × trivial Flask"
    if product is None or trivial is None:
        return Row(14, what, 3.0, 2.0, None, "this system has no /proc/<pid>/smaps_rollup")
    return Row(14, what, 3.0, 2.0, product / trivial, f"{product:.0f} MB against {trivial:.0f} MB")


def list_size_row(process: InProcess) -> Row:
    """Row 18: the same conditions listed among 10,000 codes and among 100,000."""
    small, large = (InProcess(_with_codes(process.screener, count)) for count in (10_000, 100_000))
    times = in_turns({"small": small.screen, "large": large.screen}, charts_of(1_000), 40)
    ratio = times["large"].median / times["small"].median
    return Row(18, "100,000 codes in the list against 10,000, screening time", 1.1, 1.05, ratio)


def _with_codes(screener: Screener, count: int) -> Screener:
    """The same lists, of the conditions only `count` codes: listed ones first, then made-up ones."""
    knowledge = screener.knowledge
    codes: dict[str, tuple[Listed, ...]] = {}
    for term in listed_conditions()[:5_000]:
        rows = knowledge.conditions.find(Coding("snomed", term.code))
        if rows:
            codes[term.code] = rows
    made_up = (Listed("none", "disease"),)
    for number in range(count - len(codes)):
        codes[str(990_000_000_000 + number)] = made_up
    return replace(screener, knowledge=replace(knowledge, conditions=CodeList({"snomed": codes})))
