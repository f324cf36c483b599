"""`/insights`: what is screened, found, asked and overridden, as numbers. Small numbers are not told."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from flask import Blueprint, Response, request

from service.core.dates import Span as Moment
from service.fhir.canonical import topic
from service.pipeline import Screener, read_clock
from service.store import Counted, InsightSpan, Store
from service.web.pages.layout import Pages
from service.web.pages.titles import rule_titles
from service.web.results import require_store

FEWEST: Final = 5  # counts below it could point at somebody: they are told as "under 5"
_DAYS: Final = 30
_MOST_BINS: Final = 45
_WIDTH: Final = 1_000
_MOST_DAYS: Final = 3_660
_CODES: Final = 25
_CSV: Final = "text/csv; charset=utf-8"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


class Bar(NamedTuple):
    """One count: its name, the count as it may be told, and the length of its bar from 0 to 100."""

    name: str
    told: str
    length: float
    code: str


class Column(NamedTuple):
    """One stretch of the time series. Positions and sizes run from 0 to 100."""

    label: str
    told: str
    x: float
    width: float
    height: float
    is_small: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the filters say."""

    first: date
    last: date
    rule: str
    caller: str | None

    def span(self) -> InsightSpan:
        """The same for the store."""
        return InsightSpan(
            since=datetime.combine(self.first, time.min, UTC),
            until=datetime.combine(self.last + timedelta(days=1), time.min, UTC),
            rule=self.rule,
            topic=topic(self.rule) if self.rule else "",
            caller=self.caller,
        )


def insights_blueprint(
    pages: Pages, screener: Screener, store: Store, *, clock: Callable[[], Moment] = read_clock
) -> Blueprint:
    """Everything under `/insights`."""
    insights = Blueprint("insights", __name__, url_prefix="/insights")
    packs = tuple(screener.packs.values())
    titles = rule_titles(packs)
    reasons = {reason.code: reason.display for pack in packs for reason in pack.override_reasons}

    @insights.get("")
    def show() -> Response:
        require_store(store)
        asked = _asked(clock(), titles)
        counted = store.insights.count(asked.span())
        return pages.page(
            "insights.html",
            asked=asked,
            titles=titles,
            callers=counted.callers,
            fewest=FEWEST,
            total=told(sum(counted.days.values())),
            columns=_columns(counted.days, asked.first, asked.last),
            sections=list(_sections(counted, titles, reasons)),
            codes=[code for code in store.tallies.unmatched_codes(most=_CODES) if code.count >= FEWEST],
            query=request.query_string.decode("ascii", "ignore"),
        )

    @insights.get("/numbers.csv")
    def numbers() -> Response:
        require_store(store)
        asked = _asked(clock(), titles)
        counted = store.insights.count(asked.span())
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(("part", "name", "code", "count"))
        for each in _columns(counted.days, asked.first, asked.last):
            writer.writerow(("Screenings", each.label, "", each.told))
        for title, bars in _sections(counted, titles, reasons):
            writer.writerows((title, _plain(bar.name), _plain(bar.code), bar.told) for bar in bars)
        for code in store.tallies.unmatched_codes(most=_CODES):
            if code.count >= FEWEST:
                named = _plain(code.display or code.system), _plain(f"{code.system} {code.code}")
                writer.writerow(("Codes that no list holds", *named, code.count))
        response = Response(out.getvalue(), content_type=_CSV)
        response.headers["Content-Disposition"] = 'attachment; filename="needlewise-numbers.csv"'
        return response

    return insights


def told(count: int) -> str:
    """A count as it may be told.

    >>> told(0), told(3), told(1200)
    ('0', 'under 5', '1200')
    """
    return f"under {FEWEST}" if 0 < count < FEWEST else str(count)


def _asked(now: Moment, rules: Mapping[str, str]) -> Asked:
    """The filters; what can't be read is as if it were not there."""
    last = _date(request.args.get("to", "")) or now.last
    first = _date(request.args.get("from", "")) or last - timedelta(days=_DAYS - 1)
    first = max(first, last - timedelta(days=_MOST_DAYS)) if first <= last else last
    rule = request.args.get("rule", "")
    caller = request.args.get("caller", "")
    named = None if not caller else "" if caller == "-" else caller
    return Asked(first=first, last=last, rule=rule if rule in rules else "", caller=named)


def _date(written: str) -> date | None:
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if 1900 <= found.year < date.max.year else None  # noqa: PLR2004 - far enough from the calendar's ends


def _columns(days: Mapping[str, int], first: date, last: date) -> list[Column]:
    """Days, or as many days together as leave no more than fit."""
    length = (last - first).days + 1
    size = -(-length // _MOST_BINS)
    starts = [first + timedelta(days=step) for step in range(0, length, size)]
    counts = [sum(days.get((start + timedelta(days=step)).isoformat(), 0) for step in range(size)) for start in starts]
    most = max((*counts, FEWEST))
    width = 100 / len(starts)
    return [
        Column(
            label=start.isoformat() if size == 1 else f"{start} to {min(last, start + timedelta(days=size - 1))}",
            told=told(count),
            x=round(place * width, 2),
            width=round(width * 0.8, 2),
            height=round(max(count, FEWEST if count else 0) / most * 100, 2),
            is_small=0 < count < FEWEST,
        )
        for place, (start, count) in enumerate(zip(starts, counts, strict=True))
    ]


def _sections(
    counted: Counted, titles: Mapping[str, str], reasons: Mapping[str, str]
) -> Iterator[tuple[str, list[Bar]]]:
    topics = {topic(rule): title for rule, title in titles.items()}
    yield "Headlines", _ranked(counted.headlines, {})
    yield "Rules that gave a finding", _ranked(counted.findings, titles)
    yield "Questions left open", _ranked(counted.questions, titles)
    yield "Cards sent", _ranked(counted.cards, topics)
    yield "Cards overridden", _ranked(counted.overridden, topics)
    yield "Cards of which a suggestion was taken", _ranked(counted.accepted, topics)
    # A reason of somebody else's may be free text: it is counted and not shown.
    known: dict[str, int] = {}
    for code, count in counted.reasons.items():
        name = code if code in reasons else "no reason" if not code else "another reason"
        known[name] = known.get(name, 0) + count
    yield "Why cards were overridden", _ranked(known, reasons)


def _ranked(counts: Mapping[str, int], names: Mapping[str, str]) -> list[Bar]:
    """The most frequent first. Small ones are as long as the smallest that is told."""
    most = max((*counts.values(), FEWEST), default=FEWEST)
    ordered = sorted(counts.items(), key=lambda item: (-max(item[1], FEWEST - 1), item[0]))
    return [
        Bar(
            name=names.get(code, code.replace("-", " ").capitalize()),
            told=told(count),
            length=round(max(count, FEWEST) / most * 100, 2),
            code=code,
        )
        for code, count in ordered
        if count
    ]


def _plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
