"""One FHIR terminology server: `$expand`, `$subsumes` and `$validate-code`, by GET, as any of them takes it.

Only codes are sent, never whose they are. What comes back is checked: an answer that is not what was asked for is
no answer, and a root is believed only where two operations agree on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from service.core.knowledge import Root
from service.core.terminology import Answer, Unknown
from service.ehr.breaker import Breaker
from service.ehr.deadline import Deadline
from service.ehr.http import Http, HttpFault, Reply
from service.ehr.limits import Allowance
from service.fhir.elements import SYSTEM_URIS
from service.trust import parse_url

_MOST_BYTES: Final = 2_000_000
_TIMEOUT_S: Final = 2.0
_IMPLICIT: Final = "?fhir_vs=ecl/"  # SNOMED CT's implicit value sets
_ENOUGH: Final = 3  # refusals to believe that it does not expand such sets
_HOLDS: Final = frozenset({"subsumes", "equivalent"})


class NoAnswer(Exception):  # noqa: N818 - it says what happened
    """The server gave none that can be used: it is away, slow, broken, or answered something else."""


class NotOffered(NoAnswer):
    """The server refused the operation: it does not have it, or does not know the code system."""


class TerminologyServer:
    """A server by its base URL."""

    def __init__(self, base: str, *, http: Http | None = None, breaker: Breaker | None = None) -> None:
        """Take where it is; nothing is connected yet."""
        self._base = base.rstrip("/")
        self._http = http or Http(allow_private_addresses=True, timeout_s=_TIMEOUT_S)
        self._breaker = breaker or Breaker()
        self._refusals = 0  # of `$expand`, one after the other

    def answer(self, asked: Unknown, roots: Mapping[str, Root], deadline: Deadline, pool: ThreadPoolExecutor) -> Answer:
        """Everything that was asked about one code. Raises NoAnswer."""
        held = self._roots(asked, roots, deadline, pool) if asked.subsumed else ()
        return Answer(held, self._display(asked, deadline) if asked.named else "")

    def _roots(
        self, asked: Unknown, roots: Mapping[str, Root], deadline: Deadline, pool: ThreadPoolExecutor
    ) -> tuple[str, ...]:
        """The narrowest roots that hold the code."""
        candidates = self._candidates(asked, roots, deadline)
        if candidates is None:
            candidates = [root for root, about in roots.items() if not about.within]
        held: set[str] = set()
        while candidates:
            holding = pool.map(partial(self._holds, asked, deadline), candidates)
            found = [root for root, holds in zip(candidates, holding, strict=True) if holds]
            held.update(found)
            candidates = [
                root
                for root, about in roots.items()
                if root not in held and about.within.intersection(found) and root not in candidates
            ]
        wider = {above for root in held for above in roots[root].within}
        return tuple(sorted(held - wider))

    def _candidates(self, asked: Unknown, roots: Mapping[str, Root], deadline: Deadline) -> list[str] | None:
        """The roots above the code in one question, widest first; None where this server does not expand such sets."""
        if self._refusals >= _ENOUGH:
            return None
        wanted = " OR ".join(roots)
        ecl = f"{SYSTEM_URIS[asked.system]}{_IMPLICIT}(>> {asked.code}) AND ({wanted})"
        try:
            content = self._get("ValueSet/$expand", {"url": ecl, "count": "1000"}, deadline, "ValueSet")
        except NotOffered:  # it has no such sets, or does not know this code
            self._refusals += 1
            return None
        self._refusals = 0
        above = {code for code, _ in members_of(content) if code in roots}
        return [root for root in roots if root in above and not roots[root].within & above]

    def _holds(self, asked: Unknown, deadline: Deadline, root: str) -> bool:
        said = self._get(
            "CodeSystem/$subsumes",
            {"system": SYSTEM_URIS[asked.system], "codeA": root, "codeB": asked.code},
            deadline,
            "Parameters",
        )
        outcome = _part(said, "outcome", "valueCode")
        if not isinstance(outcome, str):
            raise NoAnswer
        return outcome in _HOLDS

    def _display(self, asked: Unknown, deadline: Deadline) -> str:
        """What the code is called; empty where the server does not know it."""
        query = {"url": SYSTEM_URIS.get(asked.system, asked.system), "code": asked.code}
        try:
            said = self._get("CodeSystem/$validate-code", query, deadline, "Parameters")
        except NotOffered:
            return ""
        valid, display = _part(said, "result", "valueBoolean"), _part(said, "display", "valueString")
        if not isinstance(valid, bool):
            raise NoAnswer
        return " ".join(display.split())[:255] if valid and isinstance(display, str) else ""

    def _get(self, operation: str, query: Mapping[str, str], deadline: Deadline, type_: str) -> dict[str, Any]:
        """One exchange. Raises NoAnswer, NotOffered for a refusal."""
        url = parse_url(f"{self._base}/{operation}?{urlencode(query)}")
        if url is None:
            raise NoAnswer
        with self._breaker.call() as may:
            if not may or self._breaker.is_open():
                raise NoAnswer
            try:
                reply = self._http.get(
                    url,
                    headers={"Accept": "application/fhir+json"},
                    deadline=deadline,
                    allowance=Allowance(_MOST_BYTES),
                )
                content = read_answer(reply, type_)
            except (HttpFault, NoAnswer) as lost:
                self._breaker.note(answered=isinstance(lost, NotOffered))
                raise lost if isinstance(lost, NoAnswer) else NoAnswer from None
            self._breaker.note(answered=True)
            return content


def members_of(value_set: dict[str, Any]) -> list[tuple[str, str]]:
    """Code and display of each member of an expansion. Raises NoAnswer where it is none."""
    expansion = value_set.get("expansion")
    members = expansion.get("contains", []) if isinstance(expansion, dict) else None
    if not isinstance(members, list):
        raise NoAnswer
    found = [(one.get("code"), one.get("display") or "") for one in members if isinstance(one, dict)]
    return [(code, display) for code, display in found if isinstance(code, str) and isinstance(display, str)]


def read_answer(reply: Reply, type_: str) -> dict[str, Any]:
    """The resource in an answer. Raises NoAnswer, NotOffered for a refusal."""
    refused = HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if refused and reply.status not in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS):
        raise NotOffered
    if reply.status != HTTPStatus.OK:
        raise NoAnswer
    try:
        content = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        raise NoAnswer from None
    if not isinstance(content, dict) or content.get("resourceType") != type_:
        raise NoAnswer
    return content


def _part(parameters: dict[str, Any], name: str, value: str) -> object:
    parts = parameters.get("parameter")
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and part.get("name") == name:
            return part.get(value)
    return None
