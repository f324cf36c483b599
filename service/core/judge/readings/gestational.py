"""`reading: gestational-diabetes`: diabetes while the pregnancy is current (clinical rules, section 5.10)."""

from __future__ import annotations

from typing import Final

from service.core.facts import Standing
from service.core.judge.conditions import as_meant
from service.core.judge.outcomes import Case, Established, Outcome
from service.core.judge.readings.pregnancy import read_pregnancy
from service.core.packs import Rule

_CONCEPT: Final = "gestational-diabetes"
CONDITIONS: Final = frozenset({_CONCEPT})


def walk_gestational_diabetes(case: Case, rule: Rule) -> list[Outcome]:
    """Current while the pregnancy is; still active after it, a question; else a note."""
    outcomes: list[Outcome] = []
    pregnancy = read_pregnancy(case)
    for found in case.facts.conditions:
        if found.concept != _CONCEPT:
            continue
        fact = as_meant(found, rule)
        if fact.standing is Standing.NOT_EVIDENCE:
            outcomes.append(case.noted(rule, "not-evidence", [fact]))
        elif fact.standing is Standing.POSSIBLE:
            outcomes.append(case.doubtful(rule, fact))
        elif fact.standing is not Standing.CURRENT:
            outcomes.append(case.noted(rule, "past", [fact]))
        elif pregnancy.state in ("current", "none"):
            outcomes.append(Established(rule=rule, facts=(fact,)))
        else:
            outcomes.append(case.asked(rule, "gestational-over", [fact]))
    return outcomes
