"""The words that cells may hold where only few are allowed. `mappings/README.md` says what each means."""

from __future__ import annotations

from typing import Final

from service.core.body_map import Layer, View

CONDITION_MEANINGS: Final = frozenset(
    {
        "disease",
        "complication",
        "carrier-state",
        "carrier-gene",
        "trait",
        "antibody-positive",
        "possible",
        "suspected",
        "nonviable",
        "labour",
        "ended",
        "status",
        "remission",
        "resolved",
        "cured",
        "sequela",
        "history",
        "family-history",
        "exposure",
        "screening",
        "vaccination",
        "prophylaxis",
        "counselling",
        "care",
        "fear",
        "risk",
        "negative-status",
        "other-person",
        "excluded",
    }
)
RESULT_MEANINGS: Final = frozenset(
    {
        "positive",
        "negative",
        "detected",
        "not-detected",
        "indeterminate",
        "invalid",
        "unknown",
        "normal",
        "abnormal",
        "high",
        "low",
        "above-range",
        "below-range",
        "intermediate-not-used",
        "yes",
        "no",
        "immune",
        "not-immune",
        "pregnant",
        "not-pregnant",
        "possibly-pregnant",
        "pregnancy-test-positive",
        "pregnancy-test-negative",
        "pregnancy-test-indeterminate",
        "hepatitis-b-surface-antigen-positive",
        "hepatitis-b-antibody-present",
        "hepatitis-c-antibody-positive",
        "hepatitis-c-antigen-positive",
        "platelet-count-normal",
        "platelet-count-low",
        "platelet-count-abnormal",
        "negated",
    }
)
ORDER_MEANINGS: Final = frozenset(
    {
        "dry-needling",
        "electrical-stimulation-through-needles",
        "no-electrical-stimulation",
        "related-acupuncture",
        "not-needling",
        "needle-device-not-an-order",
    }
)
MEDICINE_MEANINGS: Final = frozenset({"taking", "held", "past", "question", "note", "negated", "ignore"})
_YES_NO: Final = frozenset({"yes", "no"})
_SIDES: Final = frozenset({"", "left", "right", "bilateral"})
_SYSTEMIC: Final = frozenset({"yes", "no", "check"})
_MATCH: Final = frozenset({"exact", "prefix"})

# Kind of file → column → what it may hold.
ALLOWED: Final = {
    "concepts.csv": {"kind": frozenset({"condition", "immunization", "observation", "procedure"})},
    "codes/conditions/*.csv": {"match": _MATCH, "meaning": CONDITION_MEANINGS},
    "codes/procedures.csv": {"match": _MATCH, "side": _SIDES},
    "codes/observations.csv": {"kind": frozenset({"quantity", "coded", "date", "text"})},
    "codes/results.csv": {"meaning": RESULT_MEANINGS},
    "codes/orders.csv": {"meaning": ORDER_MEANINGS, "electrical": frozenset({"yes", "no", "unknown"})},
    "codes/routes-and-forms.csv": {"systemic": _SYSTEMIC},
    "codes/none-known.csv": {
        "list": frozenset({"conditions", "medicines", "allergies", "procedures", "immunizations", "devices", "any"}),
        "meaning": frozenset({"none-known", "no-information"}),
    },
    "codes/expansions.csv": {
        "list": frozenset({"conditions", "medicines"}),
        "kind": frozenset({"ecl", "filter"}),
        "meaning": CONDITION_MEANINGS | {""},
    },
    "codes/security-labels.csv": {"limits": _YES_NO},
    "codes/units.csv": {"log": _YES_NO},
    "codes/medicines/drugs.csv": {"kind": frozenset({"single", "combination"}), "systemic_only": _YES_NO},
    "codes/medicines/classes.csv": {"systemic_only": _YES_NO},
    "codes/medicines/atc.csv": {"match": _MATCH, "systemic": _SYSTEMIC | {"unknown"}},
    "codes/medicines/products/*.csv": {"systemic": _SYSTEMIC | {"unknown"}},
    "codes/medicines/explains.csv": {"kind": frozenset({"explains", "own-rule", "question", "note"})},
    "places/sites.csv": {
        "kind": frozenset({"region", "group", "muscle", "organ", "bone", "joint", "lymph nodes", "one-of"}),
        "deep": frozenset({"yes", "no", "some"}),
    },
    "places/site-codes.csv": {"side": _SIDES},
    "places/side-words.csv": {"side": _SIDES},
    "places/concept-places.csv": {
        "kind": frozenset({"condition", "procedure"}),
        "extent": frozenset({"covers", "one-of"}),
    },
    "places/body-map.csv": {
        "view": frozenset(View),
        "layer": frozenset(Layer),
        "sides": frozenset({"paired", "midline"}),
    },
    "places/condition-places/*.csv": {
        "match": _MATCH,
        "extent": frozenset({"covers", "one-of", "none", "systemic"}),
        "side": _SIDES | {"unspecified"},
    },
    "words/condition-terms.csv": {"meaning": CONDITION_MEANINGS},
    "words/drug-names.csv": {"kind": frozenset({"name", "abbreviation", "local-brand"})},
    "words/medicine-terms.csv": {"meaning": MEDICINE_MEANINGS},
    "words/order-terms.csv": {
        "meaning": ORDER_MEANINGS,
        "electrical": frozenset({"yes", "no", "unknown"}),
        "alone": _YES_NO,
    },
    "words/observation-names.csv": {"kind": frozenset({"quantity", "coded", "date", "text"})},
    "words/result-words.csv": {"meaning": RESULT_MEANINGS, "match": frozenset({"exact", "pattern"})},
    "words/route-words.csv": {"kind": frozenset({"route", "dose-form", "word"}), "systemic": _SYSTEMIC},
    "words/cues.csv": {
        "effect": frozenset({"affirmation", "negation", "uncertainty", "history", "family", "not-evidence"}),
        "stands": frozenset({"before", "after", "either"}),
    },
}
# How sure a row is: `checked`. Sites and editorial rows have kinds of their own.
CHECKED: Final = frozenset(
    {"authority", "two-sources", "one-source", "knowledge", "clinical-rules", "name-only", "editorial"}
)
# Groups of rules that medicines feed.
GROUPS: Final = frozenset(
    {
        "anemia",
        "bleeding-promoting",
        "blood-thinner",
        "cancer",
        "diabetes",
        "hemophilia",
        "hepatitis-b",
        "hepatitis-c",
        "hiv",
        "immunosuppression",
    }
)
