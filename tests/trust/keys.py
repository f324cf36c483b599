"""Keys and files of keys, made anew for each test run: none is kept in the project."""

from __future__ import annotations

import json
import warnings
from functools import cache
from pathlib import Path

from joserfc.jwk import ECKey, RSAKey


@cache
def rsa(bits: int = 2048) -> RSAKey:
    with warnings.catch_warnings(action="ignore"):  # about keys that are too short, which are made to be refused
        return RSAKey.generate_key(bits, private=True)


@cache
def elliptic(curve: str = "P-384") -> ECKey:
    return ECKey.generate_key(curve, private=True)


def pem_file(folder: Path, *keys: RSAKey | ECKey, mode: int = 0o600) -> Path:
    path = folder / "key.pem"
    path.write_bytes(b"".join(key.as_pem(private=True) for key in keys))
    path.chmod(mode)
    return path


def jwks(*keys: RSAKey | ECKey, **members: object) -> bytes:
    """A public key set; `members` are added to each key."""
    return json.dumps({"keys": [{**key.as_dict(private=False), **members} for key in keys]}).encode()
