"""Bundles of every type: what of them is data, and what becomes of the rest (FHIR checklist, section 5)."""

from __future__ import annotations

import pytest

from service.core.chart import Condition, Kind, Label
from service.fhir.refused import Case, Refused
from tests.fhir.reading import LOINC, Object, ask, bundle, code, condition, contents, patient, read, resource, sources


def refused(body: object, max_entries: int = 1000) -> Refused:
    with pytest.raises(Refused) as caught:
        ask(body, max_entries=max_entries)
    return caught.value


@pytest.mark.parametrize("type_", ["collection", "searchset", "transaction", "batch", "batch-response", "history"])
def test_entries_of_these_bundles_are_the_chart(type_: str) -> None:
    chart = read(condition(), type_=type_)
    assert [entry.kind for entry in chart.entries] == [Kind.CONDITION]
    assert not chart.remarks


@pytest.mark.parametrize("type_", [None, 5, "bag"])
def test_a_bundle_of_no_known_type_is_read_and_noted(type_: object) -> None:
    chart = ask({**bundle(patient(), condition()), "type": type_}).chart
    assert len(chart.entries) == 1
    assert any("collection" in remark for remark in chart.remarks)


def test_documents_and_messages_start_with_their_header() -> None:
    document = bundle(resource("Composition", "d"), patient(), type_="document")
    message = bundle(resource("MessageHeader", "h", subject=None), patient(), type_="message")
    assert [source.type for source in ask(document).chart.supporting] == ["Composition"]
    assert [source.type for source in ask(message).chart.supporting] == ["MessageHeader"]
    for type_ in ("document", "message"):
        fault = refused(bundle(patient(), type_=type_))
        assert fault.case is Case.NOT_A_CHART
        assert fault.issues[0].expression == "Bundle.entry[0].resource"


def test_an_empty_bundle_has_no_patient() -> None:
    for empty in ({"resourceType": "Bundle", "type": "collection"}, bundle(), bundle(type_="document")):
        assert refused(empty).case is Case.NO_PATIENT


def test_an_entry_that_is_no_list_is_told_with_its_place() -> None:
    fault = refused({"resourceType": "Bundle", "type": "collection", "entry": "x"})
    assert fault.case is Case.NOT_A_CHART
    assert fault.issues[0].expression == "Bundle.entry"


def test_requests_other_than_to_write_are_no_evidence_and_counted() -> None:
    chart = read(
        {"request": {"method": "POST", "url": "Condition"}, "resource": condition("a")},
        {"request": {"method": "put", "url": "Condition/b"}, "resource": condition("b")},
        {"request": {"method": "DELETE", "url": "Condition/c"}},
        {"request": {"method": "DELETE", "url": "Condition/d"}, "resource": condition("d")},
        {"request": {"method": "GET", "url": "Observation?patient=1"}},
        {"request": {"method": "PATCH", "url": "Condition/e"}, "resource": {"resourceType": "Binary"}},
        {"request": {"method": "POST", "url": "Condition"}},
        {"request": {"method": "STEAL", "url": "Condition/f"}, "resource": condition("f")},
        type_="transaction",
    )
    assert [entry.source.reference for entry in chart.entries] == ["Condition/a", "Condition/b"]
    assert [(one.source.type, one.source.reference) for one in chart.set_aside] == [
        ("Condition", "Condition/c"),
        ("Condition", "Condition/d"),
        ("Observation", None),
    ]
    assert [one.kind for one in chart.unreadable] == [None, Kind.CONDITION, Kind.CONDITION]
    assert len(sources(chart)) == 9


def test_outcomes_of_a_search_are_about_it_and_no_data() -> None:
    chart = read(
        {"search": {"mode": "match"}, "resource": condition("a")},
        {"search": {"mode": "include"}, "resource": condition("b")},
        {"search": {"mode": "outcome"}, "resource": condition("c")},
        {"search": {"mode": "outcome"}, "resource": {"resourceType": "OperationOutcome", "issue": []}},
        type_="searchset",
    )
    assert len(chart.entries) == 2
    assert [one.source.reference for one in chart.set_aside] == ["Condition/c"]
    assert [source.type for source in chart.supporting] == ["OperationOutcome"]


