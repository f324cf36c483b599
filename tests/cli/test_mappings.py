"""`needlewise mappings check`: all faults, each with file and line."""

from pathlib import Path

import pytest

from service.knowledge.faults import Fault
from service.knowledge.load import MappingError
from tests.cli.conftest import Run
from tests.vignettes.runner import knowledge


@pytest.fixture(autouse=True)
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists and packs without faults; that the shipped ones have none is a check of its own."""
    monkeypatch.setattr("service.cli.mappings.check_mappings", lambda: ())
    monkeypatch.setattr("service.cli.mappings.load_knowledge", knowledge)
    monkeypatch.setattr("service.cli.mappings.load_packs", lambda *_: {})


def test_what_is_in_order_is_told_so(run: Run) -> None:
    assert run("mappings", "check") == (0, "mappings/ is in order\n", "")


def test_every_fault_of_the_lists_is_printed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = (Fault("codes/orders.csv", 3, "sort it"), Fault("codes/orders.csv", 9, "drop it"))
    monkeypatch.setattr("service.cli.mappings.check_mappings", lambda: faults)
    ran = run("mappings", "check")
    assert ran.status == 1
    assert ran.out.splitlines() == [
        "codes/orders.csv:3: sort it",
        "codes/orders.csv:9: drop it",
        "2 faults in mappings/",
    ]


def test_a_fault_of_a_rule_pack_is_one_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_packs(*_: object) -> None:
        raise MappingError(Path("packs/default.yaml"), 12, "no such word")

    monkeypatch.setattr("service.cli.mappings.load_packs", load_packs)
    ran = run("mappings", "check")
    assert (ran.status, ran.out.splitlines()[0]) == (1, "packs/default.yaml:12: no such word")


def test_nothing_is_screened_with_faulty_lists(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_knowledge() -> None:
        raise MappingError("codes/orders.csv", 3, "sort it")

    monkeypatch.setattr("service.cli.loading.load_knowledge", load_knowledge)
    ran = run("rules")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.endswith("codes/orders.csv:3: sort it\n")
