"""From a host name to a socket: looked up once, checked, and connected to the very address that was checked.

To check a name and then let the HTTP client look it up again is how such checks are got around: a name server
may give a harmless address first and 127.0.0.1 a moment later.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

# name, port → (family, type, protocol, name, address)…, as socket.getaddrinfo
Resolver = Callable[[str, int], Sequence[tuple[Any, ...]]]

_NAT64: Final = IPv6Network("64:ff9b::/96")


class AddressRefused(OSError):  # noqa: N818 - it says what happens
    """A host has no address that may be connected to."""


def look_up(host: str, port: int) -> Sequence[tuple[Any, ...]]:
    """All addresses of a host, as the machine's own resolver knows them."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the open internet: not this machine's, its network's, nor a cloud's own.

    >>> [is_public(ip_address(each)) for each in ("8.8.8.8", "169.254.169.254", "::ffff:127.0.0.1", "fd00::1")]
    [True, False, False, False]
    """
    if isinstance(address, IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:  # the forerunner of fc00::/7
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None


def connect(
    host: str, port: int, timeout: float | None, *, resolver: Resolver, allow_private: bool, options: Sequence[Any]
) -> socket.socket:
    """A socket that is connected to a permitted address of this host. Raises OSError; AddressRefused is one."""
    found = resolver(host, port)
    permitted = [each for each in found if allow_private or is_public(ip_address(each[4][0].partition("%")[0]))]
    if not permitted:
        raise AddressRefused("no address of this host may be connected to")
    until = time.monotonic() + timeout if timeout is not None else None
    last: OSError = AddressRefused("no address")
    for tried, (family, kind, protocol, _, address) in enumerate(permitted):
        # A dead address gets its share of the time and no more.
        share = (until - time.monotonic()) / (len(permitted) - tried) if until is not None else None
        if share is not None and share <= 0:
            raise TimeoutError
        door = socket.socket(family, kind, protocol)
        try:
            for option in options:
                door.setsockopt(*option)
            door.settimeout(share)
            door.connect(address)
            door.settimeout(timeout)
        except OSError as fault:
            door.close()
            last = fault
        else:
            return door
    raise last