def test_inner_bundles_are_flattened_entry_by_entry() -> None:
    inner = bundle(condition("a"), {"resource": bundle(condition("b"))}, condition("c"))
    chart = read({"resource": inner}, condition("d"))
    assert [(entry.source.position, entry.source.reference) for entry in chart.entries] == [
        (1, "Condition/a"),
        (2, "Condition/b"),
        (3, "Condition/c"),
        (4, "Condition/d"),
    ]


def test_bundles_may_not_nest_without_end() -> None:
    deep: Object = condition()
    for _ in range(30):
        deep = bundle(deep)
    chart = read({"resource": deep})
    assert not chart.entries
    assert [(one.source.type, one.kind) for one in chart.unreadable] == [("Bundle", None)]


@pytest.mark.parametrize(
    "entry",
    [None, 1, "x", [], {}, {"resource": None}, {"resource": []}, {"resource": {}}, {"resource": {"resourceType": 1}}],
)
def test_an_entry_without_a_resource_is_unreadable_and_of_unknown_type(entry: object) -> None:
    chart = ask({"resourceType": "Bundle", "type": "collection", "entry": [entry, {"resource": patient()}]}).chart
    assert [(one.source.type, one.kind, one.source.position) for one in chart.unreadable] == [("unknown", None, 0)]


def test_a_type_that_fhir_does_not_know_is_unreadable_and_one_no_rule_reads_is_not_read() -> None:
    chart = read(resource("Conditon", "x"), resource("Coverage", "y", subject=None), resource("<b>", "z"))
    assert [one.source.type for one in chart.unreadable] == ["Conditon", "unknown"]
    assert [source.type for source in chart.not_read] == ["Coverage"]


def test_a_single_entry_without_a_list_around_it_is_read() -> None:
    chart = ask({"resourceType": "Bundle", "type": "collection", "entry": {"resource": patient()}}).chart
    assert chart.subject.source.type == "Patient"
    assert chart.remarks


def test_too_many_entries_are_refused_also_inside() -> None:
    assert refused(bundle(patient(), condition("a"), condition("b")), max_entries=2).case is Case.TOO_MANY_ENTRIES
    inner = bundle(condition("a"), condition("b"))
    assert refused(bundle(patient(), {"resource": inner}), max_entries=2).case is Case.TOO_MANY_ENTRIES
    assert ask(bundle(patient(), condition()), max_entries=2).chart.entries


def test_an_entry_is_known_by_its_full_url_else_by_type_and_id() -> None:
    chart = read({"fullUrl": "urn:uuid:1", "resource": condition("a")}, condition("b"), condition(None))
    assert [entry.source.reference for entry in chart.entries] == ["urn:uuid:1", "Condition/b", None]


def test_a_bundle_is_as_confidential_as_its_label_says() -> None:
    labelled = condition(meta={"security": [{"system": "s", "code": "R"}, {"system": "s", "code": "HIV"}]})
    chart = read(labelled, meta={"security": [{"system": "s", "code": "V", "display": "very restricted"}]})
    assert chart.subject.source.labels == (Label("s", "V", "very restricted"),)
    assert chart.entries[0].source.labels == (Label("s", "V", "very restricted"), Label("s", "R"), Label("s", "HIV"))


def test_rules_that_are_not_known_bar_what_was_made_under_them() -> None:
    plain = read(condition()).entries[0]
    assert plain.barred == ""
    for made in (condition(modifierExtension=[{"url": "x"}]), condition(implicitRules="http://rules")):
        assert read(made).entries[0].barred
    assert read(condition(), implicitRules="http://rules").entries[0].barred


