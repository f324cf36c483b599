"""The made-up patients. Each tells one story; anything alike with living people is chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from service.sandbox.writing import LOINC, RXNORM, SNOMED, Json, Writer, coded, quantity

_MEDICINES: Final = frozenset({"MedicationRequest", "MedicationStatement"})
_BACK_PAIN: Final = (SNOMED, "279039007", "Low back pain")
_YEAR: Final = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A made-up patient."""

    id: str
    name: str
    gender: str
    years: int
    story: str  # what their chart shows, in one sentence
    site: str  # where the order starts, of mappings/places/sites.csv
    side: str
    write: Callable[[Writer], list[Json]]
    order: str = "dry-needling"
    withheld: frozenset[str] = frozenset()  # types that this EHR does not give out for them

    def chart(self, today: date) -> list[Json]:
        """Their chart as of today, the Patient first."""
        born = date(today.year - self.years, 1 + today.month % 12, 11)
        given, _, family = self.name.rpartition(" ")
        patient: Json = {
            "resourceType": "Patient",
            "id": self.id,
            "name": [{"family": family, "given": [given], "text": self.name}],
            "gender": self.gender,
            "birthDate": born.replace(year=born.year - (born.month > today.month)).isoformat(),
        }
        return [patient, *self.write(Writer(self.id, today))]


def _apixaban(chart: Writer) -> list[Json]:
    return [
        chart.problem("Atrial fibrillation", (SNOMED, "49436004", "Atrial fibrillation"), ago=3 * _YEAR),
        chart.problem("Calf cramps", ago=40),
        chart.medicine("Apixaban 5 mg tablet", (RXNORM, "1364445", "apixaban 5 MG Oral Tablet"), ago=120),
        chart.medicine("Bisoprolol 2.5 mg tablet", ago=120),
    ]


def _not_asked(chart: Writer) -> list[Json]:
    return [
        chart.problem("Neck pain", (SNOMED, "81680005", "Neck pain"), ago=30),
        chart.medicine("Cetirizine 10 mg tablet", ago=60),
    ]


def _pregnant(chart: Writer) -> list[Json]:
    due = {"valueDateTime": chart.on(-130)}
    return [
        chart.problem("Pregnancy", (SNOMED, "77386006", "Pregnancy"), ago=120),
        chart.problem("Low back pain", _BACK_PAIN, ago=20),
        chart.result("Estimated delivery date", (LOINC, "11778-8", "Delivery date Estimated"), due, ago=100),
        chart.no_medicines(),
    ]


def _cured(chart: Writer) -> list[Json]:
    rna = (LOINC, "11259-9", "Hepatitis C virus RNA [Presence] in Serum or Plasma by NAA with probe detection")
    epclusa = (RXNORM, "1799218", "sofosbuvir 400 MG / velpatasvir 100 MG Oral Tablet [Epclusa]")
    return [
        chart.problem(
            "Chronic hepatitis C",
            (SNOMED, "128302006", "Chronic hepatitis C"),
            ago=6 * _YEAR,
            status="resolved",
            ended=2 * _YEAR,
        ),
        chart.medicine("Sofosbuvir/velpatasvir", epclusa, ago=3 * _YEAR, status="completed", ended=2 * _YEAR + 200),
        chart.result("Hepatitis C virus RNA", rna, coded(SNOMED, "260415000", "Not detected"), ago=2 * _YEAR),
    ]


def _not_cured(chart: Writer) -> list[Json]:
    rna = (LOINC, "11259-9", "Hepatitis C virus RNA [Presence] in Serum or Plasma by NAA with probe detection")
    return [
        chart.problem("Chronic hepatitis C", (SNOMED, "128302006", "Chronic hepatitis C"), ago=4 * _YEAR),
        chart.result("Hepatitis C virus RNA", rna, coded(SNOMED, "260373001", "Detected"), ago=90),
        chart.no_medicines(),
    ]


def _prevention(chart: Writer) -> list[Json]:
    truvada = (RXNORM, "476556", "emtricitabine 200 MG / tenofovir disoproxil fumarate 300 MG Oral Tablet")
    test = (LOINC, "56888-1", "HIV 1+2 Ab+HIV1 p24 Ag [Presence] in Serum or Plasma by Immunoassay")
    return [
        chart.problem("Shoulder pain", ago=15),
        chart.medicine("Emtricitabine/tenofovir disoproxil", truvada, ago=90),
        chart.result("HIV antigen and antibody", test, coded(SNOMED, "260385009", "Negative"), ago=30),
    ]


def _hemophilia(chart: Writer) -> list[Json]:
    return [
        chart.problem(
            "Hemophilia A", (SNOMED, "28293008", "Hereditary factor VIII deficiency disease"), ago=19 * _YEAR
        ),
        chart.problem("Strain of quadriceps", ago=10),
        chart.no_medicines(),
    ]


def _cellulitis(chart: Writer) -> list[Json]:
    return [
        chart.problem(
            "Cellulitis of lower leg", (SNOMED, "449711005", "Cellulitis of lower leg"), ago=6, site="Right lower leg"
        ),
        chart.medicine("Cefalexin 500 mg capsule", ago=6),
    ]


def _breast(chart: Writer) -> list[Json]:
    return [
        chart.problem(
            "Malignant neoplasm of breast", (SNOMED, "254837009", "Malignant neoplasm of breast"), ago=200,
            site="Left breast",
        ),
        chart.medicine("Letrozole 2.5 mg tablet", ago=150),
    ]  # fmt: skip


