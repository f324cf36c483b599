"""`mappings check`: the shipped lists are clean, and every planted fault is told with its file and line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from service.knowledge.check import check_mappings
from service.knowledge.load import load_knowledge
from service.knowledge.summary import SUMMARY, render_summary
from service.knowledge.tables import COLUMNS, MappingError, mappings_folder
from service.knowledge.vocabulary import CONDITION_MEANINGS

Edit = Callable[[list[str]], list[str]]


def appended(line: str) -> Edit:
    """A row more at the end."""
    return lambda lines: [*lines, line]


def replaced(old: str, new: str) -> Edit:
    """The first row that holds `old`, with `new` instead."""

    def edit(lines: list[str]) -> list[str]:
        place = next(place for place, line in enumerate(lines) if old in line)
        return [*lines[:place], lines[place].replace(old, new, 1), *lines[place + 1 :]]

    return edit


def swapped(lines: list[str]) -> list[str]:
    """The second and third rows in the wrong order."""
    return [*lines[:2], lines[3], lines[2], *lines[4:]]


# file → edit, and a part of what must be said. Each file is edited once; all at the same time.
PLANTED: tuple[tuple[str, Edit, str], ...] = (
    ("codes/conditions/hiv.csv", replaced("86406008", "86406009"), "86406009 is no SNOMED CT concept"),
    ("codes/conditions/mgus.csv", replaced(",disease,", ",ilness,"), "meaning 'ilness' is not one of"),
    ("codes/conditions/dic.csv", appended("snomed,67406007,exact,history,x,ohdsi,two-sources"), "out of order"),
    ("codes/conditions/fever.csv", replaced("cqf", "somewhere"), "source 'somewhere"),
    ("codes/conditions/obesity.csv", replaced("icd-10-cm,", "icd-11,"), "system 'icd-11' is not in systems.csv"),
    (
        "codes/conditions/unheard.csv",
        lambda _: (
            ["system,code,match,meaning,display,source,checked"] * 1
            + ["snomed,44054006,exact,disease,Diabetes,cqf,one-source"]
        ),
        "no concept 'unheard'",
    ),
    ("codes/observations.csv", replaced("loinc,718-7", "loinc,718-8"), "718-8 is no LOINC number"),
    ("codes/procedures.csv", swapped, "out of order"),
    ("codes/immunizations.csv", replaced(",cvx,110,", ",cvx,104,"), "says again"),
    ("codes/medicines/drugs.csv", replaced(",14,", ",fortnight,"), "whole number of days"),
    ("codes/medicines/ingredient-codes.csv", replaced("warfarin,", "warfarine,"), "'warfarine' is not in drugs.csv"),
    (
        "places/sites.csv",
        replaced("calf,region,lower leg,calf,no,some,", "calf,region,lower leg,calf,no,no,"),
        "deep is no",
    ),
    ("codes/medicines/atc.csv", replaced("class:iron", "class:irons"), "'class:irons' is not in classes.csv"),
    ("codes/units.csv", replaced(",10,0,no,", ",ten,0,no,"), "factor must be a decimal number"),
    ("codes/results.csv", replaced(",positive,", ",positiv,"), "meaning 'positiv' is not one of"),
    ("places/regions.csv", replaced("calf,lower leg", "calf,lower legs"), "parent 'lower legs'"),
    ("places/site-names.csv", replaced("gastrocnemius,", "gastrocnemis,"), "site 'gastrocnemis'"),
    ("places/condition-places/icd-10.csv", replaced("lower limb", "lower limbs"), "regions 'lower limbs'"),
    (
        "places/condition-places/icd-10-cm.csv",
        replaced(",left,", ",right,"),
        "side is right, but the display says left",
    ),
    ("words/condition-terms.csv", replaced("anemia,disease,", "anaemia,disease,"), "no concept 'anaemia'"),
    ("words/look-alikes.csv", appended("hearing  aids,twice"), "says again"),
    ("words/cues.csv", replaced("negation,after", "negation,behind"), "stands 'behind'"),
    ("words/result-words.csv", replaced("pattern,^", "pattern,(^"), "is no regular expression"),
    ("words/neutral.csv", appended("Two Words"), "one word"),
    ("concepts.csv", appended("procedure,unused,Unused,nothing has it"), "has no code and no term"),
    ("systems.csv", appended("zzz,A system,free"), "has no address"),
    ("sources.csv", replaced("source,title", "source,name"), "the columns must be"),
    ("codes/orders.csv", replaced(",yes,", ",yes,no,"), "cells and needs 7"),
    ("codes/notes.txt", lambda _: ["a stray file"], "is no list that the service reads"),
)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped lists."""
    folder = tmp_path_factory.mktemp("lists") / "mappings"
    shutil.copytree(mappings_folder(), folder)
    return folder


