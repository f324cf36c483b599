"""Rule packs: which stand alone, which add, and which are another one with changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.core.screening import Category
from service.fhir.refused import Refused
from service.knowledge.packs import load_packs
from service.knowledge.tables import MappingError
from service.pipeline import make_screener
from service.settings import SettingsError, read_settings
from tests.vignettes.runner import knowledge, packs, screener

MAPPINGS = Path(__file__).parents[2] / "mappings"
VIRUSES = {"hepatitis-b", "hepatitis-c", "hiv"}


def test_standard_precautions_are_the_default_rules_with_viruses_as_precautions() -> None:
    ours, founding = packs()["standard-precautions"], packs()["default"]
    assert [rule.id for rule in ours.rules] == [rule.id for rule in founding.rules]
    for rule, founded in zip(ours.rules, founding.rules, strict=True):
        if rule.id in VIRUSES:
            assert (rule.category, founded.category) == (Category.PRECAUTION, Category.CONTRAINDICATED)
        else:
            assert rule == founded
        assert (rule.finding, rule.question, rule.note) == (founded.finding, founded.question, founded.note)


@pytest.mark.parametrize(
    ("asked", "used"),
    [
        ((), ["default"]),
        (("default",), ["default"]),
        (("standard-precautions",), ["standard-precautions"]),
        (("extended",), ["default", "extended"]),
        (("extended", "standard-precautions"), ["standard-precautions", "extended"]),
        (("https://needlewise.org/fhir/PlanDefinition/extended", "default"), ["default", "extended"]),
    ],
)
def test_which_packs_a_request_gets(asked: tuple[str, ...], used: list[str]) -> None:
    assert [pack.id for pack in screener().choose_packs(asked)] == used


def test_every_extended_rule_has_its_grade_of_evidence() -> None:
    assert [rule.id for rule in packs()["extended"].rules if not rule.grade or not rule.guidance] == []
    assert len(packs()["extended"].rules) == 34


def test_an_extension_set_for_the_service_comes_with_its_base() -> None:
    settings = read_settings({"NEEDLEWISE_PACKS": "extended"})
    assert make_screener(settings, knowledge(), packs()).default_packs == ("default", "extended")


def test_two_base_packs_set_for_the_service_stop_the_start() -> None:
    settings = read_settings({"NEEDLEWISE_PACKS": "default, standard-precautions"})
    with pytest.raises(SettingsError, match=r"NEEDLEWISE_PACKS can't be used: .* name one"):
        make_screener(settings, knowledge(), packs())


def test_two_base_packs_are_refused_by_name() -> None:
    with pytest.raises(Refused) as refused:
        screener().choose_packs(("default", "standard-precautions"))
    assert refused.value.issues[0].code == "value"
    assert "default and standard-precautions are base packs" in refused.value.issues[0].diagnostics


@pytest.mark.parametrize(
    ("clause", "complaint"),
    [
        ("{condition: anaemia}", "no list names the condition 'anaemia'"),
        ("{procedure: surgery}", "no list names the procedure 'surgery'"),
        ("{condition: anemia, at: hand}", "at: 'hand' is not known"),
        ("{condition: anemia, targets: deap}", "'deap' is no region and none of deep, pleura, spinal"),
        ("{condition: anemia, targets: spinal}", "parameter spinal-hazards says"),
        ("{condition: anemia, stimulation: perhaps}", "stimulation: 'perhaps' is not known"),
        ("{result: hemoglobin, below: 80 g/L, at: region}", "only a condition or a procedure lies somewhere"),
        ("{reading: hiv, category: precaution}", "a reading knows its own bounds"),
        ("{medicine: {class: iron}, longer-than: soon}", "must be a number with its unit"),
    ],
)
def test_a_clause_with_a_word_that_says_nothing_is_refused(tmp_path: Path, clause: str, complaint: str) -> None:
    folder = tmp_path / "packs"
    folder.mkdir()
    (folder / "phrases.yaml").write_text((MAPPINGS / "packs" / "phrases.yaml").read_text(encoding="utf-8"), "utf-8")
    head = "pack: own\nversion: 1.0.0\ntitle: Own\ndate: 2026-03-02\nauthor: us\nkind: extension\nsources: [us]\n"
    rule = "{rule: own, title: Own, category: precaution, guidance: none, harm: h, say: s, ends-when: e, finding: [%s]}"
    (folder / "own.yaml").write_text(f"{head}rules:\n  - {rule % clause}\n", encoding="utf-8")
    with pytest.raises(MappingError, match=complaint):
        load_packs(tmp_path, knowledge())


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ("based-on: nothing\nchanges: {}", "based-on 'nothing' is no pack"),
        ("based-on: default\nchanges: {scurvy: {category: precaution}}", "default has no rule scurvy"),
        ("based-on: default\nchanges: {hiv: {category: mild}}", "'mild' is no category"),
        ("based-on: default\nchanges: {hiv: {sya: words}}", "unknown word 'sya'"),
        ("based-on: default\nrules: []", "unknown word 'rules'"),
    ],
)
def test_a_pack_that_changes_what_is_not_there_is_refused(tmp_path: Path, changed: str, complaint: str) -> None:
    folder = tmp_path / "packs"
    folder.mkdir()
    for name in ("default.yaml", "phrases.yaml"):
        (folder / name).write_text((MAPPINGS / "packs" / name).read_text(encoding="utf-8"), encoding="utf-8")
    head = "pack: own\nversion: 1.0.0\ntitle: Own\ndate: 2026-03-02\nauthor: us\nkind: base\nsources: [us]\n"
    (folder / "own.yaml").write_text(head + changed, encoding="utf-8")
    with pytest.raises(MappingError, match=complaint):
        load_packs(tmp_path, knowledge())
