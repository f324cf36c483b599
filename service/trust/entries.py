"""Who may call, and whom we may call: the TRUST file of contract section 9 as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from joserfc.jwk import KeySet  # noqa: TC002 - dataclasses are made of it

from service.trust.keys import SigningKey
from service.trust.urls import Url, parse_base

ALGORITHMS: Final = ("RS384", "ES384")  # those that SMART and CDS Hooks ask everybody to know


class Right(Enum):
    """What a caller may do."""

    CDS_HOOKS = "cds-hooks"
    SCREEN = "screen"
    READ_RESULTS = "read-results"
    READ_AUDIT = "read-audit"
    INSIGHTS = "insights"


class NullPrefetch(Enum):
    """What a `null` prefetch of an EHR means."""

    NOT_RECEIVED = "not-received"
    EMPTY = "empty"  # believed, and not asked again


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One who may call, and how we know that it is them."""

    name: str
    issuer: str  # `iss`
    audience: str = ""  # base of `aud`; "": PUBLIC_URL
    keys: KeySet | None = field(default=None, compare=False, repr=False)  # of `jwks_file`; None where there is a URL
    jwks_url: str = ""  # as listed: a `jku` must equal it to the letter
    algorithms: tuple[str, ...] = ALGORITHMS
    rights: frozenset[Right]
    tenants: tuple[str, ...] = ()  # empty: `tenant` is not looked at
    max_lifetime_s: int = 300
    suggestion_types: frozenset[str] = frozenset({"delete"})  # actions that this EHR can apply
    allow_http: bool = False
    allow_private_addresses: bool = False
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EhrServer:
    """A FHIR server that may be asked, and only under its base URL."""

    base_url: str  # normalised, without a trailing slash
    client_id: str = ""  # SMART Backend Services; "": only with the token of a call, or without any
    keys: tuple[SigningKey, ...] = field(default=(), compare=False, repr=False)  # the first signs
    token_url: str = ""  # "": as the server's SMART configuration says
    null_prefetch: NullPrefetch = NullPrefetch.NOT_RECEIVED
    allow_http: bool = False
    allow_private_addresses: bool = False
    ca_file: Path | None = None  # authorities trusted for this server, in place of the public ones

    def __post_init__(self) -> None:
        """Refuse a base that is none, and a registration without a key to prove it."""
        if str(self.base) != self.base_url:
            raise ValueError("base_url is not normalised")
        if self.client_id and not self.keys:
            raise ValueError("a client_id without a key")

    @property
    def base(self) -> Url:
        """The base URL in its parts."""
        base = parse_base(self.base_url)
        if base is None:
            raise ValueError("base_url is no plain URL")
        return base

    def covers(self, url: Url) -> bool:
        """Whether this is the server's base or something below it."""
        return url.is_under(self.base)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Everybody listed. What is not here is not trusted."""

    callers: tuple[Caller, ...] = ()
    servers: tuple[EhrServer, ...] = ()

    def caller_of(self, issuer: str) -> Caller | None:
        """Who signs as this issuer."""
        return next((caller for caller in self.callers if caller.issuer == issuer), None)

    def server_for(self, url: str) -> EhrServer | None:
        """The entry that covers a FHIR base URL, the closest one; None where it is not listed or not plain."""
        base = parse_base(url)
        if base is None:
            return None
        covering = (server for server in self.servers if server.covers(base))
        return max(covering, key=lambda server: len(server.base_url), default=None)
