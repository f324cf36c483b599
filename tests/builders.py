"""Charts for tests, with dull defaults: what a test does not say fires nothing.

told("condition: HIV infection, active", patient="68 male")
screened(told(taking("apixaban 5 mg oral tablet"))).headline
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.core.screening import Screening
from tests.vignettes.dialects import tell
from tests.vignettes.grammar import Vignette, read_vignette
from tests.vignettes.runner import run

AS_OF: Final = "2026-03-02"
_NIL: Final = "none known"
_CLEAR: Final[Mapping[str, object]] = {"headline": "no-known-contraindication", "findings": [], "questions": []}


def told(
    *entries: str,
    patient: str = "45 male",
    target: str | tuple[str, ...] = "left gastrocnemius",
    problems: str = "none known",
    medicines: str = "none known",
    as_of: str = AS_OF,
) -> Vignette:
    """A chart in the words of the vignettes: `"condition: Anemia, active"`, `"request: …"`.

    `problems` and `medicines` say how a list came; entries of its kind stand for "none known".
    """
    given: dict[str, object] = {"patient": patient}
    given |= {"target": target} if isinstance(target, str) else {"targets": list(target)}
    given |= {name: state for name, state in (("problems", problems), ("medicines", medicines)) if state != _NIL}
    chart = [{kind.strip(): words.strip()} for kind, _, words in (entry.partition(":") for entry in entries)]
    return read_vignette(
        {"vignette": "built", "given": given, "chart": chart, "then": _CLEAR},
        section="built",
        common={"as-of": as_of, "given": {"problems": _NIL, "medicines": _NIL}},
    )


def taking(medicine: str) -> str:
    """An entry for a medicine that is taken now."""
    return f"statement: {medicine}, active"


def screened(vignette: Vignette, dialect: str = "snomed") -> Screening:
    """What the product says of it, told in this dialect."""
    return run(tell(vignette, dialect), vignette.packs)
