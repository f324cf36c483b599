"""What is asked of the door for each canary, and what an answer says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson

from service.core.packs import Pack
from service.fhir.canonical import structure
from service.knowledge.canaries import Canary

_KIND = structure("prediction-kind")
_RULE = structure("rule")

Said = tuple[str, ...]
"""Each rule with kind and risk of its predictions, and of its notes, sorted: `finding blood-thinner precaution`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One canary, screened by one pack."""

    rule: str
    pack: str
    query: str
    body: bytes = field(repr=False)

    @property
    def key(self) -> str:
        """Tells it from the others."""
        return f"{self.pack} {self.rule}"


def plan(packs: Iterable[Pack], canaries: Mapping[str, Canary]) -> tuple[Check, ...]:
    """A check for each rule of each pack that is not switched off, and for its rules about the chart itself."""
    return tuple(
        Check(
            rule=rule,
            pack=pack.id,
            query=_query(pack, canary),
            body=orjson.dumps(canary.chart),
        )
        for pack in packs
        for rule in (*(rule.id for rule in pack.rules), *pack.chart_rules)
        if rule not in pack.switched_off and (canary := canaries.get(rule)) is not None
    )


def _query(pack: Pack, canary: Canary) -> str:
    asked = {"pack": pack.id, "as-of": canary.as_of, "target": canary.target}
    return urlencode(asked | ({"electrical-stimulation": "true"} if canary.electrical_stimulation else {}))


def said_in(risk_assessment: Mapping[str, Any]) -> Said:
    """What a RiskAssessment says, without words and ids."""
    predictions, notes = (risk_assessment.get(name, ()) for name in ("prediction", "note"))
    return tuple(sorted({*_said(predictions), *_noted(notes)}))


def speaks(said: Said, rule: str) -> bool:
    """Whether the rule is among what was said: as a finding, a question or a note."""
    return any(each.split()[1] == rule for each in said)


def _said(predictions: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for prediction in predictions:
        told = {extension["url"]: extension for extension in prediction.get("extension", ())}
        kind = told.get(_KIND, {}).get("valueCode", "")
        rule = told.get(_RULE, {}).get("valueCoding", {}).get("code", "-")
        risk = prediction["qualitativeRisk"]["coding"][0]["code"]
        yield f"{kind} {rule} {risk}"


def _noted(notes: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for note in notes:
        for extension in note.get("extension", ()):
            if extension["url"] == _RULE:
                yield f"note {extension['valueCoding']['code']} -"
