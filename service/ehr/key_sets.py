"""Fetching the key set of a caller. When, how often, and what to do without one is `service.web.auth`'s to say."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, NamedTuple

from joserfc.jwk import KeySet  # noqa: TC002 - the types of this room are there at run time

from service.ehr.addresses import Resolver, look_up
from service.ehr.deadline import Deadline
from service.ehr.http import Http, HttpFault, Reply
from service.ehr.limits import Allowance
from service.trust import Caller, KeysError, parse_url, read_key_set

_MOST_BYTES: Final = 100_000
_TIMEOUT_S: Final = 2.0

_MAX_AGE: Final = re.compile(r"max-age\s*=\s*\"?(\d{1,9})")
_NOT_KEPT: Final = re.compile(r"\bno-(?:store|cache)\b")


class Fetched(NamedTuple):
    """A key set, and how long its owner says that it may be kept; None where nothing is said."""

    keys: KeySet
    max_age_s: int | None


class KeySetLost(Exception):  # noqa: N818 - it says what happened
    """No key set. Its text says why, and quotes nothing of what was received."""


def fetch_key_set(caller: Caller, *, monotonic: Callable[[], float], resolver: Resolver = look_up) -> Fetched:
    """The keys at a caller's `jwks_url`: at most 100 kB, in at most two seconds, no redirects. Raises KeySetLost."""
    url = parse_url(caller.jwks_url)
    if url is None:
        raise KeySetLost("no jwks_url")
    http = Http(
        allow_private_addresses=caller.allow_private_addresses,
        ca_file=caller.ca_file,
        timeout_s=_TIMEOUT_S,
        resolver=resolver,
    )
    try:
        reply = http.get(
            url,
            headers={"Accept": "application/json"},
            deadline=Deadline.within(_TIMEOUT_S, monotonic),
            allowance=Allowance(_MOST_BYTES),
        )
        if reply.status != HTTPStatus.OK:
            raise KeySetLost(f"status {reply.status}")
        return Fetched(read_key_set(reply.body), _max_age(reply))
    except HttpFault as missed:
        raise KeySetLost(missed.fault.value) from None
    except KeysError as fault:
        raise KeySetLost(f"what came {fault}") from None
    finally:
        http.close()


def _max_age(reply: Reply) -> int | None:
    control = reply.headers.get("cache-control", "").lower()
    if _NOT_KEPT.search(control):
        return 0
    found = _MAX_AGE.search(control)
    return int(found[1]) if found else None
