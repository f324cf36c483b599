"""Medicines: drugs, their codes, products, names and wordings, and what explains them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from service.core.codes import CodeList
from service.core.knowledge import Drug, Explanation, MedicineTerm, Product
from service.core.words import TermIndex
from service.knowledge.builder import CodeListBuilder, TermsBuilder
from service.knowledge.names import normalise_all, read_words
from service.knowledge.tables import FIRST_ROW, MappingError, read_numbered, read_tables, several

CLASS_MARK: Final = "class:"  # before a class name where a drug could stand as well
_NO_FLAGS: Final[frozenset[str]] = frozenset()


class MedicineLists(NamedTuple):
    """What `mappings/codes/medicines/` and its words say."""

    codes: CodeList[Product]
    drugs: Mapping[str, Drug]
    names: TermIndex[tuple[Drug, ...]]
    abbreviations: Mapping[str, tuple[Drug, ...]]
    local_brands: TermIndex[tuple[Drug, ...]]
    terms: TermIndex[MedicineTerm]
    explanations: Mapping[str, tuple[Explanation, ...]]
    systems: frozenset[str]


class _Drugs:
    """Drugs by name, and one stand-in for each class that is named without a drug."""

    def __init__(self, folder: Path) -> None:
        self.by_name: dict[str, Drug] = {}
        self.labels: set[str] = set()  # names that are a class's
        self._by_class: dict[str, Drug] = {}
        self._folder = folder
        for line, row in read_numbered(folder, "codes/medicines/drugs.csv"):
            name, _, classes, groups, subclasses, days, systemic_only, flags, components, *_ = row
            self.by_name[name] = Drug(
                name,
                several(classes),
                several(groups),
                several(subclasses),
                self._days(days, "drugs", line),
                systemic_only == "yes",
                frozenset(several(flags)),
                several(components),
            )
        for line, (key, label, groups, days, systemic_only, _) in read_numbered(folder, "codes/medicines/classes.csv"):
            drug = Drug(
                label,
                (key,),
                several(groups),
                (),
                self._days(days, "classes", line),
                systemic_only == "yes",
                _NO_FLAGS,
            )
            self._by_class[key] = drug
            self.by_name[label] = drug
            self.labels.add(label)

    def _days(self, days: str, file: str, line: int) -> int:
        if not days.isdecimal():
            raise MappingError(
                self._folder / f"codes/medicines/{file}.csv", line, "washout_days must be a whole number of days"
            )
        return int(days)

    def named(self, names: str, file: Path | str, line: int) -> tuple[Drug, ...]:
        """The drugs and classes of a cell; raises MappingError for one that is not listed."""
        found = []
        for name in several(names):
            known = (
                self._by_class.get(name.removeprefix(CLASS_MARK))
                if name.startswith(CLASS_MARK)
                else self.by_name.get(name)
            )
            if known is None:
                raise MappingError(file, line, f"{name!r} is not in drugs.csv or classes.csv")
            found.append(known)
        return tuple(found)


def load_medicines(folder: Path) -> MedicineLists:
    """Read every medicine list."""
    drugs = _Drugs(folder)
    codes = _codes(folder, drugs)
    names: TermsBuilder[Drug] = TermsBuilder()
    local: TermsBuilder[Drug] = TermsBuilder()
    abbreviations: dict[str, tuple[Drug, ...]] = {}
    own = [name for name in drugs.by_name if name not in drugs.labels]
    for name, words in zip(own, normalise_all(own), strict=True):
        names.add(words, drugs.by_name[name])
    file = "words/drug-names.csv"
    for line, (words, (name, kind, term, _)) in enumerate(read_words(folder, file), FIRST_ROW):
        found = drugs.named(name, folder / file, line)
        if kind == "abbreviation":
            abbreviations[term] = (*abbreviations.get(term, ()), *found)
        else:
            (local if kind == "local-brand" else names).add(words, *found)
    return MedicineLists(
        codes.done(),
        drugs.by_name,
        names.done(),
        abbreviations,
        local.done(),
        _terms(folder, drugs),
        _explanations(folder),
        codes.systems(),
    )


def _codes(folder: Path, drugs: _Drugs) -> CodeListBuilder[Product]:
    codes: CodeListBuilder[Product] = CodeListBuilder()
    shared: dict[tuple[str, str, str], Product] = {}

    def product(names: str, systemic: str, flags: str, file: Path | str, line: int) -> Product:
        key = (names, systemic, flags)
        known = shared.get(key)
        if known is None:
            known = shared[key] = Product(
                drugs.named(names, file, line), systemic, frozenset(several(flags)) if flags else _NO_FLAGS
            )
        return known

    for path, rows in read_tables(folder, "codes/medicines/products/*.csv"):
        for line, (names, system, code, systemic, flags, _, _, _) in enumerate(rows, FIRST_ROW):
            row = product(names, systemic, flags, path, line)
            codes.add(system, code, row)
            if system == "snomed":  # dm+d identifiers are SNOMED CT identifiers, sent under either address
                codes.add("dmd", code, row)
    for line, (name, system, code) in read_numbered(folder, "codes/medicines/ingredient-codes.csv"):
        codes.add(system, code, product(name, "unknown", "", "codes/medicines/ingredient-codes.csv", line))
    for line, (code, match, names, systemic, _, _) in read_numbered(folder, "codes/medicines/atc.csv"):
        codes.add("atc", code, product(names, systemic, "", "codes/medicines/atc.csv", line), match)
    return codes


def _terms(folder: Path, drugs: _Drugs) -> TermIndex[MedicineTerm]:
    file = "words/medicine-terms.csv"
    terms: dict[str, MedicineTerm] = {}
    for line, (words, (medicine, meaning, _, _)) in enumerate(read_words(folder, file), FIRST_ROW):
        found = MedicineTerm(meaning, drugs.named(medicine, folder / file, line))
        before = terms.get(words)
        if before is not None:
            found = MedicineTerm(meaning, tuple(dict.fromkeys((*before.drugs, *found.drugs))))
        if words:
            terms[words] = found
    return TermIndex(terms)


def _explanations(folder: Path) -> Mapping[str, tuple[Explanation, ...]]:
    """By the drug or class that they are about."""
    found: dict[str, list[Explanation]] = {}
    for words, (marked, kind, concept, _, groups, _, _) in read_words(folder, "codes/medicines/explains.csv", "words"):
        medicine = marked.removeprefix(CLASS_MARK)
        found.setdefault(medicine, []).append(Explanation(medicine, concept, words, kind, several(groups)))
    return MappingProxyType({medicine: tuple(entries) for medicine, entries in found.items()})
