"""What a medicine entry says: which drugs, and whether they act at as-of (clinical rules, section 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.core.chart import CodeableConcept, Entry, Medicine
from service.core.dates import Span, days_since, is_after, plus_days
from service.core.facts import Aside, Doubt, Fate, MedicineFact, Told, Use
from service.core.knowledge import Drug, Knowledge
from service.core.recognise.frame import Frame
from service.core.recognise.naming import quoted
from service.core.recognise.products import Named, name_code, name_medicine
from service.core.recognise.wording import read_words
from service.core.screening import Certainty

_ORDER_INTENTS: Final = frozenset({None, "order", "original-order", "reflex-order", "filler-order", "instance-order"})
_PASSING_INTENTS: Final = frozenset({"proposal", "option"})

# A lapsed blood thinner that is still marked active is asked about; any other lapsed medicine is a note.
_ASKED_IF_LAPSED: Final = frozenset({"blood-thinner"})

# What an R5 adherence leaf says in the statuses that R4 statements have.
_ADHERENCE: Final = {
    "taking": "active",
    "taking-as-directed": "active",
    "taking-not-as-directed": "active",
    "on-hold": "on-hold",
    "on-hold-as-directed": "on-hold",
    "on-hold-not-as-directed": "on-hold",
    "stopped": "stopped",
    "stopped-as-directed": "stopped",
    "stopped-not-as-directed": "stopped",
    "not-taking": "not-taken",
    "unknown": "unknown",
}
_ENDED: Final = frozenset({"stopped", "completed", "ended"})

# What a reviewed wording says in the same statuses.
_WORDED: Final = {"held": "on-hold", "past": "completed", "negated": "not-taken"}


def medicine_told(code: CodeableConcept, knowledge: Knowledge, drugs: frozenset[str]) -> Told | None:
    """What a code alone tells: that it names no medicine that a rule reads. None: read the rest."""
    named = name_code(code, knowledge)
    if named is None or (isinstance(named, Named) and _is_read(named, drugs)):
        return None
    fate = Fate.NOTED if isinstance(named, Named) else named
    return _unknown(code, fate, quoted(code.words()), knowledge)


def _is_read(named: Named, drugs: frozenset[str]) -> bool:
    return any(not drugs.isdisjoint((*drug.groups, *drug.classes)) for drug in named.drugs)


def recognise_medicine(entry: Entry, frame: Frame) -> list[MedicineFact] | Aside:
    """The facts of one MedicationStatement or MedicationRequest, or why it gives none."""
    knowledge = frame.knowledge
    content = entry.content()
    assert isinstance(content, Medicine)  # noqa: S101 - the door pairs kinds with contents
    named = name_medicine(entry, content, knowledge)
    name = quoted(entry.code.words() or content.unresolved)
    if isinstance(named, Fate):
        told = _unknown(entry.code, named, name, knowledge)
        if named is Fate.UNREADABLE and content.unresolved:
            return _not_sent(entry, content, told)
        return Aside(entry.source, *told)
    if not _is_read(named, frame.drugs):
        return Aside(entry.source, *_unknown(entry.code, Fate.NOTED, name, knowledge))
    aside = _set_aside(content, named)
    if aside:
        concepts = frozenset(name for drug in named.drugs for name in (drug.name, *drug.classes))
        dated = content.asserted or content.effective.start
        return Aside(source=entry.source, fate=Fate.SET_ASIDE, name=name, reason=aside, concepts=concepts, dated=dated)
    return [_fact(entry, content, named, drug, frame) for drug in named.drugs]


def _not_sent(entry: Entry, content: Medicine, told: Told) -> Aside:
    """An entry whose Medication stayed with its sender: nobody can tell which drug it is."""
    over = content.status if content.status in ("entered-in-error", "cancelled", "not-taken") else ""
    return Aside(entry.source, Fate.SET_ASIDE if over else told.fate, told.name, over or "medication-not-sent")


def _unknown(code: CodeableConcept, fate: Fate, name: str, knowledge: Knowledge) -> Told:
    """An entry that names no medicine that a rule reads."""
    known = knowledge.knows_a_system(code.codings)
    reason = {
        Fate.NOT_MATCHED: "known-system" if known else "words-only",
        Fate.NOTED: "nothing-to-say",
        Fate.UNREADABLE: "no-known-code-no-words",
    }[fate]
    return Told(fate, name, reason)


def _status(content: Medicine, named: Named) -> str | None:
    """The status in the words of an R4 MedicationStatement or a MedicationRequest."""
    status = content.status
    if not content.request and content.adherence is not None and status != "entered-in-error":
        status = _ADHERENCE.get(content.adherence, "unknown")
    elif status == "recorded":
        status = "active"
    if status == "active" and named.said in _WORDED:
        return _WORDED[named.said]
    return status


def _set_aside(content: Medicine, named: Named) -> str:
    """Why the entry is no evidence of taking, as a key of the pack's reasons; "" where it may be."""
    status = _status(content, named)
    if status in ("entered-in-error", "cancelled", "not-taken"):
        return status
    return "do-not-perform" if content.do_not_perform else ""


