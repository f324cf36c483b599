"""What the service publishes about itself in FHIR: its profile, extensions, codes, operation and abilities."""
