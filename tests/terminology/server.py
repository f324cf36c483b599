"""A small FHIR terminology server to ask: a hierarchy out of a dict, and every way to go wrong.

with terminology_server({"840539006": ("86406008",)}) as server:
    ... ask server.url ...
    assert server.seen == ["ValueSet/$expand", …]
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SNOMED = "http://snomed.info/sct"


@dataclass
class Server:
    """What it knows, how it behaves, and what it was asked."""

    above: Mapping[str, tuple[str, ...]]  # code → every ancestor
    names: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    seen: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # whole targets
    delay_s: float = 0
    status: int = 0  # of every answer, in place of the true one
    body: bytes | None = None
    expands: bool = True
    expansions: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # ECL, or filters → members
    says_all: bool = False  # `$expand` gives back whatever was named in the question

    def answer(self, target: str) -> tuple[int, Any]:
        """The answer to one question."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        operation = parts.path.removeprefix("/fhir/")
        self.seen.append(operation)
        self.asked.append(target)
        match operation:
            case "ValueSet/$expand" if self.expands and ">>" in query.get("url", ""):
                return 200, self._expand(query["url"])
            case "ValueSet/$expand" if self.expands:
                return self._members(query.get("url", "").partition("ecl/")[2], query)
            case "CodeSystem/$subsumes":
                above = self.above.get(query["codeB"])
                if query["system"] != SNOMED or above is None:
                    return 404, _outcome("code-invalid")
                outcome = "subsumes" if query["codeA"] in above else "not-subsumed"
                return 200, _parameters({"name": "outcome", "valueCode": outcome})
            case "CodeSystem/$validate-code":
                name = self.names.get(query["code"])
                named = [{"name": "display", "valueString": name}] if name else []
                return 200, _parameters({"name": "result", "valueBoolean": bool(name)}, *named)
            case _:
                return 400, _outcome("not-supported")

    def post(self, parameters: Any) -> tuple[int, Any]:
        """The answer to `$expand` of a value set that comes with the question."""
        parts = {part["name"]: part for part in parameters["parameter"]}
        (include,) = parts["valueSet"]["resource"]["compose"]["include"]
        said = "; ".join(" ".join(each[name] for name in ("property", "op", "value")) for each in include["filter"])
        paging = {name: str(parts[name]["valueInteger"]) for name in ("count", "offset")}
        return self._members(said, paging)

    def _members(self, said: str, paging: Mapping[str, str]) -> tuple[int, Any]:
        self.seen.append(said)
        if said not in self.expansions:
            return 422, _outcome("not-supported")
        whole, start = self.expansions[said], int(paging["offset"])
        page = whole[start : start + int(paging["count"])]
        contains = [{"code": code, "display": display} for code, display in page]
        return 200, {"resourceType": "ValueSet", "expansion": {"total": len(whole), "contains": contains}}

    def _expand(self, url: str) -> Any:
        code = re.search(r">> (\d+)\)", url)
        wanted = re.findall(r"\d{6,18}", url.partition("AND")[2])
        found = self.above.get(code[1], ()) if code else ()
        held = [root for root in wanted if self.says_all or root in found]
        contains = [{"system": SNOMED, "code": root} for root in held]
        return {"resourceType": "ValueSet", "status": "active", "expansion": {"contains": contains}}


def _parameters(*parts: dict[str, Any]) -> Any:
    return {"resourceType": "Parameters", "parameter": list(parts)}


def _outcome(code: str) -> Any:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]}


@contextmanager
def terminology_server(
    above: Mapping[str, tuple[str, ...]], names: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server on a free port of this machine."""
    server = Server(above, names or {})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(*server.answer(self.path))

        def do_POST(self) -> None:
            self._send(*server.post(json.loads(self.rfile.read(int(self.headers["Content-Length"])))))

        def _send(self, status: int, content: Any) -> None:
            time.sleep(server.delay_s)
            if server.status:
                status = server.status
            body = server.body if server.body is not None else json.dumps(content).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/fhir+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            return

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_address[1]}/fhir"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
