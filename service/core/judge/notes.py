"""What is shown and changes nothing, gathered so that one kind and reason makes one note."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from service.core.chart import Chart, Source
from service.core.facts import Facts, Fate, ResultFact
from service.core.judge.assemble import sources
from service.core.judge.describe import describe, listed
from service.core.judge.lists import unreadable_sources
from service.core.judge.outcomes import Noted
from service.core.packs import CATEGORY_FIELDS, SWITCHED_OFF, Change, Pack
from service.core.places import Site
from service.core.recognise.naming import quoted
from service.core.screening import ListState, Note, NoteKind, Target
from service.core.wording import Wording

# Beyond this many names a note says how many more there are; each entry is still in the account.
_NAMED: Final = 25
_KNOWN: Final = {"nothing-to-say": "known-nothing", "unused-test": "known-nothing"}


def rule_notes(noted: Sequence[Noted], wording: Wording) -> list[Note]:
    """One note for each rule and sentence."""
    grouped: dict[tuple[str, str], list[Noted]] = {}
    for outcome in noted:
        grouped.setdefault((outcome.rule.id, outcome.text), []).append(outcome)
    notes = []
    for (rule, text), outcomes in grouped.items():
        facts = tuple(dict.fromkeys(fact for outcome in outcomes for fact in outcome.facts))
        said = text.format(title=wording.in_sentence(outcomes[0].rule.title), evidence=listed(facts, wording))
        notes.append(Note(kind=NoteKind.NOTE, text=said, rule=rule, evidence=sources(facts)))
    return notes


def silent_results(facts: Facts, pack: Pack, told: set[Source]) -> list[Note]:
    """Results that a list knows and that decided nothing: the newest of each test, and how many more."""
    newest: dict[str, list[ResultFact]] = {}
    for fact in facts.results:
        if fact.source not in told:
            newest.setdefault(fact.test, []).append(fact)
    if not newest:
        return []
    said = []
    for found in newest.values():
        ordered = sorted(found, key=lambda fact: fact.date.last if fact.date else facts.as_of.first)
        more = pack.phrases["more"].format(count=len(found) - 1) if len(found) > 1 else ""
        said.append(f"{describe(ordered[-1], pack.wording)} {more}".strip())
    text = pack.phrases["other-results"].format(evidence=_few(sorted(said), pack))
    return [Note(kind=NoteKind.NOTE, text=text)]


def chart_notes(chart: Chart, facts: Facts, states: Sequence[ListState], pack: Pack) -> list[Note]:
    """Set aside, not matched, unreadable, not received; then what was odd about the input."""
    return [
        *_set_aside(chart, facts, pack),
        *_disagreements(facts, pack),
        *_unmatched(facts, pack),
        *_unreadable(facts, pack),
        *_read_in_part(facts, pack),
        *_not_read(chart, facts, pack),
        *_lists(facts, states, pack),
        *(Note(kind=NoteKind.NOTE, text=pack.phrases["remark"].format(text=text)) for text in sorted(chart.remarks)),
    ]


def _set_aside(chart: Chart, facts: Facts, pack: Pack) -> list[Note]:
    grouped: dict[str, list[tuple[Source, str]]] = {}
    for aside in facts.asides:
        if aside.fate is Fate.SET_ASIDE:
            reason = pack.reasons.get(aside.reason, aside.reason)
            grouped.setdefault(reason, []).append((aside.source, f'"{aside.name}"'))
    for found in chart.set_aside:
        grouped.setdefault(pack.wording.say(found.reason), []).append((found.source, found.source.type))
    return [
        Note(
            kind=NoteKind.SET_ASIDE,
            text=pack.phrases["set-aside"].format(reason=reason, names=_counted((name for _, name in items), pack)),
            evidence=_by_reference(source for source, _ in items),
        )
        for reason, items in sorted(grouped.items())
    ]


def _disagreements(facts: Facts, pack: Pack) -> list[Note]:
    """A refuted entry does not cancel another for the same disease; that the two disagree is told."""
    current = {fact.concept for fact in facts.conditions if fact.standing in ("current", "possible")}
    return [
        Note(
            kind=NoteKind.NOTE,
            text=pack.phrases["disagreement"].format(
                evidence=f'"{aside.name}"', reason=pack.reasons.get(aside.reason, aside.reason)
            ),
            evidence=(aside.source,),
        )
        for aside in facts.asides
        if aside.reason in ("refuted", "negated") and aside.concepts & current
    ]


def _unmatched(facts: Facts, pack: Pack) -> list[Note]:
    unmatched = [aside for aside in facts.asides if aside.fate is Fate.NOT_MATCHED]
    worded = [aside for aside in unmatched if aside.name and aside.reason in ("words-only", "result-words")]
    coded = [aside for aside in unmatched if aside not in worded]
    notes = []
    if worded:
        names = _counted((f'"{aside.name}"' for aside in worded), pack)
        text = pack.phrases["not-matched-words"].format(names=names)
        notes.append(Note(kind=NoteKind.NOT_MATCHED, text=text, evidence=_by_reference(a.source for a in worded)))
    if coded or facts.silent:
        types = _types([*(aside.source for aside in coded), *facts.silent])
        text = pack.phrases["not-matched-codes"].format(types=types)
        notes.append(Note(kind=NoteKind.NOT_MATCHED, text=text))
    return [*notes, *_known(facts, pack)]


def _known(facts: Facts, pack: Pack) -> list[Note]:
    """Entries that a list knows and no rule reads, and those that speak of a whole list."""
    notes = []
    for reason in ("nothing-to-say", "unused-test", "says-none-known", "says-no-information"):
        names = [f'"{quoted(aside.name)}"' for aside in facts.asides if aside.reason == reason and aside.name]
        if names:
            text = pack.phrases[_KNOWN.get(reason, reason)].format(names=_counted(names, pack))
            notes.append(Note(kind=NoteKind.NOTE, text=text))
    return notes


def _unreadable(facts: Facts, pack: Pack) -> list[Note]:
    lost = unreadable_sources(facts, pack)
    if not lost:
        return []
    names = _counted((f"{source.type}: {reason}" for source, _, reason in lost), pack)
    text = pack.phrases["unreadable"].format(names=names)
    return [Note(kind=NoteKind.UNREADABLE, text=text, evidence=_by_reference(source for source, _, _ in lost))]


def _read_in_part(facts: Facts, pack: Pack) -> list[Note]:
    """Elements of entries in use that could not be read: a date of another form, a part that is hidden."""
    faulty = facts.faults()
    if not faulty:
        return []
    names = _counted((f"{source.type}: {fault}" for source, faults in faulty.items() for fault in faults), pack)
    text = pack.phrases["read-in-part"].format(names=names)
    return [Note(kind=NoteKind.UNREADABLE, text=text, evidence=_by_reference(faulty))]


def _not_read(chart: Chart, facts: Facts, pack: Pack) -> list[Note]:
    skipped = [*chart.not_read, *(aside.source for aside in facts.asides if aside.fate is Fate.NOT_READ)]
    if not skipped:
        return []
    return [Note(kind=NoteKind.NOTE, text=pack.phrases["not-read"].format(types=_types(skipped)))]


def _lists(facts: Facts, states: Sequence[ListState], pack: Pack) -> list[Note]:
    return list_notes(states, pack) + [
        Note(
            kind=NoteKind.NOTE,
            text=pack.phrases["none-known-contradicted"].format(list=pack.list_names[seen.kind]),
        )
        for seen in facts.lists
        if seen.none_known and seen.count
    ]


def list_notes(states: Iterable[ListState], pack: Pack) -> list[Note]:
    """Which lists did not come, could not be read, or were cut off: a note each."""
    notes = []
    for state, phrase in (
        ("not-received", "list-not-received"),
        ("failed", "list-failed"),
        ("incomplete", "list-incomplete"),
    ):
        names = [pack.list_names[found.kind] for found in states if found.state == state]
        if names:
            text = pack.phrases[phrase].format(lists=", ".join(names))
            notes.append(Note(kind=NoteKind.NOT_RECEIVED, text=text))
    return notes


def target_notes(facts: Facts, pack: Pack) -> list[Note]:
    """Hazards of each target, at most one line each; and what could not be checked."""
    if not facts.targets:
        return [Note(kind=NoteKind.NOTE, text=pack.phrases["no-target"])]
    notes = []
    for target in facts.targets:
        if target.place is None or not target.place.regions:
            text = pack.phrases["target-unread"].format(target=target.name)
            notes.append(Note(kind=NoteKind.NOTE, text=text))
            continue
        hazards = _hazards(target, pack)
        if hazards:
            text = pack.phrases["hazard"].format(target=target.name, hazards="; ".join(hazards))
            notes.append(Note(kind=NoteKind.SITE_HAZARD, text=text))
    return notes


def _hazards(target: Target, pack: Pack) -> list[str]:
    sites: tuple[Site, ...] = target.place.sites if target.place else ()
    hazards: list[str] = []
    if any(site.pleura == "yes" for site in sites):
        hazards.append(pack.phrases["hazard-pleura"])
    hazards += [
        pack.phrases["hazard-pleura-part"].format(part=pack.wording.say(site.pleura))
        for site in sites
        if site.pleura not in ("yes", "no", "")
    ]
    if any(site.deep for site in sites):
        hazards.append(pack.phrases["hazard-deep"])
    hazards += [pack.wording.say(hazard) for site in sites for hazard in site.hazards]
    return list(dict.fromkeys(hazards))


def policy_notes(packs: Sequence[Pack]) -> list[Note]:
    """What this site's policy switches off and changes in the packs that were used, in a line each."""
    phrases = packs[0].phrases
    off = list(dict.fromkeys(rule for pack in packs for rule in pack.switched_off))
    notes = [Note(kind=NoteKind.NOTE, text=phrases["switched-off"].format(rules=", ".join(off)))] if off else []
    for policy in dict.fromkeys(pack.policy.name for pack in packs if pack.policy):
        changes = [change for pack in packs if pack.policy for change in pack.policy.changes]
        said = list(dict.fromkeys(_changed(change, phrases) for change in changes if change.field != SWITCHED_OFF))
        if said:
            text = phrases["changed-at-site"].format(policy=policy, changes="; ".join(said))
            notes.append(Note(kind=NoteKind.NOTE, text=text))
    return notes


