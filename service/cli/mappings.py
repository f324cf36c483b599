"""`needlewise mappings check`: look for faults in the lists and rule packs. `expand`: refresh lists, to be reviewed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

from service.cli.refusal import CommandError
from service.cli.settings import effective_settings
from service.knowledge.check import check_mappings
from service.knowledge.expansions import Definition, Proposal, Refresher, difference, read_definitions
from service.knowledge.load import MappingError, load_knowledge
from service.knowledge.packs import load_packs
from service.knowledge.tables import mappings_folder
from service.settings import PREFIX
from service.terminology import Expander, NoAnswer, NotOffered


def run(asked: argparse.Namespace) -> int:
    """Do what was asked; 1 where there are faults, or definitions that the server did not expand."""
    return _expand(asked) if asked.action == "expand" else _check()


def _check() -> int:
    """Print all faults, each with file and line."""
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


def _expand(asked: argparse.Namespace) -> int:
    """Print the changes as a diff on standard output, and on standard error what was not changed and why."""
    url = effective_settings().terminology_url
    if not url:
        raise CommandError(f"set {PREFIX}TERMINOLOGY_URL to the FHIR base of a terminology server first")
    try:
        definitions = _chosen(asked.concepts)
        refresher = Refresher()
        proposals = list(_proposals(definitions, refresher, Expander(url)))
        changes = list(refresher.rewritten(proposals))
    except MappingError as fault:
        raise CommandError(str(fault)) from None
    for line in difference(changes):
        print(line)
    if asked.write:
        for file, _, after in changes:
            (mappings_folder() / file).write_text(after, encoding="utf-8")
    added, removed = (sum(len(getattr(each, name)) for each in proposals) for name in ("added", "removed"))
    _tell(f"{added} codes to add and {removed} to take away in {len(changes)} files; review them, then run `check`")
    return 0 if len(proposals) == len({each.alike for each in definitions}) else 1


def _chosen(names: Sequence[str]) -> tuple[Definition, ...]:
    every = read_definitions()
    unknown = sorted(set(names) - {each.concept for each in every})
    if unknown:
        raise CommandError(f"codes/expansions.csv defines no {', '.join(unknown)}")
    return tuple(each for each in every if not names or each.concept in names)


def _proposals(definitions: Sequence[Definition], refresher: Refresher, expander: Expander) -> Iterator[Proposal]:
    together: dict[tuple[str, ...], list[Definition]] = {}
    for each in definitions:
        together.setdefault(each.alike, []).append(each)
    for alike in together.values():
        first = alike[0]
        try:
            members = [member for each in alike for member in expander.members(each)]
        except NotOffered:
            _tell(f"{first.concept}, {first.system}: the server refuses such a set; nothing is changed")
        except NoAnswer:
            _tell(f"{first.concept}, {first.system}: the server gave no answer that can be used; nothing is changed")
        else:
            proposal = refresher.propose(first, members)
            _tell(
                f"{first.concept}, {first.system}: {len(proposal.added)} new, {len(proposal.removed)} gone, "
                f"{proposal.elsewhere} listed otherwise or left out, {proposal.missing} reviewed ones not in it"
            )
            yield proposal


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
