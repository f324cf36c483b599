"""`needlewise rules --format html` and `--diff`: a pack as a publication, and two packs side by side."""

import re
import shutil
from functools import cache
from html import unescape
from pathlib import Path

import pytest

from service.core.code_sets import Lists
from service.knowledge.cases import load_cases
from service.knowledge.code_sets import load_lists
from tests.cli.conftest import Run
from tests.vignettes.runner import packs

MAPPINGS = Path(__file__).parents[2] / "mappings"


@pytest.fixture(autouse=True)
def _lists_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.cli.booklet.load_lists", _lists)
    monkeypatch.setattr("service.cli.pack_differences.load_lists", _lists)


@cache
def _lists(folder: Path | None = None) -> Lists:
    return load_lists(folder)


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of another version: a text, a parameter, a category and two codes are others."""
    folder = tmp_path_factory.mktemp("older") / "mappings"
    shutil.copytree(MAPPINGS, folder)
    pack = folder / "packs" / "default.yaml"
    text = pack.read_text(encoding="utf-8").replace("version: 1.0.0", "version: 0.9.0", 1)
    text = text.replace("until it is resolved. Ask for its cause", "for now. Ask for its cause")
    pack.write_text(text.replace("      apixaban: 3 days", "      apixaban: 2 days"), encoding="utf-8")
    codes = folder / "codes" / "conditions" / "hemophilia-carrier.csv"
    codes.write_text("".join(codes.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    return folder


def _words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_the_booklet_has_every_rule_with_all_that_it_says(run: Run) -> None:
    ran = run("rules", "default", "--format", "html")
    assert (ran.status, ran.err) == (0, "")
    words = _words(ran.out)
    pack = packs()["default"]
    for rule in pack.rules:
        assert f'<h3 id="default-{rule.id}">' in ran.out
        assert f'<a href="#default-{rule.id}">' in ran.out
        for text in (rule.harm, rule.say, rule.ends_when, rule.founding, rule.guidance):
            assert " ".join(text.split()) in words
        for question in rule.texts.values():
            assert question.because in words
            assert question.ask in words
    for parameter in pack.parameters.values():
        assert parameter.why in words
    for part in (pack.author, pack.next_review, "Signature", "Read and approved: default 1.0.0"):
        assert part in words
    assert "@media print" in ran.out
    assert "<script" not in ran.out
    assert not re.findall(r'(?:src|href)="(?!#)', ran.out)  # nothing is loaded from anywhere


def test_the_booklet_has_code_lists_with_counts_and_cases(run: Run) -> None:
    words = _words(run("rules", "anemia", "--format", "html").out)
    assert re.search(r"Anemia .*? snomed \d+ .*?disease \d+", words)
    assert re.search(r"icd-10-cm \d+ .*?D50 \d+", words)
    assert any(case.title in words for case in load_cases()["anemia"])
    assert "Blood thinner" not in words  # of one rule that was named, only that


def test_a_booklet_without_vignettes_says_where_they_are(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.cli.booklet.load_cases", dict)
    assert "they were not installed here" in run("rules", "hiv", "--format", "html").out


def test_two_packs_stand_side_by_side(run: Run) -> None:
    out = run("rules", "--diff", "default", "standard-precautions").out
    assert re.search(r"Rule hiv\n  category\n  contraindicated +\| precaution\n", out)
    assert "Rule anemia" not in out  # only what differs


def test_two_versions_differ_in_texts_parameters_and_codes(run: Run, older: Path) -> None:
    out = run("rules", "--diff", str(older), "default").out
    assert re.search(r"  version\n  0\.9\.0 +\| 1\.0\.0\n", out)
    assert "\nParameters\n  washout\n" in out
    assert "Rule anemia\n  says" in out
    assert re.search(r"Codes\n  hemophilia-carrier\n  - +\| snomed \d+", out)


def test_a_pack_s_file_can_be_compared(run: Run, older: Path) -> None:
    out = run("rules", "--diff", str(older / "packs" / "default.yaml"), "default").out
    assert re.search(r"  version\n  0\.9\.0 +\| 1\.0\.0\n", out)
    assert "Codes" not in out  # a file alone brings no lists


def test_the_same_pack_twice_has_no_difference(run: Run) -> None:
    assert run("rules", "--diff", "default", "default").out.endswith("no difference\n")


def test_differences_can_be_a_page(run: Run) -> None:
    out = run("rules", "--diff", "default", "standard-precautions", "--format", "html").out
    assert '<th scope="row">category</th><td>contraindicated</td><td>precaution</td>' in out


@pytest.mark.parametrize("other", ["nix", "missing.yaml", "tests"])
def test_what_is_no_pack_is_told_in_one_line(run: Run, other: str) -> None:
    ran = run("rules", "--diff", "default", other)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert other in ran.err
