"""`needlewise mappings check`: look for faults in the lists and rule packs."""

from __future__ import annotations

import argparse

from service.knowledge.check import check_mappings
from service.knowledge.load import MappingError, load_knowledge
from service.knowledge.packs import load_packs


def run(_asked: argparse.Namespace) -> int:
    """Print all faults, each with file and line; 1 where there are any."""
    faults = [str(fault) for fault in check_mappings()] or _packs()
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults in mappings/" if faults else "mappings/ is in order")
    return 1 if faults else 0


def _packs() -> list[str]:
    """The fault that a rule pack can't be loaded with; packs name concepts, so sound lists come first."""
    try:
        load_packs(None, load_knowledge())
    except MappingError as fault:
        return [str(fault)]
    return []
