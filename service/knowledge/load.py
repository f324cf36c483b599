"""`load_knowledge`: `mappings/` as the one Knowledge that reading and recognising look up."""

from __future__ import annotations

from pathlib import Path

from service.core.codes import CodeList
from service.core.knowledge import Cue, Knowledge, Listed, OrderMeaning, Route
from service.core.words import TermIndex
from service.knowledge.builder import CodeListBuilder, TermsBuilder
from service.knowledge.conditions import load_conditions
from service.knowledge.medicines import load_medicines
from service.knowledge.names import Normaliser
from service.knowledge.placing import load_places
from service.knowledge.results import load_results
from service.knowledge.tables import MappingError, mappings_folder, read_table

__all__ = ["MappingError", "load_knowledge", "load_systems"]

# A procedure code says that it was done; there is nothing else it could mean.
_DONE = "done"


def load_knowledge(folder: Path | None = None) -> Knowledge:
    """Read the lists of `folder`, or the shipped ones; raises MappingError with file and line on a bad one."""
    folder = mappings_folder(folder)
    normalised = Normaliser()
    conditions = load_conditions(folder, normalised)
    medicines = load_medicines(folder, normalised)
    results = load_results(folder, normalised)
    places = load_places(folder, normalised)
    routes, procedures, immunizations, orders, none_known = (
        _routes(folder),
        _procedures(folder),
        _immunizations(folder),
        _orders(folder),
        _none_known(folder),
    )
    listed = (routes, procedures, immunizations, orders, none_known)
    systems = (conditions, medicines, results, places)
    return Knowledge(
        version=_version(folder),
        systems=load_systems(folder),
        conditions=conditions.codes,
        condition_terms=conditions.terms,
        condition_names=conditions.names,
        condition_places=conditions.places,
        look_alikes=TermIndex(
            {normalised(term): about for _, (term, about) in read_table(folder, "words/look-alikes.csv")}
        ),
        cues=_cues(folder, normalised),
        neutral=frozenset(word for _, (word,) in read_table(folder, "words/neutral.csv")),
        medicines=medicines.codes,
        drugs=medicines.drugs,
        drug_names=medicines.names,
        drug_abbreviations=medicines.abbreviations,
        local_brands=medicines.local_brands,
        medicine_terms=medicines.terms,
        routes=routes.done(),
        route_words=_route_words(folder, normalised),
        explanations=medicines.explanations,
        none_known=none_known.done(),
        observations=results.tests,
        observation_names=results.names,
        results=results.answers,
        result_words=results.words,
        result_patterns=results.patterns,
        units=results.units,
        procedures=procedures.done(),
        procedure_terms=_procedure_terms(folder, normalised),
        immunizations=immunizations.done(),
        immunization_terms=TermIndex(
            {
                normalised(term): concept
                for _, (concept, term, _) in read_table(folder, "words/immunization-terms.csv")
            }
        ),
        orders=orders.done(),
        order_terms=_order_terms(folder, normalised),
        parents=places.parents,
        sites=places.sites,
        site_codes=places.codes,
        site_names=places.names,
        side_words=places.side_words,
        known_systems=frozenset().union(*(part.systems for part in systems), *(part.systems() for part in listed)),
    )


def load_systems(folder: Path | None = None) -> dict[str, str]:
    """Every address of a code system as charts send it → its short key.

    The file gives one form; with and without a slash at the end, http and https, and OIDs without
    their `urn:oid:` are the same address.
    """
    systems: dict[str, str] = {}
    for _, (address, system, _) in read_table(mappings_folder(folder), "addresses.csv"):
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
    for _, (system, code, systemic, place, display, _) in read_table(folder, "codes/routes-and-forms.csv"):
        routes.add(system, code, Route(systemic, place, display))
    return routes


def _route_words(folder: Path, normalised: Normaliser) -> TermIndex[Route]:
    return TermIndex(
        {
            normalised(term): Route(systemic, place, term)
            for _, (_, systemic, place, term, _) in read_table(folder, "words/route-words.csv")
        }
    )


def _procedures(folder: Path) -> CodeListBuilder[Listed]:
    procedures: CodeListBuilder[Listed] = CodeListBuilder()
    for _, (concept, system, code, match, _, _, _, _) in read_table(folder, "codes/procedures.csv"):
        procedures.add(system, code, Listed(concept, _DONE), match)
    return procedures


def _procedure_terms(folder: Path, normalised: Normaliser) -> TermIndex[tuple[Listed, ...]]:
    terms: TermsBuilder[Listed] = TermsBuilder()
    for _, (concept, term, _) in read_table(folder, "words/procedure-terms.csv"):
        terms.add(normalised(term), Listed(concept, _DONE))
    return terms.done()


def _immunizations(folder: Path) -> CodeListBuilder[str]:
    immunizations: CodeListBuilder[str] = CodeListBuilder()
    for _, (concept, system, code, _, _, _) in read_table(folder, "codes/immunizations.csv"):
        immunizations.add(system, code, concept)
    return immunizations


def _orders(folder: Path) -> CodeListBuilder[OrderMeaning]:
    orders: CodeListBuilder[OrderMeaning] = CodeListBuilder()
    for _, (meaning, system, code, electrical, _, _, _) in read_table(folder, "codes/orders.csv"):
        orders.add(system, code, OrderMeaning(meaning, electrical))
    return orders


def _order_terms(folder: Path, normalised: Normaliser) -> TermIndex[OrderMeaning]:
    return TermIndex(
        {
            normalised(term): OrderMeaning(meaning, electrical, alone == "yes")
            for _, (meaning, electrical, alone, term, _) in read_table(folder, "words/order-terms.csv")
        }
    )


def _none_known(folder: Path) -> CodeListBuilder[Listed]:
    codes: CodeListBuilder[Listed] = CodeListBuilder()
    for _, (of_list, system, code, meaning, _, _) in read_table(folder, "codes/none-known.csv"):
        codes.add(system, code, Listed(of_list, meaning))
    return codes


def _cues(folder: Path, normalised: Normaliser) -> TermIndex[Cue]:
    return TermIndex(
        {normalised(term): Cue(effect, stands) for _, (effect, stands, term) in read_table(folder, "words/cues.csv")}
    )
