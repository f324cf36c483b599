"""Answers about unknown codes: out of memory, out of the store, else from the server, within a budget of time."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final

from service.core.knowledge import Root
from service.core.terminology import Answer, Answers, Unknown
from service.ehr.deadline import Deadline
from service.settings import Settings
from service.store import KEPT_FOR, CodeAnswers, KnownCode
from service.terminology.server import NoAnswer, NotOffered, TerminologyServer

_MOST_S: Final = 1.0
_REMEMBERED: Final = 50_000
_MOST_ASKED: Final = 200  # codes of one chart; the others are asked when they come again
_THREADS: Final = 8
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,31}")
_SCTID: Final = re.compile(r"\d{6,18}")

Roots = Mapping[str, Mapping[str, Root]]


class Resolver:
    """What a terminology server says of codes. It never raises, and never takes longer than its budget."""

    def __init__(  # noqa: PLR0913 - a clock and a budget that a test can hold
        self,
        server: TerminologyServer,
        roots: Roots,
        kept: CodeAnswers,
        *,
        stamp: str,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        budget_s: float = _MOST_S,
    ) -> None:
        """Take whom to ask and where to keep what is said; `stamp`: under which server and roots it holds."""
        self._server = server
        self._roots = roots
        self._kept = kept
        self._stamp = stamp
        self._now = now
        self._monotonic = monotonic
        self._budget_s = budget_s
        self._memory: dict[Unknown, Answer] = {}

    def __call__(self, unknown: Sequence[Unknown]) -> Answers:
        """What is known of these codes now."""
        asked = [one for one in unknown if _is_sound(one)]
        if not asked:
            return {}
        deadline = Deadline.within(self._budget_s, self._monotonic)
        self._recall(one for one in asked if one not in self._memory)
        missing = [one for one in asked if one not in self._memory][:_MOST_ASKED]
        if missing:
            self._ask(missing, deadline)
        memory = self._memory
        return {(one.system, one.code): memory[one] for one in asked if one in memory}

    def _recall(self, missing: Iterable[Unknown]) -> None:
        keys = {_key(one): one for one in missing}
        if not keys:
            return
        for known in self._kept.read(self._stamp, tuple(keys), since=self._now() - KEPT_FOR):
            self._remember(keys[known.key], Answer(known.roots, known.display))

    def _ask(self, missing: Sequence[Unknown], deadline: Deadline) -> None:
        """Ask as much as there is time for, and keep what came."""
        found: list[KnownCode] = []
        with ThreadPoolExecutor(_THREADS) as codes, ThreadPoolExecutor(_THREADS) as roots:

            def ask(one: Unknown) -> Answer | None:
                try:
                    return self._server.answer(one, self._roots.get(one.system, {}), deadline, roots)
                except NotOffered:  # not worth asking again, nor keeping for a month
                    self._remember(one, Answer())
                except NoAnswer:
                    pass
                return None

            for one, answer in zip(missing, codes.map(ask, missing), strict=True):
                if answer is not None:
                    self._remember(one, answer)
                    found.append(KnownCode(_key(one), answer.roots, answer.display))
        if found:
            self._kept.keep(self._stamp, found, now=self._now())

    def _remember(self, one: Unknown, answer: Answer) -> None:
        if len(self._memory) >= _REMEMBERED:
            self._memory.clear()
        self._memory[one] = answer


def open_resolver(settings: Settings, roots: Roots, kept: CodeAnswers) -> Resolver | None:
    """The resolver of these settings; None without a TERMINOLOGY_URL."""
    if not settings.terminology_url:
        return None
    return Resolver(
        TerminologyServer(settings.terminology_url),
        roots,
        kept,
        stamp=_stamp(settings.terminology_url, roots),
        now=lambda: datetime.now(UTC),  # noqa: TID251 - the door's clock: how old an answer is
        budget_s=budget_s(settings),
    )


def budget_s(settings: Settings) -> float:
    """Seconds for all questions of one screening: a part of what a CDS Hooks call has; none without a server."""
    return min(_MOST_S, settings.cds_budget_s / 4) if settings.terminology_url else 0.0


def _stamp(url: str, roots: Roots) -> str:
    """Under what answers hold: another server, or other roots, may say otherwise."""
    said = [f"{system} {code} {sorted(about.within)}" for system in roots for code, about in roots[system].items()]
    return hashlib.sha256("\n".join([url, *sorted(said)]).encode()).hexdigest()[:32]


def _is_sound(one: Unknown) -> bool:
    """Whether it can be a code at all: nothing else is sent anywhere."""
    return bool((_SCTID if one.system == "snomed" else _CODE).fullmatch(one.code))


def _key(one: Unknown) -> tuple[str, str]:
    """How it is kept: what was asked is part of the system's name, since answers differ by it."""
    return f"{one.system}{'+roots' * one.subsumed}{'+name' * one.named}"[:255], one.code
