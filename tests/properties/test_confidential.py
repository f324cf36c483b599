"""HIDE_RESTRICTED: whatever a chart holds, what its labels limit is judged as ever and named nowhere."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import orjson
import pytest

from service.cds.cards import cards
from service.cds.requests import read_call
from service.cli.text import write_text
from service.core.chart import Label
from service.core.grounds import entries_told, timeline
from service.core.screening import NoteKind, Screening
from service.fhir.versions import FhirVersion
from service.fhir.write import risk_assessment
from tests.cds.calls import form, order, sign
from tests.core.test_vignettes import VIGNETTES
from tests.vignettes.dialects import Request, tell
from tests.vignettes.grammar import Vignette
from tests.vignettes.lexicon import CannotSay
from tests.vignettes.runner import knowledge, packs, run

HIV = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}
LABELLED = {
    *("AllergyIntolerance", "Condition", "Immunization", "MedicationStatement", "MedicationRequest", "Medication"),
    *("Observation", "Procedure"),
}
CODED = {
    *("code", "coding", "concept", "entry", "medication", "medicationCodeableConcept", "parameter", "resource"),
    "valueCodeableConcept",
}
# Words of the lists' displays that say nothing of a disease by themselves, and words of our own sentences.
PLAIN = re.compile(
    r"status|pregnan|miscarriage|needl|finding|of (left|right)|^(left|right)|weight|height|patient|know|taking"
)


def marked(body: bytes, label: dict[str, str]) -> bytes:
    """The request with a security label on every entry of the chart."""

    def mark(value: Any) -> Any:
        if isinstance(value, list):
            return [mark(each) for each in value]
        if not isinstance(value, dict):
            return value
        value = {name: mark(each) for name, each in value.items()}
        if value.get("resourceType") in LABELLED:
            value["meta"] = {**value.get("meta", {}), "security": [label]}
        return value

    return orjson.dumps(mark(orjson.loads(body)))


def screened(request: Request, vignette: Vignette, *, hide: bool, label: dict[str, str] = HIV) -> Screening:
    labelled = replace(request, body=marked(request.body, label))
    return run(labelled, vignette.packs, hide_restricted=hide)


def written(screening: Screening) -> str:
    """Everything that is written out of a result, without what says nothing of this patient."""
    resource = risk_assessment(screening, FhirVersion.R4, identifier="u", resource_id=None, software_version="1")
    resource.pop("meta")  # the labels themselves are carried, and one is called HIV
    resource.pop("method")
    always = {note.text for note in screening.notes if note.kind in (NoteKind.REMINDER, NoteKind.SITE_HAZARD)}
    call = read_call(orjson.dumps(sign(order())), "dry-needling-order-sign")
    used = [packs()[pack.id] for pack in screening.packs]
    shown = orjson.dumps([card.content for card in cards(screening, used, call, (), form(show_clear=True))]).decode()
    shown += " ".join(entry.name for entry in entries_told(screening) if entry.source.type in LABELLED)
    shown += " ".join(stretch.name for stretch in timeline(screening))
    text = orjson.dumps(resource).decode() + shown + " ".join(write_text(screening, width=10_000).split())
    for said in sorted(always, key=len, reverse=True):
        text = text.replace(said, "").replace(orjson.dumps(said).decode()[1:-1], "")
    return text.lower()


def secrets(request: Request, open_: Screening) -> set[str]:
    """The words of the chart's entries, and the names of the rules that they make hold."""
    found: set[str] = set()

    def look(value: Any, type_: str) -> None:
        if isinstance(value, list):
            for each in value:
                look(each, type_)
        elif isinstance(value, dict):
            type_ = value.get("resourceType", type_)
            for name, each in value.items():
                if name in ("text", "display") and isinstance(each, str) and type_ in LABELLED:
                    found.add(each)
                elif name in (
                    "code",
                    "valueCodeableConcept",
                    "medicationCodeableConcept",
                    "coding",
                    "entry",
                    "resource",
                    "medication",
                    "concept",
                    "parameter",
                ):
                    look(each, type_)

    look(orjson.loads(request.body), "")
    held = [finding.title for finding in open_.findings if finding.evidence[0].labels]
    named = {word.lower() for word in (*found, *held)}
    return {word for word in named if len(word) > 3 and not PLAIN.search(word)}


def tellable() -> list[tuple[Vignette, Request]]:
    told = []
    for vignette in VIGNETTES[::2]:
        for dialect in ("words", "icd"):
            try:
                told.append((vignette, tell(vignette, dialect)))
                break
            except CannotSay:
                continue
    return told


def test_what_labels_limit_is_judged_as_ever_and_named_nowhere() -> None:
    told = tellable()
    assert len(told) > 150
    looked_for, named = 0, []
    for vignette, request in told:
        open_, hidden = (screened(request, vignette, hide=hide) for hide in (False, True))
        assert hidden.headline == open_.headline
        assert hidden.labels == open_.labels
        assert hidden.entries == open_.entries
        assert [(f.category, f.target, f.evidence, f.certainty) for f in hidden.findings] == [
            (f.category, f.target, f.evidence, f.certainty) for f in open_.findings
        ]
        assert [(q.ceiling, q.target, q.evidence) for q in hidden.questions] == [
            (q.ceiling, q.target, q.evidence) for q in open_.questions
        ]
        text = written(hidden)
        for secret in secrets(request, open_):
            looked_for += 1
            named += [(vignette.title, secret)] if secret in text else []
    assert named == []
    assert looked_for > 200, "the search has something to find"


def test_every_finding_still_says_what_to_do() -> None:
    for vignette, request in tellable()[::5]:
        for finding in screened(request, vignette, hide=True).findings:
            assert finding.action
            assert finding.ends_when
            assert finding.sentence


@pytest.mark.parametrize("label", [{"code": "N", "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"}])
def test_a_label_that_limits_nothing_hides_nothing(label: dict[str, str]) -> None:
    for vignette, request in tellable()[::5]:
        hidden, open_ = (screened(request, vignette, hide=hide, label=label) for hide in (True, False))
        assert hidden == open_


CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


@pytest.mark.parametrize(
    ("system", "code", "limits"),
    [
        (CONFIDENTIALITY, "R", True),
        (CONFIDENTIALITY, "V", True),
        (CONFIDENTIALITY, "N", False),
        ("http://hl7.org/fhir/v3/Confidentiality", "R", True),
        ("urn:oid:2.16.840.1.113883.5.25", "V", True),
        (ACT, "HIV", True),
        (ACT, "42CFRPart2", True),
        (ACT, "SEX", True),
        (ACT, "PSY", True),
        (ACT, "ETH", True),
        (ACT, "SUD", True),
        (ACT, "DELAU", False),
        ("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST", False),
        ("http://terminology.hl7.org/CodeSystem/v3-ActReason", "TREAT", False),
        ("", "R", True),
        ("", "N", False),
        ("https://hospital.example.org/labels", "VIP", True),  # nobody can say that it does not
    ],
)
def test_which_labels_limit(system: str, code: str, limits: bool) -> None:  # noqa: FBT001
    assert knowledge().labels.limit([Label(system, code)]) is limits
    assert knowledge().labels.limit([Label(CONFIDENTIALITY, "N"), Label(system, code)]) is limits


def test_without_labels_nothing_limits() -> None:
    assert not knowledge().labels.limit([])
