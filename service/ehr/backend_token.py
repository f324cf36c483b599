"""SMART Backend Services: an access token for a signed statement of who we are.

One token per server, in memory, fetched by one thread at a time while the others wait for it.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final

from service.ehr.answers import Lost, Reason, Token
from service.ehr.deadline import Deadline
from service.ehr.http import Http, HttpFault, Reply
from service.ehr.limits import Allowance, Clocks
from service.ehr.scopes import read_scopes
from service.fhir.read import parse_json
from service.fhir.refused import Refused
from service.trust import EhrServer, Url, parse_url

_ASSERTION_S: Final = 240  # SMART allows five minutes
_MOST_BYTES: Final = 100_000
_LONGEST_S: Final = 3_600
_SHORT_S: Final = 60  # where the server does not say how long its token lives
_MARGIN_S: Final = 15  # a token must outlive the call it is used in
_PAUSE_S: Final = 10  # after a failure, so that not each query of a call meets it again
_CONFIGURATION_S: Final = 3_600
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_OK: Final = 200


class BackendTokens:
    """The token of one server that we are registered with."""

    def __init__(
        self,
        server: EhrServer,
        http: Http,
        *,
        resource_types: Collection[str],
        clocks: Clocks,
    ) -> None:
        """Take the server, and what is to be read of it: no more is asked for."""
        self._server = server
        self._http = http
        self._types = resource_types
        self._monotonic = clocks.monotonic
        self._epoch = clocks.epoch
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._failed_until = float("-inf")
        self._smart_1 = False
        self._endpoint: Url | None = parse_url(server.token_url) if server.token_url else None
        self._endpoint_until = float("inf") if self._endpoint else float("-inf")

    def get(self, deadline: Deadline, *, instead_of: Token | None = None) -> Token:
        """A token that is good; `instead_of` is one that the server has just refused. Raises Lost."""
        if not self._lock.acquire(timeout=deadline.left()):
            raise Lost(Reason.TIMED_OUT)
        try:
            token = self._token
            if token is None or token is instead_of or _is_over(token, self._monotonic()):
                token = self._token = self._renew(deadline)
            return token
        finally:
            self._lock.release()

    def _renew(self, deadline: Deadline) -> Token:
        if self._monotonic() < self._failed_until:
            raise Lost(Reason.NO_TOKEN)
        self._token = None
        try:
            return self._fetch(deadline)
        except (HttpFault, Refused, Lost):
            if deadline.left() > 0:  # else it may have been us who gave it no time
                self._failed_until = self._monotonic() + _PAUSE_S
            raise Lost(Reason.NO_TOKEN) from None

    def _fetch(self, deadline: Deadline) -> Token:
        endpoint = self._find_endpoint(deadline)
        reply = self._ask(endpoint, deadline)
        if reply.status != _OK and not self._smart_1 and _object(reply).get("error") == "invalid_scope":
            self._smart_1 = True  # a server that knows only SMART 1 says no more than this
            reply = self._ask(endpoint, deadline)
        return self._read(reply)

    def _ask(self, endpoint: Url, deadline: Deadline) -> Reply:
        now = int(self._epoch())
        audience = self._server.token_url or str(endpoint)
        assertion = self._server.keys[0].sign(
            {
                "iss": self._server.client_id,
                "sub": self._server.client_id,
                "aud": audience,
                "iat": now,
                "exp": now + _ASSERTION_S,
                "jti": str(uuid.uuid4()),
            }
        )
        return self._http.post(
            endpoint,
            form={
                "grant_type": "client_credentials",
                "scope": self._scope(),
                "client_assertion_type": _ASSERTION_TYPE,
                "client_assertion": assertion,
            },
            headers={"Accept": "application/json"},
            deadline=deadline,
            allowance=Allowance(_MOST_BYTES),
        )

    def _scope(self) -> str:
        return read_scopes(self._types, smart_1=self._smart_1)

    def _read(self, reply: Reply) -> Token:
        given = _object(reply)
        secret, kind = given.get("access_token"), given.get("token_type")
        fits = isinstance(secret, str) and secret.isascii() and secret.isprintable() and " " not in secret
        if reply.status != _OK or not secret or not fits or str(kind).lower() != "bearer":
            raise Lost(Reason.NO_TOKEN)
        scope = given.get("scope")
        lasts = given.get("expires_in")
        seconds = lasts if isinstance(lasts, int | float) and 0 < lasts < _LONGEST_S else _SHORT_S
        return Token(
            secret=secret,
            scope=scope if isinstance(scope, str) and scope.strip() else self._scope(),
            expires=self._monotonic() + max(seconds - _MARGIN_S, seconds / 2),
        )

    def _find_endpoint(self, deadline: Deadline) -> Url:
        """The token endpoint: as listed, else as the server's SMART configuration says, on the server's own host."""
        if self._endpoint is not None and self._monotonic() < self._endpoint_until:
            return self._endpoint
        base = self._server.base
        place = base._replace(path=f"{base.path}/.well-known/smart-configuration")
        headers = {"Accept": "application/json"}
        reply = self._http.get(place, headers=headers, deadline=deadline, allowance=Allowance(_MOST_BYTES))
        configuration = _object(reply)
        endpoint = parse_url(str(configuration.get("token_endpoint")))
        if reply.status != _OK or endpoint is None or not endpoint.same_origin(base):
            raise Lost(Reason.NO_TOKEN)
        capabilities = configuration.get("capabilities")
        if isinstance(capabilities, list) and capabilities:
            self._smart_1 = "permission-v2" not in capabilities
        self._endpoint, self._endpoint_until = endpoint, self._monotonic() + _CONFIGURATION_S
        return endpoint


def _is_over(token: Token, now: float) -> bool:
    return token.expires is not None and now >= token.expires


def _object(reply: Reply) -> Mapping[str, Any]:
    """The JSON object in an answer; empty where it is another value. Raises Refused where it is no JSON."""
    value = parse_json(reply.body)
    return value if isinstance(value, dict) else {}
