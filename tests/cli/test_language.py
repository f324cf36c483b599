"""The language of results at the command line."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

CHART = str(Path(__file__).parents[2] / "examples" / "apixaban-left-calf.json")


def test_screen_writes_in_the_language_that_is_asked_for(run: Run) -> None:
    ran = run("screen", CHART, "--as-of", "2026-03-02", "--language", "de")
    assert (ran.status, ran.out.partition(":")[0]) == (0, "VORSICHT")


def test_the_setting_decides_where_nothing_is_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLEWISE_LANGUAGE", "es")
    assert run("screen", CHART, "--as-of", "2026-03-02").out.startswith("PRECAUCIÓN")
    assert run("screen", CHART, "--as-of", "2026-03-02", "--language", "en").out.startswith("PRECAUTION")


def test_a_language_that_is_not_there_is_refused_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run("screen", CHART, "--language", "fr")
    assert (ran.status, ran.err) == (2, "needlewise: --language fr is none of en, de, es\n")
    monkeypatch.setenv("NEEDLEWISE_LANGUAGE", "fr")
    ran = run("screen", CHART)
    assert (ran.status, ran.err) == (2, "needlewise: NEEDLEWISE_LANGUAGE fr is none of en, de, es\n")