def _changed(change: Change, phrases: Mapping[str, str]) -> str:
    if change.of == "parameter":
        name = change.name if change.field == "value" else f"{change.name} ({change.field})"
        return phrases["changed-parameter"].format(name=name, before=change.before, after=change.after)
    if change.field in CATEGORY_FIELDS:
        return phrases["changed-category"].format(name=change.name, before=change.before, after=change.after)
    return phrases["changed-text"].format(name=change.name)


def reminder(pack: Pack) -> Note:
    """What no chart can tell."""
    return Note(kind=NoteKind.REMINDER, text=pack.phrases["reminder"])


def _few(names: Sequence[str], pack: Pack) -> str:
    shown = "; ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return f"{shown}; {pack.phrases['more'].format(count=more)}" if more > 0 else shown


def _counted(names: Iterable[str], pack: Pack) -> str:
    """Names in their own order, each once with how often it came."""
    counts = Counter(names)
    return _few([name if counts[name] == 1 else f"{name} ({counts[name]} times)" for name in sorted(counts)], pack)


def _types(found: Iterable[Source]) -> str:
    counts = Counter(source.type for source in found)
    return ", ".join(f"{counts[name]} {name}" for name in sorted(counts))


def _by_reference(found: Iterable[Source]) -> tuple[Source, ...]:
    return tuple(sorted(dict.fromkeys(found), key=lambda source: (source.type, source.reference or "")))
