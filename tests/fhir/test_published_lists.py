"""What the service knows, as others can read and load it: complete, true to the lists, and under its licences."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import orjson
import pytest

from service.core.chart import Coding
from service.core.code_sets import CodeSet, Kind
from service.core.packs import Change, Policy
from service.fhir.definitions.capability import DEFINITIONS
from service.fhir.definitions.catalogue import Catalogue, definitions
from service.fhir.elements import SYSTEM_URIS
from service.fhir.versions import FhirVersion
from tests.fhir.lists import few, whole
from tests.fhir.strict import faults
from tests.vignettes.runner import knowledge, packs

BASE = "https://needlewise.org/fhir"
ORIGIN = "https://needle.example.org/fhir"
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


@cache
def catalogue() -> Catalogue:
    return Catalogue([*packs().values()], whole)


@cache
def read(type_: str, id_: str, version: FhirVersion = FhirVersion.R4) -> Any:
    return orjson.loads(catalogue().of_type(type_, version)[id_].body)


def holds(value_set: dict[str, Any], system: str, code: str) -> bool:
    """Whether the ValueSet, expanded, holds the code: what is included and not excluded."""
    compose = value_set["compose"]
    return any(_in(each, system, code) for each in compose["include"]) and not any(
        _in(each, system, code) for each in compose.get("exclude", ())
    )


def _in(part: dict[str, Any], system: str, code: str) -> bool:
    if part["system"] != SYSTEM_URIS[system]:
        return False
    listed = any(concept["code"] == code for concept in part.get("concept", ()))
    return listed or any(re.search(each["value"], code) for each in part.get("filter", ()))


def listed(code_set: CodeSet, system: str, code: str) -> bool:
    """Whether the lists, as charts are read by them, say this concept of the code."""
    coding = Coding(system, code)
    match code_set.kind:
        case Kind.CONDITION:
            return code_set.concept in {row.concept for row in knowledge().conditions.find(coding)}
        case Kind.PROCEDURE:
            return code_set.concept in {row.concept for row in knowledge().procedures.find(coding)}
        case Kind.MEDICINE:
            drugs = [drug for row in knowledge().medicines.find(coding) for drug in row.drugs]
            return any(code_set.concept in drug.classes for drug in drugs)
        case Kind.GROUP:
            drugs = [drug for row in knowledge().medicines.find(coding) for drug in row.drugs]
            return any(code_set.concept in drug.groups for drug in drugs)
        case _:
            return True


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_list_is_published_with_all_its_codes(kind: Kind) -> None:
    sets = [each for each in whole().sets if each.kind is kind]
    assert sets
    for code_set in sets:
        found = {
            (part["system"], concept["code"])
            for part in read("ValueSet", code_set.id)["compose"]["include"]
            for concept in part.get("concept", ())
        }
        assert found == {(SYSTEM_URIS[code.system], code.code) for code in code_set.codes}, code_set.id


def test_a_published_set_holds_a_code_where_the_lists_read_it_so_and_nowhere_else() -> None:
    """Where families of codes are listed by how they begin, the longest listed code decides: also in the ValueSet."""
    families = [each for each in whole().sets if any(code.prefix for code in each.codes)]
    assert len(families) > 100
    for code_set in families:
        published = read("ValueSet", code_set.id)
        prefixes = [code for code in code_set.codes if code.prefix]
        asked = {(code.system, f"{code.code}{more}") for code in prefixes[:12] for more in (".9", "9", "A1")}
        asked |= {(code.system, code.code) for code in (*code_set.elsewhere[:8], *prefixes[:4])}
        asked |= {(code.system, f"{code.code}9") for code in code_set.elsewhere[:8]}
        for system, code in asked:
            tidied = code if system == "atc" or len(code) < 4 or "." in code or system == "icd-10-pcs" else ""
            if tidied:
                assert holds(published, system, tidied) == listed(code_set, system, tidied), (code_set.id, system, code)


def test_what_only_names_a_disease_is_marked() -> None:
    groups = read("ValueSet", "hiv")["compose"]["include"]
    (meaning,) = {
        group["extension"][0]["valueCode"]
        for group in groups
        if any(concept["code"] == "Z20.6" for concept in group.get("concept", ()))
    }
    assert meaning == "exposure"
    codes = {concept["code"] for concept in read("CodeSystem", "meaning")["concept"]}
    marked = {
        extension["valueCode"]
        for code_set in whole().sets
        for group in read("ValueSet", code_set.id)["compose"]["include"]
        for extension in group["extension"]
    }
    assert marked <= codes


def test_every_set_says_whose_its_codes_are() -> None:
    for code_set in whole().sets:
        said = read("ValueSet", code_set.id)["copyright"]
        for system in {code.system for code in code_set.codes}:
            assert whole().notices[system] in said
    assert "http://loinc.org/license" in read("ValueSet", "hemoglobin")["copyright"]
    assert "affiliate licence" in read("ConceptMap", "condition-concept")["copyright"]


def test_codes_are_mapped_to_concepts_and_concepts_to_rules() -> None:
    concepts = {concept["code"] for concept in read("CodeSystem", "concept")["concept"]}
    assert concepts == {each.id for each in whole().sets}
    (icd,) = (
        group for group in read("ConceptMap", "condition-concept")["group"] if group["source"] == SYSTEM_URIS["snomed"]
    )
    said = {element["code"]: element["target"] for element in icd["element"]}
    assert said["86406008"] == [{"code": "hiv", "equivalence": "wider"}]
    (rules,) = read("ConceptMap", "concept-rule")["group"]
    read_by = {element["code"]: {target["code"] for target in element["target"]} for element in rules["element"]}
    assert "hiv" in read_by["hiv"]
    assert "blood-thinner" in read_by["blood-thinner-medicines"]
    assert {"anemia"} <= read_by["hemoglobin"]
    assert "pregnancy" in read_by["hysterectomy-total"]
    assert {"cancer-at-site", "cancer-elsewhere"} <= read_by["cancer"]
    assert set(read_by) <= concepts


def test_releases_say_a_relation_each_in_its_own_words() -> None:
    def target(version: FhirVersion) -> dict[str, str]:
        found: dict[str, str] = read("ConceptMap", "observation-concept", version)["group"][0]["element"][0]["target"][
            0
        ]
        return found

    assert target(FhirVersion.R4)["equivalence"] == target(FhirVersion.R4B)["equivalence"] == "wider"
    assert target(FhirVersion.R5)["relationship"] == "source-is-narrower-than-target"


def test_a_rule_pack_is_a_plan_with_every_rule_its_texts_and_its_sources() -> None:
    for pack in packs().values():
        plan = read("PlanDefinition", pack.id)
        assert (plan["version"], plan["date"], plan["title"]) == (pack.version, pack.date, pack.title)
        said = [each["citation"] for each in plan.get("relatedArtifact", ()) if each["type"] == "citation"]
        assert said == list(pack.sources)
        by_rule = {action["code"][0]["coding"][0]["code"]: action for action in plan["action"]}
        assert list(by_rule) == [*(rule.id for rule in pack.rules), *pack.chart_rules]
        for rule in pack.rules:
            action = by_rule[rule.id]
            words = orjson.dumps(action).decode()
            assert action["title"] == rule.title
            assert action["textEquivalent"] == rule.say
            assert rule.category.code in words
            for text in rule.texts.values():
                assert orjson.dumps(text.ask).decode()[1:-1] in words
        parameters = {part["extension"][0]["valueCode"] for part in plan.get("extension", ())}
        assert parameters == set(pack.parameters)


def test_a_plan_says_what_the_site_changed_and_on_which_pack_another_is_based() -> None:
    change = Change("rule", "anemia", "category", "contraindicated", "precaution", "Dr. Ada", "2026-11-01", "Agreed.")
    changed = replace(packs()["default"], policy=Policy("clinic", "2", (change,)))
    for version in FhirVersion:
        (plan,) = definitions("PlanDefinition", version, packs=[changed], lists=few())
        assert faults(plan, version) == []
        said = orjson.dumps(plan).decode()
        assert all(part in said for part in change)
    based = read("PlanDefinition", "standard-precautions")
    assert {"type": "derived-from", "resource": f"{BASE}/PlanDefinition/default"} in based["relatedArtifact"]


def test_a_parameter_stands_there_with_its_unit() -> None:
    parameters = {
        part["extension"][0]["valueCode"]: part["extension"][1]["valueString"]
        for part in read("PlanDefinition", "default")["extension"]
    }
    assert parameters["pregnancy-longest"] == "294 days"
    assert parameters["pregnancy-asked-from"] == "12 years"


@pytest.mark.parametrize("version", FhirVersion)
def test_what_a_plan_reads_is_published(version: FhirVersion) -> None:
    plan = read("PlanDefinition", "default", version)
    inputs = [each.get("requirement", each) for action in plan["action"] for each in action.get("input", ())]
    sets = {part["valueSet"] for each in inputs for part in each["codeFilter"]}
    assert f"{BASE}/ValueSet/anemia" in sets
    assert sets <= {f"{BASE}/ValueSet/{id_}" for id_ in catalogue().of_type("ValueSet", version)}


def test_the_package_holds_every_definition_once_and_can_be_loaded() -> None:
    package = orjson.loads(catalogue().package(FhirVersion.R4, base=ORIGIN))
    assert (package["resourceType"], package["type"]) == ("Bundle", "collection")
    found = [(entry["resource"]["resourceType"], entry["resource"]["id"]) for entry in package["entry"]]
    assert len(found) == len(set(found))
    assert set(found) == {(type_, id_) for type_ in DEFINITIONS for id_ in catalogue().of_type(type_, FhirVersion.R4)}
    for entry in package["entry"]:
        resource = entry["resource"]
        assert ID.fullmatch(resource["id"])
        assert entry["fullUrl"] == f"{ORIGIN}/{resource['resourceType']}/{resource['id']}"
        assert resource["url"] == f"{BASE}/{resource['resourceType']}/{resource['id']}"


def test_no_code_or_display_that_is_published_has_blanks_around_it() -> None:
    for code_set in whole().sets:
        for code in code_set.codes:
            assert code.code
            assert code.code == code.code.strip()
            assert code.display == " ".join(code.display.split()), code


def test_what_an_allergy_names_is_published_with_its_concept() -> None:
    groups = read("ValueSet", "metal-allergy")["compose"]["include"]
    named = [group for group in groups if group["extension"][0]["valueCode"] == "allergy"]
    assert "33396006" in {concept["code"] for group in named for concept in group["concept"]}
