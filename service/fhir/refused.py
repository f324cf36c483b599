"""What can't be screened, said once: the cases of contract section 8, and the OperationOutcome that tells them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:  # `versions` refuses, too
    from service.fhir.versions import FhirVersion

# An OperationOutcome lists every fault of a request, but no hostile request gets a book for an answer.
MOST_ISSUES: Final = 100


class Case(Enum):
    """A row of contract section 8: why a request can't be screened. The HTTP status of each is the web's to say."""

    MALFORMED = "body is not well-formed JSON"
    EMPTY = "no body"
    UNSUPPORTED_MEDIA = "media type or FHIR version not supported"
    NOT_ACCEPTABLE = "no acceptable answer type"
    NOT_A_MESSAGE = "not a FHIR message"
    NOT_A_CHART = "not a chart that can be read"
    NO_PATIENT = "no patient, or not the one asked for"
    SEVERAL_PATIENTS = "several patients and no subject"
    NO_CHART = "Parameters without a chart"
    BAD_PARAMETER = "unknown, doubled or wrongly typed parameter"
    UNKNOWN_PACK = "unknown rule pack"
    TOO_LARGE = "body over the limit"
    TOO_MANY_ENTRIES = "too many entries"
    KEY_TAKEN = "an idempotency key with another request"
    BAD_CALL = "breaks the rules of CDS Hooks"
    NOTHING_TO_SCREEN = "a CDS Hooks call that brings no data, and none can be read"


class Issue(NamedTuple):
    """One fault: what is wrong and what to do about it. Names places and forms, never a value of the input."""

    code: str  # of FHIR's issue-type
    diagnostics: str
    expression: str = ""  # FHIRPath from the posted root: `Bundle.entry[3].resource`
    severity: str = "error"


class Refused(Exception):  # noqa: N818 - it says what happens; it is not always somebody's error
    """This request can't be screened. Raised where it is noticed, answered in one table at the edge."""

    def __init__(self, case: Case, *issues: Issue) -> None:
        """Take the case, which decides the status, and every fault that was found."""
        super().__init__(case.value)
        if not issues:
            raise ValueError(f"{case.name} without an issue")
        self.case = case
        self.issues = issues[:MOST_ISSUES]


def operation_outcome(issues: Sequence[Issue], version: FhirVersion) -> dict[str, object]:  # noqa: ARG001
    """The OperationOutcome of these faults in this FHIR version; so far it reads the same in each."""
    return {"resourceType": "OperationOutcome", "issue": [_written(issue) for issue in issues]}


def _written(issue: Issue) -> dict[str, object]:
    written: dict[str, object] = {
        "severity": issue.severity,
        "code": issue.code,
        "diagnostics": issue.diagnostics,
    }
    if issue.expression:
        written["expression"] = [issue.expression]
    return written
