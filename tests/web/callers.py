"""Callers of these tests: their keys, the TRUST file that lists them, and the tokens that they make."""

import itertools
import time
from pathlib import Path
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from service.settings import Settings
from tests.trust.keys import elliptic, jwks
from tests.web.conftest import PUBLIC_URL

MERCY: Final = "https://mercy.example.org"
SIGN: Final = "/cds-services/dry-needling-order-sign"
SCOPE: Final = "system/RiskAssessment.crs"

_NUMBERS = itertools.count()


def trust_file(folder: Path, *, keys: bytes | None = None, **other: str) -> Path:
    """One caller, with all rights; `other` replaces or adds lines (as TOML)."""
    (folder / "mercy.jwks.json").write_bytes(keys or jwks(elliptic(), kid="one"))
    lines = {
        "name": '"Mercy EHR"',
        "issuer": f'"{MERCY}"',
        "jwks_file": '"mercy.jwks.json"',
        "rights": '["cds-hooks", "screen", "read-results", "read-audit", "insights"]',
    } | other
    if "jwks_url" in lines:
        del lines["jwks_file"]
    path = folder / "trust.toml"
    path.write_text("[[caller]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items()))
    return path


def settings(trust: Path, **other: Any) -> Settings:
    return Settings(auth="jwt", trust=str(trust), public_url=PUBLIC_URL, **other)


def claims(**other: Any) -> dict[str, Any]:
    """What a CDS client says of itself. None leaves a claim out."""
    now = int(time.time())
    given = {
        "iss": MERCY,
        "aud": f"{PUBLIC_URL}{SIGN}",
        "iat": now,
        "exp": now + 300,
        "jti": f"{now}-{next(_NUMBERS)}",
    } | other
    return {name: value for name, value in given.items() if value is not None}


def token(
    key: ECKey | RSAKey | None = None,
    *,
    header: dict[str, Any] | None = None,
    payload: bytes | None = None,
    **other: Any,
) -> str:
    """A signed token; `header` replaces members, None leaves one out."""
    members = {"alg": "ES384", "kid": "one", "typ": "JWT"} | (header or {})
    members = {name: value for name, value in members.items() if value is not None}
    registry = JWSRegistry(algorithms=[members["alg"]], strict_check_header=False)
    registry.max_header_length = 10_000
    body = orjson.dumps(claims(**other)) if payload is None else payload
    return jws.serialize_compact(members, body, key or elliptic(), registry=registry)


def access_token(key: ECKey | RSAKey | None = None, *, scope: Any = SCOPE, **other: Any) -> str:
    """A token for the FHIR endpoint."""
    given = {"aud": f"{PUBLIC_URL}/fhir", "scope": scope, "jti": None} | other
    return token(key, header={"typ": "at+jwt"}, **given)


def bearer(of: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {of}"}
