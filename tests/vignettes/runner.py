"""Screens a vignette in a dialect, and says where the product and the vignette differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from service.core.knowledge import Knowledge
from service.core.packs import Pack
from service.core.screen import screen
from service.core.screening import Headline, NoteKind, Screening
from service.fhir.read import read_request
from service.knowledge.load import load_knowledge
from service.knowledge.packs import load_packs
from service.pipeline import Screener
from tests.vignettes.dialects import Request, tell
from tests.vignettes.grammar import Expected, Vignette


@cache
def knowledge() -> Knowledge:
    """The shipped lists, loaded once for all tests."""
    return load_knowledge()


@cache
def packs() -> Mapping[str, Pack]:
    """The shipped rule packs."""
    return load_packs(None, knowledge())


@cache
def screener() -> Screener:
    """What chooses the packs of a request, as in the service."""
    return Screener(knowledge=knowledge(), packs=packs(), default_packs=("default",), max_entries=50_000)


def run(
    request: Request,
    chosen: Iterable[str] = ("default",),
    *,
    by: Sequence[Pack] = (),
    hide_restricted: bool = False,
) -> Screening:
    """What the product says of a request: the same way as the HTTP door, without HTTP.

    `by`: packs as they are, instead of the shipped ones of these names.
    """
    asked = read_request(
        request.body,
        content_type=request.content_type,
        query=request.query,
        systems=knowledge().systems,
        max_entries=screener().max_entries,
    )
    assert asked.as_of is not None, "every request of the tests says its as-of"
    return screen(
        asked.chart,
        targets=asked.targets,
        as_of=asked.as_of,
        packs=by or screener().choose_packs(asked.packs or tuple(chosen)),
        knowledge=knowledge(),
        electrical_stimulation=asked.electrical_stimulation,
        hide_restricted=hide_restricted,
    )


def differences(vignette: Vignette, dialect: str) -> list[str]:
    """Where the product's answer differs from the vignette's `then`; empty where it does not."""
    return compared(vignette, run(tell(vignette, dialect), vignette.packs))


def compared(vignette: Vignette, screening: Screening) -> list[str]:
    """Each difference in a line: what the vignette says, what the product says."""
    then = vignette.then
    found: list[str] = []
    if screening.headline.code != then.headline:
        found.append(f"headline: {then.headline} expected, got {screening.headline.code}")
    several = len(vignette.targets) > 1
    findings = [
        Expected(f.rule, f.category.code, f.target.name if several and f.target else "") for f in screening.findings
    ]
    questions = [
        Expected(q.rule, q.ceiling.code, q.target.name if several and q.target else "") for q in screening.questions
    ]
    if len(findings) != len(set(findings)):
        found.append(f"findings: one stands twice: {_lines(findings)}")
    found += _sets("findings", then.findings, findings)
    found += _sets("questions", then.questions, questions)
    for name, own in then.targets.items():
        got = {j.headline.code for j in screening.judgements if j.target and j.target.name == name}
        if got != {own}:
            found.append(f"target {name}: {own} expected, got {sorted(got)}")
    labels = {label.code for label in screening.labels}
    if then.labels is not None and labels != then.labels:
        found.append(f"labels: {sorted(then.labels)} expected, got {sorted(labels)}")
    return found + _order(screening) + _texts(vignette, screening)


def _order(screening: Screening) -> list[str]:
    """Findings and questions stand worst first; inside each category in the order of sections 5 and 6."""
    found: list[str] = []
    # Questions about the chart itself have no place in it.
    rules = [rule.id for used in screening.packs for rule in packs()[used.id].rules]
    for part, lines in (
        ("findings", [(-f.category, rules.index(f.rule)) for f in screening.findings if f.rule in rules]),
        ("questions", [(-q.ceiling, rules.index(q.rule)) for q in screening.questions if q.rule in rules]),
    ):
        if lines != sorted(lines):
            found.append(f"{part}: not in the order of the rules: {lines}")
    return found


def _sets(part: str, expected: frozenset[Expected], got: list[Expected]) -> list[str]:
    missing, surplus = expected - set(got), set(got) - expected
    lines = [f"{part}: missing {_lines(missing)}"] if missing else []
    return [*lines, f"{part}: surplus {_lines(surplus)}"] if surplus else lines


def _lines(items: Iterable[Expected]) -> str:
    return ", ".join(sorted(f"{e.rule} {e.category}{f' @ {e.target}' if e.target else ''}" for e in items))


def _texts(vignette: Vignette, screening: Screening) -> list[str]:
    then = vignette.then
    notes = {kind: [note.text.lower() for note in screening.notes if note.kind is kind] for kind in NoteKind}
    rules = {note.rule for note in screening.notes if note.kind is NoteKind.NOTE}
    established = [part for f in screening.findings for part in (f.harm, f.sentence, f.action, f.ends_when)]
    asked = [part for q in screening.questions for part in (q.harm, q.sentence, q.ask)]
    spoken = [text.lower() for text in (*established, *asked)]
    places = (
        ("notes", then.notes, notes[NoteKind.NOTE]),
        ("set-aside", then.set_aside, notes[NoteKind.SET_ASIDE]),
        ("not-matched", then.not_matched, notes[NoteKind.NOT_MATCHED]),
        ("not-received", then.not_received, notes[NoteKind.NOT_RECEIVED]),
        ("hazards", then.hazards, notes[NoteKind.SITE_HAZARD]),
        ("says", then.says, spoken),
    )
    found = [
        f"{part}: “{words}” is not among {texts}"
        for part, expected, texts in places
        for words in expected
        if not (part == "notes" and words in rules) and not any(words.lower() in text for text in texts)
    ]
    found += [
        f"must-not: “{words}” is said" for words in then.must_not if any(words.lower() in text for text in spoken)
    ]
    return found


def is_known(headline: str) -> bool:
    """Whether the product has this headline; the runner's own list is compared with it."""
    return headline in {known.code for known in Headline}
