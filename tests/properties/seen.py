"""What two screenings are compared by, and how a request is changed without changing its chart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from service.core.screening import Category, Screening
from tests.vignettes.dialects import Request
from tests.vignettes.lexicon import Json

Line = tuple[str, str, str]  # rule, category or ceiling, target


@dataclass(frozen=True, slots=True)
class Seen:
    """The clinical content of a screening: headlines, findings and questions, no wording."""

    headlines: tuple[tuple[str, str], ...]
    findings: tuple[Line, ...]
    questions: tuple[Line, ...]


def seen(screening: Screening) -> Seen:
    """What a clinician acts on."""
    return Seen(
        headlines=tuple((j.target.name if j.target else "", j.headline.code) for j in screening.judgements),
        findings=tuple((f.rule, f.category.code, f.target.name if f.target else "") for f in screening.findings),
        questions=tuple((q.rule, q.ceiling.code, q.target.name if q.target else "") for q in screening.questions),
    )


def worded(screening: Screening) -> tuple[object, ...]:
    """All that is said, in its order; positions and references apart."""
    return (
        seen(screening),
        [(f.sentence, f.action, f.ends_when, f.certainty) for f in screening.findings],
        [(q.sentence, q.ask) for q in screening.questions],
        [(n.kind, n.rule, n.text) for n in screening.notes],
        screening.actions,
    )


def reach(screening: Screening) -> int:
    """The worst that is established or could be: what a screening says before it is asked how sure it is.

    The headline alone can't be compared here: a question answered with "yes" turns `insufficient-data`
    into `precaution`, which is no better for the patient.
    """
    categories = [f.category for f in screening.findings]
    ceilings = [q.ceiling for q in screening.questions]
    return max([*categories, *ceilings], default=Category(1) - 1)


def bundles(body: Json) -> Iterator[Json]:
    """The chart's Bundles within a request's body."""
    if body.get("resourceType") == "Bundle":
        yield body
    for parameter in _items(body.get("parameter")):
        if isinstance(parameter.get("resource"), dict):
            yield parameter["resource"]  # type: ignore[misc]


def changed(request: Request, change: Callable[[list[Json]], list[Json]]) -> Request:
    """The same request with the entries of each Bundle changed."""
    body = json.loads(request.body)
    for bundle in bundles(body):
        bundle["entry"] = change(_items(bundle.get("entry")))
        if not bundle["entry"]:
            del bundle["entry"]
    return replace(request, body=json.dumps(body).encode())


def entries_of(request: Request) -> list[Json]:
    """Every entry of the request's Bundles."""
    return [entry for bundle in bundles(json.loads(request.body)) for entry in _items(bundle.get("entry"))]


def _items(value: object) -> list[Json]:
    return value if isinstance(value, list) else []
