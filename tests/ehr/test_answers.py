"""What comes of what an EHR answers: each status, each odd body, and no fault that is not an answer."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st

from service.ehr import EhrReader, NotReceived, Reason, Received, Token
from tests.ehr.reading import BASE, ask, ask_all, condition, ids, is_empty, reading, reason
from tests.fhir_server import outcome

CONDITIONS = f"{BASE}/Condition"
QUERY = "Condition?patient=1"


def bundle(*resources: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": each} for each in resources],
        **members,
    }


@pytest.fixture
def ehr() -> Any:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def reader() -> Any:
    with reading() as made:
        yield made


def test_a_search_is_asked_as_fhir_and_with_the_token(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(CONDITIONS, json=bundle(condition("a")))
    answer = ask(reader, QUERY, token=Token(secret="s3cret", scope="patient/Condition.rs"))
    assert ids(answer) == ["a"]
    (call,) = ehr.calls
    assert call.request.url == f"{BASE}/{QUERY}"
    assert call.request.headers["Authorization"] == "Bearer s3cret"
    assert call.request.headers["Accept"] == "application/fhir+json"
    assert call.request.headers["User-Agent"].startswith("Needlewise/")


def test_without_a_token_none_is_sent(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(CONDITIONS, json=bundle())
    ask(reader, QUERY)
    assert "Authorization" not in ehr.calls[0].request.headers


@pytest.mark.parametrize(
    ("status", "search", "read"),
    [
        (301, Reason.ERROR, Reason.ERROR),
        (204, Reason.ERROR, Reason.ERROR),
        (400, Reason.NOT_ACCEPTED, Reason.NOT_ACCEPTED),
        (401, Reason.NOT_PERMITTED, Reason.NOT_PERMITTED),
        (403, Reason.NOT_PERMITTED, Reason.NOT_PERMITTED),
        (404, Reason.NOT_OFFERED, Reason.NOT_THERE),
        (410, Reason.DELETED, Reason.DELETED),
        (422, Reason.NOT_ACCEPTED, Reason.NOT_ACCEPTED),
        (429, Reason.BUSY, Reason.BUSY),
        (500, Reason.ERROR, Reason.ERROR),
        (503, Reason.BUSY, Reason.BUSY),
        (599, Reason.ERROR, Reason.ERROR),
    ],
)
def test_each_status_has_its_reason(
    status: int, search: Reason, read: Reason, ehr: responses.RequestsMock, reader: EhrReader
) -> None:
    ehr.get(CONDITIONS, status=status, json=outcome("error", "processing"))
    ehr.get(f"{BASE}/Patient/1", status=status, json=outcome("error", "processing"))
    assert reason(ask(reader, QUERY)) is search
    assert reason(ask(reader, "Patient/1")) is read


@pytest.mark.parametrize("status", [401, 403, 404, 400, 429])
def test_a_refusal_is_not_asked_again(status: int, ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(CONDITIONS, status=status)
    ask(reader, QUERY, token=Token(secret="s3cret"))
    assert len(ehr.calls) == 1


@pytest.mark.parametrize("first", [500, 502, 503, 504])
def test_a_failure_is_asked_once_more(first: int, ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(CONDITIONS, status=first)
    ehr.get(CONDITIONS, json=bundle(condition("a")))
    assert ids(ask(reader, QUERY)) == ["a"]


def test_and_not_twice(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(CONDITIONS, status=500)
    assert reason(ask(reader, QUERY)) is Reason.ERROR
    assert len(ehr.calls) == 2


def test_a_connection_that_broke_is_made_once_more(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(CONDITIONS, body=requests.ConnectionError("Condition?patient=1"))
    ehr.get(CONDITIONS, json=bundle())
    assert is_empty(ask(reader, QUERY))


def test_a_time_out_is_not_asked_again(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(CONDITIONS, body=requests.ReadTimeout("Condition?patient=1"))
    assert reason(ask(reader, QUERY)) is Reason.TIMED_OUT
    assert len(ehr.calls) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "0"},
        {"Retry-After": "Tue, 03 Mar 2026 10:00:01 GMT", "Date": "Tue, 03 Mar 2026 10:00:01 GMT"},
        {"Retry-After": "Tue, 03 Mar 2026 10:00:00 GMT", "Date": "Tue, 03 Mar 2026 10:00:01 GMT"},
    ],
)
def test_retry_after_is_heeded_where_there_is_time(
    status: int, headers: dict[str, str], ehr: responses.RequestsMock, reader: EhrReader
) -> None:
    ehr.get(CONDITIONS, status=status, headers=headers)
    ehr.get(CONDITIONS, json=bundle(condition("a")))
    assert ids(ask(reader, QUERY)) == ["a"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "60"},
        {"Retry-After": "99999999999999999999"},
        {"Retry-After": "-1"},
        {"Retry-After": "soon"},
        {"Retry-After": "Tue, 03 Mar 2026 11:00:00 GMT", "Date": "Tue, 03 Mar 2026 10:00:00 GMT"},
        {"Retry-After": "Tue, 03 Mar 2026 11:00:00 GMT", "Date": "today"},
        {"Retry-After": "Tue, 03 Mar 2026 11:00:00", "Date": "Tue, 03 Mar 2026 10:00:00 GMT"},
    ],
)
def test_a_retry_after_that_does_not_fit_is_given_up_at_once(
    headers: dict[str, str], ehr: responses.RequestsMock, reader: EhrReader
) -> None:
    ehr.get(CONDITIONS, status=503, headers=headers)
    assert reason(ask(reader, QUERY)) is Reason.BUSY
    assert len(ehr.calls) == 1


EPIC_NOTHING = {
    "search": {"mode": "outcome"},
    "resource": outcome("warning", "processing", "Resource request returns no results."),
}


@pytest.mark.parametrize(
    "body",
    [
        bundle(total=0),
        bundle(),
        {"resourceType": "Bundle", "type": "searchset", "total": 0},
        {"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": [EPIC_NOTHING]},
        {"resourceType": "Bundle", "entry": None},
    ],
)
def test_searched_and_found_nothing(body: Any, ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(CONDITIONS, json=body)
    answer = ask(reader, QUERY)
    assert is_empty(answer)
    assert not isinstance(answer, NotReceived)
    assert answer.resource["link"] == [{"relation": "self", "url": f"{BASE}/{QUERY}"}]


def test_fewer_entries_than_the_total_are_not_nothing(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(CONDITIONS, json=bundle(total=3))
    assert isinstance(ask(reader, QUERY), Received)


def test_what_the_server_says_it_searched_for_is_kept(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    said = f"{BASE}/Condition?patient=1&clinical-status=active"
    ehr.get(CONDITIONS, json=bundle(link=[{"relation": "self", "url": said}]))
    answer = ask(reader, QUERY)
    assert not isinstance(answer, NotReceived)
    assert answer.resource["link"] == [{"relation": "self", "url": said}]


def test_of_several_links_the_right_one_is_taken(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    links = [None, {"relation": "next", "url": 7}, {"relation": "last", "url": f"{BASE}?page=9"}]
    ehr.get(CONDITIONS, json=bundle(condition("a"), link=links))
    answer = ask(reader, QUERY)
    assert isinstance(answer, Received)
    assert answer.cut_off is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (outcome("error", "exception"), Reason.ERROR),
        (outcome("warning", "informational"), Reason.ERROR),
        (condition("a"), Reason.UNREADABLE),
        ({}, Reason.UNREADABLE),
        ([], Reason.UNREADABLE),
        ("Bundle", Reason.UNREADABLE),
    ],
)
def test_what_is_not_what_was_asked_for(body: Any, why: Reason, ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(CONDITIONS, json=body)
    assert reason(ask(reader, QUERY)) is why


def test_a_read_gives_the_resource(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(f"{BASE}/Patient/1", json={"resourceType": "Patient", "id": "1"})
    assert ask(reader, "Patient/1") == Received(resource={"resourceType": "Patient", "id": "1"})


@pytest.mark.parametrize(
    ("body", "why"),
    [(condition("1"), Reason.UNREADABLE), (bundle(), Reason.UNREADABLE), (outcome("error", "login"), Reason.ERROR)],
)
def test_a_read_of_another_type_is_not_taken(
    body: Any, why: Reason, ehr: responses.RequestsMock, reader: EhrReader
) -> None:
    ehr.get(f"{BASE}/Patient/1", json=body)
    assert reason(ask(reader, "Patient/1")) is why


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>signed out</html>",
        b'{"resourceType": "Bundle", "resourceType": "Patient"}',
        b'{"resourceType": "Bundle", "x": NaN}',
        b'{"x": "\xff"}',
        b'{"resourceType": "Bundle"',
        b"[" * 5_000 + b"]" * 5_000,
        '{"resourceType": "Bundle"}'.encode("utf-16"),
    ],
)
def test_what_is_no_json_as_fhir_has_it_is_not_readable(
    body: bytes, ehr: responses.RequestsMock, reader: EhrReader
) -> None:
    ehr.get(CONDITIONS, body=body)
    assert reason(ask(reader, QUERY)) is Reason.UNREADABLE


def test_a_body_over_the_limit_is_not_taken_in(ehr: responses.RequestsMock) -> None:
    ehr.get(CONDITIONS, json=bundle(condition("x" * 2_000)))
    with reading(most_bytes=1_000) as reader:
        assert reason(ask(reader, QUERY)) is Reason.TOO_MUCH


def test_nor_one_that_is_over_it_once_decompressed(ehr: responses.RequestsMock) -> None:
    packed = gzip.compress(json.dumps(bundle(condition("x" * 500_000))).encode())
    assert len(packed) < 1_000
    ehr.get(CONDITIONS, body=packed, headers={"Content-Encoding": "gzip"})
    with reading(most_bytes=100_000) as reader:
        assert reason(ask(reader, QUERY)) is Reason.TOO_MUCH


def test_a_compressed_body_is_read(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    packed = gzip.compress(json.dumps(bundle(condition("a"))).encode())
    ehr.get(CONDITIONS, body=packed, headers={"Content-Encoding": "gzip"})
    assert ids(ask(reader, QUERY)) == ["a"]


def test_what_only_says_that_it_is_compressed_is_an_error(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    ehr.get(CONDITIONS, body=b"{}", headers={"Content-Encoding": "gzip"})
    assert reason(ask(reader, QUERY)) is Reason.ERROR


def test_too_many_entries_are_not_taken_in(ehr: responses.RequestsMock) -> None:
    ehr.get(CONDITIONS, json=bundle(*(condition(str(n)) for n in range(11))))
    with reading(most_entries=10) as reader:
        assert reason(ask(reader, QUERY)) is Reason.TOO_MUCH


def test_the_limits_are_those_of_the_whole_call(ehr: responses.RequestsMock) -> None:
    ehr.get(CONDITIONS, json=bundle(*(condition(str(n)) for n in range(6))))
    ehr.get(f"{BASE}/Observation", json=bundle(*(condition(str(n)) for n in range(6))))
    with reading(most_entries=10) as reader:
        answers = ask_all(reader, QUERY, "Observation?patient=1")
    assert sorted(type(answer).__name__ for answer in answers.values()) == ["NotReceived", "Received"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?patient=1",
        "https://ehr.example.org/fhir/Condition?patient=1",
        "https://evil.example/Condition",
        "//evil.example/Condition",
        "/Condition",
        "../Condition",
        "Condition/../../admin",
        "Condition?patient=1#x",
        "Condition?patient=a b",
        "Patient/%2e%2e",
        "Patient/ü",
        "metadata",
    ],
)
def test_what_is_no_plain_query_is_not_asked(query: str, ehr: responses.RequestsMock, reader: EhrReader) -> None:
    assert reason(ask(reader, query)) is Reason.NOT_ACCEPTED
    assert not ehr.calls


@pytest.mark.parametrize(
    "base_url",
    ["https://evil.example/fhir", "http://ehr.example.org/fhir", "https://ehr.example.org/fhirx", "nonsense"],
)
def test_another_server_than_the_listed_one_is_not_asked(
    base_url: str, ehr: responses.RequestsMock, reader: EhrReader
) -> None:
    assert reason(ask(reader, QUERY, base_url=base_url)) is Reason.NOT_LISTED
    assert not ehr.calls


def test_what_the_scopes_surely_forbid_is_not_asked(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    token = Token(secret="s3cret", scope="launch patient/Observation.rs")
    assert reason(ask(reader, QUERY, token=token)) is Reason.NOT_PERMITTED
    assert not ehr.calls


def test_a_token_that_is_over_is_not_sent(ehr: responses.RequestsMock, reader: EhrReader) -> None:
    token = Token(secret="s3cret", expires=0.0)
    assert reason(ask(reader, QUERY, token=token)) is Reason.NO_TOKEN
    assert not ehr.calls


def test_a_token_is_not_shown() -> None:
    assert "s3cret" not in repr(Token(secret="s3cret"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(["entry", "link", "meta", "total", "type", "id"])
ODD_BUNDLES = st.dictionaries(MEMBERS, JSON, max_size=6).map(lambda members: {"resourceType": "Bundle", **members})
ODD_LINKS = st.lists(
    st.dictionaries(st.sampled_from(["relation", "url"]), JSON | st.sampled_from(["next", "self"]), max_size=2),
    max_size=3,
).map(lambda links: {"resourceType": "Bundle", "link": links})


@given(JSON | ODD_BUNDLES | ODD_LINKS)
def test_whatever_comes_is_one_of_the_answers(body: Any) -> None:
    with responses.RequestsMock() as ehr, reading() as reader:
        ehr.get(CONDITIONS, json=body)
        assert isinstance(ask(reader, QUERY), Received | NotReceived) or is_empty(ask(reader, QUERY))
