"""Codes that no list holds: how often they came. Who had them is never kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import Connection  # noqa: TC002 - the types of this room are there at run time
from sqlalchemy.dialects import postgresql, sqlite

from service.core.chart import Coding
from service.store import schema
from service.store.texts import kept

# A code of any system may be kept; free text that stands where a code should is not.
_CODE: Final = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._:^/+-]{0,39}")
_SYSTEM: Final = re.compile(r"[a-z][a-z0-9-]{1,30}|(?:https?://|urn:(?:oid|uuid|iso-astm):)[A-Za-z0-9._:/#-]{1,200}")
# Displays are published texts only where the system is one of ours: its short key.
_PUBLISHED: Final = re.compile(r"[a-z][a-z0-9-]{1,30}")
_MOST: Final = 500  # different codes of one chart


def count_codes(connection: Connection, codes: Iterable[Coding], *, now: datetime) -> None:
    """Count these codes, in a transaction that is under way."""
    rows = [
        {
            "system": code.system,
            "code": code.code,
            "display": kept(code.display) if _PUBLISHED.fullmatch(code.system) else "",
            "count": 1,
            "first_seen": now,
            "last_seen": now,
        }
        for code in _countable(codes)
    ]
    if not rows:
        return
    table = schema.unmatched_codes
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    adding = insert(table)
    adding = adding.on_conflict_do_update(
        index_elements=[table.c.system, table.c.code],
        set_={"count": table.c.count + 1, "last_seen": adding.excluded.last_seen},
    )
    connection.execute(adding, rows)


def _countable(codes: Iterable[Coding]) -> list[Coding]:
    """Each once, and in one order, so that replicas never wait for each other crosswise."""
    once = {
        (code.system, code.code): code
        for code in codes
        if _SYSTEM.fullmatch(code.system) and _CODE.fullmatch(code.code)
    }
    return [once[key] for key in sorted(once)[:_MOST]]
