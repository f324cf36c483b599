"""Checking a JWT that somebody shows: whose it is, that it is for us, that its time is now. Nothing in it is trusted.

Pure: keys, clock and memory are handed in. The order is that of CDS Hooks' best practices, cheap and telling first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from service.trust.entries import Caller, Trust

PublicKey = RSAKey | ECKey | OKPKey

SKEW_S: Final = 60
"""How far two clocks may differ."""

_LONGEST: Final = 16_000
_LONGEST_ID: Final = 1_024
_LATEST: Final = 100_000_000_000  # seconds since 1970, in more than a thousand years
_KINDS: Final[Mapping[str, type[PublicKey]]] = {
    "RS": RSAKey,
    "PS": RSAKey,
    "ES": ECKey,
    "Ed": OKPKey,
}  # by the algorithm's first letters
_TYPE: Final = "jwt"

KeysOf = Callable[[Caller, str], KeySet]
"""The key set of a caller in which a `kid` is looked for. May raise what says that there is none to be had."""


class Reason(Enum):
    """Why a token is not taken. For our log: whoever sent it is not told."""

    MALFORMED = "it is no signed JWT"
    TYPE = "its typ is not JWT"
    CRITICAL = "its header names crit"
    ISSUER = "its iss is not listed"
    ALGORITHM = "its alg is not listed for its iss"
    JKU = "its jku is not the listed one"
    KEY = "its kid names no key of its iss"
    SIGNATURE = "its signature does not fit"
    AUDIENCE = "its aud is not us"
    TIMES = "exp, iat or nbf is missing or no number"
    EXPIRED = "it is over"
    NOT_YET = "its iat or nbf is in the future"
    LIFETIME = "it is good for longer than allowed"
    TENANT = "its tenant is not listed"
    ID = "its jti is missing"
    REPLAY = "its jti was shown before"


class TokenRefused(Exception):  # noqa: N818 - it says what happened
    """A token that is not taken, and what of it may be logged: never the token."""

    def __init__(self, reason: Reason, claims: Mapping[str, object] | None = None) -> None:
        """Take the reason, and the claims as far as they could be read."""
        super().__init__(reason.value)
        self.reason = reason
        self.claims = claims or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A token that was taken."""

    caller: Caller
    scope: str = ""
    tenant: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a token must be good for."""

    paths: tuple[str, ...]  # behind the caller's audience; any of them is ours
    base_url: str  # the audience's base where the caller's entry has none
    once: bool  # a CDS client's: typ JWT, with iat and jti, and good for one call; else an access token


def check(
    token: str,
    demand: Demand,
    *,
    trust: Trust,
    keys_of: KeysOf,
    now: float,
    seen: Callable[[str, str, float], bool],
) -> Shown:
    """Take a token, or raise TokenRefused. `now` is in seconds since 1970; `seen` remembers an id until then."""
    header, claims = _opened(token)
    issuer = claims.get("iss")
    caller = trust.caller_of(issuer) if isinstance(issuer, str) else None
    if caller is None:
        raise TokenRefused(Reason.ISSUER, claims)
    reason = _header_fault(header, caller, demand)
    if reason is not None:
        raise TokenRefused(reason, claims)
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise TokenRefused(Reason.KEY, claims)
    candidates = fitting(keys_of(caller, kid), kid, header["alg"])
    if not candidates:
        raise TokenRefused(Reason.KEY, claims)
    if not any(_is_signed(token, key, header["alg"]) for key in candidates):
        raise TokenRefused(Reason.SIGNATURE, claims)
    if not _is_for_us(claims.get("aud"), caller, demand):
        raise TokenRefused(Reason.AUDIENCE, claims)
    expires = _check_times(claims, caller, demand, now)
    if caller.tenants and claims.get("tenant") not in caller.tenants:
        raise TokenRefused(Reason.TENANT, claims)
    if demand.once:
        _check_once(claims, caller, expires + SKEW_S, seen)
    return Shown(caller=caller, scope=_scope(claims), tenant=_text(claims.get("tenant")), claims=claims)


def fitting(keys: KeySet, kid: str, algorithm: str) -> list[PublicKey]:
    """The keys of this name that can check signatures of this algorithm. The name is a look-up string, no more."""
    kind = _KINDS[algorithm[:2]]
    return [
        key
        for key in keys.keys
        if not isinstance(key, OctKey)
        and isinstance(key, kind)
        and key.kid == kid
        and key.get("alg", algorithm) == algorithm
    ]


def _opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, unchecked."""
    if len(token) > _LONGEST or token.count(".") != 2 or not token.isascii():  # noqa: PLR2004 - header.claims.signature
        raise TokenRefused(Reason.MALFORMED)
    try:
        parts = jws.extract_compact(token.encode(), registry=_registry())
        claims = orjson.loads(parts.payload)
    except (JoseError, ValueError, TypeError, KeyError):
        raise TokenRefused(Reason.MALFORMED) from None
    header = parts.protected
    if not isinstance(claims, dict) or not isinstance(header.get("alg"), str):
        raise TokenRefused(Reason.MALFORMED)
    return header, claims


