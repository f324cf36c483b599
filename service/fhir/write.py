"""A Screening as a FHIR RiskAssessment. Reads only the Screening and decides nothing (contract, section 4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from typing import Final

from service.core.chart import Source
from service.core.screening import Finding, Headline, Judgement, Note, OpenQuestion, PackUsed, Screening, Target
from service.core.wording import Wording
from service.fhir import extensions as ext
from service.fhir.canonical import PROFILE, SCREENING_SYSTEM, structure
from service.fhir.definitions.vocabulary import ASSESSMENT
from service.fhir.elements import Element, distinct, element, label, own_coding, reference, usable_reference
from service.fhir.narrative import narrative
from service.fhir.primitives import date_time, plain, sentence
from service.fhir.validate import validate_result
from service.fhir.versions import FhirVersion

_SOFTWARE: Final = "Needlewise"
_DEVICE: Final = "device"
(_ASSESSED,) = ASSESSMENT.concepts

# What a Markdown viewer might take for an HTML tag. A note quotes the chart.
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")


def risk_assessment(
    screening: Screening, version: FhirVersion, *, identifier: str, resource_id: str | None, software_version: str
) -> Element:
    """The RiskAssessment of a screening, checked by `fhir.resources`.

    `identifier` is a UUID, new for each screening; `resource_id` the `id` of a stored result, None where
    nothing is stored. All else depends on the screening alone. `InvalidResourceError` is a bug of ours.
    """
    written = element(
        resourceType="RiskAssessment",
        id=resource_id,
        meta=element(
            profile=[structure(PROFILE)],
            security=[written for written in map(label, dict.fromkeys(screening.labels)) if written],
        ),
        language=screening.wording.language,
        text={"status": "generated", "div": narrative(screening, software_version=software_version)},
        contained=[_device(software_version, version)],
        extension=[
            ext.headline(screening.headline),
            *map(ext.rule_pack, screening.packs),
            ext.account(screening.lists, screening.entries),
        ],
        identifier=[{"system": SCREENING_SYSTEM, "value": identifier}],
        basedOn=reference(screening.order) if screening.order else None,
        status="preliminary" if screening.headline is Headline.INSUFFICIENT_DATA else "final",
        method=_method(screening.packs),
        code={"coding": [own_coding("assessment", _ASSESSED.code, _ASSESSED.display)]},
        subject=reference(screening.subject.source),
        encounter=_encounter(screening.encounter),
        occurrenceDateTime=date_time(screening.as_of),
        performer={"reference": f"#{_DEVICE}", "display": _SOFTWARE},
        basis=[reference(source) for source in _basis(screening)],
        prediction=[
            *(_headline(judgement, screening.wording) for judgement in screening.judgements),
            *map(_finding, screening.findings),
            *map(_question, screening.questions),
        ],
        mitigation=mitigation(screening.actions),
        note=[written for written in map(_note, screening.notes) if written],
    )
    validate_result(written, version)
    return written


def mitigation(actions: Iterable[str]) -> str:
    """What to do, as plain sentences in the given order."""
    said = [words for words in map(sentence, actions) if words]
    return " ".join(words if words.endswith((".", "!", "?")) else f"{words}." for words in said)


def _device(software_version: str, version: FhirVersion) -> Element:
    name = {"type": "user-friendly-name"}
    named = (
        {"name": [{"value": _SOFTWARE, **name}]}
        if version is FhirVersion.R5
        else {"deviceName": [{"name": _SOFTWARE, **name}]}
    )
    return {"resourceType": "Device", "id": _DEVICE, **named, "version": [{"value": software_version}]}


def _method(packs: tuple[PackUsed, ...]) -> Element:
    """Every pack that took part, so that a search by `method` finds them all; the base pack first."""
    return {"coding": [own_coding("rule-pack", pack.id, plain(pack.title), pack.version) for pack in packs]}


def _encounter(address: str | None) -> Element | None:
    usable = usable_reference(address)
    return {"reference": usable} if usable else None


def _basis(screening: Screening) -> list[Source]:
    """Every entry behind a finding or question, once."""
    behind = [finding.evidence for finding in screening.findings]
    behind += [question.evidence for question in screening.questions]
    return distinct(chain.from_iterable(behind))


def _headline(judgement: Judgement, wording: Wording) -> Element:
    return element(
        extension=[ext.prediction_kind("headline"), *ext.target(judgement.target)],
        outcome={"text": _harm_at(judgement.target, wording)},
        qualitativeRisk=ext.headline_concept(judgement.headline),
        rationale=sentence(judgement.why),
    )


def _harm_at(target: Target | None, wording: Wording) -> str:
    where = sentence(target.name) if target else ""
    if not where:
        return wording.say("Harm from dry needling")
    return wording.say("Harm from dry needling of the {target}").format(target=where)


def _finding(finding: Finding) -> Element:
    return element(
        extension=[
            ext.prediction_kind("finding"),
            *ext.rule(finding.rule),
            *ext.target(finding.target),
            *ext.evidence(finding.evidence),
            *(ext.coded("certainty", certainty.value) for certainty in finding.certainty),
            *ext.worded("action", finding.action),
            *ext.worded("ends-when", finding.ends_when),
            *map(ext.change, finding.changes),
        ],
        outcome=element(text=sentence(finding.harm)),
        qualitativeRisk=ext.category_concept(finding.category),
        rationale=sentence(finding.sentence),
    )


def _question(question: OpenQuestion) -> Element:
    return element(
        extension=[
            ext.prediction_kind("question"),
            *ext.rule(question.rule),
            *ext.target(question.target),
            *ext.evidence(question.evidence),
            ext.coded("ceiling", question.ceiling.code),
            *ext.worded("ask", question.ask),
            *ext.worded("ends-when", question.ends_when),
            *map(ext.change, question.changes),
        ],
        outcome=element(text=sentence(question.harm)),
        qualitativeRisk=ext.headline_concept(Headline.INSUFFICIENT_DATA),
        rationale=sentence(question.sentence),
    )


def _note(note: Note) -> Element:
    words = _TAG.sub(r"\<", sentence(note.text))
    if not words:
        return {}
    return element(
        extension=[ext.note_kind(note.kind.value), *ext.rule(note.rule), *ext.evidence(note.evidence)], text=words
    )
