"""The texts of results in further languages, from `mappings/packs/texts/*.yaml` (see the README of the packs)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from service.core.wording import ENGLISH, Wording
from service.knowledge.sentences import places
from service.knowledge.tables import mappings_folder
from service.knowledge.yaml_lines import Lined, load_yaml

_FOLDER: Final = "packs/texts"


def load_wordings(folder: Path | None = None) -> Mapping[str, Wording]:
    """Language → its sentences, English first. Raises MappingError with file and line."""
    paths = sorted((mappings_folder(folder) / _FOLDER).glob("*.yaml"))
    found = {path.stem: _wording(load_yaml(path), path.stem) for path in paths}
    return MappingProxyType({ENGLISH.language: ENGLISH, **found})


def _wording(top: Lined, language: str) -> Wording:
    top.only("language", "translator", "date", "reviewed", "capital-inside", "sentences")
    if top.get_as("language", str) != language:
        raise top.fault(f"'language' must be {language!r}, as the file is named")
    top.get_as("translator", str)
    top.get_as("date", str)
    top.get_as("reviewed", str)
    given = top.get_as("sentences", Lined)
    sentences = {english: given.get_as(english, str) for english in given}
    for english, said in sentences.items():
        if _places(given, said) != _places(given, english):
            raise given.fault(f"the places in braces are not those of {english!r}")
    return Wording(
        language=language,
        sentences=MappingProxyType(sentences),
        lowers=not top.get_as("capital-inside", bool),
    )


def _places(where: Lined, text: str) -> frozenset[str]:
    try:
        return places(text)
    except ValueError:
        raise where.fault(f"{text!r} has a brace that belongs to no place") from None
