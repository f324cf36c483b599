"""The promises of docs/safety.md, each tried on random charts."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from service.core.screening import Headline, NoteKind, Screening
from service.fhir.refused import Refused
from tests.properties.charts import CONDITIONS, SIDED, Case, cases, entries, sited_cases
from tests.properties.seen import changed, entries_of, reach, seen, worded
from tests.vignettes.dialects import Request, tell
from tests.vignettes.lexicon import CannotSay, Json
from tests.vignettes.runner import run

pytestmark = pytest.mark.safety

UNRELATED = (
    "condition: Asthma, active",
    "condition: Essential hypertension, active, recorded 400 days ago",
    "condition: Atrial fibrillation, resolved",
    "statement: cetirizine 10 mg oral tablet, active",
    "request: cetirizine 10 mg oral tablet, stopped, authored 30 days ago",
    "observation: Body weight = 80 kg, effective 3 days ago",
    "procedure: Appendectomy, performed 2001-04-01",
    "immunization: influenza vaccine, occurrence 100 days ago",
    "allergy: Penicillin, active",
)
# Entries that say only bad things: current diseases that explain no medicine and end no pregnancy, and
# medicines that are taken now.
BAD_NEWS = (
    "condition: Hepatitis B, active",
    "condition: Chronic hepatitis C, active",
    "condition: HIV infection, active",
    "condition: Hemophilia A, active",
    "condition: von Willebrand disease, active, verification provisional",
    "condition: Sickle cell disease, active",
    "condition: Type 1 diabetes mellitus, active",
    "condition: Cellulitis, active, bodySite left calf, recorded 3 days ago",
    "condition: Eczema, active",
    "condition: Malignant neoplasm of lung, active",
    "condition: Multiple myeloma, active",
    "condition: Suspected breast cancer, active",
    "statement: apixaban 5 mg oral tablet, active",
    "request: clopidogrel 75 mg oral tablet, active",
    "statement: insulin glargine, active",
    "statement: dolutegravir 50 mg oral tablet, active",
    "observation: Hepatitis B e antigen = Positive, effective 0 days ago",
    "observation: Hemoglobin = 70 g/L, effective 0 days ago",
    "observation: Pregnancy status = Pregnant, effective 0 days ago",
)
# Entries that are asked about as long as nothing explains them.
ASKED = (
    "statement: tenofovir disoproxil 300 mg oral tablet, active",
    "statement: dolutegravir 50 mg oral tablet, active",
    "statement: sofosbuvir/velpatasvir oral tablet, active",
    "statement: antihemophilic factor injection, active",
    "statement: metformin 500 mg oral tablet, active",
    "statement: darbepoetin alfa 0.04 mg/mL injection, active",
    "observation: Hepatitis C antibody = Positive, effective 300 days ago",
    "observation: Hepatitis B core antibody = Positive, effective 300 days ago",
    "observation: Hemoglobin = 100 g/L, effective 20 days ago",
    "condition: Psoriasis, active",
)
# Entries that answer a question or end a finding.
REASSURANCE = (
    "observation: Hepatitis B surface antigen = Negative, effective 2 days ago",
    "observation: Hepatitis C virus RNA = Not detected, effective 2 days ago",
    "observation: HIV 1+2 antigen+antibody = Negative, effective 2 days ago",
    "observation: Pregnancy status = Not pregnant, effective 2 days ago",
    "observation: Pregnancy test = Negative, effective 2 days ago",
    "observation: Hemoglobin = 150 g/L, effective 2 days ago",
    "observation: Hemoglobin A1c = 5.0 %, effective 2 days ago",
    "procedure: Total hysterectomy, performed 2015-01-01",
    "procedure: Vaginal delivery, performed 2 days ago",
    "condition: Prediabetes, active",
    "condition: Menopause, active",
)
# Entries inside a window that lasts three days more.
INSIDE = (
    "observation: Pregnancy status = Not pregnant, effective 24 days ago",
    "observation: Pregnancy test = Negative, effective 8 days ago",
    "observation: Pregnancy test = Positive, effective 85 days ago",
    "procedure: Vaginal delivery, performed 25 days ago",
    "condition: Pregnancy, active, onset 285 days ago",
    "observation: Hemoglobin = 100 g/L, effective 85 days ago",
    "observation: Hemoglobin A1c = 7.0 %, effective 360 days ago",
    "condition: Cellulitis, active, bodySite left calf, recorded 85 days ago",
    "statement: aspirin 81 mg oral tablet, stopped, until 6 days ago",
    "statement: warfarin 5 mg oral tablet, stopped, until 2 days ago",
    "statement: warfarin 5 mg oral tablet, active, until 350 days ago",
    "statement: insulin glargine, stopped, until 10 days ago",
    "request: apixaban 5 mg oral tablet, active, authored 20 days ago, supply 30 days",
)
UNREADABLE: tuple[Json, ...] = (
    {"resourceType": "Condition", "subject": {"reference": "Patient/p1"}},
    {"resourceType": "Condition", "code": {"coding": [{"system": "urn:x", "code": "1"}]}, "subject": {}},
    {"resourceType": "Condition", "code": "HIV", "subject": {"reference": "Patient/p1"}},
    {"resourceType": "MedicationStatement", "status": "active", "subject": {"reference": "Patient/p1"}},
    {"resourceType": "Observation", "status": 7, "subject": {"reference": "Patient/p1"}},
    {"resourceType": "Nonsense", "id": "x"},
    {"id": "without a type"},
)


def answer(case: Case, dialect: str = "snomed") -> Screening:
    return run(_request(case, dialect))


def _request(case: Case, dialect: str = "snomed") -> Request:
    try:
        return tell(case.told(), dialect)
    except CannotSay:
        assume(False)  # noqa: FBT003 - hypothesis's own signature
        raise


def _with(case: Case, entry: str) -> Case:
    return replace(case, entries=(*case.entries, entry))


def _list_came(case: Case, name: str, state: str) -> Case:
    return replace(case, problems=state) if name == "problems" else replace(case, medicines=state)


@given(cases(received=True), st.sampled_from(UNRELATED))
def test_an_unrelated_entry_never_changes_what_is_said(case: Case, unrelated: str) -> None:
    assert seen(answer(_with(case, unrelated))) == seen(answer(case))


@given(cases(), st.sampled_from(("snomed", "icd", "words", "r5", "ips")), st.randoms(use_true_random=False))
def test_the_order_of_entries_never_matters(case: Case, dialect: str, random: Random) -> None:
    request = _request(case, dialect)

    def shuffled(found: list[Json]) -> list[Json]:
        first = 1 if dialect == "ips" else 0  # a document begins with its Composition
        rest = found[first:]
        random.shuffle(rest)
        return found[:first] + rest

    assert worded(run(changed(request, shuffled))) == worded(run(request))


@given(cases(received=True, most=3), st.sampled_from(ASKED), st.sampled_from(BAD_NEWS))
def test_bad_news_never_makes_it_better(case: Case, asked: str, bad: str) -> None:
    open_case = _with(case, asked)
    assert reach(answer(_with(open_case, bad))) >= reach(answer(open_case))


@given(cases(received=True, most=3), st.sampled_from(REASSURANCE))
def test_taking_reassurance_away_never_makes_it_better(case: Case, good: str) -> None:
    assert reach(answer(case)) >= reach(answer(_with(case, good)))


@given(cases(), st.sampled_from(("condition", "medicine", "observation", "procedure")))
def test_what_is_taken_away_is_named_as_missing(case: Case, kind: str) -> None:
    kinds = {"statement", "request"} if kind == "medicine" else {kind}
    left = tuple(entry for entry in case.entries if entry.split(":")[0] not in kinds)
    problems = "not sent" if kind == "condition" else case.problems
    medicines = "not sent" if kind == "medicine" else case.medicines
    screening = answer(replace(case, entries=left, problems=problems, medicines=medicines))
    missing = {"condition": "problem-list-missing", "medicine": "medication-list-missing"}.get(kind)
    if missing:
        assert missing in {question.rule for question in screening.questions}
        assert screening.headline is not Headline.NO_KNOWN_CONTRAINDICATION
    else:
        assert any(kind in note.text.lower() for note in screening.notes if note.kind is NoteKind.NOT_RECEIVED)


@given(cases(received=True), st.sampled_from(("problems", "medicines")))
def test_a_list_that_is_cut_short_never_improves_anything(case: Case, name: str) -> None:
    whole, cut = answer(case), answer(_list_came(case, name, "incomplete"))
    assert cut.headline >= whole.headline
    assert set(seen(cut).findings) == set(seen(whole).findings)
    assert set(seen(cut).questions) > set(seen(whole).questions)


@given(cases(received=True), st.sampled_from(("not sent", "failed", "no information")))
def test_a_list_that_is_missing_or_refused_is_never_better_than_an_empty_one(case: Case, state: str) -> None:
    for name, kinds in (("problems", ("condition",)), ("medicines", ("statement", "request"))):
        if not case.holds(*kinds):
            empty, gone = answer(_list_came(case, name, "empty")), answer(_list_came(case, name, state))
            assert gone.headline >= empty.headline
            assert set(seen(gone).findings) == set(seen(empty).findings)
            assert set(seen(gone).questions) > set(seen(empty).questions)


@given(cases(), st.sampled_from(UNREADABLE), st.integers(0, 7))
def test_an_unreadable_entry_never_weakens_anything(case: Case, unreadable: Json, place: int) -> None:
    request = _request(case)
    before = run(request)
    after = run(changed(request, lambda found: [*found[:place], {"resource": unreadable}, *found[place:]]))
    assert after.headline >= before.headline
    assert reach(after) >= reach(before)
    assert set(seen(after).findings) == set(seen(before).findings)


@given(cases(), st.sampled_from(("snomed", "icd", "r5", "ips")), st.integers(0, 20))
def test_duplicates_change_nothing(case: Case, dialect: str, which: int) -> None:
    request = _request(case, dialect)

    def doubled(found: list[Json]) -> list[Json]:
        return [*found, found[1 + which % (len(found) - 1)]] if len(found) > 1 else found

    there, back = run(request), run(changed(request, doubled))
    assert seen(back) == seen(there)
    assert [f.sentence for f in back.findings] == [f.sentence for f in there.findings]
    assert [q.sentence for q in back.questions] == [q.sentence for q in there.questions]


@given(cases(), st.sampled_from(("none", "relative", "absolute", "urn:uuid")))
def test_the_form_of_full_urls_changes_nothing(case: Case, form: str) -> None:
    request = _request(case)

    def renamed(found: list[Json]) -> list[Json]:
        return [{**entry, **_full_url(entry, form)} for entry in found]

    assert worded(run(changed(request, renamed))) == worded(run(request))


def _full_url(entry: Json, form: str) -> Json:
    resource = entry["resource"]
    assert isinstance(resource, dict)
    if "id" not in resource:
        return {}  # the outcome of a search has no address of its own
    local = f"{resource['resourceType']}/{resource['id']}"
    forms: dict[str, Json] = {
        "none": {},
        "relative": {"fullUrl": local},
        "absolute": {"fullUrl": f"https://ehr.example.org/fhir/{local}"},
        "urn:uuid": {"fullUrl": f"urn:uuid:{uuid5(NAMESPACE_URL, local)}"},
    }
    return forms[form]


@given(sited_cases() | cases(conditions=tuple(name for name in CONDITIONS if name not in SIDED)))
def test_left_and_right_mirrored_give_the_mirrored_answer(case: Case) -> None:
    mirrored = replace(case, entries=tuple(map(_mirror, case.entries)), targets=tuple(map(_mirror, case.targets)))
    there, back = seen(answer(case)), seen(answer(mirrored))
    assert back.headlines == tuple((_mirror(target), headline) for target, headline in there.headlines)
    assert back.findings == tuple((rule, category, _mirror(target)) for rule, category, target in there.findings)
    assert back.questions == tuple((rule, ceiling, _mirror(target)) for rule, ceiling, target in there.questions)


def _mirror(words: str) -> str:
    return words.replace("left", "\0").replace("right", "left").replace("\0", "right")


@given(cases(ages=(20, 45, 60), received=True, most=3), st.sampled_from(INSIDE), st.integers(1, 3))
def test_a_later_as_of_inside_all_windows_changes_nothing(case: Case, inside: str, days: int) -> None:
    of_women = "regnan" in inside or "delivery" in inside
    vignette = _with(replace(case, patient="31 female") if of_women else case, inside).told()
    assume(not any("supply" in entry for entry in case.entries))
    later = replace(vignette, as_of=f"2026-03-{2 + days:02d}")
    assert seen(run(tell(later, "snomed"))) == seen(run(tell(vignette, "snomed")))


@given(cases())
def test_r4_and_r5_give_the_same_screening(case: Case) -> None:
    assert seen(run(_request(case, "r5"))) == seen(run(_request(case, "snomed")))


@given(cases(), st.sampled_from(("snomed", "icd", "words", "r5", "ips")))
def test_every_entry_is_in_the_account_exactly_once(case: Case, dialect: str) -> None:
    request = _request(case, dialect)
    sent: dict[str, int] = {}
    for entry in entries_of(request):
        kind = str(entry["resource"]["resourceType"])  # type: ignore[index]
        sent[kind] = sent.get(kind, 0) + 1
    assert {count.type: count.total for count in run(request).entries} == sent


@given(cases() | sited_cases(), st.sampled_from(("asked", "none", "silent")))
@example(Case(entries=("statement: apixaban 5 mg oral tablet, active",), targets=("right iliopsoas",)), "silent")
def test_the_extended_pack_weakens_nothing(case: Case, current: str) -> None:
    vignette = replace(case.told(), stimulation={"asked": True, "none": False}.get(current))
    founding = run(tell(vignette, "snomed"))
    extended = run(tell(replace(vignette, packs=("extended",)), "snomed"), ("extended",))
    assert [pack.id for pack in extended.packs] == ["default", "extended"]
    assert set(seen(extended).findings) >= set(seen(founding).findings)
    assert set(seen(extended).questions) >= set(seen(founding).questions)
    assert [judgement.target for judgement in extended.judgements] == [j.target for j in founding.judgements]
    assert reach(extended) >= reach(founding)


@given(cases())
def test_nothing_is_ever_called_safe(case: Case) -> None:
    screening = answer(case)
    texts = [part for f in screening.findings for part in (f.harm, f.sentence, f.action, f.ends_when)]
    texts += [part for q in screening.questions for part in (q.harm, q.sentence, q.ask)]
    texts += [note.text for note in screening.notes] + [judgement.why for judgement in screening.judgements]
    words = {word.strip(".,;:()").lower() for text in texts for word in text.split()}
    assert not words & {"safe", "safely", "safety"}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(entries(), min_size=1, max_size=4), st.data())
@example(["condition: HIV infection, active"], None)
def test_a_damaged_chart_is_screened_or_refused(chart: list[str], data: st.DataObject | None) -> None:
    request = _request(Case(entries=tuple(chart)))
    body = json.loads(request.body)
    if data is not None:
        for _ in range(data.draw(st.integers(1, 3))):
            # Mostly inside a resource: that is where most of the reading is done.
            resources = [entry["resource"] for entry in body["entry"] if isinstance(entry.get("resource"), dict)]
            _damage(data.draw(st.sampled_from([body, *resources * 3])), data)
            if not isinstance(body.get("entry"), list) or not all(isinstance(entry, dict) for entry in body["entry"]):
                break
    try:
        screening = run(replace(request, body=json.dumps(body).encode()))
    except Refused as refused:
        assert refused.issues  # noqa: PT017 - both ends are right; that one is reached is the test
    else:
        assert screening.judgements


def _damage(within: Json, data: st.DataObject) -> None:
    """Walk down to a random place, and put junk there."""
    here: Any = within
    while True:
        keys = sorted(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        below = here[key]
        if not isinstance(below, dict | list) or not below or data.draw(st.integers(0, 4)) == 0:
            here[key] = data.draw(JUNK)
            return
        here = below
