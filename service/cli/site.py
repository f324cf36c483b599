"""What a site's policy changes in the packs, for `needlewise rules --site`."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from service.core.packs import CATEGORY_FIELDS, SWITCHED_OFF, Change, Pack
from service.settings import PREFIX

_WIDEST: Final = 100


def site_lines(packs: Sequence[Pack]) -> Iterator[str]:
    """Each change with what the pack says, who made it, when and why."""
    changed = [(pack, pack.policy) for pack in packs if pack.policy]
    if not changed:
        yield f"no policy of this site is in force ({PREFIX}SITE_RULES): the rule packs hold as their owners wrote them"
        return
    for pack, policy in changed:
        yield f"{pack.id} {pack.version}: changed by policy {policy.name} of this site"
        for change in policy.changes:
            yield from _wrap(f"{change.of} {change.name}: {_said(change)}", "  ")
            yield from _wrap(f"{change.author}, {change.date}: {change.reason}", "    ")
        yield ""


def _said(change: Change) -> str:
    if change.field == SWITCHED_OFF:
        return "switched off"
    if change.of == "parameter" or change.field in CATEGORY_FIELDS:
        return f"{change.field}: {change.after} (in the pack {change.before})"
    before = f' (in the pack "{change.before}")' if change.before else ""
    return f'{change.field}: "{change.after}"{before}'


def _wrap(text: str, indent: str) -> list[str]:
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