class TestDuplicates:
    """One resource that came twice (FH-66)."""

    def test_the_same_twice_counts_once(self) -> None:
        twice = {"fullUrl": "http://x/Condition/c", "resource": condition()}
        for chart in (read(twice, twice), read(condition(), condition()), read(twice, condition())):
            assert len(chart.entries) == 1
            assert [one.reason for one in chart.set_aside] == ["the same resource a second time"]

    def test_the_newest_version_counts_wherever_it_stands(self) -> None:
        old = condition(code={"text": "old"}, meta={"versionId": "1", "lastUpdated": "2024-01-01T10:00:00.100Z"})
        new = condition(code={"text": "new"}, meta={"versionId": "2", "lastUpdated": "2024-01-01T10:00:00.200Z"})
        for chart in (read(old, new), read(new, old)):
            assert [entry.code.text for entry in chart.entries] == ["new"]
            assert [one.reason for one in chart.set_aside] == ["an older version of the same resource"]

    def test_versions_are_counted_where_no_time_is_given(self) -> None:
        old, new = (condition(code={"text": one}, meta={"versionId": one}) for one in ("9", "10"))
        assert [entry.code.text for entry in read(old, new).entries] == ["10"]

    def test_what_contradicts_itself_stays_and_is_told(self) -> None:
        one, other = condition(code={"text": "one"}), condition(code={"text": "other"})
        chart = read(one, other)
        assert len(chart.entries) == 2
        assert any("contradict" in remark for remark in chart.remarks)

    def test_different_resources_under_one_full_url_stay(self) -> None:
        entries = [{"fullUrl": "http://x", "resource": condition(id_)} for id_ in ("a", "b")]
        chart = read(*entries)
        assert len(chart.entries) == 2
        assert any("fullUrl" in remark for remark in chart.remarks)

    def test_two_servers_may_use_the_same_id(self) -> None:
        entries = [{"fullUrl": f"http://{host}/Condition/c", "resource": condition()} for host in ("a", "b")]
        assert len(read(*entries).entries) == 2

    def test_a_history_keeps_the_newest_and_what_was_deleted_is_gone(self) -> None:
        new, old = condition(code={"text": "new"}), condition(code={"text": "old"})
        chart = read(
            {"resource": new, "request": {"method": "PUT", "url": "Condition/c"}},
            {"resource": old, "request": {"method": "POST", "url": "Condition"}},
            {"request": {"method": "DELETE", "url": "Condition/d"}},
            {"resource": condition("d"), "request": {"method": "POST", "url": "Condition"}},
            type_="history",
        )
        assert [entry.code.text for entry in chart.entries] == ["new"]
        assert len(sources(chart)) == 5


class TestListSigns:
    """What the answer to a search says about its list (clinical rules, section 3.5)."""

    def search(self, url: str | None, *resources: Object, **elements: object) -> set[tuple[str, str]]:
        links = [] if url is None else [{"relation": "self", "url": url}]
        links += elements.pop("links", [])  # type: ignore[arg-type]
        chart = read({"resource": bundle(*resources, type_="searchset", link=links, **elements)})
        return {(sign.kind.value, sign.state) for sign in chart.list_signs}

    @pytest.mark.parametrize(
        "url",
        [
            "http://x/fhir/Condition?patient=1",
            "Condition?patient=1&category=problem-list-item&_count=50",
            "Condition?patient=Patient/1&clinical-status=http://terminology.hl7.org/CodeSystem/condition-clinical|active",
            "http://x/fhir/Patient/1/Condition",
            "http://x/fhir/Condition/_search?subject:Patient=1",
        ],
    )
    @pytest.mark.parametrize("total", [None, 0])
    def test_no_match_is_an_empty_list(self, url: str, total: int | None) -> None:
        given = {} if total is None else {"total": total}
        assert self.search(url, **given) == {("conditions", "empty")}

    def test_epic_says_with_a_warning_that_nothing_was_found(self) -> None:
        outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "processing"}]}
        entry = {"search": {"mode": "outcome"}, "resource": outcome}
        assert self.search("MedicationRequest?patient=1", entry, total=0) == {("medicines", "empty")}

    @pytest.mark.parametrize(
        "url",
        [
            None,
            "http://[",
            "Condition?patient=1&code=86406008",
            "Condition?patient=1&category=encounter-diagnosis",
            "Condition?patient=1&clinical-status=resolved",
            "MedicationRequest?patient=1&status=completed",
            "Condition?patient=1&_lastUpdated=gt2024",
            "Coverage?patient=1",
        ],
    )
    def test_no_match_for_part_of_a_list_says_nothing_of_it(self, url: str | None) -> None:
        assert self.search(url, total=0) == set()

    def test_a_further_page_makes_its_list_incomplete(self) -> None:
        following = [{"relation": "next", "url": "http://x?page=2"}]
        assert self.search("Condition?patient=1", condition(), links=following) == {("conditions", "incomplete")}
        assert self.search("Coverage?patient=1", links=following) == set()

    def test_a_further_page_of_an_unknown_search_makes_every_list_incomplete(self) -> None:
        following = [{"relation": "next", "url": "http://x?page=2"}]
        for url in (None, "http://x/fhir?_getpages=7", "Patient/1/$everything"):
            assert self.search(url, links=following) == {(kind.value, "incomplete") for kind in Kind}

    def test_a_page_that_was_followed_is_no_gap(self) -> None:
        first = bundle(
            condition("a"),
            type_="searchset",
            link=[
                {"relation": "self", "url": "Condition?patient=1"},
                {"relation": "next", "url": "http://x?page=2"},
            ],
        )
        second = bundle(condition("b"), type_="searchset", link=[{"relation": "self", "url": "http://x?page=2"}])
        chart = read({"resource": first}, {"resource": second})
        assert chart.list_signs == ()

    def test_fewer_entries_than_found_are_incomplete(self) -> None:
        assert self.search("Condition?patient=1", condition(), total=7) == {("conditions", "incomplete")}
        assert self.search("Condition?patient=1", total=7) == {("conditions", "incomplete")}
        assert self.search("Condition?patient=1", condition(), total=1) == set()

    def test_an_error_is_a_failed_list(self) -> None:
        outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}
        assert self.search("Condition?patient=1", outcome) == {("conditions", "failed")}

    def test_a_warning_that_something_was_left_out_is_an_incomplete_list(self) -> None:
        outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "suppressed"}]}
        assert self.search("Condition?patient=1", condition(), outcome) == {("conditions", "incomplete")}

    def test_a_failed_answer_of_a_batch_is_a_failed_list(self) -> None:
        issue = {"severity": "error", "code": "forbidden", "diagnostics": "no access to MedicationRequest"}
        named = {"response": {"status": "403", "outcome": {"resourceType": "OperationOutcome", "issue": [issue]}}}
        unnamed = {"response": {"status": "500"}}
        wrapped = [{"resource": {"resourceType": "Parameters"}, **one} for one in (named, unnamed)]
        chart = read(wrapped[0], type_="batch-response")
        assert {(sign.kind, sign.state) for sign in chart.list_signs} == {(Kind.MEDICINE, "failed")}
        chart = read(wrapped[1], type_="batch-response")
        assert {(sign.kind, sign.state) for sign in chart.list_signs} == {(kind, "failed") for kind in Kind}
        entry = ask({**bundle(patient(), type_="batch-response"), "entry": [{"resource": patient()}, named]}).chart
        assert [one.source.type for one in entry.set_aside] == ["unknown"]


