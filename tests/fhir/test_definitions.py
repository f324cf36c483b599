"""What is published about the interface: valid in each release, complete, and true."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.core.chart import Kind
from service.core.packs import Pack
from service.core.screening import Category, Certainty, Headline, NoteKind
from service.fhir.definitions.capability import DEFINITIONS, Offer, capability_statement, offered
from service.fhir.definitions.catalogue import Catalogue, Definition, definitions
from service.fhir.definitions.search import search as search_bundle
from service.fhir.definitions.vocabulary import CERTAINTY, HEADLINE, LIST_KIND, NOTE_KIND, Vocabulary
from service.fhir.elements import SYSTEM_URIS
from service.fhir.refused import Case, Refused
from service.fhir.validate import validate
from service.fhir.versions import FhirVersion
from tests.fhir.lists import few
from tests.fhir.strict import faults
from tests.vignettes.runner import packs

ORIGIN = "https://needle.example.org/fhir"
EVERY_RELEASE = pytest.mark.parametrize("version", FhirVersion)


def installed() -> list[Pack]:
    return [*packs().values()]


def catalogue(**more: Any) -> Catalogue:
    return Catalogue(installed(), few, **more)


def read(type_: str, id_: str, version: FhirVersion = FhirVersion.R4, **more: Any) -> dict[str, Any]:
    return json_of(catalogue(**more).of_type(type_, version)[id_])


def json_of(definition: Definition) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(definition.body)
    return found


def search(type_: str, *query: tuple[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(search_bundle(catalogue(), type_, query, FhirVersion.R4, base=ORIGIN))
    return found


def statement(version: FhirVersion = FhirVersion.R4, **more: Any) -> dict[str, Any]:
    given = {"offered": offered(stores=False)} | more
    return capability_statement(version, software_version="1.2.3", date="2026-11-24", url=ORIGIN, **given)


@EVERY_RELEASE
@pytest.mark.parametrize("type_", DEFINITIONS)
def test_every_definition_is_valid_for_its_release(type_: str, version: FhirVersion) -> None:
    found = definitions(type_, version, packs=installed(), lists=few())
    assert found
    for definition in found:
        validate(definition, version)
        assert faults(definition, version) == []


@EVERY_RELEASE
@pytest.mark.parametrize("type_", DEFINITIONS)
def test_the_id_is_the_last_segment_of_the_canonical(type_: str, version: FhirVersion) -> None:
    found = catalogue().of_type(type_, version)
    assert found
    for id_, definition in found.items():
        assert json_of(definition)["id"] == id_
        assert json_of(definition)["url"] == f"https://needlewise.org/fhir/{type_}/{id_}"


def test_every_extension_of_the_contract_has_a_definition() -> None:
    ids = {definition["id"] for definition in definitions("StructureDefinition", FhirVersion.R4, packs=installed())}
    assert ids == {
        "account",
        "action",
        "ask",
        "ceiling",
        "category",
        "certainty",
        "change",
        "dry-needling-risk-assessment",
        "ends-when",
        "evidence",
        "evidence-grade",
        "headline",
        "meaning",
        "note-kind",
        "parameter",
        "prediction-kind",
        "rule",
        "rule-pack",
        "site-change",
        "switched-off",
        "target",
    }


@EVERY_RELEASE
def test_a_structure_definition_is_for_the_release_it_is_read_in(version: FhirVersion) -> None:
    assert read("StructureDefinition", "account", version)["fhirVersion"].startswith(version.value)


def test_element_ids_and_paths_fit_each_other() -> None:
    for definition in definitions("StructureDefinition", FhirVersion.R4, packs=installed()):
        for element in definition["differential"]["element"]:  # type: ignore[index]
            unsliced = ".".join(step.partition(":")[0] for step in element["id"].split("."))
            assert unsliced == element["path"]
            assert element.get("sliceName", element["id"].rpartition(":")[2]) == element["id"].rpartition(":")[2]


def test_every_value_set_that_is_bound_is_published() -> None:
    published = {definition["url"] for definition in definitions("ValueSet", FhirVersion.R4, packs=installed())}
    bound = {
        element["binding"]["valueSet"]
        for definition in definitions("StructureDefinition", FhirVersion.R4, packs=installed())
        for element in definition["differential"]["element"]  # type: ignore[index]
        if "binding" in element
    }
    assert bound
    assert bound <= published


@pytest.mark.parametrize(
    ("vocabulary", "codes"),
    [
        (HEADLINE, {each.code for each in Headline}),
        (CERTAINTY, {each.value for each in Certainty}),
        (NOTE_KIND, {each.value for each in NoteKind}),
        (LIST_KIND, {each.value for each in Kind}),
    ],
)
def test_the_vocabularies_are_those_of_the_core(vocabulary: Vocabulary, codes: set[str]) -> None:
    assert {concept.code for concept in vocabulary.concepts} == codes


def test_categories_are_codes_of_the_headline() -> None:
    (include,) = read("ValueSet", "category")["compose"]["include"]
    assert [concept["code"] for concept in include["concept"]] == [category.code for category in Category]


def test_the_rules_and_packs_of_this_installation_are_codes() -> None:
    (default,) = (pack for pack in installed() if pack.id == "default")
    codes = {concept["code"] for concept in read("CodeSystem", "rule")["concept"]}
    assert {rule.id for rule in default.rules} | set(default.chart_rules) <= codes
    assert "default" in {concept["code"] for concept in read("CodeSystem", "rule-pack")["concept"]}
    assert default.version in read("CodeSystem", "rule")["version"]
    topics = {concept["code"] for concept in read("CodeSystem", "rule-topic")["concept"]}
    assert topics >= {"bloodthinner", "contraindicatedatsite"}
    assert all(code.isalnum() for code in topics)
    reasons = {concept["code"] for concept in read("CodeSystem", "override-reason")["concept"]}
    assert reasons == {reason.code for reason in default.override_reasons}


def test_without_packs_there_are_no_rules() -> None:
    rules = json_of(Catalogue([], few).of_type("CodeSystem", FhirVersion.R4)["rule"])
    assert rules["count"] == 0
    assert "concept" not in rules


def test_no_published_text_calls_anything_safe() -> None:
    for vocabulary in (HEADLINE, NOTE_KIND, CERTAINTY):
        for concept in vocabulary.concepts:
            assert "safe" not in f"{concept.display} {concept.definition}".lower()


@EVERY_RELEASE
def test_the_operation_is_as_the_contract_has_it(version: FhirVersion) -> None:
    operation = read("OperationDefinition", "RiskAssessment-screen", version)
    assert (operation["code"], operation["kind"], operation["resource"]) == ("screen", "operation", ["RiskAssessment"])
    assert (operation["system"], operation["type"], operation["instance"]) == (False, True, False)
    assert "query string" in operation["comment"]
    assert [(each["name"], each["use"], each["min"], each["max"], each["type"]) for each in operation["parameter"]] == [
        ("chart", "in", 1, "*", "Resource"),
        ("target", "in", 0, "*", "Element"),
        ("as-of", "in", 0, "1", "dateTime"),
        ("pack", "in", 0, "*", "Element"),
        ("subject", "in", 0, "1", "Reference"),
        ("electrical-stimulation", "in", 0, "1", "boolean"),
        ("return", "out", 1, "1", "RiskAssessment"),
    ]


def test_a_choice_of_types_is_said_as_each_release_says_it() -> None:
    r4 = read("OperationDefinition", "RiskAssessment-screen", FhirVersion.R4)["parameter"][1]
    r5 = read("OperationDefinition", "RiskAssessment-screen", FhirVersion.R5)["parameter"][1]
    assert [each["valueUri"] for each in r4["extension"]] == r5["allowedType"] == ["CodeableConcept", "string"]
    assert "allowedType" not in r4
    assert "extension" not in r5


@pytest.mark.parametrize("stores", [False, True])
def test_the_operation_affects_state_only_where_results_are_stored(stores: bool) -> None:  # noqa: FBT001
    assert read("OperationDefinition", "RiskAssessment-screen", stores=stores)["affectsState"] is stores


@EVERY_RELEASE
def test_the_capability_statement_is_valid_and_for_the_release_asked_for(version: FhirVersion) -> None:
    validate(statement(version), version)
    assert faults(statement(version), version) == []
    assert statement(version)["fhirVersion"].startswith(version.value)


def test_the_capability_statement_lists_the_operation_with_its_definition() -> None:
    (rest,) = statement()["rest"]
    (risk,) = (each for each in rest["resource"] if each["type"] == "RiskAssessment")
    assert risk["operation"] == [
        {"name": "screen", "definition": read("OperationDefinition", "RiskAssessment-screen")["url"]}
    ]
    assert "interaction" not in risk, "nothing is stored, so nothing can be read"


def test_the_capability_statement_lists_what_is_published_and_no_other_definition() -> None:
    (rest,) = statement()["rest"]
    assert {each["type"] for each in rest["resource"]} == {*DEFINITIONS, "RiskAssessment"}
    for each in rest["resource"]:
        if each["type"] in DEFINITIONS:
            assert [interaction["code"] for interaction in each["interaction"]] == ["read", "search-type"]
            for parameter in each["searchParam"]:
                assert search(each["type"], (parameter["name"], "nothing"))["total"] == 0


def test_the_capability_statement_takes_what_later_versions_offer() -> None:
    more = (*offered(stores=False), Offer("AuditEvent", interactions=("search-type",)))
    (rest,) = statement(offered=more, rest={"interaction": [{"code": "batch"}]})["rest"]
    assert rest["resource"][-1] == {"type": "AuditEvent", "interaction": [{"code": "search-type"}]}
    assert rest["interaction"] == [{"code": "batch"}]


def test_what_is_not_published_is_not_found() -> None:
    assert "unheard-of" not in catalogue().of_type("StructureDefinition", FhirVersion.R4)
    assert not catalogue().of_type("Patient", FhirVersion.R4)


@EVERY_RELEASE
def test_a_search_is_a_valid_searchset(version: FhirVersion) -> None:
    found = orjson.loads(search_bundle(catalogue(), "StructureDefinition", (), version, base=ORIGIN))
    validate(found, version)
    assert faults(found, version) == []


def test_a_search_without_parameters_finds_all_sorted_by_id() -> None:
    found = search("CodeSystem")
    ids = [entry["resource"]["id"] for entry in found["entry"]]
    assert ids == sorted(ids)
    assert found["total"] == len(ids)
    assert found["entry"][0]["fullUrl"] == f"{ORIGIN}/CodeSystem/{ids[0]}"
    assert found["link"] == [{"relation": "self", "url": f"{ORIGIN}/CodeSystem"}]


def test_a_search_by_url_or_id_finds_that_one() -> None:
    url = "https://needlewise.org/fhir/CodeSystem/rule"
    by_url, by_id = search("CodeSystem", ("url", url), ("_format", "json")), search("CodeSystem", ("_id", "rule,hiv"))
    assert [entry["resource"]["url"] for entry in by_url["entry"]] == [url]
    assert by_id["entry"] == by_url["entry"]
    assert by_id["link"][0]["url"] == f"{ORIGIN}/CodeSystem?_id=rule%2Chiv"


def test_a_search_that_finds_nothing_has_no_entries() -> None:
    found = search("ValueSet", ("_id", "nothing"))
    assert found["total"] == 0
    assert "entry" not in found


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ([("nmae", "x")], "nmae is no search parameter here"),
        ([("_id", "x"), ("_id", "y")], "_id is given more than once"),
        ([("<script>", "x")], "a parameter with an unreadable name is no search parameter here"),
    ],
)
def test_a_search_parameter_that_is_unknown_or_doubled_is_refused_by_name(
    query: list[tuple[str, str]], said: str
) -> None:
    with pytest.raises(Refused) as refused:
        search("CodeSystem", *query)
    assert refused.value.case is Case.BAD_PARAMETER
    assert refused.value.issues[0].diagnostics.startswith(said)


def test_every_system_of_the_lists_is_written_under_an_address_that_the_lists_know() -> None:
    mappings = Path(__file__).parents[2] / "mappings"
    with (mappings / "addresses.csv").open(encoding="utf-8") as rows:
        known = {row["address"]: row["system"] for row in csv.DictReader(rows)}
    with (mappings / "systems.csv").open(encoding="utf-8") as rows:
        systems = {row["system"]: row["system"] for row in csv.DictReader(rows)}
    assert {system: known[uri] for system, uri in SYSTEM_URIS.items()} == systems
