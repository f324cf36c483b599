"""The rule packs as PlanDefinitions: each rule an action with its texts, its sources and what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from service.core.code_sets import Kind, Lists
from service.core.judge.reads import reads
from service.core.packs import Change, ChartRule, Pack, Parameter, Rule
from service.core.parameters import written
from service.fhir.canonical import code_system, plan, structure, value_set
from service.fhir.definitions.concept_maps import read_by
from service.fhir.definitions.metadata import published
from service.fhir.definitions.vocabulary import GRADE
from service.fhir.elements import Element, element
from service.fhir.versions import FhirVersion

_TYPE: Final = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/plan-definition-type", "code": "clinical-protocol"}]
}
_USAGE: Final = (
    "For clinicians who are about to needle a muscle. It reminds of what a chart holds; examination and consent "
    "remain. Evidence is mostly expert opinion: the sources of each rule say how guidance ranks it."
)
_RESOURCES: Final = {
    Kind.CONDITION: "Condition",
    Kind.MEDICINE: "MedicationStatement",
    Kind.GROUP: "MedicationStatement",
    Kind.OBSERVATION: "Observation",
    Kind.PROCEDURE: "Procedure",
    Kind.IMMUNIZATION: "Immunization",
}
_CODE_PATHS: Final = {"MedicationStatement": "medication", "Immunization": "vaccineCode"}


def plan_definitions(packs: Sequence[Pack], lists: Lists, release: FhirVersion) -> Iterator[Element]:
    """A PlanDefinition for each rule pack, of the pack's own version."""
    for pack in packs:
        yield element(
            extension=[
                *(_parameter(parameter) for parameter in pack.parameters.values()),
                *(_change(change) for change in (pack.policy.changes if pack.policy else ())),
            ],
            **published(
                "PlanDefinition",
                pack.id,
                title=pack.title,
                description=f"The rule pack `{pack.id}`: each action is one reason for caution before dry needling.",
                version=pack.version,
            ),
            type=_TYPE,
            date=pack.date,
            usage=_USAGE,
            author=[{"name": pack.author}],
            relatedArtifact=[
                *({"type": "citation", "citation": source} for source in pack.sources),
                *({"type": "derived-from", "resource": plan(base)} for base in [pack.based_on] if base),
            ],
            action=[
                *(_action(pack, rule, lists, release) for rule in pack.rules),
                *(_chart_action(rule, release) for rule in pack.chart_rules.values()),
            ],
        )


def _parameter(parameter: Parameter) -> Element:
    parts = (
        ("name", "valueCode", parameter.name),
        ("value", "valueString", written(parameter)),
        ("editorial", "valueBoolean", parameter.editorial),
        ("why", "valueString", parameter.why),
    )
    return {
        "url": structure("parameter"),
        "extension": [{"url": name, value: content} for name, value, content in parts],
    }


def _change(change: Change) -> Element:
    parts = ((name, "valueCode" if name in ("of", "name") else "valueString") for name in Change._fields)
    return {
        "url": structure("site-change"),
        "extension": [{"url": name, value: getattr(change, name)} for name, value in parts if getattr(change, name)],
    }


def _action(pack: Pack, rule: Rule, lists: Lists, release: FhirVersion) -> Element:
    extensions: list[Element] = [
        {"url": structure("category"), "valueCode": rule.category.code},
        {"url": structure("ends-when"), "valueString": rule.ends_when},
    ]
    extensions += [{"url": structure(GRADE.id), "valueCode": grade} for grade in rule.grade]
    if rule.id in pack.switched_off:
        extensions.append({"url": structure("switched-off"), "valueBoolean": True})
    said = [("justification", rule.founding), ("documentation", rule.guidance)]
    return element(
        extension=extensions,
        title=rule.title,
        description=f"What could happen: {rule.harm}.",
        textEquivalent=rule.say,
        code=_rule(rule.id, release),
        documentation=[{"type": type_, "citation": text} for type_, text in said if text],
        input=[_input(type_, id_, release) for type_, id_ in _read(rule, lists)],
        action=[element(title=text.because, textEquivalent=text.ask) for text in rule.texts.values() if text.because],
    )


def _chart_action(rule: ChartRule, release: FhirVersion) -> Element:
    return element(
        extension=[{"url": structure("category"), "valueCode": rule.category.code}],
        title=rule.title,
        description=f"What could happen: {rule.harm}. {rule.because}",
        textEquivalent=rule.ask,
        code=_rule(rule.id, release),
    )


def _rule(id_: str, release: FhirVersion) -> object:
    concept = {"coding": [{"system": code_system("rule"), "code": id_}]}
    return concept if release is FhirVersion.R5 else [concept]


def _read(rule: Rule, lists: Lists) -> Iterator[tuple[str, str]]:
    """The resource types and ValueSets that the rule reads."""
    read = reads(rule)
    return ((_RESOURCES[each.kind], each.id) for each in lists.sets if read_by(each, read))


def _input(type_: str, id_: str, release: FhirVersion) -> Element:
    wanted: Element = {
        "type": type_,
        "codeFilter": [{"path": _CODE_PATHS.get(type_, "code"), "valueSet": value_set(id_)}],
    }
    return {"requirement": wanted} if release is FhirVersion.R5 else wanted
