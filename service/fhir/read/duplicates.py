"""One resource that came twice: in two versions, in two pages, or in two forms that contradict each other."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Final

from service.core.chart import SetAside
from service.core.dates import parse_span
from service.fhir.read.bundle import Contents
from service.fhir.read.received import Received, identity
from service.fhir.read.references import is_absolute

_OLDER: Final = "an older version of the same resource"
_AGAIN: Final = "the same resource a second time"
_DELETED: Final = "deleted later, by the history it came in"


def settle_duplicates(contents: Contents) -> None:
    """Leave each resource once in `contents`; the rest is set aside. What contradicts itself stays, and is told."""
    if contents.deleted:
        _drop_deleted(contents)
    references = [one[1][2] for one in contents.received]  # source.reference; by place, since it is every entry's
    if len(set(references)) < len(references):
        _settle(contents, _groups((one, one.source.reference) for one in contents.received))
    without_url = sum([not one[2] for one in contents.received])
    if 0 < without_url < len(contents.received):
        _settle_copies(contents)


def _groups(pairs: Iterable[tuple[Received, str | None]]) -> list[list[Received]]:
    groups: dict[str, list[Received]] = defaultdict(list)
    for one, key in pairs:
        if key is not None:
            groups[key].append(one)
    return [group for group in groups.values() if len(group) > 1]


def _settle(contents: Contents, groups: Sequence[list[Received]]) -> None:
    dropped: dict[int, str] = {}
    for group in groups:
        same = _groups((one, f"{one.source.type}/{identity(one)}") for one in group)
        if len(same) != 1 or len(same[0]) != len(group):
            contents.remark("entries that are different resources share one fullUrl")
        for resources in same:
            _choose(contents, resources, dropped)
    _drop(contents, dropped)


def _choose(contents: Contents, copies: Sequence[Received], dropped: dict[int, str]) -> None:
    """Of several copies of one resource keep the newest; where none is newer, all that differ."""
    newest = _newest(copies) or (copies[0] if contents.is_history else None)
    if newest is not None:
        for one in copies:
            if one is not newest:
                dropped[one.source.position] = _AGAIN if one.resource == newest.resource else _OLDER
        return
    kept: set[str] = set()
    for one in copies:
        held = _held(one)
        if held in kept:
            dropped[one.source.position] = _AGAIN
        kept.add(held)
    if len(kept) > 1:
        contents.remark("a resource came in forms that contradict each other, and none says that it is newer")


def _held(one: Received) -> str:
    """What a resource holds, to be looked for among thousands of copies."""
    return json.dumps(one.resource, sort_keys=True)


def _newest(copies: Sequence[Received]) -> Received | None:
    """The one that is newer than all others, by `meta.lastUpdated`, else by a counted `meta.versionId`."""
    for key in (_last_updated, _version):
        known = [(when, one) for one in copies if (when := key(one)) is not None]
        if len(known) == len(copies):
            last = max(when for when, _ in known)
            latest = [one for when, one in known if when == last]
            if len(latest) == 1:
                return latest[0]
    return None


def _last_updated(one: Received) -> float | None:
    meta = one.resource.get("meta")
    written = meta.get("lastUpdated") if isinstance(meta, dict) else None
    span = parse_span(written) if isinstance(written, str) else None
    if span is None:
        return None
    if span.instant is not None:
        return span.instant.timestamp() + _fraction(span.written)
    return datetime.combine(max(span.last, date(1, 1, 2)), time.min, UTC).timestamp()


def _fraction(written: str) -> float:
    """The fraction of a second, which a Span leaves out."""
    digits = ""
    for character in written.partition(".")[2]:
        if not character.isdigit():
            break
        digits += character
    return float(f"0.{digits}") if digits.isascii() and digits else 0.0


def _version(one: Received) -> float | None:
    meta = one.resource.get("meta")
    written = meta.get("versionId") if isinstance(meta, dict) else None
    return float(written) if isinstance(written, str) and written.isascii() and written.isdigit() else None


def _settle_copies(contents: Contents) -> None:
    """Drop what came both with a fullUrl and without, where both are equal and no second server is in play."""
    dropped: dict[int, str] = {}
    named = ((one, f"{one.source.type}/{identity(one)}") for one in contents.received if identity(one))
    for group in _groups(named):
        # Those of a server come first, and stay; then a urn stays, and what has no fullUrl at all goes.
        held: set[str] = set()
        for one in sorted(group, key=lambda copy: (not is_absolute(copy.full_url), not copy.full_url)):
            holds = _held(one)
            if holds in held and not is_absolute(one.full_url):
                dropped[one.source.position] = _AGAIN
            held.add(holds)
    _drop(contents, dropped)


def _drop_deleted(contents: Contents) -> None:
    """In a history, newest first, a DELETE removes the versions that stand after it."""
    dropped: dict[int, str] = {}
    for one in contents.received:
        names = {one.full_url, one.source.reference, f"{one.source.type}/{identity(one)}"}
        if any(contents.deleted.get(name, one.source.position) < one.source.position for name in names if name):
            dropped[one.source.position] = _DELETED
    _drop(contents, dropped)


def _drop(contents: Contents, dropped: dict[int, str]) -> None:
    if not dropped:
        return
    for one in contents.received:
        if one.source.position in dropped:
            contents.set_aside.append(SetAside(one.source, dropped[one.source.position]))
    contents.received = [one for one in contents.received if one.source.position not in dropped]
