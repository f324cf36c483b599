"""`load_knowledge`: `mappings/` as the one Knowledge that reading and recognising look up."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.core.knowledge import Cue, Knowledge, Listed, OrderMeaning, Root, Route
from service.core.labels import SecurityLabels
from service.core.places import Side
from service.core.words import TermIndex
from service.knowledge.builder import CodeListBuilder, TermsBuilder
from service.knowledge.conditions import load_conditions
from service.knowledge.medicines import load_medicines
from service.knowledge.names import read_words
from service.knowledge.placing import load_places
from service.knowledge.results import load_results
from service.knowledge.shapes import load_shapes
from service.knowledge.tables import MappingError, mappings_folder, read_table, several

__all__ = ["MappingError", "load_knowledge", "load_systems"]

_PRESENT = "disease"
# A procedure code says that it was done; there is nothing else it could mean.
_DONE = "done"


def load_knowledge(folder: Path | None = None) -> Knowledge:
    """Read the lists of `folder`, or the shipped ones; raises MappingError with file and line on a bad one."""
    with _uncollected():
        return _load(mappings_folder(folder))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: loading makes a hundred thousand objects and no garbage, and it looks at each."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _load(folder: Path) -> Knowledge:
    conditions = load_conditions(folder)
    medicines = load_medicines(folder)
    results = load_results(folder)
    places = load_places(folder)
    routes, procedures, immunizations, orders, none_known = (
        _routes(folder),
        _procedures(folder),
        _immunizations(folder),
        _orders(folder),
        _none_known(folder),
    )
    sides, allergies = _procedure_sides(folder), _allergies(folder)
    listed = (routes, procedures, allergies, immunizations, orders, none_known)
    systems = (conditions, medicines, results, places)
    return Knowledge(
        version=_version(folder),
        systems=load_systems(folder),
        conditions=conditions.codes,
        condition_terms=conditions.terms,
        condition_names=conditions.names,
        condition_places=conditions.places,
        look_alikes=TermIndex({words: about for words, (_, about) in read_words(folder, "words/look-alikes.csv")}),
        cues=_cues(folder),
        neutral=frozenset(word for (word,) in read_table(folder, "words/neutral.csv")),
        medicines=medicines.codes,
        drugs=medicines.drugs,
        drug_names=medicines.names,
        drug_abbreviations=medicines.abbreviations,
        local_brands=medicines.local_brands,
        medicine_terms=medicines.terms,
        routes=routes.done(),
        route_words=_route_words(folder),
        explanations=medicines.explanations,
        none_known=none_known.done(),
        observations=results.tests,
        observation_names=results.names,
        results=results.answers,
        result_words=results.words,
        result_patterns=results.patterns,
        units=results.units,
        procedures=procedures.done(),
        procedure_sides=sides.done(),
        allergies=allergies.done(),
        allergy_terms=_allergy_terms(folder),
        allergy_concepts=frozenset(row[0] for row in read_table(folder, "words/allergy-terms.csv")),
        concept_places=places.of_concepts,
        procedure_terms=_procedure_terms(folder),
        immunizations=immunizations.done(),
        immunization_terms=TermIndex(
            {words: concept for words, (concept, _, _) in read_words(folder, "words/immunization-terms.csv")}
        ),
        orders=orders.done(),
        order_terms=_order_terms(folder),
        parents=places.parents,
        sites=places.sites,
        site_codes=places.codes,
        site_names=places.names,
        shapes=load_shapes(folder, places.sites),
        side_words=places.side_words,
        labels=_labels(folder),
        roots=_roots(folder),
        known_systems=frozenset().union(*(part.systems for part in systems), *(part.systems() for part in listed)),
    )


def load_systems(folder: Path | None = None) -> dict[str, str]:
    """Every address of a code system as charts send it → its short key.

    The file gives one form; with and without a slash at the end, http and https, and OIDs without
    their `urn:oid:` are the same address.
    """
    systems: dict[str, str] = {}
    for address, system, _ in read_table(mappings_folder(folder), "addresses.csv"):
        systems.update(dict.fromkeys(_forms(address), system))
    return systems


def _forms(address: str) -> tuple[str, ...]:
    if address.startswith("urn:oid:"):
        return address, address.removeprefix("urn:oid:")
    if not address.startswith("http"):
        return (address,)
    plain = address.rstrip("/").partition("://")[2]
    return tuple(f"{scheme}://{plain}{slash}" for scheme in ("http", "https") for slash in ("", "/"))


def _version(folder: Path) -> str:
    try:
        return (folder / "VERSION").read_text(encoding="utf-8").strip()
    except OSError as fault:
        raise MappingError(folder / "VERSION", 0, "is missing: the version of the lists on one line") from fault


def _routes(folder: Path) -> CodeListBuilder[Route]:
    routes: CodeListBuilder[Route] = CodeListBuilder()
    for system, code, systemic, place, display, _ in read_table(folder, "codes/routes-and-forms.csv"):
        routes.add(system, code, Route(systemic, place, display))
    return routes


def _route_words(folder: Path) -> TermIndex[Route]:
    return TermIndex(
        {
            words: Route(systemic, place, term)
            for words, (_, systemic, place, term, _) in read_words(folder, "words/route-words.csv")
        }
    )


def _procedures(folder: Path) -> CodeListBuilder[Listed]:
    procedures: CodeListBuilder[Listed] = CodeListBuilder()
    for concept, system, code, match, _, _, _, _ in read_table(folder, "codes/procedures.csv"):
        procedures.add(system, code, Listed(concept, _DONE), match)
    return procedures


def _procedure_sides(folder: Path) -> CodeListBuilder[Side]:
    """Codes that say a side."""
    sides: CodeListBuilder[Side] = CodeListBuilder()
    for _, system, code, match, side, _, _, _ in read_table(folder, "codes/procedures.csv"):
        if side:
            sides.add(system, code, Side(side), match)
    return sides


def _allergies(folder: Path) -> CodeListBuilder[Listed]:
    allergies: CodeListBuilder[Listed] = CodeListBuilder()
    for concept, system, code, _, _, _ in read_table(folder, "codes/allergies.csv"):
        allergies.add(system, code, Listed(concept, _PRESENT))
    return allergies


def _allergy_terms(folder: Path) -> TermIndex[tuple[Listed, ...]]:
    terms: TermsBuilder[Listed] = TermsBuilder()
    for words, (concept, _, _) in read_words(folder, "words/allergy-terms.csv"):
        terms.add(words, Listed(concept, _PRESENT))
    return terms.done()


def _procedure_terms(folder: Path) -> TermIndex[tuple[Listed, ...]]:
    terms: TermsBuilder[Listed] = TermsBuilder()
    for words, (concept, _, _) in read_words(folder, "words/procedure-terms.csv"):
        terms.add(words, Listed(concept, _DONE))
    return terms.done()


def _immunizations(folder: Path) -> CodeListBuilder[str]:
    immunizations: CodeListBuilder[str] = CodeListBuilder()
    for concept, system, code, _, _, _ in read_table(folder, "codes/immunizations.csv"):
        immunizations.add(system, code, concept)
    return immunizations


def _orders(folder: Path) -> CodeListBuilder[OrderMeaning]:
    orders: CodeListBuilder[OrderMeaning] = CodeListBuilder()
    for meaning, system, code, electrical, _, _, _ in read_table(folder, "codes/orders.csv"):
        orders.add(system, code, OrderMeaning(meaning, electrical))
    return orders


def _order_terms(folder: Path) -> TermIndex[OrderMeaning]:
    return TermIndex(
        {
            words: OrderMeaning(meaning, electrical, alone == "yes")
            for words, (meaning, electrical, alone, _, _) in read_words(folder, "words/order-terms.csv")
        }
    )


def _none_known(folder: Path) -> CodeListBuilder[Listed]:
    codes: CodeListBuilder[Listed] = CodeListBuilder()
    for of_list, system, code, meaning, _, _ in read_table(folder, "codes/none-known.csv"):
        codes.add(system, code, Listed(of_list, meaning))
    return codes


def _labels(folder: Path) -> SecurityLabels:
    listed: dict[str, dict[str, bool]] = {}
    for system, code, limits, _, _ in read_table(folder, "codes/security-labels.csv"):
        listed.setdefault(system, {})[code] = limits == "yes"
    return SecurityLabels(systems=load_systems(folder), listed=listed)


def _roots(folder: Path) -> dict[str, dict[str, Root]]:
    roots: dict[str, dict[str, Root]] = {}
    for system, code, within, display, _ in read_table(folder, "codes/roots.csv"):
        roots.setdefault(system, {})[code] = Root(display, frozenset(several(within)))
    return roots


def _cues(folder: Path) -> TermIndex[Cue]:
    return TermIndex(
        {words: Cue(effect, stands) for words, (effect, stands, _) in read_words(folder, "words/cues.csv")}
    )
