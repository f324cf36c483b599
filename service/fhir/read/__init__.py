"""The door inwards: a request body of any supported FHIR version becomes a Chart and a question."""

from service.fhir.read.json_body import parse_json
from service.fhir.read.request import Asked, read_parsed, read_request

__all__ = ["Asked", "parse_json", "read_parsed", "read_request"]
