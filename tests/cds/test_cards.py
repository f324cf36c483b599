"""Cards: few, short, worst first, and with nothing in them that a viewer would act on."""

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from fhir.resources.R4B.observation import Observation

from service.cds.answer import Answerer
from service.cds.words import clip, escaped, plain, units
from service.pipeline import Screener
from tests.cds import calls
from tests.cds.calls import Json, answered, cards, found, has, order, patient, sign, taking, whole
from tests.vignettes.dialects import tell
from tests.vignettes.grammar import Vignette, read_vignettes
from tests.vignettes.lexicon import CannotSay
from tests.vignettes.runner import knowledge, packs

WORST = whole(has("HIV infection"), has("Type 2 diabetes", "dm"), medicines=(taking(),), gender="female")
VIGNETTES = Path(__file__).parents[1] / "vignettes"
HOSTILE = [
    "<img src=x onerror=alert(1)> hepatitis B",
    "[click](http://evil.example) hepatitis B",
    "hepatitis B | a | b |\n\n# heading\n* item",
    "hepatitis B **bold** _it_ ~~no~~ `code` www.evil.example mail@evil.example https://evil.example",
    "hepatitis B &lt;script&gt; &#60;b&#62;",
    "hepatitis B \u202e\u0000\u200b\u2028 backwards",
    "hepatitis B \\[click\\](javascript:alert(1))",
    "hepatitis B \U0001f489" * 40,
]


def test_worst_first_and_never_more_than_three() -> None:
    sites = ("left calf", "right calf", "left forearm", "lower back", "right forearm")
    orders = [order(f"o{number}", site) for number, site in enumerate(sites)]
    told = cards(sign(*orders, prefetch=whole(has("Cellulitis of left forearm"), medicines=(taking(),))))
    assert [card["indicator"] for card in told] == ["critical", "warning", "warning"]
    assert "left forearm" in told[0]["summary"]
    assert "2 more sites" in told[-1]["detail"]


@pytest.mark.parametrize(
    ("prefetch", "summary", "indicator"),
    [
        (whole(has("HIV infection")), "Contraindicated, left gastrocnemius: HIV", "critical"),
        (whole(medicines=(taking(),)), "Precaution, left gastrocnemius: blood thinner", "warning"),
        (whole(gender="female"), "Not enough known, left gastrocnemius – to settle: pregnancy", "info"),
        (
            {"patient": patient(), "medicationRequests": found(taking())},
            "Not enough known, left gastrocnemius – to settle: problem list not received; found: blood thinner",
            "warning",
        ),
        (
            whole(has("Cellulitis of left calf")),
            "Contraindicated at this site, left gastrocnemius: active skin lesion at the site",
            "critical",
        ),
    ],
)
def test_the_summary_is_the_headline_in_words_and_the_target(prefetch: Json, summary: str, indicator: str) -> None:
    (card,) = cards(sign(order(), prefetch=prefetch))
    assert (card["summary"], card["indicator"]) == (summary, indicator)


def test_a_card_says_which_rules_are_switched_off_at_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = replace(packs()["default"], switched_off=("hiv",))
    screener = Screener(knowledge=knowledge(), packs={"default": pack}, default_packs=("default",), max_entries=1_000)
    monkeypatch.setattr(calls, "answerer", lambda: Answerer(screener=screener, templates=()))
    (card,) = cards(sign(order(), prefetch=whole(has("HIV infection"), medicines=(taking(),))))
    assert card["summary"] == "Precaution, left gastrocnemius: blood thinner"
    assert "Rules switched off at this site: hiv" in card["detail"]


def test_nothing_found_is_silent_unless_it_is_asked_for() -> None:
    assert cards(sign(order(), prefetch=whole())) == []
    (card,) = cards(sign(order(), prefetch=whole()), show_clear=True)
    assert card["indicator"] == "info"
    assert card["summary"] == "No known contraindication, left gastrocnemius"
    assert "safe" not in card["detail"].lower().replace("safety", "")


def test_the_first_words_can_be_read_in_eight_seconds() -> None:
    for prefetch in (WORST, whole(medicines=(taking(),)), whole(gender="female")):
        (card,) = cards(sign(order(), prefetch=prefetch))
        lead = card["detail"].partition("\n\n")[0]
        assert len(lead.split()) <= 32
        assert lead.startswith(f"**{card['summary'].partition(',')[0]}: left gastrocnemius.**")


