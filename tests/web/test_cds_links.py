"""A card leads to its stored result, and nowhere where nothing is stored."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from tests.cds.calls import Json, order, sign, taking, whole
from tests.web.conftest import PUBLIC_URL
from tests.web.stored import application

SIGN = "/cds-services/dry-needling-order-sign"


def links(client: FlaskClient, **more: Any) -> list[Json]:
    sent = sign(order(), prefetch=whole(medicines=(taking(**more),)))
    (card,) = client.post(SIGN, data=orjson.dumps(sent)).json["cards"]  # type: ignore[index]
    found: list[Json] = card.get("links", [])
    return found


def test_a_card_leads_to_its_report(tmp_path: Path) -> None:
    client = application(tmp_path)
    (link,) = links(client)
    assert link["type"] == "absolute"
    assert link["url"].startswith(f"{PUBLIC_URL}/reports/")
    path = link["url"].removeprefix(PUBLIC_URL)
    assert "Apixaban" in client.get(path, headers={"Accept": "text/html"}).get_data(as_text=True)
    assert client.get(path.replace("/reports/", "/fhir/RiskAssessment/")).status_code == 200


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        ({"public_url": ""}, {}),
        ({"database_url": "none"}, {}),
        ({"database_url": "sqlite:////proc/no/such/store.db"}, {}),
        ({}, {"meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "DELAU"}]}}),
    ],
)
def test_where_nothing_is_stored_there_is_no_link(tmp_path: Path, settings: dict[str, Any], more: Json) -> None:
    assert links(application(tmp_path, **settings), **more) == []
