"""urllib3's connections, which connect to checked addresses only and can be broken off from outside.

Its `_new_conn` is where urllib3's own SOCKS support hooks in, too. TLS comes above it, so that certificate and
SNI are the host name's, whatever the address.
"""

from __future__ import annotations

import socket
import threading
from typing import Any, Final, NamedTuple

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from service.ehr.addresses import AddressRefused, Resolver, connect

_MOST_CONNECTIONS: Final = 32


class Exchange:
    """One question and its answer, which can be ended from outside: a server that drips bytes holds no thread."""

    def __init__(self) -> None:
        """Begin without a connection."""
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.ended = False

    def goes_over(self, connection: socket.socket | None) -> None:
        """Take note of the connection. Raises OSError where the exchange was ended before it had one."""
        with self._lock:
            self._socket = connection
            if self.ended and connection is not None:
                raise TimeoutError

    def end(self) -> None:
        """Break the connection off; who reads from it gets an error at once."""
        with self._lock:
            self.ended = True
            if self._socket is None:
                return
            try:
                # Not SSLSocket's own, which takes the session away from under the thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return


this_thread = threading.local()  # .exchange: the one that this thread is in


class Reach(NamedTuple):
    """Whom connections may lead to."""

    resolver: Resolver
    allow_private: bool


class RefusedAddressError(NewConnectionError):
    """AddressRefused as urllib3 wants it: a failure to connect, and not one of a connection that was."""


class Adapter(HTTPAdapter):
    """Requests' own way to send, with our connections below it."""

    def __init__(self, reach: Reach) -> None:
        """Take whom it may reach."""
        self._reach = reach
        super().__init__(pool_connections=4, pool_maxsize=_MOST_CONNECTIONS, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as requests has it
        """Make the pools as always, of our connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._reach)


class _Checked(HTTPConnection):
    reach: Reach

    def _new_conn(self) -> socket.socket:
        try:
            return connect(
                self.host,
                self.port or 0,
                self.timeout if isinstance(self.timeout, float | int) else None,
                resolver=self.reach.resolver,
                allow_private=self.reach.allow_private,
                options=self.socket_options or (),
            )
        except AddressRefused:
            raise RefusedAddressError(self, "address refused") from None
        except TimeoutError:
            raise ConnectTimeoutError(self, "timed out") from None
        except (OSError, ValueError):  # ValueError: a name that no resolver takes
            raise NewConnectionError(self, "no connection") from None

    def connect(self) -> None:
        super().connect()
        this_thread.exchange.goes_over(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as urllib3 has it
        this_thread.exchange.goes_over(self.sock)
        super().request(*args, **kwargs)


class _CheckedTls(_Checked, HTTPSConnection):
    """The same below TLS."""


def _pools(given: Reach) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(_Checked):
        reach = given

    class Secure(_CheckedTls):
        reach = given

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
