"""Who calls, as the store knows them."""

from __future__ import annotations

from flask import g, request

from service.store import Who
from service.trust import Caller, Right

_CAUSING = frozenset({Right.SCREEN, Right.CDS_HOOKS})


def who() -> Who:
    """Who sent this request, and whether they may see what others caused.

    A caller that screens sees its own results only. One that is listed for reading alone (an archive, an auditor) has
    none of its own: it sees those of all, or of its tenant.
    """
    caller = g.get("caller")
    if not isinstance(caller, Caller):
        return Who(agent=request.remote_addr or "", request_id=g.request_id, sees_others=True)
    return Who(
        caller=caller.name,
        tenant=g.get("tenant") or "",
        agent=caller.name,
        request_id=g.request_id,
        sees_others=not _CAUSING & set(caller.rights),
    )
