"""The extensions of a result: what each means, where it stands, and what its value is."""

from __future__ import annotations

from typing import Final, NamedTuple

_RESULT: Final = "RiskAssessment"
_PREDICTION: Final = "RiskAssessment.prediction"
_NOTE: Final = "RiskAssessment.note"
_RULE: Final = "PlanDefinition.action"
MANY: Final = "*"


class Part(NamedTuple):
    """A part of a complex extension: a nested extension with a relative url. It has a value, or parts."""

    name: str
    short: str
    type: str = ""  # of its value
    value_set: str = ""  # of its code
    min: int = 1
    max: str = "1"
    parts: tuple[Part, ...] = ()


class Extension(NamedTuple):
    """An extension and the elements on which it stands. It has a value, or parts."""

    name: str
    title: str
    description: str
    contexts: tuple[str, ...]
    type: str = ""
    value_set: str = ""
    parts: tuple[Part, ...] = ()


EXTENSIONS: Final = (
    Extension(
        "headline",
        "Headline of the result",
        "The worst headline over all targets.",
        (_RESULT,),
        type="CodeableConcept",
        value_set="headline",
    ),
    Extension(
        "rule-pack",
        "Rule pack",
        "A rule pack that produced the result; one extension for each. Rules that this site has switched off are "
        "named in every result.",
        (_RESULT,),
        parts=(
            Part("id", "The pack", "code", value_set="rule-pack"),
            Part("version", "Its version", "string"),
            Part("switched-off", "A rule that is switched off at this site", "code", "rule", min=0, max=MANY),
        ),
    ),
    Extension(
        "account",
        "Account of the input",
        "How the input was used: how each list of the chart arrived, and what became of every entry received. The "
        "counts add up to the entries received: each once, those of inner Bundles one by one, contained resources "
        "not at all.",
        (_RESULT,),
        parts=(
            Part(
                "list",
                "How one list of the chart arrived",
                min=0,
                max=MANY,
                parts=(
                    Part("kind", "Which list", "code", value_set="list-kind"),
                    Part("state", "How it arrived", "code", value_set="list-state"),
                    Part("count", "How many of its entries arrived", "unsignedInt"),
                ),
            ),
            Part(
                "entries",
                "What became of the entries of one resource type",
                min=0,
                max=MANY,
                parts=(
                    Part("type", "The type as it was sent; that of the request where there is no resource", "code"),
                    Part("used", "Behind a finding or question, or the subject", "unsignedInt"),
                    Part("noted", "Understood; changes nothing, or answers a question", "unsignedInt"),
                    Part("set-aside", "Read and deliberately not used", "unsignedInt"),
                    Part("not-matched", "Read, and nothing in it is known to the rules", "unsignedInt"),
                    Part("unreadable", "Could not be read", "unsignedInt"),
                    Part("not-read", "Of a kind that no rule reads", "unsignedInt"),
                ),
            ),
        ),
    ),
    Extension(
        "prediction-kind",
        "Kind of prediction",
        "Whether a prediction is a headline, a finding or an open question. An open question is no fact about the "
        "patient.",
        (_PREDICTION,),
        type="code",
        value_set="prediction-kind",
    ),
    Extension(
        "target",
        "Target",
        "Where the needle is meant to go, with the text as it was given or ordered. A finding or question without "
        "it is about the whole patient.",
        (_PREDICTION,),
        type="CodeableConcept",
    ),
    Extension(
        "rule",
        "Rule",
        "The rule behind a finding, an open question or a note.",
        (_PREDICTION, _NOTE),
        type="Coding",
        value_set="rule",
    ),
    Extension(
        "evidence",
        "Evidence",
        "An entry of the chart that a finding, an open question or a note rests on. All entries behind findings and "
        "questions are also in `basis`, which does not say behind which.",
        (_PREDICTION, _NOTE),
        type="Reference",
    ),
    Extension(
        "certainty",
        "How sure",
        "How the evidence behind a finding is known, and what it leaves open.",
        (_PREDICTION,),
        type="code",
        value_set="certainty",
    ),
    Extension("action", "What to do", "What to do about a finding, in words.", (_PREDICTION,), type="string"),
    Extension(
        "ends-when",
        "What ends it",
        "Which date, result, answer or change of a list would end a finding or close an open question, and what the "
        "headline would then be, in words.",
        (_PREDICTION, _RULE),
        type="string",
    ),
    Extension(
        "change",
        "What would change it",
        "A change of the chart, or of the day, that would end a finding or close an open question, all else staying as "
        "it is, and the headline of the whole result that would follow. Each was tried by judging the chart again.",
        (_PREDICTION,),
        parts=(
            Part("kind", "What changes", "code", value_set="change-kind"),
            Part("entry", "An entry that changes", "Reference", min=0, max=MANY),
            Part("date", "The first day for which the headline holds; without it, at once", "date", min=0),
            Part("code", "What is observed", "Coding", min=0),
            Part("value", "Its answer, or the result", "Coding", min=0),
            Part("list", "The list that comes", "code", value_set="list-kind", min=0),
            Part("headline", "The headline that would follow: the worst over all targets", "code", "headline"),
        ),
    ),
    Extension(
        "ceiling",
        "Ceiling",
        "The category that an open question would reach if the answer were bad.",
        (_PREDICTION,),
        type="code",
        value_set="category",
    ),
    Extension(
        "ask",
        "What to ask",
        "The one thing to ask or look up for an open question, in words.",
        (_PREDICTION,),
        type="string",
    ),
    Extension(
        "note-kind",
        "Kind of note",
        "What a note is about.",
        (_NOTE,),
        type="code",
        value_set="note-kind",
    ),
    Extension(
        "category",
        "Category of a rule",
        "How far a rule goes where the chart establishes it.",
        (_RULE,),
        type="code",
        value_set="category",
    ),
    Extension(
        "evidence-grade",
        "Evidence for a rule",
        "On what the rule rests in published guidance; repeated where there is more than one kind.",
        (_RULE,),
        type="code",
        value_set="evidence-grade",
    ),
    Extension(
        "switched-off",
        "Switched off",
        "Whether this site has switched the rule off: it is then in the pack, and in no result.",
        (_RULE,),
        type="boolean",
    ),
    Extension(
        "parameter",
        "Parameter of a rule pack",
        "A value that the pack's owner may change.",
        ("PlanDefinition",),
        parts=(
            Part("name", "Its name", "code"),
            Part("value", "Its value with the unit, in words", "string"),
            Part("editorial", "Whether no source fixes it, so that it is the pack owner's choice", "boolean"),
            Part("why", "What it is for", "string"),
        ),
    ),
    Extension(
        "site-change",
        "Change by this site",
        "What this site's policy changes in the pack, which its owner wrote otherwise.",
        ("PlanDefinition",),
        parts=(
            Part("of", "What is changed: a rule, or a parameter", "code"),
            Part("name", "Which one", "code"),
            Part("field", "Which part of it", "string"),
            Part("before", "As the pack has it", "string", min=0),
            Part("after", "As this site has it", "string", min=0),
            Part("author", "Who changed it", "string"),
            Part("date", "When", "string"),
            Part("reason", "Why", "string"),
        ),
    ),
    Extension(
        "meaning",
        "Meaning of listed codes",
        "How the codes of this group are read: only some say that the patient has what the set is named for.",
        ("ValueSet.compose.include",),
        type="code",
        value_set="meaning",
    ),
)
