"""Which antiretrovirals speak for HIV and which, alone, for hepatitis B (clinical rules, sections 5.1 and 5.3)."""

from __future__ import annotations

from typing import Final

from service.core.facts import MedicineFact, Use
from service.core.judge.outcomes import Case

_HIV: Final = "hiv"
_HEPATITIS_B: Final = "hepatitis-b"
_HEPATITIS_C: Final = "hepatitis-c"
_QUIET: Final = (Use.OVER, Use.NEVER)


def antiretrovirals(case: Case) -> list[MedicineFact]:
    """Drugs of the HIV group, whatever their use."""
    return [fact for fact in case.facts.medicines if _HIV in fact.drug.groups]


def _for_hepatitis_b(case: Case) -> list[MedicineFact]:
    """Drugs of the hepatitis B group; interferons, which also treat hepatitis C and tumors, are asked about there."""
    return [
        fact
        for fact in case.facts.medicines
        if _HEPATITIS_B in fact.drug.groups and _HEPATITIS_C not in fact.drug.groups
    ]


def _is_one_hepatitis_b_drug(case: Case, facts: list[MedicineFact]) -> bool:
    """Whether all of them are one and the same drug that, by the pack, treats hepatitis B by itself."""
    drugs = {fact.drug.name for fact in facts}
    return len(drugs) == 1 and drugs <= case.pack.names("hepatitis-b-drugs")


def lone_hepatitis_b_drugs(case: Case) -> list[MedicineFact]:
    """Hepatitis B drugs to be asked about under hepatitis B: those that no regimen for HIV accounts for."""
    now = [fact for fact in antiretrovirals(case) if fact.use not in _QUIET]
    candidates = _for_hepatitis_b(case)
    if now and not _is_one_hepatitis_b_drug(case, now):
        return [fact for fact in candidates if _HIV not in fact.drug.groups]
    return candidates


def speaking_for_hiv(case: Case) -> list[MedicineFact]:
    """Antiretrovirals in use that are more than one lone drug for hepatitis B."""
    now = [fact for fact in antiretrovirals(case) if fact.use not in _QUIET]
    return [] if _is_one_hepatitis_b_drug(case, now) else now
