"""What the README shows is what happens."""

import json
import shlex
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from service.cli import main
from tests.docs.pages import ROOT, blocks, read_page, shown

README = read_page("README.md")
SHOWN = blocks(README)


def _command(start: str) -> tuple[str, str]:
    """The first console block whose command starts so: the command, and the output shown."""
    for block in SHOWN:
        if block.language == "console" and block.text.startswith(f"$ {start}"):
            lines = block.text.splitlines()
            last = next(n for n, line in enumerate(lines) if not line.endswith("\\"))
            return " ".join(line.rstrip("\\") for line in lines[: last + 1])[2:], "\n".join(lines[last + 1 :])
    raise AssertionError(f"the README shows no `{start}`")


def _call(client: FlaskClient, curl: str) -> Any:
    words = shlex.split(curl)
    address = urlsplit(next(word for word in words if word.startswith("http://127.0.0.1:8080/")))
    headers = dict(words[n + 1].split(": ", 1) for n, word in enumerate(words) if word == "-H")
    body = (ROOT / words[words.index("--data-binary") + 1].removeprefix("@")).read_bytes()
    return client.post(f"{address.path}?{address.query}", data=body, headers=headers)


def test_the_curl_line_gives_the_answer_shown(client: FlaskClient) -> None:
    curl, _ = _command("curl")
    answer = _call(client, curl)
    assert answer.status_code == 200
    shortened = next(json.loads(block.text) for block in SHOWN if block.language == "json")
    assert shown(shortened, answer.get_json()), json.dumps(answer.get_json(), indent=1, ensure_ascii=False)


def test_shown_can_fail() -> None:
    whole = {"a": [{"b": 1}, {"b": 2, "c": "long text"}]}
    assert shown({"a": [{"b": 2, "c": "long…"}]}, whole)
    assert not shown({"a": [{"b": 3}]}, whole)
    assert not shown({"a": [{"b": 2}, {"b": 1}]}, whole)
    assert not shown({"d": None}, whole)


def test_the_help_shown_is_the_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert _command("needlewise --help")[1] == capsys.readouterr().out.rstrip()


def test_make_run_prints_the_same_curl_line() -> None:
    printed = next(line for line in read_page("Makefile").splitlines() if '@echo "curl' in line)
    curl, _ = _command("curl")
    for part in (
        "/fhir/RiskAssessment/",
        "screen?as-of=2026-03-02",
        "--data-binary",
        "examples/apixaban-left-calf.json",
    ):
        assert part in printed
        assert part in curl
