"""Keys: our own, with which we sign, and those of others, with which we check.

JOSE is joserfc's: it knows algorithms by allow-list only, thumbprints and `crit`, and has types.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwk, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

_RSA_BITS: Final = range(2_048, 8_193)  # more costs so much time that a key set could be an attack
_SHORTEST_MODULUS: Final = 342  # characters of base64url in 2,048 bits; joserfc warns about shorter ones
_CURVES: Final = frozenset({"P-256", "P-384", "P-521", "Ed25519"})
_MOST_KEYS: Final = 100
_OTHERS: Final = 0o007

# What is taken over from a key of somebody else: nothing private, nothing that points elsewhere (x5u, x5c).
_PUBLIC: Final = frozenset({"kty", "use", "alg", "kid", "n", "e", "crv", "x", "y"})

_PEM: Final = re.compile(rb"-----BEGIN ((?:[A-Z]+ )*PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)


class KeysError(ValueError):
    """Keys that can't be used. Its text says why and quotes nothing of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key of ours, and how it signs."""

    algorithm: str
    kid: str  # its thumbprint (RFC 7638)
    key: RSAKey | ECKey = field(repr=False, compare=False)

    def sign(self, claims: dict[str, Any]) -> str:
        """A JWT of these claims."""
        header = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT"}
        return jwt.encode(header, claims, self.key, algorithms=[self.algorithm])

    def public(self) -> dict[str, Any]:
        """The public half as a JWK, for those who check what we sign."""
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": self.algorithm}


def load_signing_keys(path: Path) -> tuple[SigningKey, ...]:
    """The private keys in a PEM file: the first signs, the others are still known during rotation. Raises KeysError."""
    try:
        pem = path.read_bytes()
        mode = path.stat().st_mode
    except OSError as fault:
        raise KeysError(f"can't be read: {fault.strerror}") from None
    if mode & _OTHERS:
        raise KeysError("can be read or changed by everybody on this machine: chmod o-rwx")
    keys = tuple(_signing_key(found.group()) for found in _PEM.finditer(pem))
    if not keys:
        raise KeysError("holds no private key in PEM form")
    return keys


def _signing_key(pem: bytes) -> SigningKey:
    try:
        private = load_pem_private_key(pem, password=None)
    except TypeError:
        raise KeysError("holds a key with a passphrase: the service can't ask for one") from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeysError("holds a private key that can't be read") from None
    if isinstance(private, RSAPrivateKey) and private.key_size in _RSA_BITS:
        rsa = RSAKey.import_key(pem)
        return SigningKey(algorithm="RS384", kid=rsa.thumbprint(), key=rsa)
    if isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP384R1):
        elliptic = ECKey.import_key(pem)
        return SigningKey(algorithm="ES384", kid=elliptic.thumbprint(), key=elliptic)
    raise KeysError("must hold RSA keys of 2,048 to 8,192 bits or EC keys on curve P-384")


def read_key_set(body: bytes) -> KeySet:
    """The public keys of a JWKS that can check signatures; others in it are left out.

    Raises KeysError where it is no JWKS, or none of its keys can be used.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise KeysError("is no JSON") from None
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise KeysError("is no JWKS: an object with a list `keys`")
    keys: list[jwk.Key] = [key for each in listed[:_MOST_KEYS] if (key := _public_key(each)) is not None]
    if not keys:
        raise KeysError("holds no public key for signatures (RSA from 2,048 bits, EC P-256 to P-521, Ed25519)")
    return KeySet(keys)


def _public_key(each: object) -> RSAKey | ECKey | OKPKey | None:
    if not isinstance(each, dict) or each.get("use", "sig") != "sig":
        return None
    uses = each.get("key_ops", ["verify"])
    public: dict[str, str | list[str]] = {name: each[name] for name in _PUBLIC if isinstance(each.get(name), str)}
    if public.get("kty") not in ("RSA", "EC", "OKP") or not isinstance(uses, list) or "verify" not in uses:
        return None
    if public["kty"] == "RSA" and len(public.get("n", "")) < _SHORTEST_MODULUS:
        return None
    try:
        key = jwk.import_key(public)
        fits = key.public_key.key_size in _RSA_BITS if isinstance(key, RSAKey) else public.get("crv") in _CURVES
    except (JoseError, ValueError, TypeError, KeyError, OverflowError, UnsupportedAlgorithm):
        return None
    return key if fits and not isinstance(key, jwk.OctKey) else None
