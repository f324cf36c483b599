"""The caretaker: a thread in each worker, of which one over all replicas deletes what is too old."""

from __future__ import annotations

import logging
import random
import threading
import time
from datetime import UTC, datetime
from typing import Final

from service.store import Keeping, StoreAwayError, Upkeep
from service.web.logs import log, log_bug

_EVERY_S: Final = 3_600
_JUMP_S: Final = 3_600  # by which a clock may differ from the time that went by
_SOON_S: Final = 60  # after the start: a service that is restarted every day must come to it, too


class Caretaker:
    """Purges once in a while."""

    def __init__(self, upkeep: Upkeep, keeping: Keeping) -> None:
        """Take what it works with; nothing is started."""
        self._upkeep = upkeep
        self._keeping = keeping
        self._began = _now(), _monotonic()

    def start(self) -> None:
        """Begin, in a thread that ends with the process."""
        threading.Thread(target=self._run, name="caretaker", daemon=True).start()

    def purge(self) -> None:
        """Purge now, if nobody else does and the clock can be believed."""
        now = _now()
        if abs((now - self._began[0]).total_seconds() - (_monotonic() - self._began[1])) > _JUMP_S:
            log(logging.ERROR, event="the clock has jumped since the start: nothing is purged until it is right again")
            return
        try:
            done = self._upkeep.purge_as_one(self._keeping, now=now)
        except StoreAwayError:
            return  # it was logged; the next round is soon enough
        except Exception as fault:  # noqa: BLE001 - the edge of this thread: it must not end with one bad round
            log_bug(fault)
            return
        if done is not None and any(done):
            log(logging.INFO, event=f"purged {done.results} results and {done.events} audit events")

    def _run(self) -> None:
        time.sleep(_SOON_S * random.random())  # noqa: S311 - only so that not all workers wake at once
        while True:
            self.purge()
            time.sleep(_EVERY_S)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this thread's clock


_monotonic = time.monotonic
