"""Scopes: no call that would surely fail, no doubt read as a refusal, and no more asked for than is read."""

from __future__ import annotations

import pytest

from service.ehr.scopes import may_ask, read_scopes


@pytest.mark.parametrize(
    "scope",
    [
        "",
        "patient/*.*",
        "patient/*.read",
        "patient/Condition.read",
        "user/Condition.rs",
        "system/Condition.cruds",
        "system/*.rs",
        "patient/Condition.rs?category=encounter-diagnosis",
        "patient/Observation.rs Epic.Clinical.Read",
        "PATIENT/OBSERVATION.READ",
        "patient/Observation.",
    ],
)
def test_a_search_that_could_succeed_is_tried(scope: str) -> None:
    assert may_ask(scope, "Condition", is_read=False)


@pytest.mark.parametrize(
    "scope",
    [
        "openid fhirUser launch launch/patient online_access",
        "patient/Observation.rs",
        "patient/*.write",
        "patient/Condition.cud",
        "patient/Condition.r",  # reads by id only
    ],
)
def test_a_search_that_would_surely_fail_is_not(scope: str) -> None:
    assert not may_ask(scope, "Condition", is_read=False)


def test_reading_and_searching_are_two_rights() -> None:
    assert may_ask("patient/Condition.r", "Condition", is_read=True)
    assert not may_ask("patient/Condition.s", "Condition", is_read=True)


def test_we_ask_for_reading_and_nothing_else() -> None:
    assert read_scopes({"Patient", "Condition"}, smart_1=False) == "system/Condition.rs system/Patient.rs"
    assert read_scopes({"Patient", "Condition"}, smart_1=True) == "system/Condition.read system/Patient.read"
