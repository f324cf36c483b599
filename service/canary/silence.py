"""Whether a rule fires as often as it used to. Counts in, names out."""

from __future__ import annotations

import math
from typing import Final

from service.store import Firing

_A_TENTH: Final = 0.1  # of what was to be expected: a rule has not just a quieter day
_BY_CHANCE: Final = 1e-5  # there are some fifty rules and many looks: less likely than this is told


def fell_silent(past: Firing, recent: Firing) -> tuple[str, ...]:
    """The rules that fired less than a tenth as often as their own past lets expect, and not by chance.

    Rates are of screenings, not of hours: fewer patients are no silence. The chance is that of a Poisson count.

    >>> past = Firing(screenings=10_000, rules={"anemia": 500, "hiv": 20})
    >>> fell_silent(past, Firing(screenings=400, rules={}))
    ('anemia',)
    >>> fell_silent(past, Firing(screenings=400, rules={"anemia": 4}))
    ()
    """
    if not past.screenings:
        return ()
    return tuple(
        rule
        for rule, fired in sorted(past.rules.items())
        if _is_silent(recent.rules.get(rule, 0), expected=fired / past.screenings * recent.screenings)
    )


def _is_silent(fired: int, *, expected: float) -> bool:
    return fired <= expected * _A_TENTH and _at_most(fired, expected) < _BY_CHANCE


def _at_most(count: int, mean: float) -> float:
    """The chance that a Poisson count of this mean is not above `count`."""
    return math.fsum(math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(count + 1)) if mean else 1
