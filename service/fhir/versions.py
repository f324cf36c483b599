"""The FHIR releases and media types that are read and written, and which of them a request asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final, NamedTuple

from service.fhir.refused import Case, Issue, Refused


class FhirVersion(Enum):
    """A FHIR release, as the `fhirVersion` MIME parameter names it."""

    R4 = "4.0"
    R4B = "4.3"
    R5 = "5.0"


FHIR_JSON: Final = "application/fhir+json"
JSON: Final = "application/json"

SUPPORTED: Final = "application/fhir+json or application/json, with fhirVersion 4.0, 4.3 or 5.0"

# `application/json+fhir` is how FHIR's second draft called it; `text/plain` is what engines send that were
# not told better. What they carry is checked when it is read.
_READ: Final = frozenset({FHIR_JSON, JSON, "text/json", "application/json+fhir", "text/plain"})
_UTF_8: Final = frozenset({"utf-8", "utf8"})

# What is written, best first; the old name is asked for and gets the new one.
_WRITTEN: Final = (FHIR_JSON, JSON, "text/json", "application/json+fhir")
_NAMED_AS: Final = {"application/json+fhir": FHIR_JSON}
_FORMATS: Final = {"json": FHIR_JSON}  # the short name that `_format` may use

_RELEASES: Final = {
    "4.0": FhirVersion.R4,
    "4.0.0": FhirVersion.R4,
    "4.0.1": FhirVersion.R4,
    "4.3": FhirVersion.R4B,
    "4.3.0": FhirVersion.R4B,
    "5.0": FhirVersion.R5,
    "5.0.0": FhirVersion.R5,
}


class MediaType(NamedTuple):
    """A media type or range of a header: `type/subtype` in lower case, and its parameters."""

    name: str
    parameters: dict[str, str]


class Answer(NamedTuple):
    """The form an answer is asked for in."""

    media_type: str = FHIR_JSON
    versions: tuple[FhirVersion, ...] = ()  # best first; empty: that of the request

    def version(self, of_request: FhirVersion) -> FhirVersion:
        """The FHIR version to answer in: the request's own, unless others were asked for."""
        if not self.versions or of_request in self.versions:
            return of_request
        return self.versions[0]

    def content_type(self, version: FhirVersion) -> str:
        """The Content-Type of an answer in this version."""
        return f"{self.media_type}; fhirVersion={version.value}; charset=utf-8"


def declared_version(content_type: str | None) -> FhirVersion | None:
    """The FHIR version that a Content-Type declares, None where it leaves it open.

    Raises Refused for a media type, charset or FHIR version that is not read.
    """
    if content_type is None or not content_type.strip():
        return None
    media_type = parse_media_type(content_type)
    if media_type.name not in _READ:
        raise _unsupported(f"this Content-Type is not supported: send {SUPPORTED}")
    charset = media_type.parameters.get("charset", "utf-8").lower()
    if charset not in _UTF_8:
        raise _unsupported("only UTF-8 is read: send the body in UTF-8 and say charset=utf-8, or no charset")
    written = media_type.parameters.get("fhirversion")
    if written is None:
        return None
    version = _RELEASES.get(written)
    if version is None:
        raise _unsupported(f"this fhirVersion is not supported: send {SUPPORTED}")
    return version


def negotiate(accept: str | None, formats: Sequence[str] = ()) -> Answer:
    """The answer's form by `Accept`, which `_format` overrides (a FHIR version in `Accept` still counts beside it).

    Raises Refused where nothing that is asked for can be written.

    >>> negotiate("text/html, application/json;q=0.8, */*;q=0.1").media_type
    'application/json'
    """
    ranges = tuple(_ranges(accept or "*/*"))
    if not formats:
        return _best(ranges)
    # In a URL an unescaped `+` arrives as a blank.
    asked = formats[0].strip().lower()
    asked = parse_media_type(_FORMATS.get(asked, asked)).name.replace(" ", "+")
    version = parse_media_type(formats[0]).parameters.get("fhirversion")
    if asked not in _WRITTEN or (version is not None and version not in _RELEASES):
        raise _not_acceptable()
    if version is not None:
        return Answer(_NAMED_AS.get(asked, asked), (_RELEASES[version],))
    return Answer(_NAMED_AS.get(asked, asked), _versions(range_ for range_, quality in ranges if quality > 0))


def _best(ranges: Sequence[tuple[MediaType, float]]) -> Answer:
    """The best of what is written, by the quality of the most specific range that names it."""
    named = _versions(range_ for range_, _ in ranges)
    best: tuple[float, str, list[FhirVersion]] = (0.0, "", [])
    for name in _WRITTEN:
        for version in (None, *named):
            quality = _quality(ranges, name, version)
            if quality > best[0]:
                best = (quality, name, [] if version is None else [version])
            elif quality == best[0] and name == best[1] and best[2] and version is not None:
                best[2].append(version)
    if not best[0]:
        raise _not_acceptable()
    return Answer(_NAMED_AS.get(best[1], best[1]), tuple(best[2]))


def _quality(ranges: Sequence[tuple[MediaType, float]], name: str, version: FhirVersion | None) -> float:
    found = (-1, 0.0)
    for range_, quality in ranges:
        specific = {name: 3, f"{name.partition('/')[0]}/*": 2, "*/*": 1}.get(range_.name)
        if specific is None:
            continue
        written = range_.parameters.get("fhirversion")
        if written is not None:
            if version is None or _RELEASES.get(written) is not version:
                continue
            specific += 3
        found = max(found, (specific, quality))
    return found[1]


def _versions(ranges: Iterable[MediaType]) -> tuple[FhirVersion, ...]:
    written = (range_.parameters.get("fhirversion", "") for range_ in ranges)
    return tuple(dict.fromkeys(_RELEASES[version] for version in written if version in _RELEASES))


def _ranges(accept: str) -> Iterable[tuple[MediaType, float]]:
    for part in _split(accept, ","):
        if not part.strip():
            continue
        range_ = parse_media_type(part)
        # Old clients of the Java library write a bare star.
        yield (MediaType("*/*", range_.parameters) if range_.name == "*" else range_), _q(range_)


def _q(range_: MediaType) -> float:
    try:
        quality = float(range_.parameters.get("q", "1"))
    except ValueError:
        return 1.0
    return min(max(quality, 0.0), 1.0) if quality == quality else 1.0  # noqa: PLR0124 - "nan" is a float, too


def parse_media_type(written: str) -> MediaType:
    """A media type with its parameters: names and type in lower case, values without quotes.

    >>> parse_media_type('Application/FHIR+json; fhirVersion="4.0"')
    MediaType(name='application/fhir+json', parameters={'fhirversion': '4.0'})
    """
    name, *rest = _split(written, ";")
    parameters: dict[str, str] = {}
    for part in rest:
        key, _, value = part.partition("=")
        parameters.setdefault(key.strip().lower(), value.strip().strip('"').strip())
    return MediaType(name.strip().lower(), parameters)


def _split(written: str, by: str) -> list[str]:
    """Split where the mark stands outside of quotes."""
    parts = [""]
    quoted = False
    for character in written:
        quoted ^= character == '"'
        if character == by and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _unsupported(message: str) -> Refused:
    return Refused(Case.UNSUPPORTED_MEDIA, Issue("not-supported", message))


def _not_acceptable() -> Refused:
    return Refused(
        Case.NOT_ACCEPTABLE,
        Issue("not-supported", f"no answer can be written in a form that was asked for: ask for {SUPPORTED}"),
    )
