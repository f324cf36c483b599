"""What was found, where every worker of this server can read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from service.canary.checks import Said
from service.store.shared import SharedLock, unnamed_file


@dataclass(frozen=True, slots=True)
class Trouble:
    """A rule that is not as it was."""

    rule: str
    pack: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of canaries and of rules now. Moments are seconds: monotonic where said, else since 1970."""

    begun: float | None = None  # monotonic: when the last round began
    ran: float | None = None  # when the last round ended
    compared: float | None = None  # monotonic: when rates were last compared
    checked: int = 0  # canaries of the last round
    changed: tuple[Trouble, ...] = ()
    silent: tuple[Trouble, ...] = ()
    known: Mapping[str, Said] = field(default_factory=dict)  # what each canary's first answer said

    @property
    def is_well(self) -> bool:
        """Whether nothing is to be told."""
        return not self.changed and not self.silent


class Board:
    """One `Found`, which workers share. Make it before they are forked."""

    def __init__(self) -> None:
        """Set it aside."""
        self._lock = SharedLock()
        self._file = unnamed_file(self)

    def read(self) -> Found:
        """What was found last."""
        with self._lock.held():
            return self._read()

    def write(self, change: Callable[[Found], Found]) -> Found:
        """Change it, alone, and give what is there afterwards."""
        with self._lock.held():
            found = change(self._read())
            content = orjson.dumps(found)
            self._file.seek(0)
            self._file.truncate()
            self._file.write(content)
            return found

    def claim(self, *, now: float, every_s: float) -> bool:
        """Whether this worker is the one to begin the next round: it is due, and nobody else has begun."""
        mine = False

        def begin(found: Found) -> Found:
            nonlocal mine
            mine = found.begun is None or now - found.begun >= every_s
            return replace(found, begun=now) if mine else found

        self.write(begin)
        return mine

    def _read(self) -> Found:
        self._file.seek(0)
        content = self._file.read()
        return _found(orjson.loads(content)) if content else Found()


def _found(read: dict[str, Any]) -> Found:
    return Found(
        begun=read["begun"],
        ran=read["ran"],
        compared=read["compared"],
        checked=read["checked"],
        changed=tuple(Trouble(**each) for each in read["changed"]),
        silent=tuple(Trouble(**each) for each in read["silent"]),
        known={key: tuple(said) for key, said in read["known"].items()},
    )
