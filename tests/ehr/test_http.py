"""HTTP with servers that are slow, rude or somebody else: over real connections."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from service.ehr.addresses import look_up
from service.ehr.connections import Exchange
from service.ehr.deadline import Deadline
from service.ehr.http import Fault, Http, HttpFault, Reply
from service.ehr.limits import Allowance
from service.trust import parse_url
from tests.ehr.raw import raw_server
from tests.fhir_server import fhir_server

PATIENT = {"resourceType": "Patient", "id": "1"}


@contextmanager
def http(**how: Any) -> Iterator[Http]:
    made = Http(**{"allow_private_addresses": True, "timeout_s": 3.0, **how})
    try:
        yield made
    finally:
        made.close()


def get(asked: Http, url: str, *, seconds: float = 3.0, most_bytes: int = 100_000) -> Reply:
    parsed = parse_url(url)
    assert parsed is not None
    deadline = Deadline.within(seconds, time.monotonic)
    return asked.get(parsed, headers={}, deadline=deadline, allowance=Allowance(most_bytes))


def fault(asked: Http, url: str, **how: Any) -> Fault:
    with pytest.raises(HttpFault) as caught:
        get(asked, url, **how)
    return caught.value.fault


def named(host: str, port: int) -> Any:
    """A name server of ours: every name is this machine."""
    assert host
    return look_up("127.0.0.1", port)


def test_a_connection_is_used_again() -> None:
    lookups: list[str] = []

    def counting(host: str, port: int) -> Any:
        lookups.append(host)
        return look_up(host, port)

    with fhir_server(PATIENT) as ehr, http(resolver=counting) as asked:
        assert [get(asked, f"{ehr.base_url}/Patient/1").status for _ in range(3)] == [200] * 3
    assert lookups == ["127.0.0.1"]


def test_a_connection_that_the_server_closed_meanwhile_is_a_fault_to_try_again() -> None:
    with fhir_server(PATIENT) as ehr, http() as asked:
        get(asked, f"{ehr.base_url}/Patient/1")
        ehr.fail("Patient", hang_up=True, times=1)
        assert fault(asked, f"{ehr.base_url}/Patient/1") is Fault.BROKEN
        assert get(asked, f"{ehr.base_url}/Patient/1").status == 200


def test_redirects_are_not_followed() -> None:
    with fhir_server(PATIENT) as ehr, http() as asked:
        ehr.fail("Patient", status=302, headers={"Location": f"{ehr.base_url}/Condition"})
        assert get(asked, f"{ehr.base_url}/Patient/1").status == 302
        assert ehr.targets() == ["Patient/1"]


def test_cookies_are_not_kept() -> None:
    with fhir_server(PATIENT) as ehr, http() as asked:
        ehr.fail("Patient", status=200, headers={"Set-Cookie": "session=1; Path=/"}, times=1)
        for _ in range(2):
            get(asked, f"{ehr.base_url}/Patient/1")
        assert all("cookie" not in seen.headers for seen in ehr.seen)


def test_proxies_and_passwords_of_the_environment_do_not_apply(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with fhir_server(PATIENT) as ehr, http() as asked:
        assert get(asked, f"{ehr.base_url}/Patient/1").status == 200
        assert "authorization" not in ehr.seen[0].headers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "ehr.example.org"])
def test_an_address_of_this_machine_is_refused_unless_allowed(host: str) -> None:
    with fhir_server(PATIENT) as ehr:
        url = f"{ehr.base_url}/Patient/1".replace("127.0.0.1", host)
        with http(allow_private_addresses=False, resolver=named) as asked:
            assert fault(asked, url) is Fault.ADDRESS_REFUSED
        assert ehr.seen == []
        with http(resolver=named) as asked:
            assert get(asked, url).status == 200


def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    """A name server that changes its mind after the check is not asked a second time."""
    answers = [look_up("127.0.0.1", 9), look_up("192.0.2.1", 9)]

    def rebinding(host: str, port: int) -> Any:
        assert (host, port) == ("ehr.example.org", 9)
        return answers.pop(0)

    with http(allow_private_addresses=False, resolver=rebinding) as asked:
        assert fault(asked, "http://ehr.example.org:9/fhir") is Fault.ADDRESS_REFUSED
    assert len(answers) == 1


def unknown(host: str, port: int) -> Any:
    raise socket.gaierror(f"{host}:{port} is not known")


def odd(host: str, port: int) -> Any:
    raise UnicodeError(f"{host}:{port}: label too long")


def silent(host: str, port: int) -> Any:
    raise TimeoutError(f"{host}:{port}")


@pytest.mark.parametrize(
    ("resolver", "expected"),
    [(unknown, Fault.UNREACHABLE), (odd, Fault.UNREACHABLE), (silent, Fault.TIMED_OUT)],
)
def test_a_name_without_an_address(resolver: Callable[[str, int], Any], expected: Fault) -> None:
    with http(resolver=resolver) as asked:
        assert fault(asked, "http://ehr.example.org/fhir") is expected


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with http() as asked:
        assert fault(asked, f"http://127.0.0.1:{port}/fhir") is Fault.UNREACHABLE


def dripping(first: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(piece)
            time.sleep(0.02)

    return behave


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"{"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"{"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_who_drips_holds_nobody_beyond_the_deadline(first: bytes, piece: bytes) -> None:
    with raw_server(dripping(first, piece)) as url, http() as asked:
        began = time.monotonic()
        assert fault(asked, f"{url}/fhir", seconds=0.4) is Fault.TIMED_OUT
        assert time.monotonic() - began < 2


def test_who_says_nothing_is_waited_for_no_longer_than_the_time_out() -> None:
    with raw_server(lambda _: time.sleep(4)) as url, http(timeout_s=0.3) as asked:
        began = time.monotonic()
        assert fault(asked, f"{url}/fhir", seconds=4) is Fault.TIMED_OUT
        assert time.monotonic() - began < 2


def test_an_exchange_that_has_ended_takes_no_connection_any_more() -> None:
    here, there = socket.socketpair()
    with here, there:
        exchange = Exchange()
        exchange.end()
        with pytest.raises(TimeoutError):
            exchange.goes_over(here)


def test_ending_an_exchange_whose_connection_is_gone_does_nothing() -> None:
    exchange = Exchange()
    with socket.socket() as door:
        exchange.goes_over(door)
    exchange.end()
    assert exchange.ended


def test_without_time_nothing_is_asked() -> None:
    with fhir_server(PATIENT) as ehr, http() as asked:
        assert fault(asked, f"{ehr.base_url}/Patient/1", seconds=0) is Fault.TIMED_OUT
        assert ehr.seen == []


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", Fault.BROKEN),
        (b"\x00\xff" * 100, Fault.BROKEN),
        (b"", Fault.BROKEN),
        (b"HTTP/1.1 20x OK\r\n\r\n", Fault.BROKEN),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", Fault.BROKEN),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Fault.BROKEN),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", Fault.BROKEN),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 2_000 + b"\r\n", Fault.BROKEN),
        (b"HTTP/1.1 200 OK\r\na: " + b"b" * 100_000 + b"\r\n\r\n", Fault.BROKEN),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", Fault.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n", Fault.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000, Fault.TOO_LARGE),
    ],
)
def test_what_is_no_answer_is_a_fault(sent: bytes, expected: Fault) -> None:
    with raw_server(lambda connection: connection.sendall(sent)) as url, http() as asked:
        assert fault(asked, f"{url}/fhir") is expected


def test_an_answer_in_chunks_is_read() -> None:
    sent = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    with raw_server(lambda connection: connection.sendall(sent)) as url, http() as asked:
        assert get(asked, f"{url}/fhir").body == b"{}"


# TLS: the names on the certificate are those of the URL, whatever the address.


@contextmanager
def tls_server(authority: trustme.CA, name: str) -> Iterator[tuple[str, list[str | None]]]:
    """The URL of a TLS server with this name on its certificate, and the names that clients asked for (SNI)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    asked_for: list[str | None] = []
    context.sni_callback = lambda _socket, server_name, _context: asked_for.append(server_name)
    with fhir_server(PATIENT, tls=context) as ehr:
        yield ehr.base_url.replace("127.0.0.1", "ehr.example.org") + "/Patient/1", asked_for


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def test_tls_asks_for_and_checks_the_name_of_the_url(authority: trustme.CA, ca_file: Path) -> None:
    with tls_server(authority, "ehr.example.org") as (url, asked_for), http(resolver=named, ca_file=ca_file) as asked:
        assert get(asked, url).status == 200
        assert asked_for == ["ehr.example.org"]


