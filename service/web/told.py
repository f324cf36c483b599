"""What logs and metrics may say of a screening: its headline, packs and rules, and never whose it was."""

from __future__ import annotations

from typing import NamedTuple

from flask import g

from service.core.screening import Screening


class Told(NamedTuple):
    """One screening of this request, as it is counted."""

    headline: str
    packs: tuple[str, ...]  # ids
    rules: tuple[tuple[str, str], ...]  # rule and kind (finding, question), each once


def tell(screening: Screening) -> None:
    """Note a screening for this request's log line and for the metrics. A request may hold several (batch)."""
    told = Told(
        headline=screening.headline.code,
        packs=tuple(pack.id for pack in screening.packs),
        rules=tuple(
            dict.fromkeys(
                [
                    *((finding.rule, "finding") for finding in screening.findings),
                    *((question.rule, "question") for question in screening.questions),
                ]
            )
        ),
    )
    g.setdefault("told", []).append(told)
    g.worst = max(g.get("worst", screening.headline), screening.headline)
    g.headline = g.worst.code
    g.pack = ", ".join(f"{pack.id} {pack.version}" for pack in screening.packs)


def told() -> list[Told]:
    """What this request screened so far."""
    found: list[Told] = g.get("told", [])
    return found
