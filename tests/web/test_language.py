"""The language of an answer: what the caller prefers of what there is, and it is said."""

from pathlib import Path

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.knowledge.languages import load_wordings
from service.settings import Settings
from tests.cds.calls import order, sign, taking, whole
from tests.vignettes.runner import knowledge, packs

CHART = (Path(__file__).parents[2] / "examples" / "apixaban-left-calf.json").read_bytes()
SCREEN = "/fhir/RiskAssessment/$screen?as-of=2026-03-02"
JSON = "application/fhir+json"


def client(language: str = "en") -> FlaskClient:
    return create_app(Settings(language=language), knowledge(), packs(), wordings=load_wordings()).test_client()


@pytest.mark.parametrize(
    ("setting", "accept", "language"),
    [
        ("en", None, "en"),
        ("en", "de", "de"),
        ("en", "de-AT, en;q=0.5", "de"),
        ("en", "fr, es;q=0.8, en;q=0.1", "es"),
        ("en", "fr", "en"),
        ("es", None, "es"),
        ("es", "*", "es"),
        ("de", "en", "en"),
        ("de", "x\u00fc;;q=", "de"),
    ],
)
def test_the_answer_is_in_the_language_that_is_preferred(setting: str, accept: str | None, language: str) -> None:
    headers = {"Accept-Language": accept} if accept else {}
    answer = client(setting).post(SCREEN, data=CHART, content_type=JSON, headers=headers)
    assert (answer.status_code, answer.headers["Content-Language"]) == (200, language)
    assert "Accept-Language" in answer.headers["Vary"]
    result = answer.get_json()
    assert result["language"] == language
    assert f'lang="{language}"' in result["text"]["div"]
    assert result["method"]["coding"][0]["display"] == "Founding rules of dry needling"  # as its CodeSystem has it
    why = {"en": "Needling may go ahead", "de": "Nadeln ist mit Vorsicht möglich", "es": "Se puede punzar con cuidado"}
    assert result["prediction"][0]["rationale"].startswith(why[language])


def test_cards_are_in_the_language_of_the_call() -> None:
    call = orjson.dumps(sign(order(), prefetch=whole(medicines=(taking(),))))
    answer = client().post(
        "/cds-services/dry-needling-order-sign",
        data=call,
        content_type="application/json",
        headers={"Accept-Language": "de"},
    )
    (card,) = answer.get_json()["cards"]
    assert card["summary"] == "Vorsicht, left gastrocnemius: Blutverdünner"
    assert "| Was | In der Akte |" in card["detail"]
    assert card["overrideReasons"][0]["display"] == "Mit der Person geklärt: trifft heute nicht zu"
