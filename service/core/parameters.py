"""A pack's parameters in words, as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from service.core.packs import CutOff, Limit, Parameter


def written(parameter: Parameter) -> str:
    """The value with its unit, on one line."""
    match parameter.value:
        case int() as whole:
            return f"{whole} {parameter.unit}".rstrip()
        case Limit() as limit:
            return written_limit(limit)
        case Mapping() as table:
            return ", ".join(f"{name} {count} {parameter.unit}" for name, count in table.items())
        case rows:
            return "; ".join(_cut_off(row) if isinstance(row, CutOff) else row for row in rows)


def written_limit(limit: Limit) -> str:
    """A limit with its unit."""
    return f"{limit.value} {limit.unit}"


def _cut_off(row: CutOff) -> str:
    unit = "weeks" if row.who == "pregnant" else "months"
    span = f"{row.low} to {row.high} {unit}" if row.high is not None else f"from {row.low} {unit}"
    return f"{row.who}, {span}: below {written_limit(row.below)}"
