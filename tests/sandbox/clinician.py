"""A clinician without a browser: sends the sandbox's form over HTTP, as a page without JavaScript does."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import requests
from werkzeug.serving import make_server

from service.app import create_app
from service.settings import Settings
from service.store import open_store
from tests.vignettes.runner import knowledge, packs
from tests.web.serving import free_port

PATIENCE_S = 30


@contextmanager
def served(**settings: Any) -> Iterator[str]:
    """The application of this process behind a real port: the sandbox calls itself over HTTP. Gives its address."""
    chosen = Settings(port=free_port(), **settings)
    app = create_app(chosen, knowledge(), packs(), store=open_store(chosen))
    server = make_server("127.0.0.1", chosen.port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{chosen.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Clinician:
    """Opens a patient's chart and clicks."""

    def __init__(self, url: str, patient: str = "walter", **headers: str) -> None:
        self._url = f"{url}/sandbox"
        self._headers = headers
        self._take(requests.get(f"{self._url}?patient=sandbox-{patient}", headers=headers, timeout=PATIENCE_S))

    def click(self, do: str, **fields: str) -> str:
        """Send the form as it stands, with these fields changed; gives what is told about it."""
        self._take(self.send(do=do, **fields))
        return self.said

    def send(self, **fields: str) -> requests.Response:
        form = {name: value for name, value in (self.form | fields).items() if value != "-"}
        return requests.post(self._url, data=form, headers=self._headers, timeout=PATIENCE_S)

    def button(self, words: str) -> str:
        """What a button with these words does."""
        found = re.search(rf'<button name="do" value="([^"]+)">[^<]*{words}', self.page)
        assert found is not None, words
        return found[1]

    def _take(self, answer: requests.Response) -> None:
        assert answer.status_code == 200, answer.text
        self.page = answer.text
        self.form = {"state": self._found(r'name="state" value="([^"]+)"')}
        for name in ("what", "side"):
            self.form[name] = self._found(rf'<select id="{name}".*?<option value="([^"]*)" selected')
        self.form["site"] = self._found(r'<select id="site".*?<option selected>([^<]+)')
        self.form |= {name: "on" for name in ("prefetch", "access") if f'name="{name}" checked' in self.page}

    @property
    def said(self) -> str:
        """What the clinician is told; "" where nothing happened yet."""
        found = re.search(r'<p class="said"[^>]*>([^<]*)', self.page)
        return unescape(found[1]) if found else ""

    @property
    def cards(self) -> list[str]:
        """The headings of the cards."""
        return [unescape(found) for found in re.findall(r'<h3 id="card-[^"]+">([^<]*)', self.page)]

    def wire(self, key: str) -> str:
        """A block of what went over the wire: `wire-call-2` is the request of the call."""
        return self._found(rf'<pre class="tall" id="{key}" tabindex="0">([^<]*)')

    def _found(self, pattern: str) -> str:
        found = re.search(pattern, self.page, re.DOTALL)
        assert found is not None, pattern
        return unescape(found[1])
