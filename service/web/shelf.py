"""Published definitions as answers: written, compressed and tagged once, however often they are asked for."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import orjson

from service.fhir.definitions.catalogue import Catalogue
from service.fhir.definitions.search import search
from service.fhir.versions import FhirVersion

_LEVEL: Final = 4
_KEPT: Final = 256  # answers whose compressed form is remembered: no caller can make them more


class Shelved(NamedTuple):
    """A resource as it is sent. The plain bytes are put together each time: they are large, and seldom wanted."""

    body: Callable[[], bytes]
    packed: bytes  # gzip
    tag: str


class Shelf:
    """The answers of one installation. `base`: the endpoint's own, without a slash at its end."""

    def __init__(self, catalogue: Catalogue, base: str) -> None:
        """Take what is published; nothing is written before it is asked for."""
        self._catalogue = catalogue

        @lru_cache(maxsize=_KEPT)
        def found(type_: str, query: Sequence[tuple[str, str]], release: FhirVersion) -> Shelved:
            return shelved(lambda: search(catalogue, type_, query, release, base=base))

        @lru_cache(maxsize=_KEPT)
        def one(type_: str, id_: str, release: FhirVersion) -> Shelved:
            definition = catalogue.of_type(type_, release)[id_]
            return shelved(lambda: definition.body)

        @lru_cache(maxsize=len(FhirVersion))
        def package(release: FhirVersion) -> Shelved:
            return shelved(lambda: catalogue.package(release, base=base))

        self.found, self.one, self.package = found, one, package

    def holds(self, type_: str, id_: str) -> bool:
        """Whether there is a definition of this id; the ids are the same in every release."""
        return id_ in self._catalogue.of_type(type_, FhirVersion.R4)


def shelved(body: Callable[[], bytes]) -> Shelved:
    """Compress and tag what `body` writes."""
    whole = body()
    return Shelved(body, gzip.compress(whole, _LEVEL, mtime=0), hashlib.sha256(whole).hexdigest()[:32])


def written(resource: dict[str, object]) -> Shelved:
    """A small resource that is made for the asking."""
    whole = orjson.dumps(resource)
    return shelved(lambda: whole)
