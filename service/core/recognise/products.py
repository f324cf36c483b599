"""Which drugs a medicine entry names, and in which form (clinical rules, sections 3.2 and 3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from service.core.chart import CodeableConcept, Entry, Medicine
from service.core.facts import Doubt, Fate
from service.core.knowledge import Drug, Knowledge, Product, Route
from service.core.words import REMEMBERED, Hit, normalise

# Shorter route words are read only where they stand alone as the route: "OD" in a dosage is "once daily".
_SHORTEST_IN_TEXT: Final = 4
_DOUBTFUL: Final = frozenset({"past", "held", "negated", "question"})
_DOUBTING: Final = frozenset({"negation", "uncertainty", "history"})
_LOCK: Final = "lock-or-flush"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The drugs of an entry, and how they reach the body."""

    drugs: tuple[Drug, ...]
    coded: bool
    flags: frozenset[str] = frozenset()
    systemic: str = "unknown"  # yes, no, check, unknown
    place: str = ""
    route: str = ""  # as a reader would call it
    said: str = ""  # what a reviewed wording says: held, past, negated, note; else ""
    doubt: Doubt = Doubt.NONE


def name_code(code: CodeableConcept, knowledge: Knowledge) -> Named | Fate | None:
    """What the code or words of an entry name by themselves; None where there are none to go by."""
    if not any(_texts((code,))) and not knowledge.knows_a_system(code.codings):
        return None
    return _named((code,), "", knowledge)[0]


def name_medicine(entry: Entry, content: Medicine, knowledge: Knowledge) -> Named | Fate:
    """The drugs by code, else by words; else what becomes of the entry."""
    named, texts, products = _named((entry.code, *content.ingredients), content.unresolved, knowledge)
    return named if isinstance(named, Fate) else _routed(named, content, texts, products, knowledge)


def _named(
    concepts: Sequence[CodeableConcept], unresolved: str, knowledge: Knowledge
) -> tuple[Named | Fate, tuple[str, ...], tuple[Product, ...]]:
    """What concepts name, in any form; and the texts and products that say so."""
    codings = [coding for concept in concepts for coding in concept.codings]
    products = knowledge.medicines.find_all(codings)
    own = tuple(_texts(concepts))
    # The address of a Medication that was not sent may hold its name; where it does not, it is no word of the entry.
    texts = tuple(_texts((*concepts, CodeableConcept(text=unresolved))))
    if any(knowledge.none_known.find(coding) for coding in codings):
        return Fate.NOTED, texts, products
    if products:
        return _checked(_coded(products), texts, knowledge), texts, products
    named = _worded(texts, knowledge)
    if named is Fate.NOT_MATCHED and not own:
        known = knowledge.knows_a_system(codings)
        named = Fate.NOT_MATCHED if known else Fate.UNREADABLE
    return named, texts, products


def _texts(concepts: Iterable[CodeableConcept]) -> Iterator[str]:
    seen: set[str] = set()
    for concept in concepts:
        for text in (concept.text, *(coding.display for coding in concept.codings)):
            if text and text not in seen:
                seen.add(text)
                yield text


def _coded(products: tuple[Product, ...]) -> Named:
    drugs = dict.fromkeys(drug for product in products for drug in product.drugs)
    flags = frozenset(flag for product in products for flag in product.flags)
    return Named(drugs=_whole(drugs), coded=True, flags=flags)


def _whole(drugs: Iterable[Drug]) -> tuple[Drug, ...]:
    """Fixed combinations stand for their parts."""
    found = list(drugs)
    parts = {part for drug in found for part in drug.components}
    return tuple(sorted((drug for drug in found if drug.name not in parts), key=lambda drug: drug.name))


def _checked(named: Named, texts: tuple[str, ...], knowledge: Knowledge) -> Named:
    """Codes against words: where the words name only other drugs, both are asked about."""
    worded = {drug for text in texts for drug in _drugs_in(text, knowledge)}
    if not worded or not named.drugs:
        return named
    coded_names = {name for drug in named.drugs for name in (drug.name, *drug.components, *drug.classes)}
    if any(coded_names & {drug.name, *drug.components, *drug.classes} for drug in worded):
        return named
    return replace(named, drugs=_whole([*named.drugs, *worded]), doubt=Doubt.WORDS_DIFFER)


def _worded(texts: tuple[str, ...], knowledge: Knowledge) -> Named | Fate:
    fates: list[Fate] = []
    for text in texts:
        named = _by_text(text, knowledge)
        if isinstance(named, Named):
            return named
        fates.append(named)
    return Fate.NOTED if Fate.NOTED in fates else Fate.NOT_MATCHED


