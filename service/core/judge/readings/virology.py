"""What hepatitis B, hepatitis C and HIV serology have in common: how the newest result of a test is told."""

from __future__ import annotations

from service.core.dates import days_since
from service.core.facts import Doubt, Outcome, ResultFact
from service.core.judge.outcomes import Case, Established
from service.core.judge.outcomes import Outcome as Walked
from service.core.judge.results import Newest, outcome_at
from service.core.packs import Rule


def told_by_test(case: Case, rule: Rule, read: Newest) -> list[Walked]:
    """A test that decides by itself: positive establishes; what is open about it is asked."""
    outcome, doubt = outcome_at(read.deciding)
    if outcome is Outcome.POSITIVE and not doubt:
        return [Established(rule=rule, facts=read.deciding)]
    if outcome in (Outcome.POSITIVE, Outcome.INDETERMINATE):
        return [case.asked(rule, doubt or "inconclusive", read.deciding)]
    return unable(case, rule, read)


def unable(case: Case, rule: Rule, read: Newest) -> list[Walked]:
    """A positive result that can't decide: preliminary, dated after as-of, or undated beside a dated one."""
    asked = [
        case.asked(rule, fact.doubt or Doubt.UNDATED, [fact])
        for fact in read.others
        if fact.outcome is Outcome.POSITIVE and (fact.doubt or fact.date is None) and not _overtaken(fact, read)
    ]
    unread = [
        case.asked(rule, fact.doubt, [fact]) for fact in read.deciding if fact.doubt and fact.outcome is Outcome.UNKNOWN
    ]
    return [*asked, *unread]


def _overtaken(fact: ResultFact, read: Newest) -> bool:
    """Whether a decided result is newer than this one, which never decided."""
    if fact.date is None or fact.doubt is Doubt.DATED_LATER:
        return False
    return any(days_since(fact.date, found.date)[0] > 0 for found in read.deciding if found.date is not None)
