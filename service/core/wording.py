"""The language that a result is written in: the sentences of packs and writers, and their translations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

# Where one sentence of a text ends and the next begins.
_BETWEEN: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"{])")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wording:
    """English sentences → the same in one language. What has no translation stays English, sentence by sentence."""

    language: str  # BCP 47
    sentences: Mapping[str, str]
    lowers: bool  # whether a title loses its capital inside a sentence

    def say(self, text: str) -> str:
        """The text in this language: as a whole where it is known so, else each of its sentences."""
        if not self.sentences or not text:
            return text
        whole = self.sentences.get(text)
        if whole is not None:
            return whole
        return " ".join(self.sentences.get(sentence, sentence) for sentence in sentences_of(text))

    def knows(self, text: str) -> bool:
        """Whether all of it can be said in this language."""
        return self is ENGLISH or all(sentence in self.sentences for sentence in sentences_of(text))

    def in_sentence(self, title: str) -> str:
        """A title as it stands inside a sentence: in English "hepatitis B", but "HIV"."""
        return title[:1].lower() + title[1:] if self.lowers and title[1:2].islower() else title


def sentences_of(text: str) -> list[str]:
    """The sentences of a text.

    >>> sentences_of("Diabetes is recorded. Check feeling and skin.")
    ['Diabetes is recorded.', 'Check feeling and skin.']
    """
    return _BETWEEN.split(text.strip())


ENGLISH: Final = Wording(language="en", sentences=MappingProxyType({}), lowers=True)
