"""The real thing: `needlewise serve` in a process of its own, over HTTP."""

import gzip
import http.client
import select
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import orjson
import pytest
import requests

from tests.web.charts import AS_OF, FHIR_JSON, SCREEN, bundle, chart, headline, patient, rules, taking, taking_r5
from tests.web.serving import Served, serving

PATIENCE_S = 60
MEGABYTE = 1_048_576
HEAD = f"POST {SCREEN}?{AS_OF} HTTP/1.1\r\nHost: needle\r\nContent-Type: {FHIR_JSON}\r\n"


def screen(server: Served, body: bytes | Iterator[bytes] = b"", **headers: str) -> requests.Response:
    given = {"Content-Type": FHIR_JSON} | {name.replace("_", "-"): value for name, value in headers.items()}
    content = body or orjson.dumps(chart())
    return requests.post(f"{server.url}{SCREEN}?{AS_OF}", data=content, headers=given, timeout=PATIENCE_S)


def connect(server: Served) -> socket.socket:
    return socket.create_connection((server.host, server.port), timeout=PATIENCE_S)


def answer_of(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


def test_a_chart_gives_a_risk_assessment(server: Served) -> None:
    answer = screen(server)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == f"{FHIR_JSON}; fhirVersion=4.0; charset=utf-8"
    assert headline(answer.json()) == "insufficient-data"


def test_r5_is_answered_as_r5(server: Served) -> None:
    body = orjson.dumps(bundle(patient(), taking_r5()))
    answer = screen(server, body, Content_Type=f"{FHIR_JSON}; fhirVersion=5.0")
    assert answer.headers["Content-Type"] == f"{FHIR_JSON}; fhirVersion=5.0; charset=utf-8"
    assert "blood-thinner" in rules(answer.json())


def test_a_compressed_chart_gives_a_compressed_answer(server: Served) -> None:
    answer = screen(server, gzip.compress(orjson.dumps(chart())), Content_Encoding="gzip", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "blood-thinner" in rules(answer.json())


def test_a_chart_in_chunks_is_read(server: Served) -> None:
    body = orjson.dumps(chart())
    assert screen(server, iter([body[:10], body[10:200], body[200:]])).status_code == 200


def test_one_connection_serves_many_requests(server: Served) -> None:
    with closing(http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE_S)) as connection:
        for path in ("/health/live", "/fhir/metadata", "/nix", "/health/ready"):
            connection.request("GET", path)
            assert connection.getresponse().read()
            used = connection.sock
            connection.request("POST", SCREEN, orjson.dumps(chart()), {"Content-Type": FHIR_JSON})
            assert connection.getresponse().read()
            assert connection.sock is used is not None


def test_a_kept_connection_may_rest(server: Served) -> None:
    with closing(http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE_S)) as connection:
        connection.request("GET", "/health/live")
        connection.getresponse().read()
        used = connection.sock
        time.sleep(3)  # longer than the server's own two seconds
        connection.request("GET", "/health/live")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b'{"status":"ok"}')
        assert connection.sock is used


