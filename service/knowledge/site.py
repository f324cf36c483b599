"""A site's policy (`SITE_RULES`): named changes laid over the packs, each with its author, date and reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from service.core.knowledge import Knowledge
from service.core.packs import SWITCHED_OFF, Change, Pack, Policy
from service.knowledge.overlay import WHO_AND_WHY, Edit, lay_change, near, with_value
from service.knowledge.packs import PackFiles, by_id
from service.knowledge.site_file import CHANGES, load_site_file
from service.knowledge.tables import MappingError
from service.knowledge.yaml_lines import Lined

_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?")


class SiteRulesError(Exception):
    """A policy that can't be put in force. Its text has a line for each fault, with file and line."""

    def __init__(self, faults: Sequence[MappingError]) -> None:
        """All faults of the file at once."""
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


def load_site_packs(path: Path, folder: Path | None, knowledge: Knowledge) -> Mapping[str, Pack]:
    """Every pack with the site's policy over it.

    Raises:
        MappingError: a pack itself is at fault.
        SiteRulesError: the policy is.
    """
    files = PackFiles(folder, knowledge)
    files.read()  # so that whatever is wrong below is the policy's fault
    try:
        return by_id(_Layers(load_site_file(path), files).packs())
    except MappingError as fault:
        raise SiteRulesError([fault]) from None


class _Layers:
    """The packs while one change after the other is laid over them."""

    def __init__(self, policy: Lined, files: PackFiles) -> None:
        policy.only("policy", "version", CHANGES)
        self._policy = policy
        self._files = files
        self._tops = {str(top["pack"]): top for top in files.packs}
        self._changes: dict[str, list[Change]] = {pack: [] for pack in self._tops}
        self._given: dict[tuple[str, str], dict[str, Lined]] = {}  # pack, rule or parameter → field → change

    def packs(self) -> Iterator[Pack]:
        """Every pack, changed or not. Raises SiteRulesError with all faults."""
        faults: list[MappingError] = []
        for part in (self._name, self._version):
            try:
                part()
            except MappingError as fault:
                faults.append(fault)
        changes = self._policy.get_as(CHANGES, list)
        for change in changes:
            try:
                self._lay(change)
            except MappingError as fault:
                faults.append(fault)
        if faults:
            raise SiteRulesError(sorted(faults, key=lambda fault: fault.line))
        return (self._pack(id_, top) for id_, top in self._tops.items())

    def _pack(self, id_: str, top: Lined) -> Pack:
        changes = tuple(self._changes[id_])
        if not changes:
            return self._files.read_one(top)
        named = with_value(top, "version", f"{top['version']}+{self._name()}.{self._version()}")
        return replace(
            self._files.read_one(named),
            switched_off=tuple(change.name for change in changes if change.field == SWITCHED_OFF),
            policy=Policy(self._name(), self._version(), changes),
        )

    def _name(self) -> str:
        name = self._policy.get("policy")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise self._policy.fault("'policy' must be there: a name of letters, digits, dots and hyphens")
        return name

    def _version(self) -> str:
        version = self._policy.get("version")
        if not isinstance(version, str | int) or not _NAME.fullmatch(str(version)):
            raise self._policy.fault("'version' must be there: a whole number or a text, raised with each change")
        return str(version)

    def _lay(self, change: object) -> None:
        if not isinstance(change, Lined):
            raise self._policy.fault("'changes' must hold mappings, one for each change")
        self._check(change)
        known = changed = False
        for id_ in self._packs_of(change):
            laid = lay_change(self._tops[id_], change)
            if laid is None:
                continue
            known = True
            if not laid.edits:
                continue
            changed = True
            self._once(id_, change, laid.edits)
            self._files.read_one(laid.top)
            self._tops[id_] = laid.top
            self._changes[id_] += [_change(change, edit) for edit in laid.edits]
        if not known:
            raise change.fault(self._unknown(change))
        if not changed:
            raise change.fault("changes nothing: the rule packs say so already, or no category, text or value is given")

    def _check(self, change: Lined) -> None:
        """Every change says of what it is, who made it, when and why."""
        if ("rule" in change) == ("parameter" in change):
            raise change.fault("a change is of one 'rule' or of one 'parameter'")
        missing = [word for word in WHO_AND_WHY if not isinstance(change.get(word), str) or not change[word]]
        if missing:
            raise change.fault(
                f"{', '.join(missing)} missing: each change has an author, a date and a reason, as texts"
            )
        try:
            date.fromisoformat(str(change["date"]))
        except ValueError:
            raise change.fault(f"date {change['date']!r} must be a day such as 2026-03-02") from None

    def _packs_of(self, change: Lined) -> tuple[str, ...]:
        named = change.names("pack")
        for pack in named:
            if pack not in self._tops:
                raise change.fault(f"{pack!r} is no rule pack; known: {', '.join(self._tops)}{near(pack, self._tops)}")
        return named or tuple(self._tops)

    def _once(self, pack: str, change: Lined, edits: Sequence[Edit]) -> None:
        name = str(change.get("rule", change.get("parameter")))
        given = self._given.setdefault((pack, name), {})
        for edit in edits:
            for field, held in given.items():
                if held is not change and (field == edit.field or SWITCHED_OFF in (field, edit.field)):
                    raise change.fault(f"{name!r} is changed in line {held.line} already")
        given.update(dict.fromkeys((edit.field for edit in edits), change))

    def _unknown(self, change: Lined) -> str:
        kind = "rule" if "rule" in change else "parameter"
        known: list[str] = []
        for pack in self._packs_of(change):
            top = self._tops[pack]
            if kind == "parameter":
                known += top.get_as("parameters", Lined)
            else:
                known += [rule["rule"] for part in ("rules", "chart-rules") for rule in top.get_as(part, list, [])]
        hint = near(change[kind], known) or f"; known: {', '.join(dict.fromkeys(known))}"
        return f"no rule pack here has a {kind} {change[kind]!r}{hint}"


def _change(change: Lined, edit: Edit) -> Change:
    kind = "rule" if "rule" in change else "parameter"
    return Change(
        of=kind,
        name=str(change[kind]),
        field=edit.field,
        before=edit.before,
        after=edit.after,
        author=str(change["author"]),
        date=str(change["date"]),
        reason=" ".join(str(change["reason"]).split()),
    )