def _header_fault(header: Mapping[str, Any], caller: Caller, demand: Demand) -> Reason | None:
    """What is wrong with a header. Keys that it brings along (jwk, x5c, x5u) are not looked at."""
    if header["alg"] not in caller.algorithms:
        return Reason.ALGORITHM
    if "crit" in header:  # we know no extension, and so none that is critical
        return Reason.CRITICAL
    if "jku" in header and (not caller.jwks_url or header["jku"] != caller.jwks_url):
        return Reason.JKU
    if demand.once and _text(header.get("typ")).lower() != _TYPE:
        return Reason.TYPE
    return None


def _is_signed(token: str, key: PublicKey, algorithm: str) -> bool:
    try:
        jws.deserialize_compact(token, key, registry=_registry(algorithm))
    except (JoseError, ValueError, TypeError):
        return False
    return True


def _registry(*algorithms: str) -> jws.JWSRegistry:
    """What may stand in a header: anything, since we look at four members and ignore the rest."""
    registry = jws.JWSRegistry(algorithms=algorithms, strict_check_header=False)
    registry.max_header_length = _LONGEST
    return registry


def _is_for_us(aud: object, caller: Caller, demand: Demand) -> bool:
    base = caller.audience or demand.base_url
    ours = {f"{base}{path}" for path in demand.paths}
    named: Sequence[object] = aud if isinstance(aud, list) else [aud]
    return any(isinstance(one, str) and one.rstrip("/") in ours for one in named)


def _check_times(claims: Mapping[str, Any], caller: Caller, demand: Demand, now: float) -> float:
    """When it ends. Raises TokenRefused where it is over, not yet good, or good for too long."""
    moments = {name: claims[name] for name in ("exp", "iat", "nbf") if claims.get(name) is not None}
    needed = ("exp", "iat") if demand.once else ("exp",)
    if not all(map(_is_moment, moments.values())) or not all(name in moments for name in needed):
        raise TokenRefused(Reason.TIMES, claims)
    expires = float(moments["exp"])
    if now >= expires + SKEW_S:
        raise TokenRefused(Reason.EXPIRED, claims)
    if any(moments[name] > now + SKEW_S for name in ("iat", "nbf") if name in moments):
        raise TokenRefused(Reason.NOT_YET, claims)
    lifetime = expires - moments["iat"] if "iat" in moments else max(expires - now - SKEW_S, 1)
    if not 0 < lifetime <= caller.max_lifetime_s:
        raise TokenRefused(Reason.LIFETIME, claims)
    return expires


def _check_once(
    claims: Mapping[str, Any], caller: Caller, until: float, seen: Callable[[str, str, float], bool]
) -> None:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_ID:
        raise TokenRefused(Reason.ID, claims)
    if seen(caller.issuer, jti, until):
        raise TokenRefused(Reason.REPLAY, claims)


def _is_moment(value: object) -> bool:
    """Seconds since 1970 (a NumericDate) that a calendar can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LATEST


def _scope(claims: Mapping[str, Any]) -> str:
    """The scopes, which some servers write as a list."""
    given = claims.get("scope", claims.get("scp"))
    listed: Collection[object] = given if isinstance(given, list) else [given]
    return " ".join(one for one in listed if isinstance(one, str))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
