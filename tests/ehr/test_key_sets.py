"""Key sets of callers over HTTP."""

from __future__ import annotations

import time
from typing import Any

import pytest

from service.ehr import Fetched, KeySetLost, fetch_key_set
from service.trust import Caller, Right
from tests.fhir_server import FhirServer, fhir_server
from tests.trust.keys import elliptic, jwks


def fetch(ehr: FhirServer, **caller: Any) -> Fetched:
    listed = Caller(
        name="Mercy",
        issuer="https://ehr.example.org",
        rights=frozenset({Right.CDS_HOOKS}),
        **{"jwks_url": f"{ehr.base_url}/jwks", "allow_http": True, "allow_private_addresses": True, **caller},
    )
    return fetch_key_set(listed, monotonic=time.monotonic)


@pytest.mark.parametrize(
    ("control", "max_age_s"),
    [
        ("", None),
        ("max-age=600", 600),
        ("public, Max-Age = 86400, must-revalidate", 86_400),
        ('max-age="60"', 60),
        ("no-store", 0),
        ("no-cache, max-age=600", 0),
        ("max-age=soon", None),
    ],
)
def test_a_key_set_comes_with_its_age(control: str, max_age_s: int | None) -> None:
    with fhir_server() as ehr:
        ehr.fail("jwks", status=200, body=jwks(elliptic(), kid="one"), headers={"Cache-Control": control})
        found = fetch(ehr)
    assert found.max_age_s == max_age_s
    assert found.keys.get_by_kid("one").thumbprint() == elliptic().thumbprint()


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        ({"status": 404}, "status 404"),
        ({"status": 302, "headers": {"Location": "/jwks"}}, "status 302"),
        ({"status": 200, "body": b"<html>"}, "is no JSON"),
        ({"status": 200, "body": b'{"keys": []}'}, "holds no public key"),
        ({"status": 200, "body": b" " * 200_000}, "over the limit"),
        ({"hang_up": True}, "not HTTP, or ended too early"),
    ],
)
def test_no_key_set_says_why(trouble: dict[str, Any], says: str) -> None:
    with fhir_server() as ehr:
        ehr.fail("jwks", **trouble)
        with pytest.raises(KeySetLost, match=says):
            fetch(ehr)
        assert len(ehr.seen) == 1


def test_two_seconds_are_all_it_gets() -> None:
    with fhir_server() as ehr:
        ehr.fail("jwks", delay_s=5)
        began = time.monotonic()
        with pytest.raises(KeySetLost, match="in time"):
            fetch(ehr)
        assert 1.9 < time.monotonic() - began < 4


def test_a_private_address_is_refused_unless_the_caller_is_listed_with_one() -> None:
    with fhir_server() as ehr:
        with pytest.raises(KeySetLost, match="may not be connected to"):
            fetch(ehr, allow_private_addresses=False)
        assert ehr.seen == []


def test_a_caller_with_a_file_has_nothing_to_fetch() -> None:
    with fhir_server() as ehr, pytest.raises(KeySetLost, match="no jwks_url"):
        fetch(ehr, jwks_url="")
