"""A result that is sent becomes a result that is stored."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import orjson
from flask import g, request

from service.core.dates import Span
from service.core.screening import Screening
from service.fhir.versions import FhirVersion
from service.store import Event, Kept, Key, Outcome, Result, Store
from service.web.canaries import is_canary
from service.web.who import who

_DELETED_AFTER_USE: Final = "DELAU"
_MARKED: Final = b'"DELAU"'
_EARLIEST: Final = datetime(1, 1, 3, tzinfo=UTC)  # whatever the zone, the same moment in UTC can be written
_LATEST: Final = datetime(9999, 12, 29, tzinfo=UTC)
_NOT_STORED: Final = '299 needlewise "the result was not stored"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was sent to be screened."""

    body: bytes = field(repr=False)
    query: Sequence[tuple[str, str]] = field(default=(), repr=False)
    content_type: str | None = None
    door: str = "fhir"
    holds_token: bool = False  # an access token stands in the body: it is never kept

    def fingerprint(self, declared: FhirVersion | None, wanted: Sequence[FhirVersion]) -> str:
        """Equal where body, query and FHIR versions are."""
        versions = [declared.value if declared else "", *(version.value for version in wanted)]
        asked = orjson.dumps([self.query, versions])
        return hashlib.sha256(hashlib.sha256(asked).digest() + self.body).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Stores results as they are sent."""

    store: Store
    keep_inputs: bool

    def keep(
        self, screening: Screening, resource: dict[str, Any], *, version: FhirVersion, sent: Sent, key: Key | None
    ) -> Kept | None:
        """Store a result with its audit event. None, and no `id`, where it is not stored.

        An equal request may have been quicker: then it is that one's result. Raises KeyTakenError.
        """
        kept = None
        if self._keeps and all(label.code != _DELETED_AFTER_USE for label in screening.labels):
            event = event_of("screening", detail=screening.headline.code)
            kept = self.store.results.keep(
                self._result(screening, resource, version, sent), who=who(), event=event, key=key
            )
        if kept is None:
            resource.pop("id", None)
            if self._keeps:
                g.warning = _NOT_STORED
        return kept

    @property
    def _keeps(self) -> bool:
        """Whether results of this request are kept: those of canaries are nobody's."""
        return self.store.keeps and not is_canary()

    def _result(self, screening: Screening, resource: dict[str, Any], version: FhirVersion, sent: Sent) -> Result:
        asked = {
            "query": sent.query,
            "content-type": sent.content_type,
            "as-of": screening.as_of.written,
            "fhir-version": version.value,
        }
        keeps_input = self.keep_inputs and _MARKED not in sent.body and not sent.holds_token
        return Result(
            id=resource["id"],
            made=datetime.now(UTC),  # noqa: TID251 - the door's clock
            door=sent.door,
            fhir_version=version.value,
            headline=screening.headline.code,
            packs=tuple((pack.id, pack.version) for pack in screening.packs),
            subject=resource["subject"].get("reference", ""),
            occurred=moments(screening.as_of),
            resource=orjson.dumps(resource).decode(),
            outcomes=_outcomes(screening),
            input_hash=hashlib.sha256(sent.body).hexdigest(),
            asked=orjson.dumps(asked).decode(),
            input=zlib.compress(sent.body) if keeps_input else None,
            unmatched=screening.unmatched,
        )


def event_of(kind: str, *, status: int = 200, detail: str = "") -> Event:
    """What this request does, for the trail."""
    route = request.url_rule.rule if request.url_rule else ""
    return Event(kind=kind, route=route, method=request.method, status=status, detail=detail)


def moments(span: Span) -> tuple[datetime, datetime]:
    """The first and the last moment that a date may mean; a day without a zone is one of this machine's."""
    if span.instant is not None:
        first = max(_EARLIEST, min(span.instant.replace(microsecond=0), _LATEST))
        return first, first + timedelta(seconds=1, microseconds=-1)
    return _local(datetime.combine(span.first, time.min)), _local(datetime.combine(span.last, time.max))


def _local(moment: datetime) -> datetime:
    """The moment with this machine's zone; at the ends of the calendar there is none."""
    if moment.year in (_EARLIEST.year, _LATEST.year):
        return max(_EARLIEST, min(moment.replace(tzinfo=UTC), _LATEST))
    return moment.astimezone()


def _outcomes(screening: Screening) -> tuple[Outcome, ...]:
    """As the predictions stand in the resource."""
    return (
        *(Outcome("headline", None, judged.headline.code) for judged in screening.judgements),
        *(Outcome("finding", finding.rule, finding.category.code) for finding in screening.findings),
        *(
            Outcome("question", question.rule, "insufficient-data", question.ceiling.code)
            for question in screening.questions
        ),
    )
