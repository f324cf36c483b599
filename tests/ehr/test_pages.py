"""Pages: all of them in one Bundle, only under the same base, and what is missing is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import responses

from service.ehr import EhrReader, Reason, Received, Token
from tests.ehr.reading import BASE, ask, condition, ids, is_empty, reading
from tests.fhir_server import outcome

QUERY = "Condition?patient=1"
FIRST = f"{BASE}/{QUERY}"


@pytest.fixture
def ehr() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def reader() -> Iterator[EhrReader]:
    with reading() as made:
        yield made


def page(*ids_: str, following: str = "", **members: Any) -> dict[str, Any]:
    links = [{"relation": "next", "url": following}] if following else []
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": links,
        "entry": [{"resource": condition(id_)} for id_ in ids_],
        **members,
    }


@pytest.mark.parametrize(
    "following",
    [f"{BASE}?_getpages=2", "?_getpages=2", "/fhir?_getpages=2", "HTTPS://EHR.example.org:443/fhir?_getpages=2"],
)
def test_pages_become_one_bundle(following: str, ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(FIRST, json=page("a", "b", following=following, total=3))
    ehr.get(f"{BASE}?_getpages=2", json=page("c", total=3))
    answer = ask(reader, QUERY, token=Token(secret="s3cret"))
    assert ids(answer) == ["a", "b", "c"]
    assert isinstance(answer, Received)
    assert answer.cut_off is None
    assert answer.resource["link"] == [{"relation": "self", "url": FIRST}]
    assert answer.resource["total"] == 3
    assert [call.request.headers["Authorization"] for call in ehr.calls] == ["Bearer s3cret"] * 2


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/fhir?_getpages=2",
        "http://ehr.example.org/fhir?_getpages=2",
        "https://ehr.example.org/admin",
        "https://ehr.example.org@evil.example/fhir",
        "//evil.example/fhir",
        "../admin",
        "\\\\evil.example",
        " ",
    ],
)
def test_a_page_elsewhere_is_not_asked_for(following: str, ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(FIRST, json=page("a", following=following))
    answer = ask(reader, QUERY, token=Token(secret="s3cret"))
    assert ids(answer) == ["a"]
    assert isinstance(answer, Received)
    assert answer.cut_off is Reason.NOT_LISTED
    assert answer.resource["link"][1] == {"relation": "next", "url": following}
    assert len(ehr.calls) == 1


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ({"status": 403}, Reason.NOT_PERMITTED),
        ({"status": 404}, Reason.NOT_OFFERED),
        ({"status": 500}, Reason.ERROR),
        ({"body": "no json"}, Reason.UNREADABLE),
        ({"json": outcome("error", "exception")}, Reason.ERROR),
        ({"json": condition("x")}, Reason.UNREADABLE),
    ],
)
def test_a_page_that_does_not_come_leaves_the_others(
    second: dict[str, Any], why: Reason, ehr: responses.RequestsMock, reader: EhrReader
) -> None:
    ehr.get(FIRST, json=page("a", following="?page=2"))
    ehr.get(f"{BASE}?page=2", **second)
    answer = ask(reader, QUERY)
    assert ids(answer) == ["a"]
    assert isinstance(answer, Received)
    assert answer.cut_off is why


def test_pages_that_go_round_in_a_circle_end(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(FIRST, json=page("a", following="?page=2"))
    ehr.get(f"{BASE}?page=2", json=page("b", following="?page=3"))
    ehr.get(f"{BASE}?page=3", json=page("c", following="?page=2"))
    answer = ask(reader, QUERY)
    assert ids(answer) == ["a", "b", "c"]
    assert isinstance(answer, Received)
    assert answer.cut_off is Reason.UNREADABLE


def test_pages_without_end_are_cut_off(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(FIRST, json=page("a", following="?page=1"))
    for number in range(1, 60):
        ehr.get(f"{BASE}?page={number}", json=page(str(number), following=f"?page={number + 1}"))
    answer = ask(reader, QUERY, budget_s=60)
    assert isinstance(answer, Received)
    assert answer.cut_off is Reason.TOO_MUCH
    assert len(ehr.calls) == len(ids(answer)) == 50


def test_entries_are_counted_over_all_pages(ehr: responses.RequestsMock) -> None:
    ehr.get(FIRST, json=page("a", "b", following="?page=2"))
    ehr.get(f"{BASE}?page=2", json=page("c", "d"))
    with reading(most_entries=3) as reader:
        answer = ask(reader, QUERY)
    assert ids(answer) == ["a", "b"]
    assert isinstance(answer, Received)
    assert answer.cut_off is Reason.TOO_MUCH


def test_an_empty_first_page_is_not_an_empty_list(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(FIRST, json=page(following="?page=2"))
    ehr.get(f"{BASE}?page=2", json=page("a"))
    assert ids(ask(reader, QUERY)) == ["a"]


def test_an_empty_page_with_more_behind_it_that_did_not_come_is_not_empty(
    ehr: responses.RequestsMock, reader: EhrReader
) -> None:
    ehr.get(FIRST, json=page(following="?page=2"))
    ehr.get(f"{BASE}?page=2", status=403)
    assert isinstance(ask(reader, QUERY), Received)


def test_empty_pages_are_an_empty_list(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(FIRST, json=page(following="?page=2"))
    ehr.get(f"{BASE}?page=2", json=page())
    assert is_empty(ask(reader, QUERY))


def test_the_labels_of_every_page_are_kept(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(FIRST, json=page("a", following="?page=2", meta={"versionId": "7", "security": [{"code": "R"}]}))
    ehr.get(f"{BASE}?page=2", json=page("b", meta={"security": [{"code": "HIV"}]}))
    answer = ask(reader, QUERY)
    assert isinstance(answer, Received)
    assert answer.resource["meta"] == {"versionId": "7", "security": [{"code": "R"}, {"code": "HIV"}]}
