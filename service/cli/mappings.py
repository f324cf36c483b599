"""`needlewise mappings check`: look for faults in the lists."""

from __future__ import annotations

import argparse

from service.knowledge.check import check_mappings


def run(_asked: argparse.Namespace) -> int:
    """Print all faults, each with file and line; 1 where there are any."""
    faults = check_mappings()
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults in mappings/" if faults else "mappings/ is in order")
    return 1 if faults else 0