def test_a_certificate_of_another_name_is_refused(authority: trustme.CA, ca_file: Path) -> None:
    with tls_server(authority, "evil.example") as (url, _), http(resolver=named, ca_file=ca_file) as asked:
        assert fault(asked, url) is Fault.UNREACHABLE


def test_a_certificate_of_the_address_is_not_one_of_the_name(authority: trustme.CA, ca_file: Path) -> None:
    with tls_server(authority, "127.0.0.1") as (url, _), http(resolver=named, ca_file=ca_file) as asked:
        assert fault(asked, url) is Fault.UNREACHABLE


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_that_nobody_listed_is_refused(
    variable: str, authority: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(ca_file))
    with tls_server(authority, "ehr.example.org") as (url, _), http(resolver=named) as asked:
        assert fault(asked, url) is Fault.UNREACHABLE


def test_a_server_that_speaks_no_tls_is_unreachable() -> None:
    with fhir_server(PATIENT) as ehr, http() as asked:
        assert fault(asked, f"{ehr.base_url}/Patient/1".replace("http", "https")) is Fault.UNREACHABLE


def test_no_thread_is_left_behind() -> None:
    with fhir_server(PATIENT) as ehr, http() as asked:
        before = threading.active_count()
        for _ in range(5):
            get(asked, f"{ehr.base_url}/Patient/1")
        until = time.monotonic() + 2
        while threading.active_count() > before + 1 and time.monotonic() < until:  # 1: the server's own
            time.sleep(0.01)
        assert threading.active_count() <= before + 1
