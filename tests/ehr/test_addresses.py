"""Which addresses may be connected to, and how long each is given."""

from __future__ import annotations

import socket
import time
from ipaddress import ip_address
from typing import Any

import pytest

from service.ehr.addresses import AddressRefused, connect, is_public

PRIVATE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1"),  # noqa: S104
    *("169.254.169.254", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
    *("::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "fec0::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),  # IPv4 inside IPv6
    *(
        "64:ff9b::7f00:1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::",
        "64:ff9b:1::1",
    ),
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_machine_network_and_cloud_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_others_are(address: str) -> None:
    assert is_public(ip_address(address))


def found(*addresses: tuple[str, int]) -> Any:
    """A name server that gives these."""
    return lambda _host, _port: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]


def reach(resolver: Any, *, allow_private: bool = True, timeout: float | None = 1.0) -> socket.socket:
    return connect("ehr.example.org", 80, timeout, resolver=resolver, allow_private=allow_private, options=())


def test_a_private_address_among_public_ones_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    class Door(socket.socket):
        def connect(self, address: Any) -> None:
            tried.append(address[0])
            raise ConnectionRefusedError

    monkeypatch.setattr(socket, "socket", Door)
    with pytest.raises(ConnectionRefusedError):
        reach(found(("127.0.0.1", 80), ("8.8.8.8", 80), ("10.0.0.1", 80)), allow_private=False)
    assert tried == ["8.8.8.8"]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_the_next_address_is_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with reach(found(("127.0.0.1", closed_port()), ("127.0.0.1", port))) as door:
            assert door.getpeername() == ("127.0.0.1", port)
            assert door.gettimeout() == 1.0


def test_addresses_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Door(socket.socket):
        def connect(self, address: Any) -> None:
            assert address
            time.sleep(self.gettimeout() or 0)
            raise TimeoutError

    monkeypatch.setattr(socket, "socket", Door)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        reach(found(*[("8.8.8.8", 80)] * 4), timeout=0.2)
    assert time.monotonic() - began < 1.0


def test_without_time_no_address_is_tried() -> None:
    with pytest.raises(TimeoutError):
        reach(found(("8.8.8.8", 80)), timeout=0)


@pytest.mark.parametrize("timeout", [None, 1.0])
def test_no_address_is_none_to_connect_to(timeout: float | None) -> None:
    with pytest.raises(AddressRefused):
        reach(found(), timeout=timeout)
