"""A pack in another language: every text that a result can show, and nothing else of it, is put into words again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from service.core.packs import ChartRule, Clause, Pack, Rule, Text
from service.core.wording import Wording


def translated(pack: Pack, wording: Wording) -> Pack:
    """The same pack with its texts in this language, as far as they are translated."""
    say = wording.say
    return replace(
        pack,
        rules=tuple(_rule(rule, wording) for rule in pack.rules),
        chart_rules={id_: _chart_rule(rule, wording) for id_, rule in pack.chart_rules.items()},
        phrases=_each(pack.phrases, wording),
        list_names=_each(pack.list_names, wording),
        reasons=_each(pack.reasons, wording),
        doubts=_texts(pack.doubts, wording),
        override_reasons=tuple(reason._replace(display=say(reason.display)) for reason in pack.override_reasons),
        answers=tuple(answer._replace(label=say(answer.label)) for answer in pack.answers),
        wording=wording,
    )


def _rule(rule: Rule, wording: Wording) -> Rule:
    say = wording.say
    return replace(
        rule,
        title=say(rule.title),
        harm=say(rule.harm),
        say=say(rule.say),
        ends_when=say(rule.ends_when),
        found=say(rule.found),
        together=say(rule.together),
        texts=_texts(rule.texts, wording),
        remarks=_each(rule.remarks, wording),
        finding=tuple(_clause(clause, wording) for clause in rule.finding),
        question=tuple(_clause(clause, wording) for clause in rule.question),
        additions=tuple(replace(addition, say=say(addition.say)) for addition in rule.additions),
    )


def _clause(clause: Clause, wording: Wording) -> Clause:
    bounds = clause.bounds
    if not bounds.say and not bounds.ends_when:
        return clause
    told = replace(bounds, say=wording.say(bounds.say), ends_when=wording.say(bounds.ends_when))
    return replace(clause, bounds=told)


def _chart_rule(rule: ChartRule, wording: Wording) -> ChartRule:
    say = wording.say
    return replace(rule, title=say(rule.title), harm=say(rule.harm), because=say(rule.because), ask=say(rule.ask))


def _texts(texts: Mapping[str, Text], wording: Wording) -> Mapping[str, Text]:
    return MappingProxyType(
        {key: Text(wording.say(text.because), wording.say(text.ask)) for key, text in texts.items()}
    )


def _each(texts: Mapping[str, str], wording: Wording) -> Mapping[str, str]:
    return MappingProxyType({key: wording.say(text) for key, text in texts.items()})
