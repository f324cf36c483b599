"""From HTTP answers to one Answer: statuses, pages, and what an EHR sends in place of what was asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from service.ehr.answers import Answer, Empty, Lost, NotReceived, Reason, Received, Token, Want
from service.ehr.contact import Contact
from service.ehr.deadline import Deadline
from service.ehr.http import Reply
from service.ehr.limits import Allowance
from service.fhir.read import parse_json
from service.fhir.refused import Refused
from service.trust import Url, resolve

_MOST_PAGES: Final = 50
_TYPE: Final = re.compile(r"[A-Z][A-Za-z]+")

_STATUSES: Final[Mapping[int, Reason]] = {
    HTTPStatus.UNAUTHORIZED: Reason.NOT_PERMITTED,
    HTTPStatus.FORBIDDEN: Reason.NOT_PERMITTED,
    HTTPStatus.GONE: Reason.DELETED,
    HTTPStatus.TOO_MANY_REQUESTS: Reason.BUSY,
    HTTPStatus.SERVICE_UNAVAILABLE: Reason.BUSY,
}


class Room(NamedTuple):
    """How much more a call may take in, over all its queries."""

    bytes: Allowance
    entries: Allowance


class Query(NamedTuple):
    """A want on its way."""

    contact: Contact
    base: Url
    want: Want
    token: Token | None
    deadline: Deadline
    room: Room
    request_id: str


def answer(query: Query) -> Answer:
    """What comes of a want; everything that can go wrong is one of the answers."""
    url = resolve(query.base, query.want.query)
    if url is None or not _TYPE.fullmatch(query.want.type):
        return NotReceived(reason=Reason.NOT_ACCEPTED)
    try:
        first = _page(query, url)
    except Lost as lost:
        return NotReceived(reason=lost.reason)
    if query.want.is_read:
        fits = first.get("resourceType") == query.want.type
        return Received(resource=first) if fits else NotReceived(reason=_in_place_of(first))
    if first.get("resourceType") != "Bundle":
        return NotReceived(reason=_in_place_of(first))
    return _bundle(query, url, first)


def _bundle(query: Query, url: Url, first: dict[str, Any]) -> Answer:
    """The Bundle of all pages."""
    entries = [*_entries(first)]
    security = [*_security(first)]
    following = _link(first, "next")
    seen = {url}
    cut_off: Reason | None = None
    while following and cut_off is None:
        try:
            page = _next_page(query, following, seen)
        except Lost as lost:
            cut_off = lost.reason
        else:
            entries += _entries(page)
            security += _security(page)
            following = _link(page, "next")
    links = [{"relation": "self", "url": _link(first, "self") or str(url)}]
    if cut_off is not None:
        links.append({"relation": "next", "url": following})
    whole: dict[str, Any] = {**first, "link": links, "entry": entries}
    if security:
        whole["meta"] = {**(first["meta"] if isinstance(first.get("meta"), dict) else {}), "security": security}
    if cut_off is None and not any(_counts(entry) for entry in entries) and whole.get("total", 0) == 0:
        return Empty(resource=whole)
    return Received(resource=whole, cut_off=cut_off)


def _next_page(query: Query, link: str, seen: set[Url]) -> dict[str, Any]:
    """The page that a `next` link leads to, if that is under the same base and not in a circle. Raises Lost."""
    url = resolve(query.base, link)
    if url is None:
        raise Lost(Reason.NOT_LISTED)
    if url in seen:
        raise Lost(Reason.UNREADABLE)
    if len(seen) >= _MOST_PAGES:
        raise Lost(Reason.TOO_MUCH)
    seen.add(url)
    page = _page(query, url)
    if page.get("resourceType") != "Bundle":
        raise Lost(_in_place_of(page))
    return page


def _page(query: Query, url: Url) -> dict[str, Any]:
    """A resource that was answered with 200. Raises Lost."""
    reply = query.contact.ask(
        url,
        query.want,
        query.token,
        query.deadline,
        allowance=query.room.bytes,
        request_id=query.request_id,
    )
    if reply.status != HTTPStatus.OK:
        raise Lost(_reason(reply, query.want))
    try:
        resource = parse_json(reply.body)
    except Refused:
        raise Lost(Reason.UNREADABLE) from None
    if not isinstance(resource, dict):
        raise Lost(Reason.UNREADABLE)
    if not query.room.entries.take(len(_entries(resource))):
        raise Lost(Reason.TOO_MUCH)
    return resource


def _reason(reply: Reply, want: Want) -> Reason:
    if reply.status == HTTPStatus.NOT_FOUND:
        return Reason.NOT_THERE if want.is_read else Reason.NOT_OFFERED
    known = _STATUSES.get(reply.status)
    if known is not None:
        return known
    is_ours = HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR
    return Reason.NOT_ACCEPTED if is_ours else Reason.ERROR


def _in_place_of(resource: Mapping[str, Any]) -> Reason:
    return Reason.ERROR if resource.get("resourceType") == "OperationOutcome" else Reason.UNREADABLE


def _entries(bundle: Mapping[str, Any]) -> list[Any]:
    entries = bundle.get("entry")
    return entries if isinstance(entries, list) else []


def _security(bundle: Mapping[str, Any]) -> list[Any]:
    meta = bundle.get("meta")
    labels = meta.get("security") if isinstance(meta, dict) else None
    return labels if isinstance(labels, list) else []


def _link(bundle: Mapping[str, Any], relation: str) -> str:
    links = bundle.get("link")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("relation") == relation and isinstance(link.get("url"), str):
            return str(link["url"])
    return ""


def _counts(entry: object) -> bool:
    """Whether an entry is something that was found; an outcome tells only how the search went."""
    if not isinstance(entry, dict):
        return True
    search, resource = entry.get("search"), entry.get("resource")
    is_outcome = isinstance(search, dict) and search.get("mode") == "outcome"
    return not is_outcome and not (isinstance(resource, dict) and resource.get("resourceType") == "OperationOutcome")
