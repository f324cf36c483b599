"""`AUTH=jwt`: who calls, and whether they may. Nothing of a token is logged but its `iss`, `jti` and `tenant`.

A CDS client shows a JWT that it made for this one call; a FHIR client an access token, good for many.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, g, request
from werkzeug.exceptions import Forbidden, ServiceUnavailable, Unauthorized

from service.fhir.refused import Case, Issue, Refused
from service.settings import PREFIX, Settings, SettingsError
from service.store import Store, TokensSeen
from service.trust import Caller, Trust
from service.trust.scopes import allows
from service.trust.tokens import Demand, Shown, TokenRefused, check
from service.web.access import DISCOVERY, Access, Door, access_to
from service.web.canaries import is_canary
from service.web.key_sets import Fetch, KeySets, NoKeys
from service.web.logs import log

_BEARER: Final = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)
_CHALLENGE: Final = 'Bearer realm="needlewise"'
_RETRY_S: Final = 5
_FEEDBACK: Final = "/feedback"
_LOGGED: Final = re.compile(r"[A-Za-z0-9._~:/+=@-]{1,200}")
_IN_THE_OPEN: Final = "access_token"  # a query parameter of RFC 6750, which ends in logs of proxies


def check_door(settings: Settings, trust: Trust) -> None:
    """Raise SettingsError where these settings would open the door to nobody, or to a wrong audience."""
    if settings.auth != "jwt":
        return
    if not trust.callers:
        named = f"{PREFIX}TRUST lists no [[caller]]" if settings.trust else f"{PREFIX}TRUST is not set"
        raise SettingsError(f"{PREFIX}AUTH is jwt and {named}: nobody could call")
    nameless = next((caller for caller in trust.callers if not caller.audience), None)
    if nameless is not None and not settings.public_url and not settings.loopback:
        raise SettingsError(
            f"{PREFIX}AUTH is jwt and {PREFIX}PUBLIC_URL is not set: tokens are made out to that address"
            " (or give each [[caller]] in TRUST its audience)"
        )


def guard(  # noqa: PLR0913 - all that deciding needs
    app: Flask,
    settings: Settings,
    *,
    trust: Trust,
    inside: Caller,
    store: Store,
    fetch: Fetch,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Ask everybody who calls this application, where AUTH is jwt. Raises SettingsError where that can't work.

    `inside` is the sandbox of this service, which is known without being listed.
    """
    check_door(settings, trust)
    if settings.auth == "jwt":
        known = replace(trust, callers=(*trust.callers, inside))
        knows = _Porter(settings, known, store, fetch, clock, monotonic)
        app.before_request(knows.ask)
    else:
        app.before_request(_greeting(settings, inside, clock))


def _greeting(settings: Settings, inside: Caller, clock: Callable[[], float]) -> Callable[[], None]:
    """Where nobody is asked, the sandbox's calls are told from others all the same: they may be led to this machine."""
    known, keys = Trust(callers=(inside,)), inside.keys
    if keys is None:
        raise ValueError("the sandbox has its keys at hand")

    def greet() -> None:
        token = _BEARER.fullmatch(request.headers.get("Authorization", ""))
        if token is None or request.url_rule is None:
            return
        access = access_to(request.url_rule.rule, open_discovery=settings.open_discovery)
        if access.door is not Door.CDS_CLIENT:
            return
        demand = Demand(paths=_audiences(access), base_url=settings.base_url, once=True)
        try:
            who = check(token[1], demand, trust=known, keys_of=lambda *_: keys, now=clock(), seen=lambda *_: False)
        except TokenRefused:
            return  # whose it is, is not asked
        g.caller = who.caller

    return greet


class _Porter:
    """Knows everybody who is listed."""

    def __init__(
        self,
        settings: Settings,
        trust: Trust,
        store: Store,
        fetch: Fetch,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._trust = trust
        self._store = store
        self._clock = clock
        self._sets = KeySets(fetch, monotonic=monotonic, callers=trust.callers)
        self._memory = TokensSeen()

    def ask(self) -> Response | None:
        """Let the caller of this request in, or answer why not."""
        if request.url_rule is None or request.method == "OPTIONS":
            return None  # there is nothing here, or only what a browser asks beforehand
        if is_canary():
            return None  # its header holds a secret that only this process and its workers have
        access = access_to(request.url_rule.rule, open_discovery=self._settings.open_discovery)
        if access.door is Door.OPEN:
            return None
        if _IN_THE_OPEN in request.args:
            message = "a token in the address is not taken: send it in the header Authorization"
            raise Refused(Case.BAD_PARAMETER, Issue("value", message))
        token = _BEARER.fullmatch(request.headers.get("Authorization", ""))
        if token is None:
            _log_refusal("no bearer token", {})
            return _unknown(access, sent="Authorization" in request.headers)
        try:
            who = self._check(token[1], access)
        except TokenRefused as refused:
            _log_refusal(refused.reason.value, refused.claims)
            return _unknown(access, sent=True)
        except NoKeys:
            log(logging.ERROR, event="a caller's key set can't be had", request_id=g.get("request_id"))
            raise ServiceUnavailable(retry_after=_RETRY_S) from None
        g.caller, g.tenant, g.scope = who.caller, who.tenant, who.scope
        _check_rights(who, access)
        return None

    def _check(self, token: str, access: Access) -> Shown:
        once = access.door is Door.CDS_CLIENT
        demand = Demand(paths=_audiences(access), base_url=self._settings.base_url, once=once)
        return check(token, demand, trust=self._trust, keys_of=self._sets.of, now=self._clock(), seen=self._seen_before)

    def _seen_before(self, issuer: str, jti: str, until: float) -> bool:
        """Asked of the store, which replicas share; of this machine's memory too, for when the store is away."""
        ends, now = _moment(until), _moment(self._clock())
        here = self._memory.seen(issuer, jti, until=ends, now=now)
        return here or bool(self._store.seen(issuer, jti, until=ends, now=now))


def _audiences(access: Access) -> tuple[str, ...]:
    """What `aud` may be, behind the base. Never from Host: whoever calls chooses that."""
    if access.door is Door.CDS_CLIENT:
        path = request.path
        return (path, path.removesuffix(_FEEDBACK)) if path.startswith(f"{DISCOVERY}/") else (path,)
    return ("/fhir",)


class _NotKnown(Unauthorized):
    """401 with its challenge as RFC 6750 writes it: Werkzeug leaves out the quotes."""

    def __init__(self, challenge: str) -> None:
        super().__init__()
        self._challenge = challenge

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - as Werkzeug has it
        return [*super().get_headers(*args, **kwargs), ("WWW-Authenticate", self._challenge)]


def _unknown(access: Access, *, sent: bool) -> Response:
    """401: to CDS clients without a word, to others as RFC 6750 has it."""
    if access.door is Door.CDS_CLIENT:
        return Response(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": _CHALLENGE})
    raise _NotKnown(f'{_CHALLENGE}, error="invalid_token"' if sent else _CHALLENGE)


def _check_rights(who: Shown, access: Access) -> None:
    if access.right is None or access.right not in who.caller.rights:
        raise Forbidden
    if access.scope is not None and not allows(who.scope, *access.scope):
        raise Forbidden


def _log_refusal(why: str, claims: Mapping[str, object]) -> None:
    named = {name: claims.get(claim) for name, claim in (("issuer", "iss"), ("jti", "jti"), ("tenant", "tenant"))}
    log(
        logging.WARNING,
        event=f"not let in: {why}",
        request_id=g.get("request_id"),
        **{name: value for name, value in named.items() if isinstance(value, str) and _LOGGED.fullmatch(value)},
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