@lru_cache(maxsize=REMEMBERED)
def _by_text(text: str, knowledge: Knowledge) -> Named | Fate:
    """A reviewed wording, an abbreviation in capitals, or any text that contains an ingredient's name."""
    abbreviated = knowledge.drug_abbreviations.get(text.strip())
    if abbreviated:
        return Named(drugs=_whole(abbreviated), coded=False)
    words = normalise(text)
    drugs = _drugs_in(text, knowledge)
    if knowledge.drug_names.whole(words):
        return Named(drugs=drugs, coded=False)
    term = knowledge.medicine_terms.whole(words)
    if term is not None:
        if term.meaning == "ignore" or not term.drugs:
            return Fate.NOTED
        doubt = Doubt.PART_OF_WORDS if term.meaning == "question" else Doubt.NONE
        return Named(drugs=_whole(term.drugs), coded=False, said=term.meaning, doubt=doubt)
    hits = knowledge.medicine_terms.find(words)
    if drugs:
        named = {position for hit in knowledge.drug_names.find(words) for position in range(hit.start, hit.end)}
        beside = [hit for hit in hits if not named.issuperset(range(hit.start, hit.end))]
        doubtful = any(hit.value.meaning in _DOUBTFUL for hit in beside)
        doubtful = doubtful or any(cue.value.effect in _DOUBTING for cue in knowledge.cues.find(words))
        return Named(drugs=drugs, coded=False, doubt=Doubt.PART_OF_WORDS if doubtful else Doubt.NONE)
    if knowledge.local_brands.find(words):
        return Fate.NOTED
    spoken = [hit for hit in hits if hit.value.meaning not in ("ignore", "note", "negated") and hit.value.drugs]
    if spoken:
        termed = [drug for hit in spoken for drug in hit.value.drugs]
        return Named(drugs=_whole(dict.fromkeys(termed)), coded=False, doubt=Doubt.PART_OF_WORDS)
    return Fate.NOTED if hits else Fate.NOT_MATCHED


@lru_cache(maxsize=REMEMBERED)
def _drugs_in(text: str, knowledge: Knowledge) -> tuple[Drug, ...]:
    """Every drug named in the words, but not inside a wording that only looks like one ("insulin pen needles")."""
    words = normalise(text)
    ignored = {
        position
        for hit in knowledge.medicine_terms.find(words)
        if hit.value.meaning == "ignore"
        for position in range(hit.start, hit.end)
    }
    hits: tuple[Hit[tuple[Drug, ...]], ...] = knowledge.drug_names.find(words)
    named = [drug for hit in hits if not ignored.issuperset(range(hit.start, hit.end)) for drug in hit.value]
    return _whole(dict.fromkeys(named))


def _routed(
    named: Named, content: Medicine, texts: tuple[str, ...], products: tuple[Product, ...], knowledge: Knowledge
) -> Named:
    """Route first, then the form, then the product, then words of the name and dosage."""
    flushed = _flushed(named, content, texts, knowledge)
    for route in (
        *(_route_of(concept, knowledge) for concept in content.route),
        _route_of(content.form, knowledge) if content.form else None,
    ):
        if route is not None:
            place = _LOCK if flushed else route.place
            return replace(named, systemic=route.systemic, place=place, route=route.name)
    told = {product.systemic for product in products} - {"unknown"}
    if told:
        systemic = next(word for word in ("no", "yes", "check") if word in told)
        return replace(named, systemic=systemic, place=_LOCK if flushed else _place_in(texts, knowledge))
    for text in (*texts, content.dosage_text):
        found = _route_in(text, knowledge)
        if found is not None:
            place = _LOCK if flushed else found.place
            return replace(named, systemic=found.systemic, place=place, route=found.name)
    return replace(named, place=_LOCK) if flushed else named


def _flushed(named: Named, content: Medicine, texts: tuple[str, ...], knowledge: Knowledge) -> bool:
    if not any("lock-flush-is-note" in drug.flags for drug in named.drugs):
        return False
    if named.flags & {"lock-flush", "flush-strength", "catheter-clearance"}:
        return True
    routes = [_route_of(concept, knowledge) for concept in content.route]
    worded = [
        hit.value for text in (*texts, content.dosage_text) for hit in knowledge.route_words.find(normalise(text))
    ]
    return any(route is not None and route.place == _LOCK for route in (*routes, *worded))


@lru_cache(maxsize=REMEMBERED)
def _route_of(concept: CodeableConcept, knowledge: Knowledge) -> Route | None:
    coded = knowledge.routes.find_all(concept.codings)
    if coded:
        return coded[0]
    for text in _texts((concept,)):
        words = normalise(text)
        route = knowledge.route_words.whole(words) or _route_in(text, knowledge)
        if route is not None:
            return route
    return None


@lru_cache(maxsize=REMEMBERED)
def _route_in(text: str, knowledge: Knowledge) -> Route | None:
    """The form or route named in running words; the most local one, where several are."""
    found = [hit.value for hit in knowledge.route_words.find(normalise(text)) if len(hit.term) >= _SHORTEST_IN_TEXT]
    return next((route for route in found if route.systemic == "no"), found[0] if found else None)


def _place_in(texts: tuple[str, ...], knowledge: Knowledge) -> str:
    routes = [route for text in texts if (route := _route_in(text, knowledge)) is not None]
    return routes[0].place if routes else ""
