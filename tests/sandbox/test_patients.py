"""Each made-up patient tells the story that the page promises, whatever the day."""

from dataclasses import replace
from datetime import date
from typing import Final

import orjson
import pytest

from service.cds.hooks import Hook
from service.cds.requests import read_call
from service.pipeline import read_clock
from service.sandbox.calls import Order, Way, grant_of, hook_call
from service.sandbox.patients import PATIENTS, Patient
from service.sandbox.server import FhirServer
from tests.cds.calls import Json, answerer, cards, form, moment, unasked

BASE: Final = "http://127.0.0.1:8080/sandbox/fhir"

# Headline of the card at signing, and what decides it; none where there is no card.
STORIES: Final = {
    "sandbox-walter": ("warning", "bloodthinner"),
    "sandbox-mina": ("info", "pregnancy"),
    "sandbox-lea": ("critical", "pregnancy"),
    "sandbox-tomas": None,
    "sandbox-ines": ("critical", "hepatitisc"),
    "sandbox-kofi": ("warning", "hiv"),
    "sandbox-jonas": ("critical", "hemophilia"),
    "sandbox-peter": ("critical", "skinlesionatsite"),
    "sandbox-ruth": ("critical", "canceratsite"),
    "sandbox-anders": None,
    "sandbox-george": ("warning", "hepatitisb"),
    "sandbox-marta": ("warning", "diabetes"),
    "sandbox-emil": None,  # under the default pack
}
TODAY: Final = date(2026, 3, 2)


def asked(patient: Patient, hook: Hook = Hook.ORDER_SIGN, today: date = TODAY, **order: str) -> Json:
    chosen = {"what": patient.order, "site": patient.site, "side": patient.side} | order
    made = Order(id="order", patient=patient, **chosen)
    return hook_call(
        hook,
        made,
        grant_of(made, (), hook),
        Way(instance="d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", with_access=False),
        server=FhirServer(BASE, today=lambda: today),
        chart=answerer().templates,
    )


def test_every_patient_has_a_story() -> None:
    assert STORIES.keys() == {patient.id for patient in PATIENTS}


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.id)
def test_the_card_tells_the_story(patient: Patient) -> None:
    told = [(card["indicator"], card["source"]["topic"]["code"]) for card in cards(asked(patient))]
    assert told == ([STORIES[patient.id]] if STORIES[patient.id] else [])


@pytest.mark.parametrize("hook", list(Hook))
def test_every_moment_leads_to_a_card(hook: Hook) -> None:
    (card,) = cards(asked(PATIENTS[0], hook))
    assert card["source"]["topic"]["code"] == "bloodthinner"
    assert "gastrocnemius" in card["summary"]


def test_another_place_is_another_story() -> None:
    by_id = {patient.id: patient for patient in PATIENTS}
    assert cards(asked(by_id["sandbox-peter"], side="left")) == []
    (card,) = cards(asked(by_id["sandbox-ruth"], site="gastrocnemius"))
    assert card["indicator"] == "warning"


def test_the_pacemaker_speaks_under_the_extended_pack() -> None:
    screener = replace(answerer().screener, default_packs=("default", "extended"))
    call = read_call(orjson.dumps(asked(PATIENTS[-1])), Hook.ORDER_SIGN.service_id)
    answered = replace(answerer(), screener=screener).answer(call, ask=unasked, now=moment(), form=form())
    (card,) = answered.cards
    assert card.content["indicator"] == "critical"
    assert "stimulation" in card.content["summary"]


def test_what_is_not_dry_needling_is_none_of_our_business() -> None:
    assert cards(asked(PATIENTS[0], what="exercise")) == []


@pytest.mark.parametrize("today", [date(2026, 1, 31), date(2028, 2, 29), date(2026, 12, 31)])
def test_the_age_is_as_told_on_any_day(today: date) -> None:
    for patient in PATIENTS:
        born = date.fromisoformat(patient.chart(today)[0]["birthDate"])
        assert today.year - born.year - ((today.month, today.day) < (born.month, born.day)) == patient.years


def test_a_story_does_not_grow_old() -> None:
    lea = next(patient for patient in PATIENTS if patient.id == "sandbox-lea")
    now = read_clock()
    assert now.instant is not None
    told = cards(asked(lea, today=now.instant.date()), now=now.written)
    assert [card["indicator"] for card in told] == ["critical"]


def test_withheld_is_null_and_not_empty() -> None:
    marta = next(patient for patient in PATIENTS if patient.withheld)
    prefetch = asked(marta)["prefetch"]
    assert prefetch["medicationRequests"] is None
    assert prefetch["conditions"]["total"] == 2
    assert "warfarin" not in orjson.dumps(asked(marta)).decode().lower()
    assert moment().first == TODAY
