"""A small chart: the example of the OpenAPI document, and what a starting service tries itself on."""

from __future__ import annotations

from typing import Final

EXAMPLE: Final = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"resource": {"resourceType": "Patient", "id": "1", "gender": "male", "birthDate": "1958-04-01"}},
        {
            "resource": {
                "resourceType": "ServiceRequest",
                "status": "active",
                "intent": "order",
                "subject": {"reference": "Patient/1"},
                "code": {"text": "Dry needling left gastrocnemius"},
            }
        },
        {
            "resource": {
                "resourceType": "MedicationStatement",
                "status": "active",
                "subject": {"reference": "Patient/1"},
                "medicationCodeableConcept": {"text": "apixaban 5 mg"},
            }
        },
    ],
}
