"""The code lists as they are published: concept by concept, with displays and meanings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What the codes of a set are codes of."""

    CONDITION = "condition"
    MEDICINE = "medicine"  # a class of medicines
    GROUP = "medicine-group"  # the classes that rules read together
    OBSERVATION = "observation"
    PROCEDURE = "procedure"
    IMMUNIZATION = "immunization"
    ORDER = "order"
    SITE = "site"

    @property
    def suffix(self) -> str:
        """What is put behind a concept's name where two kinds share it."""
        return "medicines" if self is Kind.GROUP else self.value


class ListedCode(NamedTuple):
    """One row of a list."""

    system: str  # short key of `mappings/systems.csv`
    code: str
    display: str  # empty where the list may not carry one
    meaning: str  # how it is read: `mappings/README.md`
    prefix: bool = False  # also speaks for every longer code that no longer row begins
    source: str = ""  # rows of `mappings/sources.csv`, parted by semicolons


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSet:
    """A concept and every code that the lists hold for it."""

    id: str  # the concept, with its kind behind it where two kinds share the name
    kind: Kind
    concept: str
    label: str
    about: str
    codes: tuple[ListedCode, ...]
    elsewhere: tuple[ListedCode, ...] = ()  # longer codes than a prefix of this set, listed as something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Every published list, and what the owners of the code systems ask to be said."""

    version: str
    sets: tuple[CodeSet, ...]  # by id
    sources: Mapping[str, str]  # key → title, release and licence
    notices: Mapping[str, str]  # system → whose it is, and on which terms
