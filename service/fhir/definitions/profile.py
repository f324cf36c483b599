"""What the profile asks of a RiskAssessment, element by element (contract, section 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from service.fhir.canonical import SCREENING_SYSTEM, code_system, structure, value_set
from service.fhir.definitions.vocabulary import ASSESSMENT
from service.fhir.elements import Element

_CORE: Final = "http://hl7.org/fhir/StructureDefinition"
_ROOT: Final = "RiskAssessment"

# The extensions on each element: name, at least, at most.
_ON_RESULT: Final = (("headline", 1, "1"), ("rule-pack", 1, "*"), ("account", 1, "1"))
_ON_PREDICTION: Final = (
    ("prediction-kind", 1, "1"),
    ("rule", 0, "1"),
    ("target", 0, "1"),
    ("evidence", 0, "*"),
    ("certainty", 0, "*"),
    ("action", 0, "1"),
    ("ends-when", 0, "1"),
    ("change", 0, "*"),
    ("ceiling", 0, "1"),
    ("ask", 0, "1"),
)
_ON_NOTE: Final = (("note-kind", 1, "1"), ("rule", 0, "1"), ("evidence", 0, "*"))


def constraints() -> Iterator[Element]:
    """The profile's differential, in the order of the elements; alike in R4, R4B and R5."""
    yield {"id": _ROOT, "path": _ROOT, "short": "What a chart says for and against dry needling"}
    yield _at("text", min=1, short="Complete: every finding, question and note, fit to be filed")
    yield from _extensions("", _ON_RESULT)
    yield _at("identifier", min=1)
    yield _at("identifier.system", min=1, fixedUri=SCREENING_SYSTEM)
    yield _at("identifier.value", min=1, short="A UUID, new for each screening")
    yield _at("basedOn", short="The order for dry needling, where there is one")
    yield _at("status", short="final; preliminary where the headline is insufficient-data")
    yield _at("method", min=1, short="The rule packs, the base pack first")
    yield _at("method.coding", min=1)
    yield _at("method.coding.system", min=1, fixedUri=code_system("rule-pack"))
    yield _at("method.coding.version", min=1)
    yield _at("method.coding.code", min=1)
    yield _at("code", min=1, patternCodeableConcept={"coding": [_ASSESSED]})
    yield _at("occurrence[x]", min=1, type=[{"code": "dateTime"}], short="As-of: the moment the chart was judged for")
    yield _at("performer", min=1, type=[{"code": "Reference", "targetProfile": [f"{_CORE}/Device"]}])
    yield _at("basis", short="Every entry behind a finding or an open question, once")
    yield _at("prediction", min=1, short="Headlines, then findings, then open questions")
    yield from _extensions("prediction.", _ON_PREDICTION)
    yield _at("prediction.outcome", min=1, short="What could happen, in words")
    yield _at("prediction.probability[x]", max="0", short="There is no number to give")
    yield _at(
        "prediction.qualitativeRisk",
        min=1,
        short="A headline or category, not a likelihood",
        binding={"strength": "required", "valueSet": value_set("headline")},
    )
    yield _at("prediction.relativeRisk", max="0")
    yield _at("prediction.rationale", min=1, short="The finding's sentence, or why the question is open")
    yield _at("mitigation", short="What to do, most important first")
    yield from _extensions("note.", _ON_NOTE)


_ASSESSED: Final = {"system": code_system(ASSESSMENT.id), "code": ASSESSMENT.concepts[0].code}


def _at(path: str, **constraint: object) -> Element:
    return {"id": f"{_ROOT}.{path}", "path": f"{_ROOT}.{path}", **constraint}


def _extensions(on: str, those: Sequence[tuple[str, int, str]]) -> Iterator[Element]:
    """The slices of `extension` on an element, by url. Others may stand beside them."""
    at_least = sum(least for _, least, _ in those)
    by_url = {"discriminator": [{"type": "value", "path": "url"}], "ordered": False, "rules": "open"}
    yield _at(f"{on}extension", slicing=by_url, min=at_least)
    for name, least, most in those:
        yield {
            "id": f"{_ROOT}.{on}extension:{name}",
            "path": f"{_ROOT}.{on}extension",
            "sliceName": name,
            "min": least,
            "max": most,
            "type": [{"code": "Extension", "profile": [structure(name)]}],
        }
