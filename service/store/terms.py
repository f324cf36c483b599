"""Search terms as conditions on tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, and_, exists, false, not_, or_

from service.store import schema
from service.store.search import Patient, Search, Term, Token, When
from service.store.texts import clean, kept

_NEAR: Final = timedelta(days=1)  # `ap`: FHIR suggests a tenth of the distance to now


def matching(query: Select[Any], search: Search, table: Table) -> Select[Any]:
    """The query, of the rows that match every group."""
    for group in search.groups:
        query = query.where(or_(false(), *(_condition(term, table) for term in group)))
    return query


def paged(query: Select[Any], search: Search, table: Table) -> Select[Any]:
    """The query, sorted, of one page and one row more. What is added meanwhile moves no row to another page."""
    key = sort_key(search, table)
    if search.after is not None:
        moment, id_ = search.after
        later = key < moment if search.descending else key > moment
        beside = table.c.id < id_ if search.descending else table.c.id > id_
        query = query.where(or_(later, and_(key == moment, beside)))
    order = (key.desc(), table.c.id.desc()) if search.descending else (key.asc(), table.c.id.asc())
    return query.order_by(*order).limit(search.count + 1)


def sort_key(search: Search, table: Table) -> ColumnElement[datetime]:
    """The column that a search sorts by."""
    if search.by_occurrence:
        return _moments(table)[0]
    return table.c.recorded if table is schema.audit else table.c.made


def _condition(term: Term, table: Table) -> ColumnElement[bool]:
    match term:
        case Token(name="method", value=value):
            return exists().where(
                schema.screening_packs.c.screening == table.c.id, schema.screening_packs.c.pack == kept(value)
            )
        case Token(name="risk", value=value):
            return exists().where(schema.outcomes.c.screening == table.c.id, schema.outcomes.c.risk == kept(value))
        case Token(name=name, value=value):
            return table.c[name] == kept(value)
        case Patient(patient=patient, subject=subject):
            return table.c.subject == clean(subject) if subject else table.c.patient == kept(patient)
        case When():
            return _when(term, *_moments(table))


def _moments(table: Table) -> tuple[ColumnElement[datetime], ColumnElement[datetime]]:
    """What a row's date may mean: first and last moment."""
    if table is schema.audit:
        return table.c.recorded, table.c.recorded
    return table.c.occurred_first, table.c.occurred_last


def _when(asked: When, first: ColumnElement[datetime], last: ColumnElement[datetime]) -> ColumnElement[bool]:
    """FHIR's prefixes for a date that is a range itself (search: date)."""
    within = and_(first >= asked.first, last <= asked.last)
    return {
        "eq": within,
        "ne": not_(within),
        "gt": last > asked.last,
        "ge": or_(last > asked.last, within),
        "lt": first < asked.first,
        "le": or_(first < asked.first, within),
        "sa": first > asked.last,
        "eb": last < asked.first,
        "ap": and_(first <= asked.last + _NEAR, last >= asked.first - _NEAR),
    }[asked.prefix]
