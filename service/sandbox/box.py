"""The sandbox's own identity: the key it signs with, the tokens it gives, and how the service knows it.

Nothing of it is written down: it is made at start, and the worker processes inherit it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date
from typing import Final
from uuid import uuid4

from joserfc.jwk import ECKey, KeySet

from service.sandbox.door import Door
from service.sandbox.seal import Seal
from service.sandbox.server import FhirServer, Grant
from service.sandbox.writing import Json
from service.settings import Settings
from service.trust import Caller, EhrServer, Right, SigningKey, parse_base

LIFETIME_S: Final = 300
_TOKEN: Final = "token"  # noqa: S105 - what it is for


class Box:
    """Everything of the sandbox that is made once."""

    def __init__(self, settings: Settings, *, now: Callable[[], float], today: Callable[[], date]) -> None:
        """Take the clocks: seconds since 1970, and the date."""
        key = ECKey.generate_key("P-384")
        self._key = SigningKey(algorithm="ES384", kid=key.thumbprint(), key=key)
        self._issuer = f"{settings.base_url}/sandbox"
        self._base_url = settings.base_url
        self._now = now
        self.seal = Seal(secrets.token_bytes(32))
        self.door = Door(settings)
        # HOST may be short for an address (127.1), which is no plain URL to us.
        base = parse_base(f"{self.door.url}/sandbox/fhir") or parse_base(
            f"http://127.0.0.1:{settings.port}/sandbox/fhir"
        )
        self.server = FhirServer(str(base), today=today)
        # It may call CDS Hooks, and nothing else.
        self.caller: Final = Caller(
            name="Sandbox",
            issuer=self._issuer,
            audience=self._base_url,
            keys=KeySet([ECKey.import_key(self._key.public())]),
            algorithms=(self._key.algorithm,),
            rights=frozenset({Right.CDS_HOOKS}),
            max_lifetime_s=LIFETIME_S,
            suggestion_types=frozenset({"delete", "create"}),
        )
        # Its FHIR server is on this machine: plain HTTP to our own port, and nowhere but below its base.
        self.ehr: Final = EhrServer(base_url=self.server.base, allow_http=True, allow_private_addresses=True)

    @property
    def key_set(self) -> Json:
        """The public key, for whoever wants to check what the sandbox signed."""
        return {"keys": [self._key.public()]}

    def claims(self, path: str) -> Json:
        """The claims of a CDS client's token for one call of this path."""
        now = int(self._now())
        return {
            "iss": self._issuer,
            "aud": f"{self._base_url}{path}",
            "iat": now,
            "exp": now + LIFETIME_S,
            "jti": str(uuid4()),
        }

    def sign(self, claims: Json) -> str:
        """These claims as a JWT."""
        return self._key.sign(claims)

    def token(self, grant: Grant) -> str:
        """An access token for the FHIR server."""
        return self.seal.close({**grant.sealed(), "until": self._now() + LIFETIME_S}, purpose=_TOKEN)

    def granted(self, token: str) -> Grant | None:
        """What a token lets see; None where it is none of ours, or over."""
        opened = self.seal.open(token, purpose=_TOKEN)
        return Grant.opened(opened) if opened is not None and opened["until"] > self._now() else None
