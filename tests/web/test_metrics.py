"""What Prometheus reads: all workers together, path templates and rules, and nothing of any patient."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
import requests
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from service import __version__
from service.app import create_app
from service.settings import Settings
from tests.vignettes.runner import knowledge, packs
from tests.web.charts import AS_OF, FHIR_JSON, SCREEN, bundle, chart, patient, taking
from tests.web.serving import serving

Labels = frozenset[tuple[str, str]]


def read(text: str) -> dict[tuple[str, Labels], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    """The sum over all samples that have these labels among theirs."""
    wanted = set(labels.items())
    return sum(value for (sample, found), value in read(text).items() if sample == name and wanted <= found)


@pytest.fixture
def fresh() -> FlaskClient:
    return create_app(Settings(), knowledge(), packs()).test_client()


def test_requests_are_counted_by_path_template(fresh: FlaskClient) -> None:
    for path in ("/fhir/ValueSet/headline", "/fhir/ValueSet/nix", "/joe"):
        fresh.get(path)
    text = fresh.get("/metrics").text
    assert value(text, "needlewise_requests_total", route="/fhir/ValueSet/<id_>", method="GET", status="200") == 1
    assert value(text, "needlewise_requests_total", route="/fhir/ValueSet/<id_>", method="GET", status="404") == 1
    assert value(text, "needlewise_requests_total", route="unmatched", status="404") == 1
    assert value(text, "needlewise_request_seconds_count", route="/fhir/ValueSet/<id_>") == 2


def test_callers_can_not_make_labels(fresh: FlaskClient) -> None:
    for method in ("JOE", "ZOE"):
        fresh.open("/joe", method=method)
    text = fresh.get("/metrics").text
    assert value(text, "needlewise_requests_total", method="other") == 2
    assert "JOE" not in text


def test_screenings_are_counted_by_headline_and_rule(fresh: FlaskClient) -> None:
    for _ in range(2):
        answer = fresh.post(f"{SCREEN}?{AS_OF}", data=orjson.dumps(chart()), content_type=FHIR_JSON)
        assert answer.status_code == 200
    text = fresh.get("/metrics").text
    assert value(text, "needlewise_screenings_total", headline="insufficient-data", pack="default") == 2
    assert value(text, "needlewise_rules_total", rule="blood-thinner", kind="finding") == 2
    assert value(text, "needlewise_rules_total", rule="no-problem-list", kind="finding") == 0


def test_what_was_refused_is_no_screening(fresh: FlaskClient) -> None:
    fresh.post(SCREEN, data=b"{", content_type=FHIR_JSON)
    text = fresh.get("/metrics").text
    assert value(text, "needlewise_screenings_total") == 0
    assert value(text, "needlewise_requests_total", route=SCREEN, status="400") == 1


def test_software_and_packs_are_named(fresh: FlaskClient) -> None:
    text = fresh.get("/metrics").text
    assert value(text, "needlewise_info", version=__version__, lists=knowledge().version) == 1
    assert value(text, "needlewise_pack_info", pack="default", version=packs()["default"].version) == 1


def test_all_workers_count_together_and_leave_nothing_behind(tmp_path: Path) -> None:
    body = orjson.dumps(bundle(patient("zyxwvu"), taking("zyxwvu", of="zyxwvu")))
    folder = tmp_path / "temporary"
    folder.mkdir()
    start = f"import tempfile; tempfile.tempdir = {str(folder)!r}"
    with serving(tmp_path / "output.log", start=start, WORKERS="3") as server:

        def screen(_: int) -> int:  # a connection each: any worker may take it
            return requests.post(f"{server.url}{SCREEN}?{AS_OF}", data=body, timeout=60).status_code

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(screen, range(40))) == {200}
        text = requests.get(f"{server.url}/metrics", timeout=60).text
        assert value(text, "needlewise_requests_total", route=SCREEN, status="200") == 40
        assert value(text, "needlewise_request_seconds_count", route=SCREEN) == 40
        assert value(text, "needlewise_screenings_total") == 40
        assert "zyxwvu" not in text
        assert list(folder.iterdir())
        assert server.stop() == 0
    assert not list(folder.iterdir())


def test_a_store_that_is_away_is_counted(tmp_path: Path) -> None:
    away = "postgresql+psycopg://nobody@127.0.0.1:1/nix"
    call = {
        "hook": "order-sign",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {
            "userId": "Practitioner/1",
            "patientId": "joe",
            "draftOrders": bundle(
                {
                    "resourceType": "ServiceRequest",
                    "id": "o",
                    "status": "draft",
                    "intent": "order",
                    "subject": {"reference": "Patient/joe"},
                    "code": {"text": "dry needling of the left calf"},
                }
            ),
        },
        "prefetch": {"patient": patient(), "medicationRequests": bundle(taking())},
    }
    with serving(tmp_path / "output.log", WORKERS="1", DATABASE_URL=away) as server:
        url = f"{server.url}/cds-services/dry-needling-order-sign"
        answer = requests.post(url, json=call, timeout=60)
        assert answer.status_code == 200
        assert answer.json()["cards"]
        assert value(requests.get(f"{server.url}/metrics", timeout=60).text, "needlewise_store_failures_total") > 0
