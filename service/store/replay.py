"""Ids of tokens seen, in memory that this machine's workers share: for when no database can tell."""

from __future__ import annotations

import mmap
import struct
from datetime import datetime
from typing import Final

from service.store.hashes import token_of
from service.store.shared import SharedLock

_SLOT: Final = struct.Struct("<16sd")  # half of the hash, and until when (seconds since 1970)
_SLOTS: Final = 65_536
_TRIES: Final = 64


class TokensSeen:
    """A table of fixed size. Make it before the workers are forked, and they have it together.

    When 64 neighbouring places are taken, the token that expires first is forgotten.
    """

    def __init__(self, slots: int = _SLOTS) -> None:
        """Set the memory aside."""
        self._slots = slots
        self._memory = mmap.mmap(-1, slots * _SLOT.size)
        self._lock = SharedLock()

    def seen(self, issuer: str, jti: str, *, until: datetime, now: datetime) -> bool:
        """Whether this id of a token was shown before; it is remembered until then."""
        token = bytes.fromhex(token_of(issuer, jti))[:16]
        start = int.from_bytes(token[:8], "little")
        free, earliest = -1, float("inf")
        with self._lock.held():
            for step in range(min(_TRIES, self._slots)):
                place = (start + step) % self._slots * _SLOT.size
                known, expires = _SLOT.unpack_from(self._memory, place)
                if known == token and expires >= now.timestamp():
                    return True
                if expires < now.timestamp():
                    expires = 0.0
                if expires < earliest:
                    free, earliest = place, expires
            _SLOT.pack_into(self._memory, free, token, until.timestamp())
        return False
