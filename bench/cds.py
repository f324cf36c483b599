"""Row 19: the same chart as the prefetch of a CDS Hooks call, against `$screen`."""

from __future__ import annotations

import http.client
from typing import Any, Final

import orjson

from bench.measure import in_turns
from bench.rows import Row, charts_of
from bench.servers import PRODUCT, Served, post

_PATH: Final = "/cds-services/dry-needling-order-sign"
_HEADERS: Final = {"Content-Type": "application/json"}
_ENTRIES: Final = 1_000
_ROUNDS: Final = 80
_KEYS: Final = {
    "Patient": "patient",
    "Condition": "conditions",
    "MedicationRequest": "medicationRequests",
    "MedicationStatement": "medicationStatements",
    "Procedure": "procedures",
    "Immunization": "immunizations",
}

Json = dict[str, Any]


def cds_row() -> Row:
    """The time from a call to its cards, over the time of `$screen`, both over HTTP.

    The call is of another chart than the screening beside it: the words of one are not fresh in memory for the other.
    """
    charts = charts_of(_ENTRIES)
    half = len(charts) // 2
    calls = dict(zip(charts, map(call_of, charts[half:] + charts[:half]), strict=True))
    with Served(PRODUCT, charts[0]) as product:
        connection = product.connect()
        tasks = {"screen": product.ask, "cards": lambda chart: _cards(connection, calls[chart])}
        times = in_turns(tasks, charts, _ROUNDS)
        connection.close()
    ratio = times["cards"].median / times["screen"].median
    return Row(19, "CDS Hooks with a prefetch of 1,000 entries, × $screen of them", 1.3, 1.1, ratio)


def call_of(chart: bytes) -> bytes:
    """An order-sign call whose prefetch is the chart: searchsets by type, as an EHR sends them."""
    entries = orjson.loads(chart)["entry"]
    by_key: dict[str, list[Json]] = {}
    for entry in entries:
        type_ = entry["resource"]["resourceType"]
        by_key.setdefault(_KEYS.get(type_, f"{type_[:1].lower()}{type_[1:]}s"), []).append(entry)
    prefetch: Json = {key: _searchset(found) for key, found in by_key.items()}
    patient = by_key["patient"][0]["resource"]
    prefetch["patient"] = patient
    order = {
        "resourceType": "ServiceRequest",
        "id": "order",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient['id']}"},
        "code": {"text": "Dry needling of the left gastrocnemius"},
    }
    context = {
        "userId": "Practitioner/1",
        "patientId": patient["id"],
        "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]},
    }
    instance = "00000000-0000-4000-8000-000000000000"
    return orjson.dumps({"hook": "order-sign", "hookInstance": instance, "context": context, "prefetch": prefetch})


def _searchset(entries: list[Json]) -> Json:
    found = [{"fullUrl": entry["fullUrl"], "resource": entry["resource"]} for entry in entries]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": found}


def _cards(connection: http.client.HTTPConnection, call: bytes) -> bytes:
    answer = post(connection, _PATH, call, _HEADERS)
    if b'"cards"' not in answer:
        raise RuntimeError("answered without cards")
    return answer
