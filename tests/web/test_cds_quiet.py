"""No card twice as news: what was acknowledged rests, what stops never does, and changed evidence speaks at once."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.pipeline import read_clock
from service.settings import Settings
from service.store import open_store
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