def test_two_requests_sent_at_once_are_answered_in_order(server: Served) -> None:
    with connect(server) as connection:
        connection.sendall(
            b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\nGET /nix HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert received.index(b"HTTP/1.1 200") < received.index(b"HTTP/1.1 404")


def test_many_at_once_each_get_their_own_patient(server: Served) -> None:
    def ask(number: int) -> tuple[str, str]:
        name = f"patient-{number}"
        body = orjson.dumps(bundle(patient(name), taking(of=name)))
        return name, screen(server, body).json()["subject"]["reference"]

    with ThreadPoolExecutor(16) as pool:
        for name, reference in pool.map(ask, range(64)):
            assert reference == f"Patient/{name}"


def test_slow_senders_hold_nobody_up(server: Served) -> None:
    body = orjson.dumps(chart())
    head = f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode()
    slow = [connect(server) for _ in range(24)]
    for connection in slow:
        connection.sendall(head + body[:20])
    silent = [connect(server) for _ in range(24)]
    started = time.monotonic()
    assert screen(server).status_code == 200
    assert time.monotonic() - started < 5
    for connection in slow:
        connection.sendall(body[20:])
        assert answer_of(connection)[0] == 200
        connection.close()
    for connection in silent:
        connection.close()


def test_a_client_that_asks_first_is_told_to_go_on(server: Served) -> None:
    body = orjson.dumps(chart())
    with connect(server) as connection:
        connection.sendall(f"{HEAD}Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert answer_of(connection)[0] == 200


@pytest.mark.parametrize("size", [MEGABYTE + 1, 3 * MEGABYTE])
def test_a_body_over_the_limit_is_refused_while_it_is_still_sent(server: Served, size: int) -> None:
    for body in (b" " * size, iter([b" " * (size // 8)] * 9)):
        answer = screen(server, body)
        assert answer.status_code == 413
        assert answer.json()["issue"][0]["code"] == "too-long"
        assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "structure"),
        (b"GET /fhir/x HTTP/9.9\r\n\r\n", 400, "structure"),
        (b"GET /fhir/x HTTP/1.1\r\nno colon\r\n\r\n", 400, "structure"),
        (b"GET /fhir/x HTTP/1.1\r\nA: " + b"x" * 9_000 + b"\r\n\r\n", 431, "too-long"),
        (b"GET /fhir/x?" + b"x" * 9_000 + b" HTTP/1.1\r\n\r\n", 414, "too-long"),
        (HEAD.encode() + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400, "structure"),
        (HEAD.encode() + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n", 400, "structure"),
        (HEAD.encode() + b"Transfer-Encoding: squashed\r\n\r\n{}", 400, "structure"),
        (HEAD.encode() + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "structure"),
        (HEAD.encode() + b"Content-Length: many\r\n\r\n{}", 400, "structure"),
        (HEAD.encode() + b"Expect: a miracle\r\nContent-Length: 2\r\n\r\n{}", 417, "not-supported"),
    ],
)
def test_what_is_no_http_is_answered_in_json(server: Served, what: bytes, status: int, code: str) -> None:
    with connect(server) as connection:
        connection.sendall(what)
        answered, headers, body = answer_of(connection)
    assert (answered, orjson.loads(body)["issue"][0]["code"]) == (status, code)
    assert "json" in headers["content-type"]


def test_a_sender_that_goes_away_is_no_fault(server: Served) -> None:
    with connect(server) as connection:
        connection.sendall(f"{HEAD}Content-Length: 500\r\n\r\n".encode() + b"{")
        connection.shutdown(socket.SHUT_WR)
        assert answer_of(connection)[0] == 400
    assert screen(server).status_code == 200


def test_a_doubled_slash_at_the_start_is_no_other_host(server: Served) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET //fhir/metadata HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer_of(connection)[0] == 200


def test_nothing_of_a_request_is_printed(server: Served) -> None:
    mark = "Zyxwvu"
    screen(server, orjson.dumps(bundle(patient(mark), taking(mark, of=mark))))
    screen(server, mark.encode())
    requests.get(f"{server.url}/{mark}?{mark}", headers={"User-Agent": mark, "Cookie": mark}, timeout=PATIENCE_S)
    for head in (mark, f"GET /{mark} HTTP/{mark}", f"GET / HTTP/1.1\r\n{mark}"):
        with connect(server) as connection:
            connection.sendall(f"{head}\r\n\r\n".encode())
            connection.recv(1_000)
    printed = server.printed()
    assert "not an HTTP request" in printed
    assert mark not in printed
    assert all(line.keys() >= {"time", "level"} for line in server.lines())


def test_stopping_lets_what_is_running_finish(tmp_path: Path) -> None:
    body = orjson.dumps(chart())
    with serving(tmp_path / "output.log", WORKERS="1") as server, connect(server) as connection:
        connection.sendall(f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body[:20])
        time.sleep(0.5)
        server.process.terminate()
        time.sleep(0.5)
        connection.sendall(body[20:])
        assert answer_of(connection)[0] == 200
        assert server.process.wait(PATIENCE_S) == 0
        with pytest.raises(ConnectionRefusedError):
            connect(server)


def test_who_drips_a_byte_now_and_then_is_told_that_time_is_up(tmp_path: Path) -> None:
    start = "import service.web.server as server; server._REQUEST_S = 1"
    with serving(tmp_path / "output.log", start=start, WORKERS="1") as server, connect(server) as connection:
        connection.sendall(f"{HEAD}Content-Length: 100\r\n\r\n".encode())
        while not select.select([connection], [], [], 0.1)[0]:
            connection.sendall(b" ")
        status, _, body = answer_of(connection)
        assert (status, orjson.loads(body)["issue"][0]["code"]) == (408, "timeout")
        assert screen(server).status_code == 200


def test_a_taken_port_stops_the_start_with_one_line(server: Served, tmp_path: Path) -> None:
    with pytest.raises(AssertionError), serving(tmp_path / "output.log", start=_on_port(server.port)):
        pass
    (line,) = (tmp_path / "output.log").read_text().splitlines()
    assert line == (
        f"needlewise: can't listen on NEEDLEWISE_HOST 127.0.0.1, NEEDLEWISE_PORT {server.port}: Address already in use"
    )


@pytest.mark.parametrize(("name", "text"), [("AUTH", "jwt"), ("HOST", "0.0.0.0"), ("PACKS", "nix"), ("PORTS", "1")])  # noqa: S104
def test_a_wrong_setting_stops_the_start_with_one_line(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(AssertionError), serving(tmp_path / "output.log", **{name: text}):
        pass
    (line,) = (tmp_path / "output.log").read_text().splitlines()
    assert line.startswith(f"needlewise: NEEDLEWISE_{name} ")


def _on_port(port: int) -> str:
    return f"import os; os.environ['NEEDLEWISE_PORT'] = '{port}'"
