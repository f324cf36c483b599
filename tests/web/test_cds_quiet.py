"""No card twice as news: what was acknowledged rests, what stops never does, and changed evidence speaks at once."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from service.app import create_app
from service.pipeline import read_clock
from service.settings import Settings
from service.store import open_store, schema
from tests.cds.calls import Json, found, has, order, sign, taking, whole
from tests.vignettes.runner import knowledge, packs

SIGN = "/cds-services/dry-needling-order-sign"
SELECT = "/cds-services/dry-needling-order-select"
PRECAUTION = whole(medicines=(taking(),))
ROUTINE = whole(gender="female")


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/store.db")
    return create_app(settings, knowledge(), packs(), store=open_store(settings)).test_client()


def call(client: FlaskClient, prefetch: Json, path: str = SIGN, **more: Any) -> list[Json]:
    hook = path.removeprefix("/cds-services/dry-needling-")
    context = {"selections": ["ServiceRequest/order"]} if path == SELECT else {}
    answer = client.post(path, data=orjson.dumps(sign(order(**more), hook=hook, prefetch=prefetch, context=context)))
    assert answer.json is not None
    told: list[Json] = answer.json["cards"]
    return told


def acknowledge(client: FlaskClient, card: Json, path: str = SIGN, outcome: str = "overridden") -> None:
    entry = {"card": card["uuid"], "outcome": outcome, "outcomeTimestamp": read_clock().written}
    answer = client.post(f"{path}/feedback", data=orjson.dumps({"feedback": [entry, entry]}))
    assert answer.json == {"received": 1, "stored": True}


@pytest.mark.parametrize("prefetch", [PRECAUTION, ROUTINE])
def test_what_was_acknowledged_rests(client: FlaskClient, prefetch: Json) -> None:
    (card,) = call(client, prefetch)
    assert len(call(client, prefetch)) == 1
    acknowledge(client, card)
    assert call(client, prefetch) == []


def test_at_signing_nothing_is_repeated_that_was_acknowledged_at_selecting(client: FlaskClient) -> None:
    (card,) = call(client, PRECAUTION, SELECT)
    acknowledge(client, card, SELECT)
    assert call(client, PRECAUTION) == []


def test_a_contraindication_never_rests(client: FlaskClient) -> None:
    prefetch = whole(has("HIV infection"))
    (card,) = call(client, prefetch)
    acknowledge(client, card)
    assert len(call(client, prefetch)) == 1


def test_changed_evidence_speaks_at_once(client: FlaskClient) -> None:
    (card,) = call(client, PRECAUTION)
    acknowledge(client, card)
    assert len(call(client, whole(medicines=(taking(), taking("Aspirin 81 mg tablet", "aspirin"))))) == 1
    assert len(call(client, PRECAUTION, site="right calf")) == 1
    assert len(call(client, PRECAUTION, id_="another")) == 1
    assert len(call(client, PRECAUTION | {"conditions": found(has("Type 2 diabetes"))})) == 1


def test_accepted_is_not_overridden(client: FlaskClient) -> None:
    (card,) = call(client, PRECAUTION)
    acknowledge(client, card, outcome="accepted")
    assert len(call(client, PRECAUTION)) == 1


def sections(card: Json) -> list[str]:
    parts: list[str] = card["detail"].split("\n\n")
    return parts


@pytest.mark.parametrize("prefetch", [PRECAUTION, ROUTINE])
def test_what_was_shown_at_selecting_is_no_news_at_signing(client: FlaskClient, prefetch: Json) -> None:
    """It comes again whole, on the same topic, as information, and says which card it was."""
    (first,) = call(client, prefetch, SELECT)
    (second,) = call(client, prefetch)
    assert second["indicator"] == "info"
    assert second["extension"]["org.needlewise.shown-before"] == first["uuid"] != second["uuid"]
    assert sections(second)[1] == "Shown when the order was selected; nothing has changed since."
    assert [sections(second)[0], *sections(second)[2:]] == sections(first)
    for name in ("summary", "source", "overrideReasons"):
        assert second[name] == first[name]
    acknowledge(client, second)
    assert call(client, prefetch) == []


def test_a_contraindication_is_told_as_loud_at_signing(client: FlaskClient) -> None:
    (first,), (second,) = (call(client, whole(has("HIV infection")), path) for path in (SELECT, SIGN))
    assert (second["summary"], second["indicator"]) == (first["summary"], "critical")
    assert second["detail"] == first["detail"]


def test_at_signing_what_is_new_is_news(client: FlaskClient) -> None:
    call(client, PRECAUTION, SELECT)
    changed = whole(medicines=(taking(), taking("Aspirin 81 mg tablet", "aspirin")))
    assert [card["indicator"] for card in call(client, changed)] == ["warning"]
    assert [card["indicator"] for card in call(client, PRECAUTION, site="right calf")] == ["warning"]
    assert [card["indicator"] for card in call(client, PRECAUTION, id_="another")] == ["warning"]
    assert [card["indicator"] for card in call(client, PRECAUTION)] == ["info"]


def test_who_signs_and_did_not_select_is_told(client: FlaskClient) -> None:
    call(client, PRECAUTION, SELECT)
    sent = sign(order(), prefetch=PRECAUTION, context={"userId": "Practitioner/another"})
    assert client.post(SIGN, data=orjson.dumps(sent)).json["cards"][0]["indicator"] == "warning"  # type: ignore[index]


def test_a_day_later_it_is_told_as_at_first(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/store.db")
    store = open_store(settings)
    client = create_app(settings, knowledge(), packs(), store=store).test_client()
    call(client, PRECAUTION, SELECT)
    now = read_clock().instant
    assert now is not None
    with store._database.engine.begin() as connection:  # type: ignore[attr-defined]
        connection.execute(update(schema.cards).values(sent=now - timedelta(hours=2)))
    assert [card["indicator"] for card in call(client, PRECAUTION)] == ["warning"]


def test_an_answer_in_two_taps_rests_the_question_until_its_day(client: FlaskClient) -> None:
    """The suggestion's resource goes into the chart as it stands; the answer holds for 30 days, the pack says."""
    (card,) = call(client, ROUTINE)
    (answer,) = [each for each in card["suggestions"] if each["actions"][0]["type"] == "create"]
    recorded = answer["actions"][0]["resource"]
    assert recorded["code"]["coding"][0]["code"] == "82810-3"
    assert recorded["subject"] == {"reference": "Patient/joe"}
    key = next(key for key, query in prefetch_templates(client).items() if "82810-3" in query)
    today = datetime.fromisoformat(recorded["effectiveDateTime"])

    def asked(days_ago: int) -> int:
        dated = recorded | {"id": "answer", "effectiveDateTime": (today - timedelta(days=days_ago)).isoformat()}
        return len(call(client, ROUTINE | {key: found(dated)}, id_=f"after-{days_ago}"))

    assert [asked(days) for days in (0, 30, 31)] == [0, 0, 1]


def prefetch_templates(client: FlaskClient) -> dict[str, str]:
    services = client.get("/cds-services").json
    assert services is not None
    templates: dict[str, str] = services["services"][0]["prefetch"]
    return templates