class TestSections:
    """What a document's sections and a List say (FHIR checklist, FH-80 to FH-88)."""

    def document(self, *sections: Object) -> Object:
        return bundle(resource("Composition", "d", section=list(sections)), patient(), condition(), type_="document")

    @pytest.mark.parametrize(
        ("reason", "state"),
        [
            ("nilknown", "none-known"),
            ("notasked", "not-received"),
            ("unavailable", "not-received"),
            ("notstarted", "not-received"),
            ("closed", "not-received"),
            ("withheld", "failed"),
            ("else", "not-received"),
        ],
    )
    def test_why_a_section_is_empty_tells_whether_its_list_was_received(self, reason: str, state: str) -> None:
        section = {"code": code(LOINC, "10160-0"), "emptyReason": code("x", reason)}
        (sign,) = ask(self.document({"section": [section]})).chart.list_signs
        assert (sign.kind, sign.state) == (Kind.MEDICINE, state)

    def test_a_list_says_so_as_well(self) -> None:
        said = resource("List", "l", status="current", code=code(LOINC, "11450-4"), emptyReason=code("x", "nilknown"))
        assert [(sign.kind, sign.state) for sign in read(said).list_signs] == [(Kind.CONDITION, "none-known")]
        assert read({**said, "status": "entered-in-error"}).list_signs == ()
        assert read({**said, "subject": {"reference": "Patient/2"}}).list_signs == ()

    def test_entries_of_a_section_of_past_problems_are_past(self) -> None:
        past = {"code": code(LOINC, "11348-0"), "entry": [{"reference": "Condition/c"}]}
        current = {"code": code(LOINC, "11450-4"), "entry": [{"reference": "Condition/c"}]}
        assert contents(ask(self.document(past)).chart, Condition)[0].past_section
        assert not contents(ask(self.document(past, current)).chart, Condition)[0].past_section

    def test_an_entry_in_no_section_is_read_and_told(self) -> None:
        other = {"code": code(LOINC, "11450-4"), "entry": [{"reference": "Patient/1"}]}
        chart = ask(self.document(other)).chart
        assert len(chart.entries) == 1
        assert any("no section" in remark for remark in chart.remarks)
