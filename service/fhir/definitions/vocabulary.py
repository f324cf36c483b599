"""The closed vocabularies of a result: each a CodeSystem, with the words that people read."""

from __future__ import annotations

from typing import Final, NamedTuple


class Concept(NamedTuple):
    """A code, what people read for it, and what it means."""

    code: str
    display: str
    definition: str


class Vocabulary(NamedTuple):
    """A CodeSystem and the ValueSet of all its codes; both have this id."""

    id: str
    title: str
    description: str
    concepts: tuple[Concept, ...]

    def display(self, code: str) -> str:
        """What people read for a code; the code itself where it is none of ours."""
        return next((concept.display for concept in self.concepts if concept.code == code), code)


HEADLINE: Final = Vocabulary(
    "headline",
    "Headline of a dry-needling screening",
    "The one word for a target, or for the whole result: the worst over all targets. It is a category of a rule "
    "pack, never a likelihood.",
    (
        Concept(
            "no-known-contraindication",
            "No known contraindication",
            "Nothing was found in what was received. It does not say that there is nothing.",
        ),
        Concept("precaution", "Precaution", "Needling may go ahead with the care that is stated."),
        Concept(
            "insufficient-data",
            "Insufficient data",
            "An open question could establish more than what is established: it has to be answered first.",
        ),
        Concept(
            "contraindicated-at-site",
            "Contraindicated at this site",
            "Not at this target. Another target is judged on its own.",
        ),
        Concept("contraindicated", "Contraindicated", "Not at any target, under this rule pack."),
    ),
)

PREDICTION_KIND: Final = Vocabulary(
    "prediction-kind",
    "Kind of prediction",
    "What a prediction of the result stands for.",
    (
        Concept("headline", "Headline", "The headline of one target, or of the whole result where no target is known."),
        Concept("finding", "Finding", "A rule that the chart establishes."),
        Concept(
            "question",
            "Open question",
            "Something that could establish a rule and does not: no fact about the patient.",
        ),
    ),
)

NOTE_KIND: Final = Vocabulary(
    "note-kind",
    "Kind of note",
    "What a note of the result is about.",
    (
        Concept("note", "Noted", "Shown, changes nothing."),
        Concept("set-aside", "Set aside", "Read and deliberately not used, with the reason."),
        Concept("not-matched", "Read, no match", "Read, and nothing in it is known to the rules."),
        Concept("unreadable", "Could not be read", "Arrived and could not be read, with the reason."),
        Concept("not-received", "Not received", "A list that did not arrive, or not as a whole."),
        Concept("site-hazard", "Hazards at the site", "What lies under the target. A reminder, not a measurement."),
        Concept("reminder", "What no chart can tell", "What has to be asked or looked at in any case."),
    ),
)

CERTAINTY: Final = Vocabulary(
    "certainty",
    "How sure the evidence of a finding is",
    "How the evidence behind a finding is known, and what it leaves open.",
    (
        Concept("coded", "recorded by code", "A code says it."),
        Concept("matched-on-words", "matched on words", "No known code; the words are a reviewed term."),
        Concept("status-absent", "status absent", "The entry does not say whether it is confirmed or current."),
        Concept("undated", "undated", "The entry carries no date that tells since when."),
        Concept("side-not-recorded", "side not recorded", "The entry or the target does not say left or right."),
        Concept("measured", "measured", "A result says it."),
    ),
)

CHANGE_KIND: Final = Vocabulary(
    "change-kind",
    "Kind of change",
    "What would change an answer, all else staying as it is. The entries are those that the change names.",
    (
        Concept("date", "Time passes", "Nothing changes but the day that the chart is judged for."),
        Concept("resolved", "Recorded as resolved", "The problems get the clinical status resolved."),
        Concept("refuted", "Recorded as refuted", "The problems get the verification status refuted."),
        Concept(
            "stopped",
            "Recorded as stopped",
            "The medicines get the status stopped, with the day that the chart was judged for as their last; the "
            "headline holds from the date on.",
        ),
        Concept("result", "Newer result", "A final result of the same test as the entry's, of the day judged for."),
        Concept("answer", "Answer recorded", "A final observation of the day judged for, with this code and value."),
        Concept(
            "withdrawn",
            "Withdrawn",
            "The entries get the status entered-in-error, or are taken out where they can't be read. With a code, "
            "that observation is recorded as well.",
        ),
        Concept("received", "List received", "The list comes as a whole, with nothing more on it."),
        Concept("living", "Recorded as living", "The patient is not recorded as deceased."),
        Concept("born", "Date of birth recorded", "This date of birth is recorded, or an earlier one."),
    ),
)

ASSESSMENT: Final = Vocabulary(
    "assessment",
    "Type of assessment",
    "What a RiskAssessment of this project assesses.",
    (
        Concept(
            "dry-needling-safety",
            "Dry needling: contraindications and precautions",
            "Whether a chart holds a reason not to needle, or to needle with care.",
        ),
    ),
)

LIST_KIND: Final = Vocabulary(
    "list-kind",
    "List of the chart",
    "The lists of a chart whose arrival the result accounts for.",
    (
        Concept("conditions", "Problems", "Condition."),
        Concept("medicines", "Medicines", "MedicationStatement and MedicationRequest, either of them."),
        Concept("observations", "Observations", "Observation."),
        Concept("procedures", "Procedures", "Procedure."),
        Concept("immunizations", "Immunizations", "Immunization."),
        Concept("allergies", "Allergies", "AllergyIntolerance."),
        Concept("orders", "Orders", "ServiceRequest."),
    ),
)

