"""The key sets of callers: kept for a while, fetched anew when a caller changes its keys, never in a storm.

One copy for all workers of this machine: what one has fetched, the others need not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
from joserfc.jwk import KeySet

from service.store.shared import SharedLock, unnamed_file
from service.trust import Caller, read_key_set

FETCH_AGAIN_S: Final = 60.0
"""For a `kid` that is not in the set: once in this time, whoever asks."""

_SHORTEST_S: Final = 300.0
_LONGEST_S: Final = 86_400.0  # also how long a set is used when its owner can't be reached
_USUAL_S: Final = 3_600.0  # where the owner says nothing
_TRY_AGAIN_S: Final = 5.0  # after a failure, where there is no key at all
_ENDED: Final = float("-inf")

Fetched = tuple[KeySet, int | None]
Fetch = Callable[[Caller], Fetched | None]
"""Fetches a key set, with its max-age where its owner names one; None where it can't be had."""


class NoKeys(Exception):  # noqa: N818 - it says what there is
    """The caller's keys can't be had now. Whoever is in the right may come again."""


@dataclass(slots=True)
class _State:
    """What the workers share of one caller's key set."""

    keys: list[dict[str, Any]]
    fetched: float = _ENDED  # when it came, and until when it is fresh
    fresh_until: float = _ENDED
    tried: float = _ENDED  # the last try, whatever came of it
    searched: float = _ENDED  # the last try because of an unknown kid


class KeySets:
    """All callers' key sets. Make it before the workers are forked."""

    def __init__(self, fetch: Fetch, *, monotonic: Callable[[], float], callers: Sequence[Caller]) -> None:
        """Take the way to fetch one, a clock that forked processes share, and whose sets there are."""
        self._rings = {caller.issuer: _Ring(caller, fetch, monotonic) for caller in callers if caller.keys is None}

    def of(self, caller: Caller, kid: str) -> KeySet:
        """The caller's keys, fetched where they are stale or do not hold this `kid`. Raises NoKeys."""
        if caller.keys is not None:
            return caller.keys
        return self._rings[caller.issuer].get(kid)


class _Ring:
    """One caller's keys at a URL."""

    def __init__(self, caller: Caller, fetch: Fetch, monotonic: Callable[[], float]) -> None:
        self._caller = caller
        self._fetch = fetch
        self._monotonic = monotonic
        self._lock = SharedLock()
        self._file = unnamed_file(self)
        self._read: tuple[bytes, KeySet | None] = (b"", None)

    def get(self, kid: str) -> KeySet:
        """The keys. One worker at a time looks after them; the others wait for what it finds."""
        with self._lock.held():
            now = self._monotonic()
            state = self._load()
            if state.keys and now - state.fetched >= _LONGEST_S:
                state.keys = []
            if self._is_due(state, now):
                self._renew(state, now)
            elif kid not in {key.get("kid") for key in state.keys} and now - state.searched >= FETCH_AGAIN_S:
                state.searched = now
                self._renew(state, now)
            keys = self._known(state)
        if keys is None:
            raise NoKeys
        return keys

    def _is_due(self, state: _State, now: float) -> bool:
        if not state.keys:
            return now - state.tried >= _TRY_AGAIN_S
        return now >= state.fresh_until and now - state.tried >= FETCH_AGAIN_S

    def _renew(self, state: _State, now: float) -> None:
        state.tried = now
        fetched = self._fetch(self._caller)
        if fetched is not None:
            keys, max_age = fetched
            state.keys = [key.as_dict(private=False) for key in keys.keys]
            state.fetched = now
            state.fresh_until = now + min(max(_USUAL_S if max_age is None else max_age, _SHORTEST_S), _LONGEST_S)
        self._save(state)

    def _known(self, state: _State) -> KeySet | None:
        """The keys of a state; those of the last one are not read again."""
        if not state.keys:
            return None
        document = orjson.dumps({"keys": state.keys})
        if self._read[0] != document:
            self._read = (document, read_key_set(document))
        return self._read[1]

    def _load(self) -> _State:
        self._file.seek(0)
        return _State(**kept) if (kept := orjson.loads(self._file.read() or b"{}")) else _State(keys=[])

    def _save(self, state: _State) -> None:
        kept = {name: value for name, value in asdict(state).items() if value != _ENDED}
        self._file.seek(0)
        self._file.truncate()
        self._file.write(orjson.dumps(kept))
