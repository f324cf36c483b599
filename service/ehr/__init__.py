"""Reading an EHR's FHIR server. `requests` lives here, and so does every rule on whom may be talked to, and how."""

from service.ehr.answers import Answer, Empty, NotReceived, Reason, Received, Token, Want
from service.ehr.deadline import Deadline
from service.ehr.key_sets import Fetched, KeySetLost, fetch_key_set
from service.ehr.limits import Clocks, Limits
from service.ehr.reader import EhrReader

__all__ = [
    "Answer",
    "Clocks",
    "Deadline",
    "EhrReader",
    "Empty",
    "Fetched",
    "KeySetLost",
    "Limits",
    "NotReceived",
    "Reason",
    "Received",
    "Token",
    "Want",
    "fetch_key_set",
]
