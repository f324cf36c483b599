"""Random charts, built from the vocabulary of the vignettes, told in its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from tests.builders import told
from tests.vignettes.grammar import Vignette
from tests.vignettes.lexicon import names

# Days on both sides of every window of the rules, and a few that lie in none.
AGES: Final = (0, 1, 2, 3, 5, 6, 10, 11, 14, 15, 20, 30, 31, 45, 83, 84, 90, 91, 200, 294, 295, 365, 366, 500, 4000)
SIDES: Final = ("left ", "right ", "bilateral ", "")
MUSCLES: Final = (
    "gastrocnemius",
    "infraspinatus",
    "pectoralis major",
    "lumbar multifidus",
    "vastus lateralis",
    "upper trapezius",
    "iliopsoas",
    "forearm extensors",
    "lower leg",
)
_DETECTION: Final = ("Detected", "Not detected", "Indeterminate")
_SEROLOGY: Final = ("Positive", "Negative", "Indeterminate", "“reactive”", "“non-reactive”")
_VALUES: Final[Mapping[str, Sequence[str]]] = {
    "Hepatitis B surface antigen": _SEROLOGY,
    "Hepatitis B surface antibody": _SEROLOGY,
    "Hepatitis B core antibody": _SEROLOGY,
    "Hepatitis B core IgM": _SEROLOGY,
    "Hepatitis B e antigen": _SEROLOGY,
    "Hepatitis B DNA": _DETECTION,
    "Hepatitis C antibody": _SEROLOGY,
    "Hepatitis C virus RNA": _DETECTION,
    "Hepatitis C virus RNA load": ("250000 [IU]/mL", "“<15”"),
    "HIV 1+2 antigen+antibody": _SEROLOGY,
    "HIV 1 antibody confirmation": _SEROLOGY,
    "HIV p24 antigen": _SEROLOGY,
    "HIV 1 RNA": ("1500 copies/mL", "< 20 copies/mL", "“<20”"),
    "Pregnancy status": ("Pregnant", "Not pregnant", "Possible pregnancy", "Unknown"),
    "Pregnancy test": ("Positive", "Negative"),
    "hCG": ("2 [IU]/L", "12 [IU]/L", "900 [IU]/L", "12"),
    "Delivery date estimated": ("2026-07-01", "2026-02-20", "2025-11-01"),
    "Gestational age": ("20 wk", "38 wk"),
    "Last menstrual period": ("2026-02-20", "2025-12-01", "2025-03-01"),
    "Hemoglobin": ("70 g/L", "104 g/L", "125 g/L", "150 g/L", "7.4 g/dL", "12"),
    "Hemoglobin A1c": ("5.2 %", "6.5 %", "10.2 %", "6.8"),
    "Factor VIII activity": ("12 %", "90 %"),
    "Site of distant metastasis": ("Bone structure of lumbar spine",),
    "Eczema area lower limb": ("0 %", "12 %"),
    "Body weight": ("80 kg",),
    "Platelets": ("32 10*9/L", "80 10*9/L", "200 10*9/L", "32"),
    "INR": ("1.1 {INR}", "2.4 {INR}", "3.5 {INR}", "4.8 {INR}"),
    "Neutrophils": ("0.3 10*9/L", "0.8 10*9/L", "4.0 10*9/L"),
    "Body temperature": ("36.8 Cel", "39.0 Cel", "102 [degF]"),
}
CONDITIONS: Final = tuple(name for name, codes in names()["conditions"].items() if codes["snomed"])
PROCEDURES: Final = tuple(name for name, codes in names()["procedures"].items() if codes["snomed"])
MEDICINES: Final = tuple(name for name, codes in names()["medicines"].items() if codes["rxnorm"])
# Medicines that suggest a disease come as often as blood thinners, of which the vocabulary has more.
_SUGGESTING: Final = tuple(
    name for name in MEDICINES if not (names()["medicines"][name]["atc"] or "").startswith("B01")
)
LESIONS: Final = (
    "Cellulitis",
    "Psoriasis",
    "Open wound",
    "Skin lesion",
    "Malignant neoplasm of breast",
    "Secondary malignant neoplasm of bone",
    "Neoplasm of bone",
)
# Places that some of the targets share or lie in.
PLACES: Final = (
    "calf",
    "lower leg",
    "lower limb",
    "breast",
    "chest wall",
    "trunk",
    "upper back",
    "lower back",
    "thigh",
)
# Names that hold a side of their own, and so are not mirrored with their body site.
SIDED: Final = frozenset(name for name in CONDITIONS if "left" in name or "right" in name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A chart in words: what a failing property prints is what a clinician can read."""

    entries: tuple[str, ...]
    patient: str = "45 male"
    targets: tuple[str, ...] = ("left gastrocnemius",)
    problems: str = "none known"
    medicines: str = "none known"

    def told(self) -> Vignette:
        """The same as a vignette."""
        return told(
            *self.entries,
            patient=self.patient,
            target=self.targets or "none",
            problems=self.problems,
            medicines=self.medicines,
        )

    def holds(self, *kinds: str) -> bool:
        """Whether an entry of one of these kinds is there."""
        return any(entry.split(":")[0] in kinds for entry in self.entries)


@st.composite
def cases(
    draw: st.DrawFn,
    *,
    ages: Sequence[int] = AGES,
    conditions: Sequence[str] = CONDITIONS,
    received: bool = False,
    most: int = 7,
) -> Case:
    """Random patients, targets and entries. `received`: both lists came (entries, or none known)."""
    chart = draw(st.lists(entries(ages=ages, conditions=conditions), max_size=most))
    states = st.just("none known") if received else st.sampled_from(("none known", "not sent", "empty", "failed"))
    case = Case(entries=tuple(chart), patient=draw(patients()), targets=draw(targets()))
    problems = "none known" if case.holds("condition") else draw(states)
    medicines = "none known" if case.holds("statement", "request") else draw(states)
    return Case(
        entries=case.entries, patient=case.patient, targets=case.targets, problems=problems, medicines=medicines
    )


