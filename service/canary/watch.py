"""The watch: a thread in each worker, of which one at a time sends the canaries."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from service.canary.board import Board, Found, Trouble
from service.canary.checks import Check, Said, said_in, speaks
from service.canary.door import Door
from service.canary.silence import fell_silent
from service.store import Tallies

_FIRST_S: Final = 10.0  # after the start: callers come first
_LOOK_S: Final = 20.0  # between looks at whether a round is due
_AGAIN_S: Final = 2.0  # before a canary that got no answer is sent once more
_COMPARE_EVERY_S: Final = 3_600.0
_RECENT: Final = timedelta(days=1)
_PAST: Final = timedelta(days=14)  # before that day

_MINUTE_S: Final = 60
_LOG: Final = logging.getLogger("needlewise")


class Watch:
    """Screens every canary every so often, and remembers what it found on a board that workers share."""

    def __init__(
        self,
        checks: Sequence[Check],
        door: Door,
        tallies: Tallies,
        *,
        minutes: int,
        tell: Callable[[Trouble], None],
    ) -> None:
        """Take the canaries, the door, what is stored, and whom to tell of a trouble that is new."""
        self.door: Final = door
        self.board: Final = Board()
        self.checks: Final = checks
        self._tallies = tallies
        self._every_s = minutes * _MINUTE_S
        self._tell = tell

    def start(self) -> None:
        """Begin to watch, in a thread that ends with the process."""
        threading.Thread(target=self._run, name="canary", daemon=True).start()

    def look(self, *, monotonic: float, now: datetime) -> bool:
        """Do a round if one is due and nobody else does it."""
        if not self.board.claim(now=monotonic, every_s=self._every_s):
            return False
        before = self.board.read()
        answers = {check.key: self._answer(check) for check in self.checks}
        spoken = {check.key: answers[check.key] for check in self.checks if speaks(answers[check.key], check.rule)}
        known = {**spoken, **before.known}
        changed = tuple(trouble for check in self.checks if (trouble := _trouble(check, answers[check.key], known)))
        silent, compared = self._silent(before, monotonic=monotonic, now=now)
        found = self.board.write(
            lambda old: replace(
                old,
                ran=now.timestamp(),
                compared=compared,
                checked=len(self.checks),
                changed=changed,
                silent=silent,
                known=known,
            )
        )
        for trouble in (*found.changed, *found.silent):
            if trouble not in before.changed and trouble not in before.silent:
                self._tell(trouble)
        return True

    def _run(self) -> None:
        time.sleep(_FIRST_S)
        while True:
            try:
                self.look(monotonic=time.monotonic(), now=datetime.now(UTC))  # noqa: TID251 - this thread's clock
            except Exception as fault:  # noqa: BLE001 - the edge of this thread: who watches may not fall silent
                fields = {"event": "a round of canaries broke off", "error": type(fault).__name__}
                _LOG.error("", extra={"fields": fields})
            time.sleep(min(_LOOK_S, self._every_s))

    def _answer(self, check: Check) -> Said:
        """What the door says; nothing where it does not answer twice."""
        answer = self.door.ask(check.query, check.body)
        if answer is None:
            time.sleep(_AGAIN_S)
            answer = self.door.ask(check.query, check.body)
        return said_in(answer) if answer is not None else ()

    def _silent(self, before: Found, *, monotonic: float, now: datetime) -> tuple[tuple[Trouble, ...], float | None]:
        """The rules that fell silent, and when that was last looked at: counting costs the database something."""
        if before.compared is not None and monotonic - before.compared < _COMPARE_EVERY_S:
            return before.silent, before.compared
        recent = self._tallies.firing(since=now - _RECENT, until=now)
        past = self._tallies.firing(since=now - _RECENT - _PAST, until=now - _RECENT)
        if recent is None or past is None:
            return before.silent, before.compared
        watched = {(check.pack, check.rule) for check in self.checks}
        silent = (
            Trouble(rule, pack, "fires less than a tenth as often as in the two weeks before")
            for pack, fired in past.items()
            if pack in recent
            for rule in fell_silent(fired, recent[pack])
            if (pack, rule) in watched
        )
        return tuple(silent), monotonic


def _trouble(check: Check, said: Said, known: Mapping[str, Said]) -> Trouble | None:
    if not said:
        problem = "its canary got no answer"
    elif not speaks(said, check.rule):
        problem = "says nothing about its canary"
    elif said != known[check.key]:
        problem = "its canary is judged otherwise than before"
    else:
        return None
    return Trouble(check.rule, check.pack, problem)
