"""`/rules`: the rule packs as a guideline to read, the code lists behind them, and what a code would do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from flask import Blueprint, Response, abort, request

from service.core.clause_words import GRADE_WORDS, clause_in_words
from service.core.code_sets import CodeSet, Lists
from service.core.dates import Span
from service.core.judge.reads import reads, sets_read
from service.core.knowledge import Knowledge
from service.core.packs import Change, ChartRule, Pack, Rule
from service.core.parameters import written
from service.pipeline import Screener, read_clock
from service.trying import Known, UnknownSystemError, ask_about
from service.web.pages.layout import Pages

_MOST_FOUND: Final = 60
_MOST_CODES: Final = 2_000  # of one list on one page
_LONGEST: Final = 120  # characters of what is asked
_SYSTEMS: Final = ("snomed", "icd-10-cm", "icd-10", "loinc", "rxnorm", "atc", "ndc", "dmd", "cvx", "cpt", "icd-10-pcs")


class Found(NamedTuple):
    """One answer of a search."""

    path: str
    title: str
    kind: str
    words: str


class Told(NamedTuple):
    """A rule as the page shows it."""

    rule: Rule
    sections: tuple[tuple[str, tuple[str, ...]], ...]  # heading, clauses in words
    sets: tuple[CodeSet, ...]
    grade: str
    changes: tuple[Change, ...]  # of this site's policy
    was: str  # category in the pack that this one changes; "" where it is the same


def rules_blueprint(
    pages: Pages, screener: Screener, load: Callable[[], Lists], *, clock: Callable[[], Span] = read_clock
) -> Blueprint:
    """Everything under `/rules`. `load`: the code lists, when somebody wants them."""
    rules = Blueprint("rules", __name__, url_prefix="/rules")
    packs = screener.packs
    groups = _groups(screener.knowledge)

    @rules.get("")
    def overview() -> Response:
        asked = {name: request.args.get(name, "").strip()[:_LONGEST] for name in ("q", "system", "code")}
        known, fault = _known(screener, asked["system"], asked["code"], clock())
        return pages.page(
            "rules.html",
            packs=tuple(packs.values()),
            default_packs=screener.default_packs,
            asked=asked,
            found=tuple(_search(asked["q"], packs, load())) if asked["q"] else (),
            most=_MOST_FOUND,
            known=known,
            fault=fault,
            systems=_SYSTEMS,
            lists=load(),
        )

    @rules.get("/<pack_>")
    def pack(pack_: str) -> Response:
        if pack_ not in packs:
            abort(404)
        shown = packs[pack_]
        return pages.page(
            "pack.html",
            pack=shown,
            rules=tuple(_told(shown, packs, load())),
            base=packs.get(shown.based_on),
            written=written,
            policy=shown.policy,
            chart_changes=_by_rule(shown),
        )

    @rules.get("/codes/<set_>")
    def codes(set_: str) -> Response:
        lists = load()
        code_set = next((each for each in lists.sets if each.id == set_), None)
        if code_set is None:
            abort(404)
        sources = dict.fromkeys(key for code in code_set.codes for key in code.source.split(";") if key)
        return pages.page(
            "codes.html",
            set=code_set,
            codes=code_set.codes[:_MOST_CODES],
            more=max(0, len(code_set.codes) - _MOST_CODES),
            lists=lists,
            sources=sorted(sources),
            readers=tuple(
                (pack, rule)
                for pack in packs.values()
                for rule in pack.rules
                if code_set in sets_read(reads(rule), lists.sets, groups)
            ),
        )

    return rules


def _known(screener: Screener, system: str, code: str, now: Span) -> tuple[Known | None, str]:
    if not code:
        return None, ""
    try:
        return ask_about(screener, system, code, now=now), ""
    except UnknownSystemError as unknown:
        return None, f"No list has codes of this system. There are {', '.join(unknown.known)}, and their addresses."


def _told(pack: Pack, packs: Mapping[str, Pack], lists: Lists) -> Iterator[Told]:
    base = packs.get(pack.based_on)
    before = {rule.id: rule.category for rule in base.rules} if base else {}
    changes = _by_rule(pack)
    for rule in pack.rules:
        sections = (("Established where", rule.finding), ("Asked about where", rule.question), ("Noted", rule.note))
        was = before.get(rule.id, rule.category)
        yield Told(
            rule=rule,
            sections=tuple((title, tuple(map(clause_in_words, clauses))) for title, clauses in sections if clauses),
            sets=sets_read(reads(rule), lists.sets),
            grade=", ".join(GRADE_WORDS[grade] for grade in rule.grade),
            changes=changes.get(rule.id, ()),
            was=was.code if was is not rule.category else "",
        )


def _by_rule(pack: Pack) -> dict[str, tuple[Change, ...]]:
    """What this site changes, by the rule or parameter it changes."""
    changes: dict[str, tuple[Change, ...]] = {}
    for change in pack.policy.changes if pack.policy else ():
        changes[change.name] = (*changes.get(change.name, ()), change)
    return changes


def _groups(knowledge: Knowledge) -> dict[str, frozenset[str]]:
    """Class of medicines → the groups by which rules read them."""
    groups: dict[str, frozenset[str]] = {}
    for drug in knowledge.drugs.values():
        for each in drug.classes:
            groups[each] = groups.get(each, frozenset()).union(drug.groups)
    return groups


def _search(words: str, packs: Mapping[str, Pack], lists: Lists) -> Iterator[Found]:
    """Rules, parameters, lists and codes that hold all the words; as many as fit on a page."""
    found = (*_in_packs(words, packs), *_in_lists(words, lists))
    yield from found[:_MOST_FOUND]


def _in_packs(words: str, packs: Mapping[str, Pack]) -> Iterator[Found]:
    for pack in packs.values():
        both: tuple[Rule | ChartRule, ...] = (*pack.rules, *pack.chart_rules.values())
        for rule in both:
            if _holds(words, rule.id, rule.title, *_texts(rule)):
                yield Found(f"/rules/{pack.id}#rule-{rule.id}", rule.title, f"rule of {pack.id}", rule.category.code)
        for parameter in pack.parameters.values():
            if _holds(words, parameter.name, parameter.why):
                path = f"/rules/{pack.id}#parameter-{parameter.name}"
                yield Found(path, parameter.name, f"parameter of {pack.id}", written(parameter))


def _texts(rule: Rule | ChartRule) -> tuple[str, ...]:
    if isinstance(rule, ChartRule):
        return rule.harm, rule.because, rule.ask
    texts = [part for text in rule.texts.values() for part in text]
    return rule.harm, rule.say, rule.ends_when, rule.founding, rule.guidance, *texts, *rule.remarks.values()


def _in_lists(words: str, lists: Lists) -> Iterator[Found]:
    for each in lists.sets:
        if _holds(words, each.concept, each.label, each.about):
            yield Found(f"/rules/codes/{each.id}", each.label, f"{each.kind.value} list", f"{len(each.codes)} codes")
    for each in lists.sets:
        for code in each.codes:
            if code.code.lower() == words.lower() or _holds(words, code.display):
                yield Found(f"/rules/codes/{each.id}", f"{code.system} {code.code}", each.label, code.display)


def _holds(words: str, *texts: str) -> bool:
    """Whether the texts hold every word, whatever its case."""
    text = " ".join(texts).lower()
    return all(word in text for word in words.lower().split())
