"""`needlewise mappings expand`: lists refreshed from definitions, as a diff that a reviewer can read."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.knowledge.expansions import Refresher, difference, read_definitions
from service.knowledge.tables import mappings_folder, read_tables
from tests.cli.conftest import Run
from tests.terminology.server import Server, terminology_server

HIV = "<< 86406008"
APIXABAN = "has_ingredient = CUI:1364430"
NEW = "900000000000000001"


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lists") / "mappings"
    shutil.copytree(mappings_folder(), folder)
    return folder


@pytest.fixture
def server(mappings: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr("service.cli.mappings.mappings_folder", lambda: mappings)
    monkeypatch.setattr("service.cli.mappings.Refresher", lambda: Refresher(mappings))
    with terminology_server({}) as server:
        monkeypatch.setenv("NEEDLEWISE_TERMINOLOGY_URL", server.url)
        yield server


def test_lists_that_an_expansion_does_not_change_are_written_as_they_stand() -> None:
    """Else the diff would hold more than what is new."""
    refresher = Refresher()
    for pattern in ("codes/conditions/*.csv", "codes/medicines/products/*.csv"):
        for path, rows in read_tables(mappings_folder(), pattern):
            file = path.relative_to(mappings_folder()).as_posix()
            assert refresher._text(file, {tuple(row) for row in rows}) == path.read_text(encoding="utf-8"), file


def test_what_is_new_is_a_line_of_a_diff(run: Run, server: Server) -> None:
    server.expansions = {HIV: [("86406008", "Human immunodeficiency virus infection"), (NEW, "HIV, of a new kind")]}
    ran = run("mappings", "expand", "hiv")
    assert f'+snomed,{NEW},exact,disease,"HIV, of a new kind",terminology-server,one-source' in ran.out.splitlines()
    changed = [line for line in ran.out.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert len(changed) == 1
    assert "+++ b/mappings/codes/conditions/hiv.csv" in ran.out
    assert "1 codes to add and 0 to take away in 1 files" in ran.err


def test_the_diff_can_be_applied_and_the_lists_are_in_order_after_it(
    run: Run, server: Server, mappings: Path, tmp_path: Path
) -> None:
    server.expansions = {HIV: [(NEW, "HIV of a new kind")]}
    patch = tmp_path / "expand.diff"
    patch.write_text(run("mappings", "expand", "hiv").out, encoding="utf-8")
    before = (mappings / "codes/conditions/hiv.csv").read_text(encoding="utf-8")
    subprocess.run(["git", "apply", "--unsafe-paths", str(patch)], cwd=mappings.parent, check=True)  # noqa: S607
    after = (mappings / "codes/conditions/hiv.csv").read_text(encoding="utf-8")
    assert sorted(set(after.splitlines()) - set(before.splitlines())) == [
        f"snomed,{NEW},exact,disease,HIV of a new kind,terminology-server,one-source"
    ]
    (mappings / "codes/conditions/hiv.csv").write_text(before, encoding="utf-8")


def test_an_earlier_expansion_is_taken_back_where_the_server_no_longer_holds_it(
    run: Run, server: Server, mappings: Path
) -> None:
    path = mappings / "codes/conditions/hiv.csv"
    before = path.read_text(encoding="utf-8")
    server.expansions = {HIV: [(NEW, "HIV of a new kind")]}
    assert run("mappings", "expand", "hiv", "--write").status == 1, "ICD-10-CM is not expanded by this server"
    assert NEW in path.read_text(encoding="utf-8")
    server.expansions = {HIV: []}
    ran = run("mappings", "expand", "hiv", "--write")
    assert f"-snomed,{NEW},exact" in ran.out
    assert path.read_text(encoding="utf-8") == before


def test_what_was_reviewed_stays(run: Run, server: Server) -> None:
    """Codes that are listed as something else, or were left out on purpose, are counted and not proposed."""
    server.expansions = {HIV: [("73211009", "Diabetes mellitus"), ("86406008", "HIV")]}
    ran = run("mappings", "expand", "hiv")
    assert ran.out == ""
    assert "1 listed otherwise or left out" in ran.err


def test_a_family_that_a_prefix_speaks_for_already_adds_nothing(run: Run, server: Server) -> None:
    server.expansions = {"concept is-a E11": [("E11.9", "Type 2 diabetes"), ("E1165", "with hyperglycemia")]}
    ran = run("mappings", "expand", "diabetes-type-2")
    assert ran.out == ""
    assert "diabetes-type-2, icd-10-cm: 0 new" in ran.err


def test_products_of_an_ingredient_go_to_the_list_of_its_class(run: Run, server: Server) -> None:
    server.expansions = {APIXABAN: [("999999901", "apixaban 7 MG Oral Tablet")]}
    ran = run("mappings", "expand", "apixaban")
    assert ran.status == 0
    assert "+++ b/mappings/codes/medicines/products/direct-oral-anticoagulant.csv" in ran.out
    assert "+apixaban,rxnorm,999999901,unknown,,apixaban 7 MG Oral Tablet,terminology-server,one-source" in ran.out


def test_expansions_come_in_pages(run: Run, server: Server) -> None:
    server.expansions = {APIXABAN: [(f"99{number:07}", f"apixaban {number}") for number in range(2_500)]}
    assert "2500 codes to add" in run("mappings", "expand", "apixaban").err


@pytest.mark.parametrize("status", [404, 500])
def test_a_server_that_does_not_expand_changes_nothing_and_is_told(run: Run, server: Server, status: int) -> None:
    server.status = status
    ran = run("mappings", "expand", "hiv", "--write")
    assert (ran.status, ran.out) == (1, "")
    assert "nothing is changed" in ran.err


def test_without_a_server_there_is_nothing_to_ask(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEEDLEWISE_TERMINOLOGY_URL", raising=False)
    ran = run("mappings", "expand")
    assert ran.status == 2
    assert "TERMINOLOGY_URL" in ran.err


def test_a_concept_without_a_definition_is_named(run: Run, server: Server) -> None:
    ran = run("mappings", "expand", "nonsense")
    assert ran.status == 2
    assert "defines no nonsense" in ran.err
    assert server.seen == []


def test_the_definitions_are_there_for_the_rules_that_stop_needling() -> None:
    defined = {each.concept for each in read_definitions()}
    assert {"hiv", "hepatitis-b", "hepatitis-c", "hemophilia", "anemia", "pregnancy", "cancer", "apixaban"} <= defined
    assert list(difference([])) == []
