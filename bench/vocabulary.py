"""What the charts of the bench are made of: everyday codes, most of which no list holds, and codes of the lists."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from service.knowledge.tables import mappings_folder, read_table, read_tables

SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
CVX: Final = "http://hl7.org/fhir/sid/cvx"
_ADDRESSES: Final = {
    "snomed": SNOMED,
    "loinc": LOINC,
    "rxnorm": RXNORM,
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd-9-cm": "http://hl7.org/fhir/sid/icd-9-cm",
    "cvx": CVX,
}


class Term(NamedTuple):
    """A code as a chart writes it."""

    system: str
    code: str
    display: str


class Measure(NamedTuple):
    """An observation with a number: its usual range and unit. Two codes share a panel in `parts`."""

    term: Term
    low: float
    high: float
    unit: str


def _snomed(*pairs: tuple[str, str]) -> tuple[Term, ...]:
    return tuple(Term(SNOMED, code, display) for code, display in pairs)


CONDITIONS: Final = _snomed(
    ("444814009", "Viral sinusitis (disorder)"),
    ("195662009", "Acute viral pharyngitis (disorder)"),
    ("10509002", "Acute bronchitis (disorder)"),
    ("38341003", "Hypertension"),
    ("55822004", "Hyperlipidemia"),
    ("40055000", "Chronic sinusitis (disorder)"),
    ("446096008", "Perennial allergic rhinitis"),
    ("162864005", "Body mass index 30+ - obesity (finding)"),
    ("62106007", "Concussion with no loss of consciousness"),
    ("74400008", "Appendicitis"),
    ("68496003", "Polyp of colon"),
    ("239873007", "Osteoarthritis of knee"),
    ("279039007", "Low back pain"),
    ("44465007", "Sprain of ankle"),
    ("43878008", "Streptococcal sore throat (disorder)"),
    ("65363002", "Otitis media"),
    ("195967001", "Asthma"),
    ("49727002", "Cough"),
    ("267036007", "Dyspnea"),
    ("84229001", "Fatigue"),
    ("25064002", "Headache"),
    ("36955009", "Loss of taste"),
    ("68962001", "Muscle pain"),
    ("57676002", "Joint pain"),
    ("162573006", "Suspected lung disease"),
    ("160903007", "Full-time employment (finding)"),
    ("160904001", "Part-time employment (finding)"),
    ("73595000", "Stress (finding)"),
    ("423315002", "Limited social contact (finding)"),
    ("224299000", "Received higher education (finding)"),
    ("314529007", "Medication review due (situation)"),
    ("66383009", "Gingivitis (disorder)"),
    ("80967001", "Dental caries"),
    ("235595009", "Gastroesophageal reflux disease"),
    ("370143000", "Major depressive disorder"),
    ("48694002", "Anxiety"),
)

MEDICINES: Final = tuple(
    Term(RXNORM, code, display)
    for code, display in (
        ("313782", "Acetaminophen 325 MG Oral Tablet"),
        ("310798", "Hydrochlorothiazide 25 MG Oral Tablet"),
        ("314076", "lisinopril 10 MG Oral Tablet"),
        ("308136", "amLODIPine 2.5 MG Oral Tablet"),
        ("312961", "Simvastatin 20 MG Oral Tablet"),
        ("259255", "Atorvastatin 80 MG Oral Tablet"),
        ("562251", "Amoxicillin 250 MG / Clavulanate 125 MG Oral Tablet"),
        ("834102", "Penicillin V Potassium 500 MG Oral Tablet"),
        ("308182", "Amoxicillin 250 MG Oral Capsule"),
        ("745679", "200 ACTUAT Albuterol 0.09 MG/ACTUAT Metered Dose Inhaler"),
        ("895994", "120 ACTUAT Fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler"),
        ("197604", "Digoxin 0.125 MG Oral Tablet"),
        ("897718", "Verapamil Hydrochloride 40 MG"),
        ("1049221", "Acetaminophen 325 MG / oxyCODONE Hydrochloride 5 MG Oral Tablet"),
        ("477045", "Chlorpheniramine Maleate 2 MG/ML Oral Solution"),
        ("1014676", "cetirizine hydrochloride 5 MG Oral Tablet"),
        ("389221", "Etonogestrel 68 MG Drug Implant"),
        ("751905", "Trinessa 28 Day Pack"),
        ("1535362", "sodium fluoride 0.0272 MG/MG Oral Gel"),
        ("966222", "Levothyroxine Sodium 0.075 MG Oral Tablet"),
        ("198039", "Nitroglycerin 0.4 MG Sublingual Tablet"),
        ("866412", "24 HR metoprolol succinate 100 MG Extended Release Oral Tablet"),
        ("402014", "omeprazole 20 MG Delayed Release Oral Tablet"),
        ("904420", "alendronic acid 10 MG Oral Tablet"),
    )
)

MEASURES: Final = tuple(
    Measure(Term(LOINC, code, display), low, high, unit)
    for code, display, low, high, unit in (
        ("8302-2", "Body Height", 150, 195, "cm"),
        ("29463-7", "Body Weight", 50, 110, "kg"),
        ("39156-5", "Body Mass Index", 18, 34, "kg/m2"),
        ("72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported", 0, 8, "{score}"),
        ("8867-4", "Heart rate", 55, 100, "/min"),
        ("9279-1", "Respiratory rate", 11, 17, "/min"),
        ("2093-3", "Total Cholesterol", 150, 250, "mg/dL"),
        ("2571-8", "Triglycerides", 90, 200, "mg/dL"),
        ("18262-6", "Low Density Lipoprotein Cholesterol", 60, 150, "mg/dL"),
        ("2085-9", "High Density Lipoprotein Cholesterol", 40, 80, "mg/dL"),
        ("718-7", "Hemoglobin [Mass/volume] in Blood", 12, 17, "g/dL"),
        ("787-2", "MCV [Entitic volume] by Automated count", 80, 95, "fL"),
        ("785-6", "MCH [Entitic mass] by Automated count", 27, 33, "pg"),
        ("786-4", "MCHC [Mass/volume] by Automated count", 33, 36, "g/dL"),
        ("777-3", "Platelets [#/volume] in Blood by Automated count", 160, 420, "10*3/uL"),
        ("32207-3", "Platelet distribution width [Entitic volume] in Blood by Automated count", 150, 500, "fL"),
        ("32623-1", "Platelet mean volume [Entitic volume] in Blood by Automated count", 9, 12, "fL"),
        ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", 5, 6.4, "%"),
        ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", 4, 10, "10*3/uL"),
        ("789-8", "Erythrocytes [#/volume] in Blood by Automated count", 4, 5.4, "10*6/uL"),
        ("4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", 38, 48, "%"),
        ("21000-5", "Erythrocyte distribution width [Entitic volume] by Automated count", 39, 46, "fL"),
        ("2339-0", "Glucose", 70, 120, "mg/dL"),
        ("6299-2", "Urea Nitrogen", 7, 20, "mg/dL"),
        ("38483-4", "Creatinine", 0.6, 1.4, "mg/dL"),
        ("49765-1", "Calcium", 8.5, 10.2, "mg/dL"),
        ("2947-0", "Sodium", 136, 144, "mmol/L"),
        ("6298-4", "Potassium", 3.7, 5.2, "mmol/L"),
        ("2069-3", "Chloride", 101, 111, "mmol/L"),
        ("20565-8", "Carbon Dioxide", 20, 29, "mmol/L"),
        ("33914-3", "Estimated Glomerular Filtration Rate", 60, 120, "mL/min/{1.73_m2}"),
    )
)

BLOOD_PRESSURE: Final = Term(LOINC, "85354-9", "Blood pressure panel with all children optional")
SYSTOLIC: Final = Measure(Term(LOINC, "8480-6", "Systolic Blood Pressure"), 100, 150, "mm[Hg]")
DIASTOLIC: Final = Measure(Term(LOINC, "8462-4", "Diastolic Blood Pressure"), 60, 95, "mm[Hg]")
SMOKING: Final = Term(LOINC, "72166-2", "Tobacco smoking status NHIS")
SMOKING_ANSWERS: Final = _snomed(
    ("266919005", "Never smoker"), ("8517006", "Former smoker"), ("449868002", "Current every day smoker")
)

PROCEDURES: Final = _snomed(
    ("428191000124101", "Documentation of current medications"),
    ("430193006", "Medication Reconciliation (procedure)"),
    ("117015009", "Throat culture (procedure)"),
    ("23426006", "Measurement of respiratory function (procedure)"),
    ("171207006", "Depression screening"),
    ("73761001", "Colonoscopy"),
    ("710824005", "Assessment of health and social care needs (procedure)"),
    ("710841007", "Assessment of anxiety (procedure)"),
    ("428211000124100", "Assessment of substance use (procedure)"),
    ("763302001", "Assessment using Alcohol Use Disorders Identification Test - Consumption (procedure)"),
    ("34043003", "Dental consultation and report (procedure)"),
    ("234713009", "Dental fluoride treatment (procedure)"),
    ("274031008", "Rectal polypectomy"),
    ("312681000", "Bone density scan (procedure)"),
    ("399208008", "Plain X-ray of chest"),
)

VACCINES: Final = tuple(
    Term(CVX, code, display)
    for code, display in (
        ("140", "Influenza, seasonal, injectable, preservative free"),
        ("113", "Td (adult) preservative free"),
        ("43", "Hep B, adult"),
        ("133", "Pneumococcal conjugate PCV 13"),
        ("208", "SARS-COV-2 (COVID-19) vaccine, mRNA, spike protein, LNP, preservative free, 30 mcg/0.3mL dose"),
    )
)

VISITS: Final = _snomed(
    ("162673000", "General examination of patient (procedure)"),
    ("185349003", "Encounter for check up (procedure)"),
    ("185345009", "Encounter for symptom"),
    ("185347001", "Encounter for problem"),
    ("50849002", "Emergency room admission (procedure)"),
)

PANELS: Final = tuple(
    Term(LOINC, code, display)
    for code, display in (
        ("57698-3", "Lipid Panel"),
        ("58410-2", "Complete blood count (hemogram) panel - Blood by Automated count"),
        ("51990-0", "Basic Metabolic Panel"),
    )
)


@cache
def listed_conditions() -> tuple[Term, ...]:
    """Condition codes of the shipped lists, in the order of their files."""
    return tuple(
        Term(_ADDRESSES[system], code, display)
        for _, rows in read_tables(mappings_folder(None), "codes/conditions/*.csv")
        for system, code, match, _, display, _, _ in rows
        if system in _ADDRESSES and match == "exact" and display
    )


@cache
def listed_medicines() -> tuple[Term, ...]:
    """RxNorm products of the shipped lists."""
    return tuple(
        Term(RXNORM, code, display)
        for _, rows in read_tables(mappings_folder(None), "codes/medicines/products/*.csv")
        for _, system, code, _, _, display, _, _ in rows
        if system == "rxnorm"
    )


@cache
def listed_procedures() -> tuple[Term, ...]:
    """SNOMED procedures of the shipped lists."""
    rows = read_table(mappings_folder(None), "codes/procedures.csv")
    return tuple(Term(SNOMED, code, display) for _, system, code, _, _, display, _, _ in rows if system == "snomed")
