"""An EHR in a box: made-up patients, a FHIR server that holds them, and the calls that an EHR makes."""
