"""The command line in this process, with the lists loaded once for all tests."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.cli import loading, main
from service.settings import Settings
from tests.vignettes.runner import knowledge, packs


class Ran(NamedTuple):
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(loading, "load_knowledge", knowledge)
    monkeypatch.setattr(loading, "load_packs", lambda *_: packs())
    monkeypatch.setattr("gc.disable", lambda: None)  # `serve` leaves it so for its workers
    monkeypatch.setenv("COLUMNS", "80")

    def run(*argv: str) -> Ran:
        try:
            status = main(argv)
        except SystemExit as left:  # argparse leaves so: help and usage
            status = int(left.code or 0)
        printed = capsys.readouterr()
        return Ran(status, printed.out, printed.err)

    return run


@pytest.fixture
def client() -> FlaskClient:
    """The other door."""
    return create_app(Settings(), knowledge(), packs()).test_client()