def _nothing_known(chart: Writer) -> list[Json]:
    return [chart.no_problems(), chart.no_medicines()]


def _messy(chart: Writer) -> list[Json]:
    pains = ["Knee pain", "Frozen shoulder", "Plantar fasciitis", "Tinnitus", "Gout", "Hay fever", "Migraine"]
    return [
        chart.problem("?hep B - await serology", ago=20),
        chart.problem("query DVT, on warfarin until May", ago=300, status="inactive"),
        chart.problem("HIV infection", (SNOMED, "86406008", "Human immunodeficiency virus infection"), ago=200,
                      verification="entered-in-error"),
        chart.problem("No history of diabetes", ago=400),
        chart.problem("Hb 9.8, feels tired", ago=12),
        *(chart.problem(pain, ago=500 + 30 * n, status="resolved") for n, pain in enumerate(pains)),
        chart.broken("Condition", clinicalStatus="active", code=["D66"], onsetDateTime="the other day"),
        chart.broken("Condition", code={}),
        chart.medicine("Tab. Warfarin 3mg", ago=200, status="unknown"),
        chart.medicine("red pill, mornings"),
        chart.result("Hb", (LOINC, "718-7", "Hemoglobin [Mass/volume] in Blood"), {"valueString": "9.8"}, ago=14),
    ]  # fmt: skip


def _medicines_withheld(chart: Writer) -> list[Json]:
    return [
        chart.problem("Low back pain", _BACK_PAIN, ago=60),
        chart.problem("Type 2 diabetes", (SNOMED, "44054006", "Diabetes mellitus type 2"), ago=5 * _YEAR, ended=None),
        chart.result(
            "Hemoglobin", (LOINC, "718-7", "Hemoglobin [Mass/volume] in Blood"), quantity(14.1, "g/dL"), ago=30
        ),
        chart.medicine("Warfarin 3 mg tablet", (RXNORM, "855318", "warfarin sodium 3 MG Oral Tablet"), ago=30),
    ]


def _pacemaker(chart: Writer) -> list[Json]:
    return [
        chart.problem("Sick sinus syndrome", (SNOMED, "36083008", "Sick sinus syndrome"), ago=7 * _YEAR),
        chart.procedure(
            "Insertion of cardiac pacemaker", (SNOMED, "307280005", "Implantation of cardiac pacemaker"), ago=7 * _YEAR
        ),
        chart.no_medicines(),
    ]


PATIENTS: Final = (
    Patient(
        id="sandbox-walter", name="Walter Brandt", gender="male", years=68, site="gastrocnemius", side="left",
        story="Takes apixaban.", write=_apixaban,
    ),
    Patient(
        id="sandbox-mina", name="Mina Okafor", gender="female", years=31, site="levator scapulae", side="right",
        story="Nobody has recorded whether she is pregnant.", write=_not_asked,
    ),
    Patient(
        id="sandbox-lea", name="Lea Novak", gender="female", years=29, site="quadratus lumborum", side="left",
        story="Is pregnant.", write=_pregnant,
    ),
    Patient(
        id="sandbox-tomas", name="Tomas Varga", gender="male", years=49, site="gluteus medius", side="left",
        story="Had hepatitis C, and was cured.", write=_cured,
    ),
    Patient(
        id="sandbox-ines", name="Ines Duarte", gender="female", years=58, site="gluteus medius", side="left",
        story="Has hepatitis C.", write=_not_cured,
    ),
    Patient(
        id="sandbox-kofi", name="Kofi Mensah", gender="male", years=27, site="infraspinatus", side="left",
        story="Takes an HIV medicine, and the chart does not say what for.", write=_prevention,
    ),
    Patient(
        id="sandbox-jonas", name="Jonas Lind", gender="male", years=19, site="vastus lateralis", side="right",
        story="Has hemophilia A.", write=_hemophilia,
    ),
    Patient(
        id="sandbox-peter", name="Peter Hale", gender="male", years=60, site="gastrocnemius", side="right",
        story="Has cellulitis of the right lower leg. Try the other side, too.", write=_cellulitis,
    ),
    Patient(
        id="sandbox-ruth", name="Ruth Adler", gender="female", years=66, site="pectoralis major", side="left",
        story="Has cancer of the left breast. Try a calf, too.", write=_breast,
    ),
    Patient(
        id="sandbox-anders", name="Anders Holm", gender="male", years=45, site="upper trapezius", side="right",
        story="Has no known problems and takes nothing.", write=_nothing_known,
    ),
    Patient(
        id="sandbox-george", name="George Petrov", gender="male", years=71, site="lumbar multifidus", side="right",
        story="Has a chart that many hands typed: words, guesses, faults.", write=_messy,
    ),
    Patient(
        id="sandbox-marta", name="Marta Rossi", gender="female", years=63, site="infraspinatus", side="right",
        story="Has diabetes, and this EHR keeps her medicines to itself.", write=_medicines_withheld,
        withheld=_MEDICINES,
    ),
    Patient(
        id="sandbox-emil", name="Emil Krause", gender="male", years=74, site="gluteus medius", side="left",
        story="Has a pacemaker; the order asks for current. Only the extended pack has a rule on it.", write=_pacemaker,
        order="stimulation",
    ),
)  # fmt: skip
"""In the order in which they are shown."""

BY_ID: Final = {patient.id: patient for patient in PATIENTS}
