"""A small FHIR server to read from: resources out of dicts, searches, pages, tokens, and every way to go wrong.

with fhir_server(patient, condition, page_size=1) as ehr:
    ehr.fail("Condition", status=503, times=1)
    ... read from ehr.base_url ...
    assert [seen.target for seen in ehr.seen] == ["Condition?patient=1", …]
"""

from __future__ import annotations

import json
import secrets
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwk, jwt
from joserfc.errors import JoseError

BASE_PATH: Final = "/fhir"
TOKEN_PATH: Final = "/oauth2/token"  # noqa: S105 - a path
_CONTROLS: Final = frozenset({"_count", "_page", "_sort", "_format", "_total"})
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str  # below the base, with its query
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""


@dataclass
class Trouble:
    """What happens to requests in place of, or before, an answer."""

    status: int = 0  # 0: the true answer comes, after the delay
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay_s: float = 0
    hang_up: bool = False  # close the connection without a word
    times: int = 1_000_000


@dataclass
class Client:
    """A client of SMART Backend Services."""

    keys: tuple[dict[str, Any], ...]  # public
    scope: str | None = None  # what is granted, whatever is asked for
    expires_in: int = 300
    smart_1_only: bool = False


@dataclass
class FhirServer:
    """The server; everything on it can be changed while it runs."""

    base_url: str
    resources: list[dict[str, Any]]
    page_size: int = 0  # 0: pages as large as `_count` asks for, else everything on one
    tokens: set[str] | None = None  # None: open to everybody
    clients: dict[str, Client] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    troubles: dict[str, Trouble] = field(default_factory=dict)

    @property
    def token_url(self) -> str:
        return self.base_url.removesuffix(BASE_PATH) + TOKEN_PATH

    def fail(self, where: str, **trouble: Any) -> None:
        """Make requests fail whose target below the base begins so: a type, a read; `token`; "" for everything."""
        self.troubles[where] = Trouble(**trouble)

    def register(self, client_id: str, *keys: dict[str, Any], **client: Any) -> None:
        """Take a client's public keys; from now on a token is needed."""
        self.clients[client_id] = Client(keys, **client)
        self.tokens = self.tokens or set()

    def expire_tokens(self) -> None:
        """Take back every token."""
        self.tokens = set()

    def targets(self, prefix: str = "") -> list[str]:
        """What was asked for below the base."""
        return [seen.target for seen in self.seen if seen.target.startswith(prefix)]

    def trouble(self, target: str) -> Trouble | None:
        for where, trouble in self.troubles.items():
            if target.startswith(where) and trouble.times > 0:
                trouble.times -= 1
                return trouble
        return None

    def answer(self, target: str) -> tuple[int, object]:
        """Status and content for a target below the base."""
        parts = urlsplit(target)
        if parts.path == ".well-known/smart-configuration":
            return 200, {"token_endpoint": self.token_url, "capabilities": ["client-confidential-asymmetric"]}
        type_, _, id_ = parts.path.strip("/").partition("/")
        of_type = [each for each in self.resources if each["resourceType"] == type_]
        if id_:
            found = [each for each in of_type if each.get("id") == id_]
            return (200, found[0]) if found else (404, outcome("error", "not-found"))
        return 200, self._search(type_, of_type, parse_qsl(parts.query))

    def _search(self, type_: str, resources: list[dict[str, Any]], query: list[tuple[str, str]]) -> dict[str, Any]:
        found = [
            each
            for each in resources
            if all(_matches(each, name, value) for name, value in query if name not in _CONTROLS)
        ]
        controls = dict(query)
        size = self.page_size or int(controls.get("_count", 0)) or len(found) or 1
        first = int(controls.get("_page", 0)) * size
        links = [{"relation": "self", "url": self._url(type_, query)}]
        if first + size < len(found):
            rest = [pair for pair in query if pair[0] != "_page"]
            page = ("_page", str(first // size + 1))
            links.append({"relation": "next", "url": self._url(type_, [*rest, page])})
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "link": links,
            "entry": [
                {
                    "fullUrl": f"{self.base_url}/{type_}/{each.get('id')}",
                    "resource": each,
                    "search": {"mode": "match"},
                }
                for each in found[first : first + size]
            ],
        }

    def _url(self, type_: str, query: list[tuple[str, str]]) -> str:
        return f"{self.base_url}/{type_}?{urlencode(query)}"

    def grant(self, form: Mapping[str, str]) -> tuple[int, object]:
        """A token for a client that proves who it is; refusals say why, so that a test that fails says it, too."""
        if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != _ASSERTION:
            return 400, {"error": "unsupported_grant_type"}
        try:
            claims = self._claims(form.get("client_assertion", ""))
        except (JoseError, ValueError, KeyError) as fault:
            return 401, {"error": "invalid_client", "error_description": str(fault)}
        client = self.clients[str(claims["iss"])]
        if client.smart_1_only and not all(scope.endswith(".read") for scope in form["scope"].split()):
            return 400, {"error": "invalid_scope"}
        token = secrets.token_urlsafe(16)
        self.tokens = {*(self.tokens or ()), token}
        return 200, {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": client.expires_in,
            "scope": form["scope"] if client.scope is None else client.scope,
        }

    def _claims(self, assertion: str) -> dict[str, Any]:
        keys = [each for client in self.clients.values() for each in client.keys]
        key_set = jwk.KeySet([jwk.import_key(key) for key in keys])
        token = jwt.decode(assertion, key_set, algorithms=["RS384", "ES384"])
        claims = token.claims
        now = time.time()
        if claims["iss"] != claims["sub"] or claims["iss"] not in self.clients:
            raise ValueError("iss and sub must be the client id")
        if claims["aud"] != self.token_url or not now < claims["exp"] <= now + 300 or not claims["jti"]:
            raise ValueError("aud, exp or jti is wrong")
        if token.header.get("typ") != "JWT" or not token.header.get("kid"):
            raise ValueError("typ or kid is wrong")
        return claims


def outcome(severity: str, code: str, text: str = "") -> dict[str, Any]:
    """An OperationOutcome with one issue."""
    issue = {"severity": severity, "code": code, **({"details": {"text": text}} if text else {})}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


@contextmanager
def fhir_server(
    *resources: dict[str, Any], tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", **options: Any
) -> Iterator[FhirServer]:
    """Serve these resources on a free port of this machine."""
    listener = _Listener((host, 0), _Handler)
    if tls is not None:
        listener.socket = tls.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    scheme = "https" if tls else "http"
    server = FhirServer(f"{scheme}://{host}:{listener.server_port}{BASE_PATH}", list(resources), **options)
    listener.fhir = server
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # many at once come in all the same
    block_on_close = False
    fhir: FhirServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # header and body in one piece
    server: _Listener

    def do_GET(self) -> None:
        fhir = self.server.fhir
        target = self.path.removeprefix(f"{BASE_PATH}/")
        self._note(target, b"")
        if self._is_in_trouble(target):
            return
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if fhir.tokens is not None and token not in fhir.tokens and not target.startswith(".well-known/"):
            self._send(401, outcome("error", "login"))
            return
        self._send(*fhir.answer(target))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._note("token", body)
        if self._is_in_trouble("token"):
            return
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self._send(*self.server.fhir.grant(form))

    def _note(self, target: str, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.fhir.seen.append(Seen(self.command, target, headers, body))

    def _is_in_trouble(self, target: str) -> bool:
        trouble = self.server.fhir.trouble(target)
        if trouble is None:
            return False
        time.sleep(trouble.delay_s)
        if trouble.hang_up:
            self.close_connection = True
        elif trouble.status:
            self._send(trouble.status, trouble.body, trouble.headers)
        return trouble.hang_up or bool(trouble.status)

    def _send(self, status: int, content: object, headers: Mapping[str, str] | None = None) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/fhir+json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _matches(resource: dict[str, Any], name: str, value: str) -> bool:
    """Whether a resource matches a search parameter; those that are not known match everything, as FHIR has it."""
    wanted = value.split(",")
    match name.partition(":")[0]:
        case "patient" | "subject":
            who = resource.get("subject") or resource.get("patient") or {}
            ids = {each.rpartition("/")[2] for each in wanted}
            return str(who.get("reference", "")).rpartition("/")[2] in ids
        case "_id":
            return resource.get("id") in wanted
        case "code":
            return _has_token(resource.get("code") or resource.get("medicationCodeableConcept"), wanted)
        case "category" | "clinical-status" as element:
            return _has_token(resource.get("clinicalStatus" if element == "clinical-status" else element), wanted)
        case "status" | "intent" as element:
            return resource.get(element) in wanted
        case _:
            return True


def _has_token(concepts: object, wanted: Iterable[str]) -> bool:
    """Whether one of the codings is one of `code`, `system|code`, `system|`."""
    each = concepts if isinstance(concepts, list) else [concepts]
    codings = [coding for concept in each if isinstance(concept, dict) for coding in concept.get("coding", [])]
    for want in wanted:
        system, bar, code = want.rpartition("|")
        for coding in codings:
            if (not bar or coding.get("system", "") == system) and (not code or coding.get("code") == code):
                return True
    return False
