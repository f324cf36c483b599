"""The whole way over HTTP: two workers, a caller whose keys are fetched and then changed, one token once."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from tests.trust.keys import elliptic, jwks, rsa
from tests.web.callers import SIGN, bearer, token, trust_file
from tests.web.conftest import PUBLIC_URL
from tests.web.serving import serving


class Keys(BaseHTTPRequestHandler):
    """Publishes the keys of a caller."""

    published = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.published)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def test_tokens_and_keys_are_one_affair_of_all_workers(tmp_path: Path) -> None:
    Keys.published = jwks(elliptic(), kid="one")
    owner = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=owner.serve_forever, daemon=True).start()
    url = f'"http://127.0.0.1:{owner.server_port}/jwks"'
    trust = trust_file(tmp_path, jwks_url=url, allow_http="true", allow_private_addresses="true")
    with serving(
        tmp_path / "log", AUTH="jwt", TRUST=str(trust), PUBLIC_URL=PUBLIC_URL, WORKERS="2", DATABASE_URL="none"
    ) as served:

        def call(jwt: str) -> int:
            return requests.post(f"{served.url}{SIGN}", headers=bearer(jwt), timeout=30).status_code

        once = token()
        assert [call(once) for _ in range(8)] == [400] + [401] * 7
        assert requests.get(f"{served.url}/health/ready", timeout=30).json()["store"]["status"] == "none"
        Keys.published = jwks(rsa(), kid="two")
        changed = [token(rsa(), header={"alg": "RS384", "kid": "two"}) for _ in range(6)]
        assert [call(jwt) for jwt in changed] == [400] * 6
        assert call(token()) == 401
        assert served.stop() == 0
        assert once.split(".")[2] not in served.printed()
    owner.shutdown()
    owner.server_close()
