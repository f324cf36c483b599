"""Who really called, where a proxy that is trusted says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any

from service.web.paths import Wsgi


def behind_proxies(app: Wsgi, trusted: Sequence[str]) -> Wsgi:
    """The same application, with the address that called the outermost trusted proxy as the caller's.

    Nothing else that a proxy says is heard: links come from PUBLIC_URL.
    """
    networks = [ip_network(each) for each in trusted]

    def is_trusted(address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in networks)
        except ValueError:
            return False

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        address = environ.get("REMOTE_ADDR", "")
        hops = [hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        while hops and is_trusted(address):
            address = hops.pop()
        with suppress(ValueError):  # a proxy that passes on what is no address stays the caller itself
            environ["REMOTE_ADDR"] = str(ip_address(address))
        return app(environ, start_response)

    return serve
