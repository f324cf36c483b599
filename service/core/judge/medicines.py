"""A `medicine` clause: taken now, or only suggesting a disease that the chart may explain (clinical rules, 3.2)."""

from __future__ import annotations

from datetime import date

from service.core.dates import days_since, is_after, plus_days
from service.core.facts import ConditionFact, Doubt, Facts, MedicineFact, Standing, Use
from service.core.judge.conditions import rule_concepts
from service.core.judge.outcomes import Case, Established, Noted, Outcome
from service.core.knowledge import Drug, Explanation
from service.core.packs import MedicineClause, Rule
from service.core.words import normalise

# A recorded condition explains a drug, or is itself what the drug suggests and then its own finding.
_CLOSES = frozenset({"explains", "own-rule"})


def taken(facts: Facts, clause: MedicineClause) -> list[MedicineFact]:
    """The medicine facts that a clause is about, whatever their use."""
    return [fact for fact in facts.medicines if _is_about(fact, clause)]


def _is_about(fact: MedicineFact, clause: MedicineClause) -> bool:
    classes = set(fact.drug.classes)
    return bool(clause.groups & set(fact.drug.groups) or clause.classes & classes) and not clause.not_classes & classes


def walk_medicine(case: Case, rule: Rule, clause: MedicineClause) -> list[Outcome]:
    """A medicine clause under `finding`: the drug itself is the reason for caution."""
    outcomes: list[Outcome] = []
    for fact in taken(case.facts, clause):
        if fact.use is Use.NEVER:
            outcomes.append(case.noted(rule, "not-systemic", [fact]))
        elif fact.use is Use.OVER:
            outcomes.append(case.noted(rule, "washed-out", [fact]))
        elif fact.use is Use.POSSIBLE:
            outcomes.append(case.doubtful(rule, fact, until=_until(case, fact)))
        elif said_not_taking(case.facts, fact):
            outcomes.append(case.asked(rule, Doubt.NOT_TAKING_SAID, [fact]))
        elif clause.longer_than is not None and fact.since is None:
            outcomes.append(case.asked(rule, "since-unknown", [fact]))
        elif clause.longer_than is not None and _days_taken(case, fact) <= clause.longer_than:
            outcomes.append(case.noted(rule, "not-long", [fact]))
        else:
            outcomes.append(
                Established(rule=rule, facts=(fact,), ends_when=_ends(case, fact), until=_until(case, fact))
            )
    return outcomes


def _days_taken(case: Case, fact: MedicineFact) -> int:
    """The most days for which it may have been taken: up to its end, else to as-of."""
    until = fact.ended if fact.ended is not None and not is_after(fact.ended, case.facts.as_of) else case.facts.as_of
    return days_since(fact.since, until)[1] if fact.since is not None else 0


def walk_medicine_note(case: Case, rule: Rule, clause: MedicineClause) -> list[Noted]:
    """A medicine clause under `note`: what is taken, or may be."""
    return [
        case.noted(rule, clause.text or "noted", [fact])
        for fact in taken(case.facts, clause)
        if fact.counts or fact.use is Use.POSSIBLE
    ]


def _ends(case: Case, fact: MedicineFact) -> str:
    if fact.counts_until is None or fact.use is not Use.RECENT:
        return ""
    return case.pack.phrases["washout-ends"].format(drug=fact.drug.name, date=fact.counts_until.last.isoformat())


def _until(case: Case, fact: MedicineFact) -> date | None:
    """The last day of its washout, where its end is known; of a lapsed one, the last day on which it is asked about."""
    if fact.doubt is Doubt.SUPPLY_ENDED and fact.ended is not None:
        return plus_days(fact.ended, case.base.days("still-active")).last
    return fact.counts_until.last if fact.counts_until is not None else None


def said_not_taking(facts: Facts, fact: MedicineFact) -> bool:
    """Whether a statement says the drug or its class is not taken, and this active request is not newer than it."""
    if not fact.request:
        return False
    names = {fact.drug.name, *fact.drug.classes}
    return any(
        aside.reason == "not-taken"
        and aside.concepts & names
        and not (fact.dated is not None and aside.dated is not None and is_after(fact.dated, aside.dated))
        for aside in facts.asides
    )


def walk_inferred(case: Case, rule: Rule, clause: MedicineClause) -> list[Outcome]:
    """A medicine clause that only suggests the disease: a question, unless the chart explains the drug."""
    suggesting = [fact for fact in taken(case.facts, clause) if fact.use not in (Use.OVER, Use.NEVER)]
    outcomes: list[Outcome] = [
        case.noted(rule, "medicine-over", [fact])
        for fact in taken(case.facts, clause)
        if fact.use in (Use.OVER, Use.NEVER)
    ]
    unexplained = []
    for fact in suggesting:
        explaining = explanation(case, rule, fact)
        if explaining is None:
            unexplained.append(fact)
        else:
            outcomes.append(case.noted(rule, "explained", [fact, *explaining]))
    if unexplained:
        outcomes.append(case.asked(rule, clause.text, unexplained))
    return outcomes


def explanation(case: Case, rule: Rule, fact: MedicineFact) -> tuple[ConditionFact, ...] | None:
    """What explains a drug: recorded conditions, or its own other reason (then empty); None where nothing does."""
    concepts = rule_concepts(rule)
    named = [reason for reason in fact.reasons if reason.words()]
    if fact.reason_concepts & concepts:
        return None
    if named:
        return ()
    found = tuple(
        condition
        for condition in case.facts.conditions
        if condition.standing is Standing.CURRENT and _explains(case, condition, fact.drug, rule)
    )
    return found or None


def _explains(case: Case, condition: ConditionFact, drug: Drug, rule: Rule) -> bool:
    """Whether a condition explains the drug; of a combination without an entry of its own, every part."""
    own = _closing(case, drug.name)
    if own or not drug.components:
        classed = [entry for name in drug.classes for entry in _closing(case, name)]
        return any(_is_named(entry, condition, rule) for entry in (*own, *classed))
    parts = [case.knowledge.drugs[name] for name in drug.components if name in case.knowledge.drugs]
    return len(parts) == len(drug.components) and all(_explains(case, condition, part, rule) for part in parts)


def _closing(case: Case, medicine: str) -> list[Explanation]:
    return [entry for entry in case.knowledge.explanations.get(medicine, ()) if entry.kind in _CLOSES]


def _is_named(entry: Explanation, condition: ConditionFact, rule: Rule) -> bool:
    if entry.kind == "own-rule" and condition.concept in rule_concepts(rule):
        return True
    if entry.concept:
        return entry.concept == condition.concept
    return bool(entry.words) and entry.words == normalise(condition.name)