@pytest.mark.parametrize(
    ("prefetch", "lead"),
    [
        (whole(has("query diabetes")), "Diabetes? The entry leaves open whether the patient has it. Ask"),
        (whole(gender="female"), "Pregnancy? No current answer is recorded"),
        ({"patient": patient(), "medicationRequests": found()}, "The problem list was not received. Get"),
    ],
)
def test_what_has_to_be_settled_is_said_first_and_why(prefetch: Json, lead: str) -> None:
    (card,) = cards(sign(order(), prefetch=prefetch))
    assert card["detail"].partition("** ")[2].startswith(lead)


def test_what_to_do_is_more_than_that_it_is_recorded() -> None:
    (card,) = cards(sign(order(), prefetch=whole(has("Breast cancer, left breast"))))
    assert "Before needling ask" in card["detail"].splitlines()[4]


def test_only_lists_that_are_asked_for_are_missed() -> None:
    (card,) = cards(sign(order(), prefetch=whole(medicines=(taking(),))))
    assert card["detail"].endswith("Not received: observations, procedures, immunizations, allergies.")


def charts_of(vignette: Vignette) -> list[Json]:
    """The chart in the first dialect that can tell it."""
    for dialect in ("snomed", "words"):
        with suppress(CannotSay):
            told = orjson.loads(tell(vignette, dialect).body)
            return [each["resource"] for each in told.get("parameter", ()) if each["name"] == "chart"] or [told]
    raise AssertionError(vignette.title)


@pytest.mark.parametrize("name", ["11-acceptance-examples", "whole-patients"])
def test_every_patient_of_the_vignettes_gets_a_short_card(name: str) -> None:
    for vignette in read_vignettes(VIGNETTES / f"{name}.yaml"):
        charts = charts_of(vignette)
        mine: Json = {"subject": {"reference": "Patient/p1"}}
        orders = [order(f"o{place}", target, **mine) for place, target in enumerate(vignette.targets)]
        prefetch = {str(place): chart for place, chart in enumerate(charts)}
        sent = sign(*orders or [order(site="", **mine)], prefetch=prefetch, context={"patientId": "p1"})
        for card in cards(sent, show_clear=True):
            lead = card["detail"].partition("\n\n")[0]
            assert units(card["summary"]) <= 100
            assert units(card["detail"]) < 1_500
            assert len(lead.split()) < 40
            assert lead.startswith(f"**{card['summary'].partition(',')[0]}: ")


def test_the_detail_is_short_and_says_what_it_leaves_out() -> None:
    (card,) = cards(sign(order(), prefetch=WORST))
    assert units(card["detail"]) < 1_500
    rows = [line for line in card["detail"].splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)
    left = re.search(r"(\d+) more in the full report", card["detail"])
    screening = answered(sign(order(), prefetch=WORST)).screening
    assert screening is not None
    assert len(rows) - 2 + (int(left[1]) if left else 0) == len(screening.findings) + len(screening.questions)


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_the_chart_are_only_words(words: str) -> None:
    (card,) = cards(sign(order(site=words), prefetch=whole(has(words))))
    assert "<" not in card["detail"]
    assert "](" not in card["detail"]
    assert not re.search(r"(?<!\\)\[", card["detail"])
    assert "://" not in card["detail"].replace(r"\://", "")
    assert units(card["summary"]) < 140
    assert units(card["detail"]) < 1_500
    for text in (card["summary"], card["detail"].replace("\n", "")):
        assert text == plain(text)
    assert all(len(row) >= 17 for row in card["detail"].splitlines() if row.startswith("|"))


def test_long_targets_are_cut_between_words() -> None:
    (card,) = cards(sign(order(site="left gastrocnemius " * 30), prefetch=whole(has("HIV infection"))))
    assert units(card["summary"]) <= 100
    assert "…" in card["summary"]


def test_a_surrogate_pair_is_never_halved() -> None:
    for most in range(1, 12):
        assert clip("\U0001f489" * 9, most).encode("utf-16")
        assert units(clip("\U0001f489" * 9, most)) <= most
    assert escaped("a\ud800b") == "ab"


