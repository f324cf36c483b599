"""Words as they are compared: one spelling, no accents, no punctuation; and look-up of whole terms in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")

# British → American, as the lists are searched in one spelling. Applied to parts of words.
_SPELLINGS: Final = {
    "aemia": "emia",
    "aemic": "emic",
    "haem": "hem",
    "oedema": "edema",
    "oesoph": "esoph",
    "tumour": "tumor",
    "leucocyt": "leukocyt",
    "leucop": "leukop",
    "diarrhoea": "diarrhea",
    "caesar": "cesar",
    "foetal": "fetal",
    "foetus": "fetus",
    "gynaec": "gynec",
    "paediatr": "pediatr",
    "orthopaed": "orthoped",
    "oestr": "estr",
    "anaesth": "anesth",
    "ischaem": "ischem",
    "caecum": "cecum",
    "coeliac": "celiac",
    "faec": "fec",
    "fibre": "fiber",
    "amenorrhoea": "amenorrhea",
    "immunis": "immuniz",
    "generalised": "generalized",
    "localised": "localized",
    "lateralised": "lateralized",
    "labour": "labor",
    "mould": "mold",
    "sulph": "sulf",
    "counselling": "counseling",
    "pyaem": "pyem",
    "uraem": "urem",
    "glycaem": "glycem",
    "cyanos": "cyanos",
}
_SPELLING: Final = re.compile("|".join(sorted(_SPELLINGS, key=len, reverse=True)))
_SEMANTIC_TAG: Final = re.compile(
    r"\((?:disorder|finding|situation|procedure|body structure|morphologic abnormality|event|"
    r"observable entity|regime/therapy|product|medicinal product|clinical drug|substance|qualifier value|"
    r"person|context-dependent category|physical object|navigational concept)\)\s*$"
)
_POSITIVE: Final = re.compile(r"(?<=\w)?\s*\+(?:ve)?(?=\W|$)")
_NEGATIVE: Final = re.compile(r"(?:(?<=\s)|^)-ve(?=\W|$)")
_NOT_WORD: Final = re.compile(r"[^\w?]+|_")
_ROMAN: Final = re.compile(r"\btype (ii?)\b")
_QUERY: Final = re.compile(r"\?+")


# Chart words are remembered in memory only, and only so many: charts repeat themselves.
REMEMBERED: Final = 20_000


@lru_cache(maxsize=REMEMBERED)
def normalise(text: str) -> str:
    """The text as it is compared: lower case, no accents, American spelling, words parted by one blank.

    A question mark is a word of its own, since it changes the meaning; "+ve" reads "positive".

    >>> normalise("?Haemophilia A  (disorder)")
    '? hemophilia a'
    """
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() if not text.isascii() else text
    lower = _SEMANTIC_TAG.sub("", folded.lower())
    if "+" in lower:
        lower = _POSITIVE.sub(" positive ", lower)
    if "-ve" in lower:
        lower = _NEGATIVE.sub(" negative ", lower)
    lower = _NOT_WORD.sub(" ", lower.replace("'", ""))
    if "?" in lower:
        lower = _QUERY.sub(" ? ", lower)
    if "type i" in lower:
        lower = _ROMAN.sub(lambda found: f"type {len(found.group(1))}", lower)
    return " ".join(_SPELLING.sub(lambda found: _SPELLINGS[found.group()], lower).split())


class Hit(NamedTuple, Generic[T]):
    """A term found in words: tokens `start` to `end` (exclusive), and what the term stands for."""

    start: int
    end: int
    term: str
    value: T


class TermIndex(Generic[T]):
    """Whole terms, found in normalised words by look-up (never by one large regular expression)."""

    __slots__ = ("_longest", "_terms")

    def __init__(self, terms: Mapping[str, T]) -> None:
        """Take terms that are already normalised."""
        self._terms = dict(terms)
        longest: dict[str, int] = {}
        for term in self._terms:
            head, _, rest = term.partition(" ")
            length = 1 + (rest.count(" ") + 1 if rest else 0)
            if length > longest.get(head, 0):
                longest[head] = length
        self._longest = longest

    def __len__(self) -> int:
        return len(self._terms)

    def __contains__(self, words: str) -> bool:
        return words in self._terms

    def __iter__(self) -> Iterator[str]:
        return iter(self._terms)

    def whole(self, words: str) -> T | None:
        """What the whole of these normalised words stands for, if it is a term."""
        return self._terms.get(words)

    def find(self, words: str) -> tuple[Hit[T], ...]:
        """Every term in these normalised words, longest first from the left, without overlap."""
        tokens = words.split()
        hits: list[Hit[T]] = []
        start = 0
        while start < len(tokens):
            hit = self._at(tokens, start)
            if hit is None:
                start += 1
            else:
                hits.append(hit)
                start = hit.end
        return tuple(hits)

    def _at(self, tokens: list[str], start: int) -> Hit[T] | None:
        longest = min(self._longest.get(tokens[start], 0), len(tokens) - start)
        for length in range(longest, 0, -1):
            term = " ".join(tokens[start : start + length])
            if term in self._terms:
                return Hit(start, start + length, term, self._terms[term])
        return None
