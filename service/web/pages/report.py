"""`/reports/{id}`: one stored result as a page to print and file. It reads the RiskAssessment and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from flask import Blueprint, Response, abort

from service.fhir.canonical import structure
from service.fhir.primitives import is_id
from service.pipeline import Screener
from service.store import Store
from service.web.pages.layout import Pages
from service.web.pages.titles import rule_titles
from service.web.results import require_store
from service.web.trail import note
from service.web.who import who

_KIND: Final = structure("prediction-kind")
_NOTES: Final = {
    "site-hazard": "Hazards under the target",
    "reminder": "Reminders",
    "note": "Notes",
    "not-received": "Not received",
    "unreadable": "Could not be read",
    "set-aside": "Set aside",
    "not-matched": "Not recognised",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One prediction: a headline, a finding or an open question."""

    kind: str
    risk: str  # code of the headline
    words: str  # the same as a reader says it
    target: str
    rule: str  # its code
    outcome: str
    rationale: str
    action: str
    ends_when: str
    ceiling: str
    ask: str
    evidence: tuple[str, ...]


def reports_blueprint(pages: Pages, screener: Screener, store: Store) -> Blueprint:
    """Everything under `/reports`."""
    reports = Blueprint("reports", __name__, url_prefix="/reports")

    titles = rule_titles(screener.packs.values())

    @reports.get("/<id_>")
    def show(id_: str) -> Response:
        require_store(store)
        found = store.results.read(id_, who=who()) if is_id(id_) else None
        if found is None:
            abort(404)
        note("read", subject=found.subject, screening=found.id)
        resource = orjson.loads(found.resource)
        said = tuple(map(_said, resource["prediction"]))
        return pages.page(
            "report.html",
            id=found.id,
            made=found.made,
            fhir_version=found.fhir_version,
            resource=resource,
            headlines=[each for each in said if each.kind == "headline"],
            findings=[each for each in said if each.kind == "finding"],
            questions=[each for each in said if each.kind == "question"],
            notes=list(_notes(resource)),
            packs=[_nested(each) for each in _extensions(resource, "rule-pack")],
            lists=[_nested(each) for each in _account(resource, "list")],
            entries=[_nested(each) for each in _account(resource, "entries")],
            titles=titles,
            labels=[label.get("display") or label["code"] for label in resource["meta"].get("security", ())],
        )

    return reports


def _said(prediction: Mapping[str, Any]) -> Said:
    (risk,) = prediction["qualitativeRisk"]["coding"]
    return Said(
        kind=next(each["valueCode"] for each in prediction["extension"] if each["url"] == _KIND),
        risk=risk["code"],
        words=risk["display"],
        target=_value(prediction, "target", "valueCodeableConcept").get("text", ""),
        rule=_value(prediction, "rule", "valueCoding").get("code", ""),
        outcome=prediction["outcome"]["text"],
        rationale=prediction.get("rationale", ""),
        action=_text(prediction, "action", "valueString"),
        ends_when=_text(prediction, "ends-when", "valueString"),
        ceiling=_text(prediction, "ceiling", "valueCode"),
        ask=_text(prediction, "ask", "valueString"),
        evidence=tuple(
            each["valueReference"].get("reference") or each["valueReference"].get("display", "")
            for each in _extensions(prediction, "evidence")
        ),
    )


def _notes(resource: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The notes of each kind under their heading, in the order of `_NOTES`."""
    found: dict[str, list[str]] = {}
    for each in resource.get("note", ()):
        found.setdefault(_text(each, "note-kind", "valueCode"), []).append(each["text"])
    yield from ((title, found[kind]) for kind, title in _NOTES.items() if kind in found)


def _extensions(element: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    url = structure(name)
    return [each for each in element.get("extension", ()) if each["url"] == url]


def _account(resource: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    for account in _extensions(resource, "account"):
        yield from (each for each in account["extension"] if each["url"] == name)


def _nested(extension: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Name → values of the extensions inside one."""
    values: dict[str, list[Any]] = {}
    for each in extension["extension"]:
        values.setdefault(each["url"], []).extend(value for key, value in each.items() if key.startswith("value"))
    return values


def _value(element: Mapping[str, Any], name: str, key: str) -> dict[str, Any]:
    return next((each[key] for each in _extensions(element, name)), {})


def _text(element: Mapping[str, Any], name: str, key: str) -> str:
    return next((each[key] for each in _extensions(element, name)), "")
