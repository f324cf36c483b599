"""Which listed codes a code that no list holds looks like: by the words of its display, or by how it begins.

A suggestion for whoever tends the lists, never an answer: nothing is screened by likeness.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from service.core.code_sets import ListedCode, Lists
from service.core.words import normalise

_ALIKE: Final = 0.5  # of the weight of both texts' words is shared
_SHORTEST: Final = 3  # letters of a code that mean something: a category of ICD, a group of ATC
_HIERARCHICAL: Final = frozenset({"icd-10", "icd-10-cm", "icd-9-cm", "icd-10-pcs", "atc"})
_MOST: Final = 3
_UNKNOWN: Final = 200  # a word that no list has counts as one of so many codes: it is only one more word


class Likeness(NamedTuple):
    """A listed code that looks like it."""

    concept: str  # id of the set that holds it
    code: ListedCode


class Resemblance:
    """Looks for likeness in all lists. Making it costs a few hundred milliseconds, looking a few."""

    def __init__(self, lists: Lists) -> None:
        """Take the lists."""
        self._all = [Likeness(each.id, code) for each in lists.sets for code in each.codes]
        self._words = [frozenset(normalise(each.code.display).split()) for each in self._all]
        self._with_word: dict[str, list[int]] = defaultdict(list)
        for place, words in enumerate(self._words):
            for word in words:
                self._with_word[word].append(place)
        self._by_start: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, each in enumerate(self._all):
            if each.code.system in _HIERARCHICAL:
                self._by_start[each.code.system, _start(each.code.code)].append(place)

    def like(self, system: str, code: str, display: str) -> tuple[Likeness, ...]:
        """At most three, the likest first, of different concepts. Empty where nothing is."""
        found: dict[str, Likeness] = {}
        for each in (*self._by_words(display), *self._by_code(system, code)):
            found.setdefault(each.concept, each)
        return tuple(found.values())[:_MOST]

    def _by_words(self, display: str) -> Iterator[Likeness]:
        words = frozenset(normalise(display).split())
        shared: Counter[int] = Counter()
        for word in words:
            for place in self._with_word.get(word, ()):
                shared[place] += 1
        alike = ((self._alike(words, self._words[place]), -place) for place in shared)
        for likeness, place in sorted(alike, reverse=True)[: 20 * _MOST]:
            if likeness >= _ALIKE:
                yield self._all[-place]

    def _by_code(self, system: str, code: str) -> Iterator[Likeness]:
        """The listed codes that begin alike, the longest common start first."""
        if system not in _HIERARCHICAL or len(code) < _SHORTEST:
            return
        places = self._by_start.get((system, _start(code)), ())
        for place in sorted(places, key=lambda place: -_common(self._all[place].code.code, code)):
            yield self._all[place]

    def _alike(self, words: frozenset[str], others: frozenset[str]) -> float:
        return self._weight(words & others) / self._weight(words | others)

    def _weight(self, words: Iterable[str]) -> float:
        """Rare words weigh more: "of" says nothing, "hemophilia" nearly all."""
        return math.fsum(math.log(len(self._all) / (len(self._with_word.get(word, ())) or _UNKNOWN)) for word in words)


def _start(code: str) -> str:
    return code[:_SHORTEST].upper()


def _common(one: str, other: str) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