def test_every_card_is_whole() -> None:
    for prefetch in (WORST, whole(medicines=(taking(),)), whole(gender="female")):
        (card,) = cards(sign(order(), prefetch=prefetch))
        assert card["source"]["label"] == "Needlewise"
        assert card["source"]["topic"]["system"].endswith("/CodeSystem/rule-topic")
        assert card["source"]["topic"]["code"].isalnum()
        assert card["uuid"]
        assert 0 < len(card["overrideReasons"]) <= 5
        assert all(reason.keys() == {"code", "system", "display"} for reason in card["overrideReasons"])
        assert "links" not in card
        _has_no_empty(card)


def _has_no_empty(value: Any) -> None:
    assert value not in (None, "", [], {})
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _has_no_empty(inner)


def test_suggestions_are_those_the_caller_can_apply() -> None:
    sent = sign(order(), prefetch=WORST)
    types = {
        frozenset(wanted): [
            action["type"]
            for suggestion in cards(sent, suggestion_types=frozenset(wanted))[0].get("suggestions", [])
            for action in suggestion["actions"]
        ]
        for wanted in ((), ("delete",), ("create",), ("delete", "create"))
    }
    assert {wanted: set(told) for wanted, told in types.items()} == {wanted: wanted for wanted in types}


def test_one_suggestion_is_any_and_two_are_at_most_one() -> None:
    sent = sign(order(), prefetch=WORST)
    assert cards(sent, suggestion_types=frozenset({"delete"}))[0]["selectionBehavior"] == "any"
    assert cards(sent)[0]["selectionBehavior"] == "at-most-one"
    assert "selectionBehavior" not in cards(sent, suggestion_types=frozenset())[0]


def test_every_action_says_what_it_does_and_stands_alone() -> None:
    (card,) = cards(sign(order(), prefetch=WORST, context={"encounterId": "enc"}))
    ids = [card["uuid"]]
    for suggestion in card["suggestions"]:
        ids.append(suggestion["uuid"])
        (action,) = suggestion["actions"]
        assert action["description"] == suggestion["label"]
    assert len(set(ids)) == len(ids)
    delete, create = (suggestion["actions"][0] for suggestion in card["suggestions"])
    assert delete["resourceId"] == "ServiceRequest/order"
    resource = create["resource"]
    Observation.model_validate(resource)
    assert resource["code"]["coding"][0]["code"] == "82810-3"
    assert resource["subject"] == {"reference": "Patient/joe"}
    assert resource["encounter"] == {"reference": "Encounter/enc"}
    assert resource["performer"] == [{"reference": "Practitioner/doc"}]


def test_links_are_there_where_they_lead_somewhere() -> None:
    (card,) = cards(
        sign(order(), prefetch=WORST),
        report_url="https://needle.example.org/reports/1",
        smart_app_url="https://needle.example.org/launch",
    )
    assert [link["type"] for link in card["links"]] == ["absolute", "smart"]
    assert all(link["label"] and link["url"] for link in card["links"])


def test_the_same_call_gives_the_same_cards() -> None:
    assert orjson.dumps(cards(sign(order(), prefetch=WORST))) == orjson.dumps(cards(sign(order(), prefetch=WORST)))


def test_select_and_sign_have_the_same_topic() -> None:
    select = sign(order(), hook="order-select", prefetch=WORST, context={"selections": ["ServiceRequest/order"]})
    assert cards(select)[0]["source"] == cards(sign(order(), prefetch=WORST))[0]["source"]


@pytest.mark.parametrize(("days", "open_"), [("2026-03-02", False), ("2026-04-01", False), ("2026-04-02", True)])
def test_a_recorded_answer_holds_for_its_days(days: str, *, open_: bool) -> None:
    (card,) = cards(sign(order(), prefetch=whole(gender="female")))
    answer = card["suggestions"][0]["actions"][0]["resource"]
    prefetch = whole(gender="female") | {"observationsPregnancy": found(answer)}
    assert bool(cards(sign(order(), prefetch=prefetch), now=f"{days}T10:00:00+00:00")) is open_
