"""The shipped lists, whole; and a few of them, cut short, for what need not be tried on a hundred thousand codes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from service.core.code_sets import CodeSet, Lists
from service.knowledge.code_sets import load_lists

_FEW = (
    "anemia",
    "blood-thinner-medicines",
    "diabetes-unspecified",
    "dry-needling",
    "hemoglobin",
    "hepatitis-b-vaccine",
    "hiv",
    "hysterectomy-total",
    "immunosuppressant",
    "needling-sites",
)


@cache
def whole() -> Lists:
    """Every list as it ships."""
    return load_lists()


@cache
def few() -> Lists:
    """Sets of each kind, with a code of each system, meaning and match."""
    return replace(whole(), sets=tuple(_cut(each) for each in whole().sets if each.id in _FEW))


def _cut(code_set: CodeSet) -> CodeSet:
    kinds = {(code.system, code.meaning, code.prefix): code for code in code_set.codes}
    elsewhere = {(code.system, code.prefix): code for code in code_set.elsewhere}
    return replace(code_set, codes=tuple(kinds.values()), elsewhere=tuple(elsewhere.values()))
