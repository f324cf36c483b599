"""One request to screen, by whatever door it came: read → known already? → judge → write → keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import orjson
from flask import g

from service import __version__
from service.core.dates import Span
from service.fhir.read import Asked
from service.fhir.refused import Case, Issue, Refused
from service.fhir.versions import Answer, FhirVersion, declared_version
from service.fhir.write import risk_assessment
from service.pipeline import Screener
from service.settings import Settings
from service.store import Key, KeyTakenError, Stored
from service.web.keeping import Keeper, Sent, event_of
from service.web.language import wanted_language
from service.web.told import tell
from service.web.who import who

_KEY_TAKEN = (
    "this Idempotency-Key came before with another body, query or FHIR version: send the request as it was, or a new"
    " key with a new request"
)


class Done(NamedTuple):
    """What a request to screen is answered with."""

    resource: dict[str, Any]
    version: FhirVersion
    stored: Stored | None  # None: it is not stored
    is_replay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Screens what is sent, and stores what it answers."""

    screener: Screener
    keeper: Keeper
    clock: Callable[[], Span]

    def screen(self, asked: Asked, *, sent: Sent, answer: Answer, key: str = "", identity: str = "") -> Done:
        """Screen what was read, or give what an equal request got before.

        `key`: an Idempotency-Key; without one, the identifier of the chart's Bundle, else `identity`. Raises Refused.
        """
        known_by = _key(asked.bundle_identifier or identity, sent, answer, key)
        version = answer.version(asked.version)
        try:
            before = self._recall(known_by)
            if before is not None:
                return before
            screening = self.screener.judge(asked, now=self.clock(), language=wanted_language(self.screener))
            tell(screening)
            id_ = str(uuid4())
            resource = risk_assessment(
                screening, version, identifier=id_, resource_id=id_, software_version=__version__
            )
            kept = self.keeper.keep(screening, resource, version=version, sent=sent, key=known_by)
        except KeyTakenError:
            raise Refused(Case.KEY_TAKEN, Issue("business-rule", _KEY_TAKEN)) from None
        if kept is not None and not kept.is_new:
            return _replay(kept.stored)
        return Done(resource, version, kept.stored if kept else None)

    def claim(self, key: str, fingerprint: str) -> None:
        """Take an Idempotency-Key for a request of many parts. Raises Refused where another request has it."""
        now = datetime.now(UTC)  # noqa: TID251 - the door's clock
        try:
            self.keeper.store.results.claim(Key(f"key {key}", fingerprint), who=who(), now=now)
        except KeyTakenError:
            raise Refused(Case.KEY_TAKEN, Issue("business-rule", _KEY_TAKEN)) from None

    def _recall(self, key: Key | None) -> Done | None:
        if key is None:
            return None
        now = datetime.now(UTC)  # noqa: TID251 - the door's clock
        before = self.keeper.store.results.recall(key, who=who(), now=now)
        if before is None:
            return None
        g.headline = before.headline
        event = event_of("screening", detail=before.headline).of(before.subject, before.id)
        self.keeper.store.audit.record(event, who=who(), now=now)
        return _replay(before)


def _key(identity: str, sent: Sent, answer: Answer, given: str) -> Key | None:
    if not given and not identity:
        return None
    fingerprint = sent.fingerprint(declared_version(sent.content_type), answer.versions)
    if given:
        return Key(f"key {given}", fingerprint)
    # Published documents share identifiers: another request with the same one is a new screening.
    return Key(f"identity {identity} {fingerprint}", fingerprint)


def location(id_: str, settings: Settings) -> str:
    """Where a stored result is read."""
    return f"{settings.base_url}/fhir/RiskAssessment/{id_}"


def _replay(stored: Stored) -> Done:
    return Done(orjson.loads(stored.resource), FhirVersion(stored.fhir_version), stored, is_replay=True)
