"""`needlewise code SYSTEM CODE`: what a code is known as, and what it would do in a chart."""

from __future__ import annotations

import argparse

from service.cli.loading import load_screener
from service.cli.refusal import CommandError
from service.cli.settings import effective_settings
from service.pipeline import read_clock
from service.trying import UnknownSystemError, ask_about


def run(asked: argparse.Namespace) -> int:
    """Say what the lists and rules know of a code; 1 where it is on no list."""
    screener = load_screener(effective_settings())
    try:
        known = ask_about(screener, asked.system, asked.code, now=read_clock())
    except UnknownSystemError as unknown:
        there = ", ".join(unknown.known)
        raise CommandError(f"no list has codes of this system; there are {there}, and their URIs") from None
    print(f"{known.coding.system} {known.coding.code}")
    if not known.lists:
        print("  on no list: an entry with this code is recognised by its words, or told as not recognised")
        return 1
    for kind, line in known.lists:
        print(f"  {kind}: {line}")
    for rule in known.readers:
        print(f"  its value is read by rule {rule} (`needlewise rules {rule}`)")
    for tried in known.tried:
        print(f"  {tried.words}:")
        for line in tried.said:
            print(f"    {line}")
    return 0
