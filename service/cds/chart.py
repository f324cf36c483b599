"""Prefetch, the orders of the call and what the EHR answers → one Bundle, and what it says of each list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from service.cds.discovery import ORDERS, Template
from service.cds.hooks import Hook
from service.cds.orders import Draft
from service.cds.prefetch import Part, State, entries_of, read_part
from service.cds.requests import HookCall
from service.core.chart import ListSign
from service.fhir.read.received import KINDS

Json = dict[str, Any]


class Need(NamedTuple):
    """A read or search that the EHR is asked for: the key its answer is kept under, and the relative query."""

    key: str
    query: str


class NotFetched(NamedTuple):
    """Why something did not come, in words that a card can say: "time-out"."""

    reason: str
    other_ways: bool = False  # whether the server may yet give it when it is asked otherwise


Ask = Callable[[HookCall, Sequence[Need]], Mapping[str, Json | NotFetched]]
"""Asks the EHR of a call. Empty where its server is not listed, or there is no way to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """All parts that came, and the signs of those that did not."""

    parts: tuple[Part, ...] = ()
    signs: tuple[ListSign, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing at all to screen."""
        return all(part.bundle is None for part in self.parts)

    def orders(self) -> Iterator[Json]:
        """The entries of all orders that came."""
        return entries_of(self.parts, ORDERS.type)


def gather(
    call: HookCall,
    templates: Sequence[Template],
    ask: Ask,
    *,
    wanted: Sequence[Template],
    null_is_empty: bool,
    before: Gathered | None = None,
) -> Gathered:
    """What the prefetch holds, and of what is wanted and not there, what the EHR answers.

    `before`: gathered for the same call already; nothing of it is read or asked for again.
    """
    by_key = {template.key: template for template in templates}
    parts = list(before.parts) if before else list(_prefetched(call, by_key, null_is_empty=null_is_empty))
    signs = list(before.signs) if before else list(_failures(parts))
    missing = [template for template in wanted if not _is_there(template, parts)]
    needs = [*(Need(one.key, one.query(call.patient_id)) for one in missing), *_dispatched(call, missing)]
    answers = ask(call, needs) if needs else {}
    for key, answer in answers.items():
        if isinstance(answer, NotFetched):
            type_ = by_key[key].type if key in by_key else ""
            signs += _signs(type_, f"{answer.reason} on reading the EHR", parts)
        else:
            fetched = read_part(key, answer, by_key.get(key), call.patient_id)
            parts = [*(part for part in parts if part.key != key), fetched]
    return Gathered(parts=tuple(parts), signs=tuple(dict.fromkeys(signs)))


def chart_bundle(call: HookCall, drafts: Sequence[Draft], gathered: Gathered) -> Json:
    """The whole as one Bundle. The orders come first, so that an entry's position says which order it is."""
    entries: list[object] = [draft.entry for draft in drafts]
    patients = [entry["resource"].get("id") for entry in entries_of(gathered.parts, "Patient")]
    if call.patient_id not in patients:
        entries.append({"resource": {"resourceType": "Patient", "id": call.patient_id}})
    entries += [{"resource": _without_orders(part)} for part in gathered.parts if part.bundle is not None]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


_HELD: Final = frozenset({State.RECEIVED, State.FAILED})


def _prefetched(call: HookCall, by_key: Mapping[str, Template], *, null_is_empty: bool) -> Iterator[Part]:
    for key, value in call.prefetch.items():
        template = by_key.get(key)
        part = read_part(key, value, template, call.patient_id)
        yield _believed(part, template, call) if null_is_empty else part


def _failures(parts: Sequence[Part]) -> Iterator[ListSign]:
    for part in parts:
        if part.state is State.FAILED:
            for type_ in sorted(part.types):
                yield from _signs(type_, "the system that was asked refused it or failed", parts)


def _is_there(template: Template, parts: Sequence[Part]) -> bool:
    """Whether a query needs no asking: its key came (also as a failure), or another key holds such resources."""
    return any(
        part.state in _HELD and (part.key == template.key or (not part.is_ours and template.type in part.types))
        for part in parts
    )


def _believed(part: Part, template: Template | None, call: HookCall) -> Part:
    """A null of an EHR that means by it that there is none."""
    if part.state is not State.NULL or template is None or not template.search:
        return part
    link = [{"relation": "self", "url": template.query(call.patient_id)}]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": 0, "link": link}
    return replace(part, state=State.RECEIVED, bundle=bundle)


def _dispatched(call: HookCall, missing: Sequence[Template]) -> Iterator[Need]:
    """Dispatched orders are read one by one: a search by patient may end before it reaches them."""
    if call.hook is Hook.ORDER_DISPATCH and ORDERS in missing:
        for reference in call.chosen:
            path = reference.partition("/_history/")[0].split("/")
            if len(path) > 1 and path[-2] == ORDERS.type and path[-1]:
                yield Need(f"{ORDERS.type}/{path[-1]}", f"{ORDERS.type}/{path[-1]}")


def _signs(type_: str, reason: str, parts: Sequence[Part]) -> Iterator[ListSign]:
    """What a query that failed says of its list. Statements are asked for beside requests: one of both is enough."""
    kind = KINDS.get(type_)
    if kind is None or (type_ == "MedicationStatement" and _came("MedicationRequest", parts)):
        return
    yield ListSign(kind, "failed", reason)


def _came(type_: str, parts: Sequence[Part]) -> bool:
    return any(part.state is State.RECEIVED and type_ in part.types for part in parts)


def _without_orders(part: Part) -> Json:
    """Its Bundle without ServiceRequests: those that are judged stand in front, and no rule reads another."""
    bundle = part.bundle or {}
    if ORDERS.type not in part.held:
        return bundle
    entries = bundle.get("entry")
    if not isinstance(entries, list):
        return bundle
    return {**bundle, "entry": [entry for entry in entries if not _is_order(entry)]}


def _is_order(entry: object) -> bool:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    return isinstance(resource, dict) and resource.get("resourceType") == ORDERS.type