def test_the_shipped_lists_are_clean() -> None:
    """No fault at all, SUMMARY.md up to date."""
    assert check_mappings() == ()


def test_every_planted_fault_is_told_with_file_and_line(copied: Path) -> None:
    """All at once, each in its own file; and the line told is a line of that file."""
    for name, edit, _ in PLANTED:
        path = copied / name
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        path.write_text("\n".join(edit(lines)) + "\n", encoding="utf-8")
    faults = check_mappings(copied)
    for name, _, advice in PLANTED:
        told = [fault for fault in faults if fault.file == name and advice in fault.advice]
        assert told, f"nothing said of {name}: {advice}"
        height = len((copied / name).read_text(encoding="utf-8").splitlines())
        assert all(1 <= fault.line <= height for fault in told)
        assert str(told[0]).startswith(f"{name}:{told[0].line}: ")


def test_a_contradiction_inside_a_concept_is_told(tmp_path: Path) -> None:
    """One code, one concept, two meanings."""
    folder = tmp_path / "mappings"
    shutil.copytree(mappings_folder(), folder)
    path = folder / "codes/conditions/mgus.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines.insert(3, lines[2].replace(",disease,", ",history,"))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert any(fault.line == 4 and "contradicts line 3" in fault.advice for fault in check_mappings(folder))


def test_a_summary_that_is_out_of_date_is_told(tmp_path: Path) -> None:
    """And writing it anew mends it."""
    folder = tmp_path / "mappings"
    shutil.copytree(mappings_folder(), folder)
    (folder / SUMMARY).write_text("old\n", encoding="utf-8")
    assert [fault.file for fault in check_mappings(folder)] == [SUMMARY]
    (folder / SUMMARY).write_text(render_summary(folder), encoding="utf-8")
    assert check_mappings(folder) == ()


@pytest.mark.parametrize(
    ("name", "edit", "line", "advice"),
    [
        ("codes/medicines/products/heparin.csv", replaced("heparin,", "heparine,"), 0, "is not in drugs.csv"),
        ("codes/units.csv", replaced(",10,0,no,", ",ten,0,no,"), 0, "decimal numbers"),
        ("places/site-codes.csv", replaced("abdomen,", "belly,"), 0, "not a row of sites.csv"),
        ("words/cues.csv", replaced("effect,", "efect,"), 1, "the columns must be"),
        ("words/neutral.csv", appended("a,b"), 0, "cells and needs 1"),
    ],
)
def test_the_service_does_not_start_on_a_bad_list(
    tmp_path: Path, name: str, edit: Edit, line: int, advice: str
) -> None:
    """Loading fails with file and line; line 0 stands for any."""
    folder = tmp_path / "mappings"
    shutil.copytree(mappings_folder(), folder)
    path = folder / name
    path.write_text("\n".join(edit(path.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")
    with pytest.raises(MappingError, match=advice) as raised:
        load_knowledge(folder)
    assert raised.value.file.endswith(name)
    assert line in (0, raised.value.line)


def test_a_missing_list_is_told(tmp_path: Path) -> None:
    """By loading and by checking."""
    with pytest.raises(MappingError, match="can't be read"):
        load_knowledge(tmp_path)
    assert any(fault.file == "concepts.csv" and fault.advice == "is missing" for fault in check_mappings(tmp_path))


def test_the_readme_explains_every_meaning() -> None:
    """The table of meanings and the words that the check allows are the same."""
    readme = (mappings_folder() / "README.md").read_text(encoding="utf-8")
    table = readme.split("### Meanings of a condition code or term")[1].split("\n### ")[0]
    explained = {
        word.strip()
        for line in table.splitlines()
        if line.startswith("| ") and not line.startswith(("| meaning", "|---"))
        for word in line.split("|")[1].split(",")
    }
    assert explained == CONDITION_MEANINGS


def test_every_file_is_named_in_the_readme() -> None:
    """A reviewer finds each kind of file."""
    readme = (mappings_folder() / "README.md").read_text(encoding="utf-8")
    unnamed = {
        pattern
        for pattern in COLUMNS
        if pattern.rpartition("/")[2] not in readme and pattern.removesuffix("*.csv") not in readme
    }
    assert unnamed == set()
