"""Who asks too much waits; order entry never does."""

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.settings import SettingsError, read_settings
from service.web.rate_limit import SharedCounts
from tests.web.callers import MERCY, access_token, bearer, settings, trust_file
from tests.web.stored import application, screened

METADATA = "/fhir/metadata"


@pytest.fixture
def limited(tmp_path: Path) -> FlaskClient:
    return application(tmp_path, rate_limit="3/hour", trusted_proxies=("127.0.0.1/32",))


def statuses(client: FlaskClient, count: int, path: str = METADATA, **headers: str) -> list[int]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [client.get(path, headers=named).status_code for _ in range(count)]


def test_who_asks_too_much_is_told_how_long_to_wait(limited: FlaskClient) -> None:
    assert statuses(limited, 3) == [200, 200, 200]
    answer = screened(limited)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert answer.json["resourceType"] == "OperationOutcome"  # type: ignore[index]
    assert answer.json["issue"][0]["code"] == "throttled"  # type: ignore[index]


def test_cds_hooks_health_metrics_and_what_asks_itself_are_not_counted(limited: FlaskClient) -> None:
    for path in ("/cds-services", "/health/live", "/health/ready", "/metrics", "/sandbox/fhir/metadata"):
        assert statuses(limited, 5, path) == [200] * 5
    assert limited.post("/cds-services/dry-needling-order-sign", data=b"{}").status_code == 400
    assert statuses(limited, 4) == [200, 200, 200, 429]


def test_each_caller_has_a_count_of_its_own(limited: FlaskClient) -> None:
    assert statuses(limited, 4, X_Forwarded_For="192.0.2.1") == [200, 200, 200, 429]
    assert statuses(limited, 1, X_Forwarded_For="192.0.2.2") == [200]
    assert statuses(limited, 1, X_Forwarded_For="192.0.2.9, 192.0.2.1") == [429]  # the proxy wrote the last


def test_callers_are_told_apart_by_their_token(tmp_path: Path) -> None:
    path = trust_file(tmp_path)
    chosen = settings(path)
    client = application(tmp_path, auth=chosen.auth, trust=chosen.trust, rate_limit="2/hour")
    token = bearer(access_token(iss=MERCY))["Authorization"]
    results = "/fhir/RiskAssessment"
    assert statuses(client, 3, results, Authorization=token) == [200, 200, 429]
    assert statuses(client, 1, METADATA) == [200]
    assert statuses(client, 3, results) == [401, 401, 429]  # who tries tokens is stopped, and not told more
    assert client.get(results).headers["Retry-After"]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "agent"),
    [
        ((), "192.0.2.1", "127.0.0.1"),
        (("127.0.0.0/8",), "192.0.2.1", "192.0.2.1"),
        (("127.0.0.0/8", "10.0.0.0/8"), "198.51.100.7, 192.0.2.1, 10.1.2.3", "192.0.2.1"),
        (("127.0.0.0/8",), "somebody", "127.0.0.1"),
        (("127.0.0.0/8",), "", "127.0.0.1"),
        (("127.0.0.0/8",), "2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_proxy_is_believed_only_where_it_is_trusted(
    tmp_path: Path, trusted: tuple[str, ...], forwarded: str, agent: str
) -> None:
    client = application(tmp_path, trusted_proxies=trusted)
    screened(client, X_Forwarded_For=forwarded)
    answer = client.get("/fhir/AuditEvent")
    (entry,) = answer.json["entry"]  # type: ignore[index]
    assert entry["resource"]["agent"][0]["who"]["display"] == agent


def test_workers_count_together() -> None:
    counts = SharedCounts()
    child = os.fork()
    if not child:
        counts.incr("joe", 60, 2)
        os._exit(0)
    os.waitpid(child, 0)
    assert counts.incr("joe", 60) == 3
    assert counts.incr("ann", 60) == 1
    counts.clear("ann")
    assert (counts.get("joe"), counts.get("ann")) == (3, 0)
    counts.reset()
    assert counts.get("joe") == 0


@pytest.mark.parametrize("given", ["many", "0/minute", "20/fortnight", "20"])
def test_a_limit_that_can_t_be_read_stops_the_start(given: str) -> None:
    with pytest.raises(SettingsError, match="20/minute"):
        read_settings({"NEEDLEWISE_RATE_LIMIT": given})


def test_a_proxy_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        read_settings({"NEEDLEWISE_TRUSTED_PROXIES": "proxy.example.org"})
