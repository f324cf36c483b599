"""Expanding the definitions of lists (`codes/expansions.csv`), page by page. It takes its time: a person waits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from service.ehr.deadline import Deadline
from service.ehr.http import Http, HttpFault
from service.ehr.limits import Allowance
from service.fhir.elements import SYSTEM_URIS
from service.knowledge.expansions import Definition, filters
from service.terminology.server import NoAnswer, members_of, read_answer
from service.trust import parse_url

_PAGE: Final = 1_000
_MOST: Final = 200_000  # members of one definition
_MOST_BYTES: Final = 200_000_000
_TIMEOUT_S: Final = 60.0


class Expander:
    """Asks one terminology server, by its base URL."""

    def __init__(self, base: str) -> None:
        """Take where it is; nothing is connected yet."""
        self._url = f"{base.rstrip('/')}/ValueSet/$expand"
        self._http = Http(allow_private_addresses=True, timeout_s=_TIMEOUT_S)

    def members(self, definition: Definition) -> list[tuple[str, str]]:
        """Code and display of every member. Raises NoAnswer, NotOffered where the server does not expand such sets."""
        found: dict[str, str] = {}
        allowance = Allowance(_MOST_BYTES)
        while len(found) < _MOST:
            content = self._page(definition, len(found), allowance)
            page = [(code, display) for code, display in members_of(content) if code not in found]
            found.update(page)
            total = content["expansion"].get("total")
            if not page or (isinstance(total, int) and len(found) >= total) or len(page) < _PAGE:
                break
        return list(found.items())

    def _page(self, definition: Definition, offset: int, allowance: Allowance) -> dict[str, Any]:
        deadline = Deadline.within(_TIMEOUT_S, time.monotonic)
        headers = {"Accept": "application/fhir+json"}
        paging = {"count": _PAGE, "offset": offset}
        try:
            if definition.kind == "ecl":
                query = {"url": f"{SYSTEM_URIS[definition.system]}?fhir_vs=ecl/{definition.value}", **paging}
                url = parse_url(f"{self._url}?{urlencode(query)}")
                if url is None:
                    raise NoAnswer
                reply = self._http.get(url, headers=headers, deadline=deadline, allowance=allowance)
            else:
                url = parse_url(self._url)
                if url is None:
                    raise NoAnswer
                headers["Content-Type"] = "application/fhir+json"
                body = orjson.dumps(_asked(definition, paging))
                reply = self._http.post_json(url, body=body, headers=headers, deadline=deadline, allowance=allowance)
        except HttpFault:
            raise NoAnswer from None
        return read_answer(reply, "ValueSet")


def _asked(definition: Definition, paging: Mapping[str, int]) -> dict[str, object]:
    """The parameters of `$expand`, with the value set in them."""
    include = {"system": SYSTEM_URIS[definition.system], "filter": filters(definition)}
    value_set = {"resourceType": "ValueSet", "status": "active", "compose": {"include": [include]}}
    parts: list[dict[str, object]] = [{"name": "valueSet", "resource": value_set}]
    parts += [{"name": name, "valueInteger": number} for name, number in paging.items()]
    return {"resourceType": "Parameters", "parameter": parts}
