"""The Mirth channel sends what the service takes: its settings are read from the file, and sent as they say."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from service.web.errors import STATUS
from tests.docs.pages import ROOT, read_page, rows
from tests.web.stored import application

CHANNEL = ET.parse(ROOT / "docs" / "engines" / "mirth-channel.xml").getroot()  # noqa: S314 - our own file
SENDER = CHANNEL.find(".//connector/properties")
EXAMPLE = (ROOT / "examples" / "apixaban-left-calf.json").read_bytes()


def setting(name: str) -> str:
    assert SENDER is not None
    found = SENDER.find(name)
    assert found is not None
    return found.text or ""


def headers(message: str) -> dict[str, str]:
    assert SENDER is not None
    found = {
        entry.findtext("string", ""): entry.findtext("list/string", "") for entry in SENDER.findall("headers/entry")
    }
    filled = {name: re.sub(r"\$\{message\.(\w+)\}", message, value) for name, value in found.items()}
    return filled | {"Content-Type": f"{setting('contentType')}; charset={setting('charset')}"}


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return application(tmp_path)


def test_the_channel_s_message_is_screened_and_a_resend_is_known(client: FlaskClient) -> None:
    address = urlsplit(setting("host"))
    assert setting("method") == "post"
    first, again = (client.post(address.path, data=EXAMPLE, headers=headers("m1")) for _ in range(2))
    assert first.status_code == 200
    assert first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post(address.path, data=EXAMPLE, headers=headers("m2"))
    assert other.headers["Location"] != first.headers["Location"]


def test_every_refusal_is_told_by_its_status() -> None:
    told = " ".join(row[0] for row in rows(read_page("docs/engines/README.md"), "status"))
    assert {str(int(status)) for status in STATUS.values()} - {"412"} <= set(re.findall(r"\d{3}", told))
