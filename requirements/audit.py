"""Looks after what is installed: each pin has its hashes, what is here is what is pinned, no advisory is known.

Advisories are asked of OSV, with names and versions only. A machine that can't reach it is told so, and no more:
the first two checks work anywhere. Run by `make check`.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent
_ADVISORIES: Final = "https://api.osv.dev/v1/querybatch"
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)")
_WAIT_S: Final = 10


def pins(lock: str) -> set[tuple[str, str]]:
    """Name and version of each package in a lock. Raises ValueError for one without a hash."""
    found: set[tuple[str, str]] = set()
    for entry in re.split(r"\n(?=[A-Za-z0-9])", lock):
        match = _PIN.match(entry)
        if match is None:
            continue
        if "--hash=sha256:" not in entry:
            raise ValueError(f"{match[1]} has no hash")
        found.add((match[1].lower(), match[2]))
    return found


def differing(pinned: set[tuple[str, str]]) -> list[str]:
    """What is installed in no version that is pinned; a lock may have one for each Python."""
    found = []
    for name in sorted({name for name, _ in pinned}):
        try:
            here = version(name)
        except PackageNotFoundError:
            continue  # for another platform or Python
        if (name, here) not in pinned:
            found.append(f"{name} is {here} here, which is not in the lock")
    return found


def advisories(pinned: set[tuple[str, str]]) -> list[str]:
    """What is known against the pinned versions. Raises OSError where nobody can be asked."""
    asked = sorted(pinned)
    queries = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": pin} for name, pin in asked]
    request = urllib.request.Request(_ADVISORIES, json.dumps({"queries": queries}).encode())
    with urllib.request.urlopen(request, timeout=_WAIT_S) as answer:
        results = json.load(answer)["results"]
    return [
        f"{name} {pin}: {known['id']}"
        for (name, pin), result in zip(asked, results, strict=True)
        for known in result.get("vulns", [])
    ]


def main() -> int:
    """Print what is wrong; 1 where something is."""
    try:
        pinned = set().union(*(pins(path.read_text()) for path in _FOLDER.glob("*.txt")))
    except ValueError as fault:
        print(f"requirements: {fault}")
        return 1
    wrong = differing(pinned)
    try:
        wrong += advisories(pinned)
        asked = "no advisory is known"
    except (OSError, ValueError, KeyError):
        asked = "no source of advisories can be reached from here: ask again from where one can"
    for each in wrong:
        print(each)
    if not wrong:
        print(f"{len(pinned)} packages are pinned with hashes and installed so; {asked}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