LIST_STATE: Final = Vocabulary(
    "list-state",
    "How a list arrived",
    "Whether a list of the chart was received. The first three states are received, the last three are not.",
    (
        Concept("received", "Received", "At least one entry of this kind arrived."),
        Concept("empty", "Searched, none found", "The sender searched for it and there was nothing."),
        Concept("none-known", "The chart says there are none", "The chart asserts that there are none."),
        Concept("not-received", "Not received", "It was never asked for or never sent."),
        Concept(
            "failed", "Not received: refused or failed", "Refused, withheld, timed out, or answered with an error."
        ),
        Concept("incomplete", "Incomplete: cut off", "Pages or a limit cut it off. What did arrive was used."),
    ),
)

MEANING: Final = Vocabulary(
    "meaning",
    "Meaning of a listed code",
    "How a code of the lists is read. Most say that the concept is present; the others only name it.",
    (
        Concept("disease", "Disease", "The concept is present (or, for a pregnancy, current)."),
        Concept("complication", "Complication", "Something caused by it or occurring with it: it is present."),
        Concept("carrier-state", "Carrier state", "Carries the infection: counts as present."),
        Concept("carrier-gene", "Carrier of a gene", "Carries a gene: a rule of its own, or a note."),
        Concept("trait", "Trait", "Carries a gene: a note."),
        Concept("antibody-positive", "Antibody positive", "An antibody was found: not infection by itself."),
        Concept("possible", "Possible", "The code leaves it open: an open question, never an answer."),
        Concept("suspected", "Suspected", "The code leaves it open: an open question, never an answer."),
        Concept("nonviable", "Pregnancy that is not viable", "Counts as pregnant until an end is recorded."),
        Concept("labour", "In labor", "Pregnant that day, soon stale."),
        Concept("ended", "Ended", "The pregnancy has ended."),
        Concept("status", "Status", "A device, an absent organ, a treatment now, an anatomical state."),
        Concept("remission", "In remission", "In remission, whatever the entry's own status."),
        Concept("resolved", "Resolved", "Over."),
        Concept("cured", "Cured", "Over, and the code says that it was cured."),
        Concept("sequela", "Sequela", "A late effect of something past."),
        Concept("history", "History", "A past fact."),
        Concept("family-history", "Family history", "Of a relative: never evidence of the disease."),
        Concept("exposure", "Exposure", "Contact: never evidence of the disease."),
        Concept("screening", "Screening", "Never evidence of the disease."),
        Concept("vaccination", "Vaccination", "Vaccination or the need for it: never evidence of the disease."),
        Concept("prophylaxis", "Prophylaxis", "Never evidence of the disease."),
        Concept("counselling", "Counseling", "Never evidence of the disease."),
        Concept("care", "Care", "Never evidence of the disease."),
        Concept("fear", "Fear", "Never evidence of the disease."),
        Concept("risk", "Risk", "Never evidence of the disease."),
        Concept("negative-status", "Negative status", "Says that it is absent, excluded or immune."),
        Concept("other-person", "Another person", "About a fetus, newborn, mother or partner."),
        Concept("excluded", "Excluded", "Taken out of a wider prefix: screened, and nothing."),
        Concept("allergy", "Allergy", "What an AllergyIntolerance names: the allergy, or its substance."),
        Concept("systemic", "Systemic", "A medicine that acts on the whole body."),
        Concept("not-systemic", "Not systemic", "A local product: a note where only systemic use counts."),
        Concept("systemic-unless-local", "Systemic unless local", "Counts as systemic; the text names the route."),
        Concept("ingredient", "Ingredient", "Says nothing of route or form: systemic unless the entry says otherwise."),
        Concept("test", "Test", "What is measured. The result decides."),
        Concept("done", "Done", "A procedure that was done."),
        Concept("given", "Given", "A vaccine that was given."),
        Concept("ordered", "Ordered", "What an order asks for."),
        Concept("place", "Place", "A place on the body."),
    ),
)

GRADE: Final = Vocabulary(
    "evidence-grade",
    "Evidence for a rule",
    "On what a rule rests in published guidance.",
    (
        Concept("E", "Expert lists", "Named in lists of experts, and no more."),
        Concept("C", "Case reports", "Harm was reported in single cases."),
        Concept("S", "Case series or surveys", "Counted in series or surveys."),
        Concept("T", "Controlled studies", "Looked at in controlled studies."),
    ),
)

MESSAGE_EVENT: Final = Vocabulary(
    "message-event",
    "Message events",
    "What a FHIR message may ask for, as MessageHeader.eventCoding.",
    (Concept("screen-dry-needling", "Screen a chart for dry needling", "The rest of the message is the chart."),),
)

FIXED: Final = (
    ASSESSMENT,
    CERTAINTY,
    CHANGE_KIND,
    GRADE,
    HEADLINE,
    LIST_KIND,
    LIST_STATE,
    MEANING,
    MESSAGE_EVENT,
    NOTE_KIND,
    PREDICTION_KIND,
)
