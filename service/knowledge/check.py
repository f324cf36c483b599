"""`check_mappings`: the collection is tested, not only each row, and every fault is told at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from service.knowledge.canaries import load_canaries
from service.knowledge.faults import Fault, Lists
from service.knowledge.load import load_knowledge
from service.knowledge.registers import check_registers
from service.knowledge.rows import check_rows
from service.knowledge.summary import SUMMARY, render_summary
from service.knowledge.tables import MappingError, mappings_folder
from service.knowledge.together import check_together

__all__ = ["Fault", "check_mappings"]


def check_mappings(folder: Path | None = None) -> tuple[Fault, ...]:
    """Everything that is wrong with the lists of `folder` (the shipped ones by default); empty where nothing is.

    Rule packs are checked where they are loaded, by `service.knowledge.packs`.
    """
    folder = mappings_folder(folder)
    lists = Lists(folder)
    faults = [
        *lists.faults,
        *check_registers(lists),
        *check_rows(lists),
        *check_together(lists),
    ]
    if not faults:
        faults += _loads(folder)
    if not faults:
        faults += _summary(folder)
    return tuple(dict.fromkeys(sorted(faults)))


def _loads(folder: Path) -> Iterator[Fault]:
    """What the service itself would say, after everything above passed."""
    try:
        load_knowledge(folder)
        load_canaries(folder)
    except MappingError as fault:
        yield Fault(str(Path(fault.file).relative_to(folder)), fault.line, fault.advice)


def _summary(folder: Path) -> Iterator[Fault]:
    path = folder / SUMMARY
    if not path.is_file() or path.read_text(encoding="utf-8") != render_summary(folder):
        yield Fault(SUMMARY, 1, "is out of date: write it anew with `python -m service.knowledge.summary`")
