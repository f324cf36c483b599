"""What is written out is what it was: a change is read in the diff of the golden files before it is kept."""

from __future__ import annotations

import pytest

from tests.fhir.renew_golden import FOLDER, golden


@pytest.mark.parametrize("name", golden())
def test_what_is_written_is_what_the_golden_file_holds(name: str) -> None:
    assert golden()[name] == (FOLDER / name).read_text(encoding="utf-8"), "make golden, then read the diff"


def test_there_is_no_golden_file_that_nothing_writes() -> None:
    assert {file.name for file in FOLDER.iterdir()} == set(golden())
