"""Claims and statements of benefit as Synthea writes them: no rule reads them, and they are half of an export."""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

_CODES: Final = "http://terminology.hl7.org/CodeSystem"
_VARIABLES: Final = "https://bluebutton.cms.gov/resources/variables"
_MONEY: Final = {"value": 129.16, "currency": "USD"}


def claim(id_: str, patient: str, encounter: str, when: str, visit: Json, problem: Json) -> Json:
    """A Claim of about 1.5 kB."""
    return {
        "resourceType": "Claim",
        "id": id_,
        "status": "active",
        "type": _code("claim-type", "professional"),
        "use": "claim",
        "patient": {"reference": f"urn:uuid:{patient}", "display": "Robin Example"},
        "billablePeriod": {"start": when, "end": when},
        "created": when,
        "provider": {"reference": f"urn:uuid:{encounter}", "display": "EXAMPLE GENERAL HOSPITAL"},
        "priority": _code("processpriority", "normal"),
        "facility": {"reference": f"urn:uuid:{encounter}", "display": "EXAMPLE GENERAL HOSPITAL"},
        "diagnosis": [{"sequence": 1, "diagnosisReference": {"reference": f"urn:uuid:{encounter}"}}],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "Medicare"}}],
        "item": [
            {"sequence": 1, "productOrService": visit, "encounter": [{"reference": f"urn:uuid:{encounter}"}]},
            {"sequence": 2, "diagnosisSequence": [1], "productOrService": problem},
        ],
        "total": _MONEY,
    }


def explanation_of_benefit(id_: str, patient: str, encounter: str, when: str, visit: Json, problem: Json) -> Json:
    """An ExplanationOfBenefit of about 4.5 kB."""
    subject = {"reference": f"urn:uuid:{patient}"}
    practitioner = {"reference": f"urn:uuid:{encounter}"}
    item = {
        "category": {"coding": [{"system": f"{_VARIABLES}/line_cms_type_srvc_cd", "code": "1"}]},
        "servicedPeriod": {"start": when, "end": when},
        "locationCodeableConcept": _code("ex-serviceplace", "21", "Inpatient Hospital"),
    }
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": id_,
        "contained": [
            {
                "resourceType": "ServiceRequest",
                "id": "referral",
                "status": "completed",
                "intent": "order",
                "subject": subject,
                "requester": practitioner,
                "performer": [practitioner],
            },
            {
                "resourceType": "Coverage",
                "id": "coverage",
                "status": "active",
                "type": {"text": "Medicare"},
                "beneficiary": subject,
                "payor": [{"display": "Medicare"}],
            },
        ],
        "identifier": [
            {"system": f"{_VARIABLES}/clm_id", "value": id_},
            {"system": "https://bluebutton.cms.gov/resources/identifier/claim-group", "value": "99999999999"},
        ],
        "status": "active",
        "type": _code("claim-type", "professional"),
        "use": "claim",
        "patient": subject,
        "billablePeriod": {"start": when, "end": when},
        "created": when,
        "insurer": {"display": "Medicare"},
        "provider": practitioner,
        "referral": {"reference": "#referral"},
        "facility": {"reference": f"urn:uuid:{encounter}", "display": "EXAMPLE GENERAL HOSPITAL"},
        "claim": {"reference": f"urn:uuid:{id_}"},
        "outcome": "complete",
        "careTeam": [
            {
                "sequence": 1,
                "provider": practitioner,
                "role": _code("claimcareteamrole", "primary", "Primary Care Practitioner"),
            }
        ],
        "diagnosis": [
            {
                "sequence": 1,
                "diagnosisReference": {"reference": f"urn:uuid:{encounter}"},
                "type": [_code("ex-diagnosistype", "principal")],
            }
        ],
        "insurance": [{"focal": True, "coverage": {"reference": "#coverage", "display": "Medicare"}}],
        "item": [
            {"sequence": 1, "productOrService": visit, "encounter": [practitioner], **item},
            {"sequence": 2, "diagnosisSequence": [1], "productOrService": problem, "adjudication": _decided(), **item},
        ],
        "total": [{"category": _code("adjudication", "submitted", "Submitted Amount"), "amount": _MONEY}],
        "payment": {"amount": _MONEY},
    }


def _decided() -> list[Json]:
    kinds = {
        "line_coinsrnc_amt": "Line Beneficiary Coinsurance Amount",
        "line_prvdr_pmt_amt": "Line Provider Payment Amount",
        "line_sbmtd_chrg_amt": "Line Submitted Charge Amount",
        "line_alowd_chrg_amt": "Line Allowed Charge Amount",
        "line_bene_ptb_ddctbl_amt": "Line Beneficiary Part B Deductible Amount",
    }
    return [
        {
            "category": {
                "coding": [{"system": f"{_CODES}/adjudication", "code": f"{_VARIABLES}/{code}", "display": display}]
            },
            "amount": _MONEY,
        }
        for code, display in kinds.items()
    ]


def _code(system: str, code: str, display: str = "") -> Json:
    coding = {"system": f"{_CODES}/{system}", "code": code}
    return {"coding": [coding | ({"display": display} if display else {})]}
