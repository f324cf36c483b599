"""Marker strings in every part of a request turn up in no log line and no error."""

import logging
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from service.web import screening
from service.web.logs import JsonLines
from tests.vignettes.runner import knowledge, packs
from tests.web.charts import AS_OF, FHIR_JSON, SCREEN, bundle, chart, parameters, patient, taking

# With a blank, as names of people have. Unknown parameters and packs are named in the answer, where it is a name.
MARK = "Zyxwvu Marker"
NO_NAME = f"{MARK} and more than a name of anything could ever need to be long"


def marked(value: Any) -> Any:
    """The same structure with the marker in every string but resource types."""
    match value:
        case dict():
            return {name: each if name == "resourceType" else marked(each) for name, each in value.items()}
        case list():
            return [marked(each) for each in value]
        case str():
            return f"{value} {MARK}"
        case _:
            return value


NAMED = {f"{MARK}{number}": MARK for number in range(3)}
BODIES = [
    orjson.dumps(marked(chart())),
    orjson.dumps(chart() | NAMED),
    orjson.dumps(bundle(patient(), taking() | NAMED, {"resourceType": MARK}, taking() | {"status": [MARK]})),
    orjson.dumps(bundle(patient(), taking() | {"modifierExtension": [{"url": MARK}], "implicitRules": MARK})),
    orjson.dumps(bundle(patient(MARK), patient(f"{MARK}2"))),
    orjson.dumps({"resourceType": MARK}),
    orjson.dumps([MARK]),
    orjson.dumps(MARK),
    orjson.dumps(chart())[:-1] + MARK.encode(),
    f'{{"{MARK}": 1, "{MARK}": 2}}'.encode(),
    f'{{"resourceType": "{MARK}\\ud800"}}'.encode(),
    orjson.dumps(parameters({"name": NO_NAME, "valueString": MARK})),
    orjson.dumps(parameters({"name": "as-of", "valueDateTime": MARK}, {"name": "chart", "resource": marked(chart())})),
    orjson.dumps(parameters({"name": "pack", "valueCode": MARK}, {"name": "chart", "resource": chart()})),
    orjson.dumps(parameters({"name": "subject", "valueReference": MARK}, {"name": "chart", "valueString": MARK})),
    MARK.encode(),
    b"",
]
QUERIES = [
    AS_OF,
    *(
        f"{name}={quote(MARK)}"
        for name in ("as-of", "pack", "subject", "electrical-stimulation", "_format", "_pretty", NO_NAME)
    ),
    f"target={quote(MARK)}&{AS_OF}",
]
PATHS = [SCREEN, f"/{MARK}", f"/fhir/{MARK}", f"/fhir/ValueSet/{MARK}", f"/fhir/RiskAssessment/{MARK}/$screen"]
HEADERS = {
    name: f"{MARK} {name}"
    for name in (
        "Accept",
        "Accept-Language",
        "Authorization",
        "Cookie",
        "Origin",
        "Prefer",
        "User-Agent",
        "X-Request-ID",
    )
}


def test_no_log_line_and_no_error_holds_a_word_of_the_request(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.setFormatter(JsonLines())
    answers = []
    for path in PATHS:
        for query in QUERIES:
            answers += [client.get(f"{path}?{query}", headers=HEADERS)]
            for body in BODIES:
                answers += [client.post(f"{path}?{query}", data=body, headers={"Content-Type": FHIR_JSON})]
    answers += [client.post(SCREEN, data=b"{}", headers={name: value}) for name, value in HEADERS.items()]
    answers += [client.post(SCREEN, data=b"{}", headers={"Content-Type": MARK, "Content-Encoding": MARK})]
    assert len(answers) > 500
    for answer in answers:
        assert answer.status_code < 500
        if answer.status_code >= 400:
            assert MARK.encode() not in answer.data, answer.data
        assert MARK not in str(answer.headers)
    assert len(caplog.records) >= len(answers)
    assert MARK not in caplog.text


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application with a fault that quotes the chart, as libraries do."""

    def risk_assessment(*_: object, **__: object) -> None:
        raise KeyError(MARK)

    monkeypatch.setattr(screening, "risk_assessment", risk_assessment)
    return create_app(Settings(), knowledge(), packs())


def test_a_fault_of_ours_is_answered_and_logged_without_its_text(
    broken: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.setFormatter(JsonLines())
    answer = broken.test_client().post(SCREEN, data=orjson.dumps(chart()), headers={"X-Request-ID": "r-9"})
    assert answer.status_code == 500
    assert answer.json is not None
    (issue,) = answer.json["issue"]
    assert (issue["severity"], issue["code"]) == ("fatal", "exception")
    assert "r-9" in issue["diagnostics"]
    assert MARK.encode() not in answer.data
    bug, line = (orjson.loads(each) for each in caplog.text.splitlines())
    assert (bug["error"], bug["request_id"]) == ("KeyError", "r-9")
    assert bug["place"].startswith("service/web/screening.py:")
    assert line["status"] == 500
    assert MARK not in caplog.text
