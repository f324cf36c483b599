"""Discovery asks for what the packs read, in templates that every EHR takes."""

import re
from dataclasses import replace

from service.cds.discovery import discovery, templates
from service.cds.hooks import Hook
from service.core.judge import rules
from service.core.recognise.results import base_test
from tests.cds.calls import Json, answerer
from tests.vignettes.runner import knowledge, packs

TEMPLATE = re.compile(
    r"(Patient/\{\{context\.patientId\}\}|[A-Z][A-Za-z]+\?patient=\{\{context\.patientId\}\}(&[a-z_]+=[A-Za-z0-9,_-]+)+)"
)


def services() -> list[Json]:
    found: list[Json] = discovery(answerer().templates)["services"]
    return found


def test_there_is_one_service_a_hook() -> None:
    assert [service["hook"] for service in services()] == list(Hook)
    assert {service["id"] for service in services()} == {f"dry-needling-{hook}" for hook in Hook}


def test_all_texts_are_there() -> None:
    for service in services():
        assert all(service[name] for name in ("hook", "id", "title", "description", "usageRequirements", "prefetch"))


def test_templates_keep_to_the_recommended_subset_and_fit_into_a_url() -> None:
    for service in services():
        for template in service["prefetch"].values():
            assert TEMPLATE.fullmatch(template), template
            assert len(template) < 1_800


def test_the_same_key_means_the_same_everywhere() -> None:
    meanings: dict[str, set[str]] = {}
    for service in services():
        for key, template in service["prefetch"].items():
            meanings.setdefault(key, set()).add(template)
    assert all(len(meant) == 1 for meant in meanings.values())


def test_every_result_that_a_rule_reads_is_asked_for_by_all_its_codes() -> None:
    asked = {
        code
        for template in answerer().templates
        if template.type == "Observation"
        for code in template.search.partition("&")[0].removeprefix("code=").split(",")
    }
    read = rules.tests_read(packs().values())
    wanted = {
        code
        for code, rows in knowledge().observations.listed("loinc").items()
        if any(base_test(row.concept) in read for row in rows)
    }
    assert wanted == asked
    assert "82810-3" in asked


def test_what_no_pack_reads_is_not_asked_for() -> None:
    bare = replace(packs()["default"], rules=(), placed_by={})
    assert not [each for each in templates([bare], knowledge()) if each.type == "Observation"]


def test_nothing_is_filtered_by_status() -> None:
    for service in services():
        assert not [each for each in service["prefetch"].values() if "status=" in each]


def test_reported_medicines_are_asked_for() -> None:
    assert all("intent=order,plan" in service["prefetch"]["medicationRequests"] for service in services())


def test_orders_are_asked_for_where_the_context_does_not_hold_them() -> None:
    assert {service["hook"] for service in services() if "serviceRequests" in service["prefetch"]} == {
        "order-dispatch",
        "patient-view",
    }