def patients() -> st.SearchStrategy[str]:
    """Ages on both sides of every limit, every sex; every other is a man of 45, of whom nothing is asked."""
    ages = st.sampled_from(("5", "9", "11", "12", "31", "55", "56", "58", "59", "70"))
    sexes = st.sampled_from(("female", "female", "male", "male", "unknown", "other", "sex-not-recorded"))
    more = st.sampled_from(("", "", "", "", ", birth sex female", ", sex parameter male-typical"))
    return st.just("45 male") | st.builds(lambda age, sex, also: f"{age} {sex}{also}", ages, sexes, more)


def targets() -> st.SearchStrategy[tuple[str, ...]]:
    """None, one or two targets; one of them may not be understood."""
    known = st.builds(str.__add__, st.sampled_from(("left ", "right ", "")), st.sampled_from(MUSCLES))
    one = known | st.just("the usual spot")
    return st.lists(one, max_size=2, unique=True).map(tuple)


@st.composite
def sited_cases(draw: st.DrawFn) -> Case:
    """Lesions and tumours with a place, mostly sided, and at least one target that is understood."""
    sides = st.sampled_from(("left ", "right ", "left ", "right ", "bilateral ", ""))
    lesions = []
    for _ in range(draw(st.integers(1, 3))):
        words = f"condition: {draw(st.sampled_from(LESIONS))}, active, recorded 5 days ago"
        for _ in range(draw(st.integers(1, 2))):
            words += f", bodySite {draw(sides)}{draw(st.sampled_from(PLACES))}"
        lesions.append(words)
    one = st.builds(str.__add__, sides, st.sampled_from(MUSCLES))
    return Case(entries=tuple(lesions), targets=tuple(draw(st.lists(one, min_size=1, max_size=3, unique=True))))


@st.composite
def entries(draw: st.DrawFn, *, ages: Sequence[int] = AGES, conditions: Sequence[str] = CONDITIONS) -> str:
    """One entry of any kind."""
    kind = draw(st.sampled_from(("condition",) * 4 + ("statement", "request") + ("observation",) * 3 + ("procedure",)))
    if kind == "condition":
        return draw(condition_entries(ages=ages, conditions=conditions))
    if kind == "observation":
        return draw(observation_entries(ages=ages))
    if kind == "procedure":
        name = draw(st.sampled_from(PROCEDURES))
        status = draw(st.sampled_from(("completed", "completed", "not-done")))
        return f"procedure: {name}, {status}{_dated(draw, 'performed', ages)}"
    return draw(medicine_entries(kind, ages=ages))


@st.composite
def condition_entries(draw: st.DrawFn, *, ages: Sequence[int], conditions: Sequence[str]) -> str:
    """A problem in any state, with or without dates and a place."""
    name = draw(st.sampled_from(tuple(conditions)))
    status = draw(
        st.sampled_from(("active",) * 5 + ("recurrence", "inactive", "remission", "resolved", "status absent"))
    )
    verification = draw(
        st.sampled_from(("confirmed",) * 6 + ("absent", "provisional", "unconfirmed", "refuted", "entered-in-error"))
    )
    words = f"condition: {name}, {status}, verification {verification}"
    words += _dated(draw, "onset", ages) + _dated(draw, "recorded", ages)
    words += _dated(draw, "abatement", ages) if status in {"resolved", "inactive", "status absent"} else ""
    if draw(st.booleans()):
        site = draw(st.sampled_from(SIDES)) + draw(st.sampled_from(tuple(names()["sites"])))
        words += f", bodySite {site}"
    return words


@st.composite
def medicine_entries(draw: st.DrawFn, kind: str, *, ages: Sequence[int]) -> str:
    """A medicine in any state."""
    name = draw(st.sampled_from(MEDICINES) | st.sampled_from(_SUGGESTING))
    if kind == "statement":
        status = draw(
            st.sampled_from(("active",) * 4 + ("on-hold", "stopped", "completed", "not-taken", "status unknown"))
        )
        return f"statement: {name}, {status}{_dated(draw, 'until', ages)}{_dated(draw, 'asserted', ages)}"
    status = draw(st.sampled_from(("active",) * 4 + ("on-hold", "stopped", "completed", "cancelled", "draft")))
    intent = draw(st.sampled_from(("order", "order", "order", "plan", "proposal")))
    more = draw(st.sampled_from(("", "", ", supply 30 days", ", reported", ", doNotPerform")))
    return f"request: {name}, {status}, intent {intent}{more}{_dated(draw, 'authored', ages)}"


@st.composite
def observation_entries(draw: st.DrawFn, *, ages: Sequence[int]) -> str:
    """A result, mostly final and dated."""
    name = draw(st.sampled_from(tuple(_VALUES)))
    value = draw(st.sampled_from(tuple(_VALUES[name])))
    status = draw(st.sampled_from(("final",) * 5 + ("corrected", "preliminary", "entered-in-error")))
    return f"observation: {name} = {value}, {status}{_dated(draw, 'effective', ages)}"


def _dated(draw: st.DrawFn, word: str, ages: Sequence[int]) -> str:
    if draw(st.integers(0, 3)) == 0:
        return ""
    return f", {word} {draw(st.sampled_from(tuple(ages)))} days ago"