def _fact(entry: Entry, content: Medicine, named: Named, drug: Drug, frame: Frame) -> MedicineFact:
    status = _status(content, named)
    taking = _Taking(
        status=status, ended=_end(content, status, frame.as_of), days=frame.washouts.days(drug), as_of=frame.as_of
    )
    ended = taking.ended
    use, doubt = _use(content, named, taking)
    if use is Use.OVER and _is_asked_if_lapsed(drug, taking, frame):
        use, doubt = Use.POSSIBLE, Doubt.SUPPLY_ENDED
    if use is not Use.NEVER and _is_local(named, drug):
        use, doubt = Use.NEVER, Doubt.NONE
    if entry.barred and use not in (Use.NEVER, Use.OVER):
        use, doubt = Use.POSSIBLE, Doubt.NOT_RELIABLE
    certainty = [Certainty.CODED if named.coded else Certainty.MATCHED_ON_WORDS]
    if content.status is None:
        certainty.append(Certainty.STATUS_ABSENT)
    since = content.effective.start or (content.asserted if content.request else None)
    if since is None and content.asserted is None and ended is None:
        certainty.append(Certainty.UNDATED)
    return MedicineFact(
        source=entry.source,
        name=quoted(entry.code.words() or content.unresolved),
        drug=drug,
        use=use,
        doubt=doubt,
        certainty=tuple(certainty),
        request=content.request,
        since=since,
        ended=ended,
        counts_until=plus_days(ended, taking.days) if ended is not None else None,
        lasts_until=(content.effective.end or content.supply_ends) if ended is None else None,
        dated=content.asserted or content.effective.start,
        status=_status_words(content, status),
        route=named.route if named.systemic == "check" else "",
        reasons=content.reasons,
        reason_concepts=_reason_concepts(content.reasons, frame.knowledge),
        flags=named.flags,
        recorder=content.recorder,
        faults=content.faults,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taking:
    """When and how the entry says the drug was taken, and how long it counts."""

    status: str | None
    ended: Span | None
    days: int  # of washout
    as_of: Span

    def washed_out(self) -> bool:
        """Whether more days than the washout have passed since the end, counted to the patient's safety."""
        return self.ended is not None and days_since(self.ended, self.as_of)[0] > self.days


def _is_asked_if_lapsed(drug: Drug, taking: _Taking, frame: Frame) -> bool:
    if taking.status != "active" or taking.ended is None or not _ASKED_IF_LAPSED & set(drug.groups):
        return False
    return days_since(taking.ended, frame.as_of)[0] <= frame.washouts.still_active


def _use(content: Medicine, named: Named, taking: _Taking) -> tuple[Use, Doubt]:
    """Whether the drug acts at as-of; the table of section 3.2, line by line."""
    if taking.status == "draft" or content.intent in _PASSING_INTENTS or named.said == "note":
        return Use.NEVER, Doubt.NONE
    if any("status" in fault.lower() for fault in content.faults):
        return Use.POSSIBLE, Doubt.ELEMENT_UNREADABLE
    begins = content.effective.start or (content.asserted if content.request else None)
    if begins is not None and is_after(begins, taking.as_of):
        return Use.POSSIBLE, Doubt.STARTS_LATER
    use, doubt = _by_status(content, taking)
    if use in (Use.TAKING, Use.HELD, Use.RECENT):
        if content.intent not in _ORDER_INTENTS and not content.reported:
            return Use.POSSIBLE, Doubt.NOT_STARTED
        if named.doubt:
            return Use.POSSIBLE, named.doubt
    return use, doubt


def _by_status(content: Medicine, taking: _Taking) -> tuple[Use, Doubt]:
    status = taking.status
    if status in _ENDED:
        return _after_end(content, taking)
    if status == "on-hold":
        return Use.HELD, Doubt.NONE
    if status == "intended":
        return Use.POSSIBLE, Doubt.NOT_STARTED
    if status != "active":
        return Use.POSSIBLE, Doubt.USE_UNKNOWN
    if taking.ended is None:
        return Use.TAKING, Doubt.NONE
    return (Use.OVER if taking.washed_out() else Use.RECENT), Doubt.NONE


def _after_end(content: Medicine, taking: _Taking) -> tuple[Use, Doubt]:
    """Stopped or completed. Without an end date the latest date on record stands in, and only asks."""
    if taking.ended is None:
        return Use.POSSIBLE, Doubt.END_UNDATED
    if is_after(taking.ended, taking.as_of):
        return Use.POSSIBLE, Doubt.ENDS_LATER
    if taking.washed_out():
        return Use.OVER, Doubt.NONE
    return (Use.RECENT, Doubt.NONE) if content.effective.end is not None else (Use.POSSIBLE, Doubt.END_UNDATED)


def _end(content: Medicine, status: str | None, as_of: Span) -> Span | None:
    """When taking ended: the period's end, else the end of the supply; for what has ended, the latest date on record.

    For an entry that is still active, an end that lies ahead is no end.
    """
    stated = content.effective.end or content.supply_ends
    if status in _ENDED:
        return content.effective.end or _latest((content.supply_ends, content.asserted, content.effective.start))
    if status == "active" and stated is not None and not _ahead(stated, as_of):
        return stated
    return None


def _ahead(end: Span, as_of: Span) -> bool:
    """Whether an end lies on or after as-of: supply that ends today is still being taken."""
    return days_since(end, as_of)[0] <= 0


def _latest(spans: Sequence[Span | None]) -> Span | None:
    return max((span for span in spans if span is not None), key=lambda span: span.last, default=None)


def _is_local(named: Named, drug: Drug) -> bool:
    """Whether only a local form is used, of a drug that counts by systemic use alone."""
    if named.place == "lock-or-flush" or "lock-flush" in named.flags:
        return True
    if named.systemic != "no" or not drug.systemic_only:
        return False
    by_flag = {"inhaled": "inhaled-is-systemic", "nose": "nasal-is-systemic"}
    return by_flag.get(named.place, "") not in drug.flags


def _status_words(content: Medicine, status: str | None) -> str:
    words = status or "no status"
    if content.request and content.intent not in (None, "order"):
        words += f", intent {content.intent}"
    return f"{words}, as the patient reports" if content.reported else words


def _reason_concepts(reasons: Sequence[CodeableConcept], knowledge: Knowledge) -> frozenset[str]:
    """The condition concepts that the reasons name, by code or words."""
    found: set[str] = set()
    for reason in reasons:
        rows = knowledge.conditions.find_all(reason.codings) or read_words(reason, knowledge).listed
        found.update(row.concept for row in rows)
    return frozenset(found)
