"""Reading an EHR's FHIR server. `requests` lives here, and so does every rule on whom may be talked to, and how."""
