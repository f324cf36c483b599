"""What the clinical rules say of a chart, told in vignettes and in up to five dialects each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.vignettes.dialects import tell
from tests.vignettes.grammar import HEADLINES, Vignette, read_vignette, read_vignettes
from tests.vignettes.lexicon import CannotSay
from tests.vignettes.runner import differences, is_known, packs
from tests.vignettes.said import NotUnderstood

FOLDER = Path(__file__).parents[1] / "vignettes"
FILES = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "codes.yaml")
VIGNETTES = [vignette for path in FILES for vignette in read_vignettes(path)]


def _tellable(vignette: Vignette) -> list[str]:
    found = []
    for dialect in vignette.dialects:
        try:
            tell(vignette, dialect)
        except CannotSay:
            continue
        found.append(dialect)
    return found


TOLD = [(vignette, dialect) for vignette in VIGNETTES for dialect in _tellable(vignette)]


def test_there_are_vignettes_for_every_section() -> None:
    assert len(VIGNETTES) >= 250
    assert len(TOLD) >= 3 * len(VIGNETTES)
    assert {vignette.section.split()[0] for vignette in VIGNETTES} >= {
        "6",
        *("2", "3.1", "3.2", "3.3", "3.4", "3.5", "4", "11"),
        *(f"5.{number}" for number in range(1, 12)),
    }


def test_no_vignette_is_told_in_no_way() -> None:
    assert [vignette.title for vignette in VIGNETTES if not _tellable(vignette)] == []


@pytest.mark.parametrize(
    ("vignette", "dialect"),
    TOLD,
    ids=[f"{vignette.section}: {vignette.title} [{dialect}]" for vignette, dialect in TOLD],
)
def test_vignette(vignette: Vignette, dialect: str) -> None:
    assert differences(vignette, dialect) == []


# The runner is code as well: it has to be able to fail.

DULL = {"vignette": "x", "as-of": "2026-03-02", "given": {"patient": "45 male", "target": "left calf"}}
LISTS = {"given": {"problems": "none known", "medicines": "none known"}}
CLEAR = {"headline": "no-known-contraindication", "findings": [], "questions": []}


def _read(**changed: object) -> Vignette:
    return read_vignette({**DULL, "then": CLEAR, **changed}, section="none", common=LISTS)


@pytest.mark.parametrize("dialect", ["snomed", "icd", "words", "r5", "ips"])
def test_a_dull_chart_is_clear(dialect: str) -> None:
    assert differences(_read(), dialect) == []


@pytest.mark.parametrize(
    ("then", "complaint"),
    [
        ({**CLEAR, "headline": "precaution"}, "headline: precaution expected"),
        ({**CLEAR, "findings": ["diabetes precaution"]}, "findings: missing diabetes precaution"),
        ({**CLEAR, "questions": ["pregnancy contraindicated"]}, "questions: missing pregnancy"),
        ({**CLEAR, "notes": ["hepatitis-c"]}, "notes: “hepatitis-c” is not among"),
        ({**CLEAR, "set-aside": ["HIV"]}, "set-aside: “HIV” is not among"),
        ({**CLEAR, "targets": {"left calf": "precaution"}}, "target left calf: precaution expected"),
    ],
)
def test_the_runner_sees_what_is_missing(then: dict[str, object], complaint: str) -> None:
    assert complaint in "\n".join(differences(_read(then=then), "snomed"))


def test_the_runner_sees_what_is_too_much() -> None:
    told = _read(chart=[{"condition": "HIV infection, active"}])
    complaints = "\n".join(differences(told, "snomed"))
    assert "findings: surplus hiv contraindicated" in complaints
    assert "got contraindicated" in complaints
    said = replace(told, then=replace(told.then, must_not=("hiv",)))
    assert "must-not: “hiv” is said" in "\n".join(differences(said, "snomed"))


@pytest.mark.parametrize(
    "changed",
    [
        {"then": None},
        {"then": {**CLEAR, "headline": "safe"}},
        {"then": {"headline": "precaution", "findings": []}},
        {"then": {**CLEAR, "findings": ["diabetes mild"]}},
        {"then": {**CLEAR, "finding": []}},
        {"given": {"patient": "old man", "target": "left calf"}},
        {"given": {"patient": "45 male", "target": "left calf", "problems": "all fine"}},
        {"chart": [{"condition": "HIV infection, activ"}]},
        {"chart": [{"condition": "HIV infection"}]},
        {"chart": [{"condition": "HIV infection, active, verification maybe"}]},
        {"chart": [{"condition": "HIV infection, active, onset last year"}]},
        {"chart": [{"diagnosis": "HIV infection, active"}]},
        {"chart": [{"observation": "Hemoglobin 112 g/L"}]},
        {"dialects": ["stu3"]},
    ],
)
def test_a_vignette_that_is_not_understood_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(NotUnderstood):
        _read(**changed)


def test_a_name_without_codes_is_refused() -> None:
    with pytest.raises(KeyError, match="not in codes"):
        tell(_read(chart=[{"condition": "Gout, active"}]), "snomed")


def test_the_grammar_knows_the_product_s_headlines() -> None:
    assert all(is_known(headline) for headline in HEADLINES)


def test_every_rule_of_the_extended_pack_is_told_about() -> None:
    rules = packs()["extended"].rules
    established = {expected.rule for vignette in VIGNETTES for expected in vignette.then.findings}
    asked = {expected.rule for vignette in VIGNETTES for expected in vignette.then.questions}
    noted = {words for vignette in VIGNETTES for words in vignette.then.notes}
    assert {rule.id for rule in rules if rule.finding} <= established
    assert {rule.id for rule in rules if rule.question} <= asked
    assert {rule.id for rule in rules if not rule.finding and not rule.question} <= noted


def test_every_rule_of_the_default_pack_is_told_about() -> None:
    rules = {rule.id for rule in packs()["default"].rules}
    established = {expected.rule for vignette in VIGNETTES for expected in vignette.then.findings}
    asked = {expected.rule for vignette in VIGNETTES for expected in vignette.then.questions}
    assert rules <= established
    assert rules - {"hemophilia-carrier"} <= asked  # a carrier is asked about nothing
