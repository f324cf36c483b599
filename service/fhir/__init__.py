"""FHIR JSON in and out: what arrives becomes a Chart, a Screening becomes a RiskAssessment."""
