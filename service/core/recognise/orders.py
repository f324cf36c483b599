"""Targets: where the needle is meant to go, from orders and from what was asked for (clinical rules, section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from service.core.chart import CodeableConcept, Entry, Order
from service.core.facts import Aside, Fate
from service.core.knowledge import Knowledge, OrderMeaning
from service.core.places import Place, Side
from service.core.recognise.naming import quoted
from service.core.recognise.placing import place_of_concept
from service.core.screening import Target
from service.core.words import normalise

_OPEN: Final = frozenset({"draft", "active", "on-hold", "unknown", None})
_NEEDLING: Final = frozenset({"dry-needling", "electrical-stimulation-through-needles"})


class NeedlingOrder(NamedTuple):
    """An open dry-needling order: its targets, and whether current goes through the needles."""

    entry: Entry
    targets: tuple[Target, ...]
    electrical: bool | None
    encounter: str | None


def recognise_order(entry: Entry, knowledge: Knowledge) -> NeedlingOrder | Aside:
    """An open order for dry needling with its targets, or what becomes of any other order."""
    name = quoted(entry.code.words())
    meanings = _meanings(entry.code, knowledge)
    if not _is_needling(meanings):
        known = knowledge.knows_a_system(entry.code.codings)
        if not known and not name:
            return Aside(source=entry.source, fate=Fate.UNREADABLE, name="", reason="no-known-code-no-words")
        return Aside(source=entry.source, fate=Fate.NOT_MATCHED, name="", reason="other-order")
    content = entry.content()
    assert isinstance(content, Order)  # noqa: S101 - the door pairs kinds with contents
    if content.do_not_perform:
        return Aside(source=entry.source, fate=Fate.SET_ASIDE, name=name, reason="do-not-perform")
    if content.status not in _OPEN:
        reason = "entered-in-error" if content.status == "entered-in-error" else "closed-order"
        return Aside(source=entry.source, fate=Fate.SET_ASIDE, name=name, reason=reason)
    detailed = [*meanings, *(found for detail in content.details for found in _meanings(detail, knowledge))]
    return NeedlingOrder(entry, _targets(entry, content, knowledge), _electrical(detailed), content.encounter)


def _meanings(concept: CodeableConcept, knowledge: Knowledge) -> list[OrderMeaning]:
    found = list(knowledge.orders.find_all(concept.codings))
    for text in dict.fromkeys((concept.text, *(coding.display for coding in concept.codings))):
        if not text:
            continue
        words = normalise(text)
        hits = knowledge.order_terms.find(words)
        beside = any(not hit.value.alone and hit.value.meaning in _NEEDLING for hit in hits)
        found += [hit.value for hit in hits if not hit.value.alone or beside or hit.term == words]
    return found


def _is_needling(meanings: Sequence[OrderMeaning]) -> bool:
    return any(meaning.meaning in _NEEDLING for meaning in meanings)


def _electrical(meanings: Iterable[OrderMeaning]) -> bool | None:
    said = {meaning.electrical for meaning in meanings if meaning.meaning != "dry-needling"}
    if "yes" in said:
        return True
    return False if any(m.meaning == "no-electrical-stimulation" for m in meanings) else None


def _targets(entry: Entry, content: Order, knowledge: Knowledge) -> tuple[Target, ...]:
    """One target for each body site; without any, the order's own words name it."""
    sites = [target_of(site, knowledge, entry) for site in content.body_sites]
    placed = [target for target in sites if target.place is not None and target.place.regions]
    sides = [target.place.side for target in sites if target.place is not None and not target.place.regions]
    lost = [target for target in sites if target.place is None]
    if not placed and not lost:
        worded = [target_of(text, knowledge, entry) for text in (entry.code, *content.details)]
        placed = [_by_site(target) for target in worded if target.place is not None and target.place.regions][:1]
        sides += [target.place.side for target in worded if target.place is not None and target.place.side]
    elif any(target.place is not None and target.place.side is None for target in placed):
        details = [place_of_concept(text, knowledge) for text in (entry.code, *content.details)]
        sides += [place.side for place in details if place is not None and place.side]
    if len(placed) == 1 and placed[0].place is not None and placed[0].place.side is None:
        placed = [_sided(placed[0], _only(sides))]
    return tuple(dict.fromkeys((*placed, *lost)))


def _by_site(target: Target) -> Target:
    """Named by its site alone: an order's words say more than a place ("Dry needling right levator scapulae")."""
    return target if target.place is None else replace(target, name=_sited(target.given, target.place))


def _only(sides: Iterable[Side | None]) -> Side | None:
    said = {side for side in sides if side is not None}
    return said.pop() if len(said) == 1 else None


def _sided(target: Target, side: Side | None) -> Target:
    if side is None or target.place is None:
        return target
    place = target.place.sided(side)
    return Target(given=target.given, name=_name(target.given, place), place=place, order=target.order)


def target_of(given: CodeableConcept, knowledge: Knowledge, order: Entry | None = None) -> Target:
    """A target as asked for or ordered; its place is None where its code and words are not understood."""
    place = place_of_concept(given, knowledge)
    named = given if given.text else given._replace(text=given.words() or "a place without words")
    return Target(given=named, name=_name(named, place), place=place, order=order.source if order else None)


def _name(given: CodeableConcept, place: Place | None) -> str:
    """As a sentence can say it: the words given, with the side where they leave it out."""
    words = quoted(given.text)
    if place is None or not place.regions:
        return words
    if place.side is None or place.side in normalise(words).split():
        return words
    return _sited(given, place)


def _sited(given: CodeableConcept, place: Place) -> str:
    """Side and site in the lists' own words."""
    plain = " and ".join(dict.fromkeys(site.name for site in place.sites)) or quoted(given.text)
    if place.side is None:
        return plain
    return f"both sides of the {plain}" if place.side is Side.BILATERAL else f"{place.side} {plain}"
