"""Every example tells the story that its table says, through the HTTP door."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.docs.pages import ROOT, load_json, read_page, rows

TABLE = {row[0].split("]")[0].removeprefix("["): row for row in rows(read_page("examples/README.md"), "file")}


def _headline(answer: Any) -> str:
    (headline,) = (each for each in answer["extension"] if each["url"].endswith("/headline"))
    return str(headline["valueCodeableConcept"]["coding"][0]["code"])


def test_the_table_names_every_example() -> None:
    assert TABLE.keys() == {path.name for path in (ROOT / "examples").glob("*.json")}


@pytest.mark.parametrize("name", TABLE)
def test_headline(client: FlaskClient, name: str) -> None:
    query = "" if load_json(ROOT / "examples" / name)["resourceType"] == "Parameters" else "?as-of=2026-03-02"
    answer = client.post(
        f"/fhir/RiskAssessment/$screen{query}",
        data=(ROOT / "examples" / name).read_bytes(),
        content_type="application/fhir+json",
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert _headline(answer.get_json()) == TABLE[name][3]
