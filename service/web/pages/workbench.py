"""`/`: the workbench. A chart and a question in, and all that is concluded beside it; stored only when asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import orjson
from flask import Blueprint, Response, request

from service import __version__
from service.cds.cards import Form as CardForm
from service.cds.cards import cards
from service.cds.hooks import Hook
from service.cds.requests import HookCall
from service.core.dates import Span
from service.core.facts import Fate
from service.core.grounds import entries_told, timeline
from service.core.places import Side
from service.core.screening import NoteKind, Screening, Target
from service.fhir.read import Asked
from service.fhir.refused import Refused
from service.fhir.versions import FHIR_JSON
from service.fhir.write import risk_assessment
from service.pipeline import Screener, read_clock
from service.settings import Settings
from service.store import Store
from service.web.keeping import Keeper, Sent
from service.web.pages.asking import Form, ask, choices, of_example, read_form
from service.web.pages.body_map import HEIGHT, WIDTH, body_map
from service.web.pages.comparing import compare
from service.web.pages.examples import load_examples
from service.web.pages.layout import Pages
from service.web.pages.timeline import picture
from service.web.told import tell

_HERE: Final = "same-origin"  # a form of another site can ask for nothing to be stored
_MOST_ROWS: Final = 250  # of the table of entries; what speaks to no rule is cut off first
_NOTES: Final = (
    (NoteKind.SITE_HAZARD, "Hazards under the target"),
    (NoteKind.REMINDER, "Reminders"),
    (NoteKind.NOTE, "Notes"),
    (NoteKind.NOT_RECEIVED, "Not received"),
    (NoteKind.UNREADABLE, "Could not be read"),
    (NoteKind.SET_ASIDE, "Set aside"),
    (NoteKind.NOT_MATCHED, "Not recognised"),
)
FATES: Final[Mapping[Fate, str]] = {
    Fate.USED: "used",
    Fate.NOTED: "noted",
    Fate.SET_ASIDE: "set aside",
    Fate.UNREADABLE: "unreadable",
    Fate.NOT_MATCHED: "not matched",
    Fate.NOT_READ: "not read",
}


def workbench_blueprint(
    pages: Pages, settings: Settings, screener: Screener, store: Store, *, clock: Callable[[], Span] = read_clock
) -> Blueprint:
    """The workbench, with an example on it when it is opened."""
    workbench = Blueprint("workbench", __name__)
    examples = {example.id: example for example in load_examples()}
    drawn = body_map(screener.knowledge)
    keeper = Keeper(store=store, keep_inputs=settings.keep_inputs)

    def shown(form: Form, part: str = "workbench.html") -> Response:
        return pages.page(
            part,
            form=form,
            examples=tuple(examples.values()),
            body=drawn,
            width=WIDTH,
            height=HEIGHT,
            packs=tuple(screener.packs.values()),
            default_packs=screener.default_packs,
            choices=choices(screener),
            keeps=store.keeps,
            **_result(form, screener, clock()),
        )

    @workbench.get("/")
    def open_() -> Response:
        chosen = examples.get(request.args.get("example", "")) or next(iter(examples.values()))
        return shown(of_example(chosen))

    @workbench.post("/")
    def screen() -> Response:
        form = read_form(request, settings.max_body)
        if "keep" in request.form and store.keeps and request.headers.get("Sec-Fetch-Site", _HERE) == _HERE:
            kept = _keep(form, screener, keeper, clock())
            if kept:
                return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": pages.to(f"/reports/{kept}")})
        return shown(form, "result.html" if request.form.get("part") == "result" else "workbench.html")

    return workbench


def _keep(form: Form, screener: Screener, keeper: Keeper, now: Span) -> str | None:
    """Store the result, since it was asked for; its id. None where it can't be screened or stored."""
    try:
        asked = ask(form, screener)
        screening = screener.judge(asked, now=now)
    except Refused:
        return None
    tell(screening)
    id_ = str(uuid4())
    resource = risk_assessment(screening, asked.version, identifier=id_, resource_id=id_, software_version=__version__)
    sent = Sent(body=form.chart.encode(), query=form.query(), content_type=FHIR_JSON, door="page")
    kept = keeper.keep(screening, resource, version=asked.version, sent=sent, key=None)
    return kept.stored.id if kept else None


def _result(form: Form, screener: Screener, now: Span) -> dict[str, Any]:
    """What the result shows, or why there is none."""
    try:
        asked = ask(form, screener)
        screening = screener.judge(asked, now=now)
        beside = replace(asked, packs=form.beside) if form.beside else None
        other = screener.judge(beside, now=now) if beside else None
    except Refused as refused:
        return {"faults": [(issue.diagnostics, issue.expression) for issue in refused.issues], "screening": None}
    entries = entries_told(screening)
    weight = list(FATES)
    most_telling = sorted(entries, key=lambda entry: weight.index(entry.fate))[:_MOST_ROWS]
    shown = sorted(most_telling, key=lambda entry: entry.source.position)
    return {
        "faults": (),
        "screening": screening,
        "version": asked.version,
        "pointed_at": _pointed_at,
        "notes": [
            (title, [note for note in screening.notes if note.kind is kind])
            for kind, title in _NOTES
            if any(note.kind is kind for note in screening.notes)
        ],
        "entries": shown,
        "more": len(entries) - len(shown),
        "fates": [(fate, name, sum(entry.fate is fate for entry in entries)) for fate, name in FATES.items()],
        "fate_names": FATES,
        "line": picture(timeline(screening), screening.as_of),
        "resource": _resource(screening, asked),
        "cards": _cards(screening, screener),
        "comparison": _comparison(screening, other),
        "other": other,
    }


def _pointed_at(target: Target) -> tuple[str, ...]:
    """The target as the body map calls it; nothing where its words were not understood."""
    place = target.place
    if place is None:
        return ()
    sides = {Side.LEFT: ("left",), Side.RIGHT: ("right",), Side.BILATERAL: ("left", "right"), None: ("",)}[place.side]
    return tuple(f"{side} {site.name}".strip() for site in place.sites for side in sides)


def _resource(screening: Screening, asked: Asked) -> str:
    resource = risk_assessment(
        screening, asked.version, identifier=str(uuid4()), resource_id=None, software_version=__version__
    )
    return orjson.dumps(resource, option=orjson.OPT_INDENT_2).decode()


def _cards(screening: Screening, screener: Screener) -> list[tuple[dict[str, Any], str]]:
    """The cards of an EHR that signs this order; "nothing found" is shown as well."""
    call = HookCall(hook=Hook.ORDER_SIGN, patient_id=(screening.subject.source.reference or "").rpartition("/")[2])
    packs = screening.grounds.packs if screening.grounds else screener.choose_packs(())
    form = CardForm(new_id=lambda: str(uuid4()), suggestion_types=frozenset({"create"}), show_clear=True)
    written = [card.content for card in cards(screening, packs, call, (), form)]
    return [(card, orjson.dumps(card, option=orjson.OPT_INDENT_2).decode()) for card in written]


def _comparison(screening: Screening, other: Screening | None) -> tuple[Any, ...]:
    if other is None or screening.grounds is None or other.grounds is None:
        return ()
    packs = dict.fromkeys((*screening.grounds.packs, *other.grounds.packs))
    return compare((screening, other), tuple(packs))
