"""The TRUST file → Trust. Everything in it is checked at start, key files too."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from joserfc.jwk import KeySet  # noqa: TC002 - as in entries

from service.settings import Settings
from service.trust.entries import ALGORITHMS, Caller, EhrServer, NullPrefetch, Right, Trust
from service.trust.keys import KeysError, SigningKey, load_signing_keys, read_key_set
from service.trust.tables import Table, TrustError
from service.trust.urls import parse_base

# Never symmetric, never `none`: who can check such a signature can make it.
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")

_CALLER: Final = frozenset(
    {
        "name",
        "issuer",
        "audience",
        "jwks_file",
        "jwks_url",
        "algorithms",
        "rights",
        "tenants",
        "max_lifetime_s",
        "suggestion_types",
        "allow_http",
        "allow_private_addresses",
        "ca_file",
    }
)
_EHR: Final = frozenset(
    {
        "base_url",
        "client_id",
        "key_file",
        "token_url",
        "null_prefetch",
        "allow_http",
        "allow_private_addresses",
        "ca_file",
    }
)
_LIFETIMES_S: Final = range(1, 86_401)

_Entry = TypeVar("_Entry", Caller, EhrServer)


def load_trust(path: Path) -> Trust:
    """Read the TRUST file. Raises TrustError about the first thing that is wrong."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as fault:  # TOMLDecodeError is a ValueError, and so is bad UTF-8
        reason = fault.strerror if isinstance(fault, OSError) else str(fault)
        raise TrustError(f"can't read {path}: {reason}") from None
    unknown = content.keys() - {"caller", "ehr"}
    if unknown:
        raise TrustError(f"{path}: {min(unknown)} is not known: the file holds [[caller]] and [[ehr]] tables")
    return Trust(
        callers=tuple(_entries(content, "caller", path, _caller)),
        servers=tuple(_entries(content, "ehr", path, _server)),
    )


def trusted(settings: Settings) -> Trust:
    """The TRUST file of these settings; nobody where there is none. Raises TrustError."""
    return load_trust(Path(settings.trust)) if settings.trust else Trust()


def _entries(content: dict[str, Any], kind: str, path: Path, read: Callable[[Table], _Entry]) -> Iterator[_Entry]:
    tables = content.get(kind, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise TrustError(f"{path}: write [[{kind}]], in two brackets, above each {kind}")
    seen: set[tuple[str, str]] = set()
    for number, given in enumerate(tables, start=1):
        table = Table(given, f"{path}: [[{kind}]] number {number}", path.parent)
        entry = read(table)
        for key in ("name", "issuer", "base_url"):
            value = getattr(entry, key, None)
            if value is not None and (key, value) in seen:
                raise table.fault(key, f"is that of another [[{kind}]]")
            seen.add((key, str(value)))
        yield entry


def _caller(table: Table) -> Caller:
    table.check_keys(_CALLER)
    rights = table.words("rights", (), [right.value for right in Right])
    if not rights:
        raise table.fault("rights", f"is missing: give at least one of {', '.join(right.value for right in Right)}")
    url = table.url("jwks_url")
    if (url is None) == ("jwks_file" not in table):
        raise table.fault("jwks_file", "or jwks_url is needed: one of the two, to check signatures with")
    return Caller(
        name=table.text("name", None),
        issuer=table.text("issuer", None),
        audience=_audience(table),
        keys=None if url else _key_set(table),
        jwks_url=table.text("jwks_url"),
        algorithms=_algorithms(table),
        rights=frozenset(map(Right, rights)),
        tenants=table.words("tenants", ()),
        max_lifetime_s=table.whole("max_lifetime_s", 300, _LIFETIMES_S),
        suggestion_types=frozenset(table.words("suggestion_types", ("delete",), ("create", "update", "delete"))),
        allow_http=table.flag("allow_http"),
        allow_private_addresses=table.flag("allow_private_addresses"),
        ca_file=table.file_if_given("ca_file"),
    )


def _server(table: Table) -> EhrServer:
    table.check_keys(_EHR)
    url = table.url("base_url", None)
    base = parse_base(str(url))
    if base is None or "?" in table.text("base_url"):
        raise table.fault("base_url", "must be the base of a FHIR server, without a query")
    client_id = table.text("client_id")
    for key in ("key_file", "token_url"):
        if key in table and not client_id:
            raise table.fault("client_id", f"is missing, and {key} is given")
    if client_id and "key_file" not in table:
        raise table.fault("key_file", "is missing, and client_id is given")
    table.url("token_url")
    kinds = [kind.value for kind in NullPrefetch]
    null_prefetch = table.text("null_prefetch", NullPrefetch.NOT_RECEIVED.value)
    if null_prefetch not in kinds:
        raise table.fault("null_prefetch", f"must be one of {', '.join(kinds)}")
    return EhrServer(
        base_url=str(base),
        client_id=client_id,
        keys=_signing_keys(table) if client_id else (),
        token_url=table.text("token_url"),
        null_prefetch=NullPrefetch(null_prefetch),
        allow_http=table.flag("allow_http"),
        allow_private_addresses=table.flag("allow_private_addresses"),
        ca_file=table.file_if_given("ca_file"),
    )


def _algorithms(table: Table) -> tuple[str, ...]:
    given = table.words("algorithms", ALGORITHMS, _ALGORITHMS)
    if not given:
        raise table.fault("algorithms", "is empty: leave it out, or name at least one")
    return given


def _audience(table: Table) -> str:
    given = table.text("audience").rstrip("/")
    if given and parse_base(given) is None:
        raise table.fault("audience", "must be the address callers use, such as https://needlewise.example.org")
    return given


def _key_set(table: Table) -> KeySet:
    try:
        return read_key_set(table.path("jwks_file").read_bytes())
    except OSError as fault:
        raise table.fault("jwks_file", f"can't be read: {fault.strerror}") from None
    except KeysError as fault:
        raise table.fault("jwks_file", str(fault)) from None


def _signing_keys(table: Table) -> tuple[SigningKey, ...]:
    try:
        return load_signing_keys(table.path("key_file"))
    except KeysError as fault:
        raise table.fault("key_file", str(fault)) from None
