"""The way of the data in one call: read → recognise and judge. HTTP and the command line are its two doors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from service.core.chart import Chart
from service.core.dates import Span, parse_span
from service.core.knowledge import Knowledge
from service.core.packs import Pack
from service.core.screen import screen
from service.core.screening import Screening
from service.core.terminology import Answers, Unknown, unknown_codes
from service.core.translate import translated
from service.core.wording import ENGLISH, Wording
from service.fhir.canonical import BASE
from service.fhir.read import Asked, read_request
from service.fhir.refused import Case, Issue, Refused
from service.fhir.versions import FhirVersion
from service.settings import PREFIX, Settings, SettingsError

# What an extension adds to where no base pack is named.
BASE_PACK: Final = "default"
ONLY_ENGLISH: Final[Mapping[str, Wording]] = MappingProxyType({ENGLISH.language: ENGLISH})
_PACK_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PACK_CANONICAL: Final = f"{BASE}/PlanDefinition/"


LookUp = Callable[[Sequence[Unknown]], Answers]


class Answered(NamedTuple):
    """What was found, and the FHIR version it was asked in."""

    screening: Screening
    version: FhirVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Screener:
    """All that screening needs and no request brings. Made once at start."""

    knowledge: Knowledge
    packs: Mapping[str, Pack]
    default_packs: tuple[str, ...]
    max_entries: int
    hide_restricted: bool = False  # what security labels limit is not named
    look_up: LookUp | None = None  # asks a terminology server about codes that no list holds
    language: str = ENGLISH.language  # of results, where the request asks for none
    wordings: Mapping[str, Wording] = field(default_factory=lambda: ONLY_ENGLISH)  # by language

    def read(self, body: bytes, *, content_type: str | None, query: Sequence[tuple[str, str]]) -> Asked:
        """The chart in a request body, and what is asked about it. Raises Refused where it can't be read."""
        return read_request(
            body,
            content_type=content_type,
            query=query,
            systems=self.knowledge.systems,
            max_entries=self.max_entries,
        )

    def judge(self, asked: Asked, *, now: Span, language: str = "") -> Screening:
        """Judge what was read, in a language that there is. Raises Refused for a pack that is not known."""
        return screen(
            asked.chart,
            targets=asked.targets,
            as_of=asked.as_of or now,
            packs=self.choose_packs(asked.packs, language),
            knowledge=self.knowledge,
            electrical_stimulation=asked.electrical_stimulation,
            hide_restricted=self.hide_restricted,
            answers=self._answers(asked.chart),
        )

    def _answers(self, chart: Chart) -> Answers:
        """What a terminology server says of the chart's unknown codes; nothing where none is asked."""
        unknown = unknown_codes(chart, self.knowledge) if self.look_up else ()
        return self.look_up(unknown) if self.look_up and unknown else {}

    def answer(
        self,
        body: bytes,
        *,
        content_type: str | None,
        query: Sequence[tuple[str, str]],
        now: Span,
        language: str = "",
    ) -> Answered:
        """Screen the chart in a request body. Raises Refused where the request as a whole can't be."""
        asked = self.read(body, content_type=content_type, query=query)
        return Answered(self.judge(asked, now=now, language=language), asked.version)

    def choose_packs(self, names: Sequence[str], language: str = "") -> tuple[Pack, ...]:
        """The packs of these names (ids or canonicals), else the service's own; the base pack first.

        `language`: of their texts, one of `wordings`; "": the service's own.

        Raises Refused for an unknown one, and for two base packs.
        """
        chosen = {_pack_id(name): name for name in names or self.default_packs}
        unknown = [pack for pack in chosen if pack not in self.packs]
        if unknown:
            known = f"the rule packs here are {', '.join(sorted(self.packs))}"
            raise Refused(
                Case.UNKNOWN_PACK,
                *(Issue("not-found", f"pack {_shown(pack)} is not known: {known}") for pack in unknown),
            )
        packs = [self.packs[pack] for pack in chosen]
        bases = [pack for pack in packs if pack.is_base] or [self.packs[BASE_PACK]]
        if len(bases) > 1:
            both = " and ".join(pack.id for pack in bases)
            raise Refused(
                Case.BAD_PARAMETER, Issue("value", f"{both} are base packs, each of which stands alone: name one")
            )
        wording = self.wordings[language or self.language]
        return tuple(_worded(pack, wording) for pack in (*bases, *(pack for pack in packs if not pack.is_base)))


@lru_cache(maxsize=64)
def _worded(pack: Pack, wording: Wording) -> Pack:
    return pack if wording is ENGLISH else translated(pack, wording)


def make_screener(
    settings: Settings, knowledge: Knowledge, packs: Mapping[str, Pack], wordings: Mapping[str, Wording] = ONLY_ENGLISH
) -> Screener:
    """Put a Screener together. Raises SettingsError where the settings name a pack or language that is not there."""
    if settings.language not in wordings:
        raise SettingsError(f"{PREFIX}LANGUAGE {settings.language} is none of {', '.join(wordings)}")
    screener = Screener(
        knowledge=knowledge,
        packs=packs,
        default_packs=settings.packs,
        max_entries=settings.max_entries,
        hide_restricted=settings.hide_restricted,
        language=settings.language,
        wordings=wordings,
    )
    try:
        chosen = screener.choose_packs(())
    except Refused as refused:
        raise SettingsError(
            f"{PREFIX}PACKS can't be used: {'; '.join(issue.diagnostics for issue in refused.issues)}"
        ) from refused
    return replace(screener, default_packs=tuple(pack.id for pack in chosen))


def _shown(pack: str) -> str:
    """A pack's name as an error may repeat it: a sender may have put anything there."""
    return pack if _PACK_ID.fullmatch(pack) else "with an unreadable name"


def _pack_id(name: str) -> str:
    return name.removeprefix(_PACK_CANONICAL).partition("|")[0]


def read_clock() -> Span:
    """Now, with the zone of this machine. Only the doors call it, once a request."""
    now = parse_span(datetime.now().astimezone().isoformat(timespec="seconds"))  # noqa: TID251 - the door's clock
    if now is None:
        raise ValueError("the system's clock gives no date")
    return now
