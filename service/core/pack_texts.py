"""A pack as lines that can be compared: every field of every rule under its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.core.clause_words import clause_in_words
from service.core.packs import ChartRule, Pack, Rule
from service.core.parameters import written

Fields = Mapping[str, str]


def pack_texts(pack: Pack) -> Mapping[str, Fields]:
    """Heading → field → text, in the order of the pack."""
    texts: dict[str, Fields] = {
        "Pack": {
            "id": pack.id,
            "version": pack.version,
            "title": pack.title,
            "date": pack.date,
            "author": pack.author,
            "next review": pack.next_review,
            "sources": "\n".join(pack.sources),
            "switched off": ", ".join(pack.switched_off),
        },
        "Parameters": {
            parameter.name: f"{written(parameter)}\n{parameter.why}" for parameter in pack.parameters.values()
        },
    }
    texts |= {f"Rule {rule.id}": dict(_rule(rule)) for rule in pack.rules}
    texts |= {f"Rule {rule.id}": dict(_chart_rule(rule)) for rule in pack.chart_rules.values()}
    shared = {**pack.phrases, **{f"list {key}": text for key, text in pack.list_names.items()}}
    shared |= {f"reason {key}": text for key, text in pack.reasons.items()}
    shared |= {f"doubt {key}": f"{text.because} {text.ask}" for key, text in pack.doubts.items()}
    return {**texts, "Shared sentences": shared}


def _rule(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "category", rule.category.code
    yield "title", rule.title
    yield "founding text", rule.founding
    yield "evidence", ", ".join(rule.grade)
    yield "guidance", rule.guidance
    for name, clauses in (
        ("established where", rule.finding),
        ("asked where", rule.question),
        ("noted where", rule.note),
    ):
        yield name, "\n".join(map(clause_in_words, clauses))
    yield "could happen", rule.harm
    yield "says", rule.say
    yield "ends when", rule.ends_when
    yield "found", rule.found
    yield "together", rule.together
    yield "adds", "\n".join(f"{each.say} (where {clause_in_words(each.clause)})" for each in rule.additions)
    for key, text in rule.texts.items():
        yield f"question {key}", f"{text.because} {text.ask}"
    for key, remark in rule.remarks.items():
        yield f"note {key}", remark


def _chart_rule(rule: ChartRule) -> Iterator[tuple[str, str]]:
    yield "category", rule.category.code
    yield "category of a medicine", rule.medicine_category.code
    yield "title", rule.title
    yield "could happen", rule.harm
    yield "because", rule.because
    yield "asks", rule.ask
