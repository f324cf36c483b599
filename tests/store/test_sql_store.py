"""What is remembered, what of it is in clear, and when a card that was acknowledged stays quiet."""

from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.store import schema
from service.store.engine import make_engine
from service.store.sql_store import SqlStore
from tests.store.entries import DAY, NOW, Clock, card, overridden


def rows(store: SqlStore, table: Any) -> list[dict[str, Any]]:
    with store._database.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def test_a_card_is_remembered_and_names_no_patient(store: SqlStore, tmp_path: Path) -> None:
    assert store.remember_cards([card()], now=NOW)
    (row,) = rows(store, schema.cards)
    assert (row["uuid"], row["topic"], row["indicator"], row["sent"]) == ("card-1", "bloodthinner", "warning", NOW)
    store._database.engine.dispose()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"card-1" in kept
    for word in (b"joe", b"calf", b"apixaban"):
        assert word not in kept


def test_hashes_are_keyed_by_the_installation(store: SqlStore, tmp_path: Path, clock: Clock) -> None:
    other = SqlStore(make_engine(f"sqlite:///{tmp_path}/other.db"), monotonic=clock.monotonic, makes_tables=True)
    for each in (store, other):
        assert each.remember_cards([card()], now=NOW)
    (here,), (there,) = rows(store, schema.cards), rows(other, schema.cards)
    assert here["patient"] != there["patient"]
    assert len({here["patient"], here["order"], here["evidence"]}) == 3
    other._database.engine.dispose()


def test_feedback_that_comes_again_is_kept_once(store: SqlStore) -> None:
    later = overridden(at=NOW + timedelta(minutes=5))
    elsewhere = overridden(at=NOW.astimezone(timezone(timedelta(hours=2))))  # the same moment
    for entries in ([overridden(), later], [overridden()], [later, elsewhere]):
        assert store.keep_feedback(entries, now=NOW)
    assert [row["outcome_at"] for row in rows(store, schema.feedback)] == [NOW, later.at]


def test_feedback_is_kept_whole_also_on_a_card_that_is_not_known(store: SqlStore) -> None:
    entry = overridden(
        "no such card", accepted=("a", "b"), reason=("s", "c", "d"), comment="patient\x00 insists \ud800"
    )
    assert store.keep_feedback([entry], now=NOW)
    (row,) = rows(store, schema.feedback)
    assert (row["reason_system"], row["reason_code"], row["reason_display"]) == ("s", "c", "d")
    assert row["accepted"] == '["a","b"]'
    assert row["comment"] == "patient insists ?"


def acknowledged(store: SqlStore, **other: Any) -> bool:
    return store.acknowledged(card("card-2", **other), since=NOW - 30 * DAY)


def test_a_card_that_was_overridden_is_acknowledged(store: SqlStore) -> None:
    store.remember_cards([card()], now=NOW)
    assert not acknowledged(store)
    store.keep_feedback([overridden()], now=NOW)
    assert acknowledged(store)


@pytest.mark.parametrize(
    "other",
    [
        {"patient": "https://ehr.example.org/fhir|jill"},
        {"order": "dry needling|right calf"},
        {"evidence": "apixaban, dose changed|left calf"},
        {"topic": "anemia"},
        {"indicator": "info"},
        {"caller": "another EHR"},
    ],
)
def test_anything_else_is_news(store: SqlStore, other: dict[str, str]) -> None:
    store.remember_cards([card()], now=NOW)
    store.keep_feedback([overridden()], now=NOW)
    assert not acknowledged(store, **other)


@pytest.mark.parametrize(
    "what",
    [
        {"indicator": "critical", "headline": "contraindicated"},
        {"indicator": "critical", "headline": "precaution"},
        {"indicator": "critical", "headline": "contraindicated-at-site"},
        {"indicator": "warning", "headline": "insufficient-data"},
    ],
)
def test_what_stops_never_rests(store: SqlStore, what: dict[str, str]) -> None:
    store.remember_cards([card(**what)], now=NOW)
    store.keep_feedback([overridden()], now=NOW)
    assert not acknowledged(store, **what)


def test_a_routine_unknown_rests(store: SqlStore) -> None:
    what = {"indicator": "info", "headline": "insufficient-data", "topic": "pregnancy"}
    store.remember_cards([card(**what)], now=NOW)
    store.keep_feedback([overridden()], now=NOW)
    assert acknowledged(store, **what)


def test_an_accepted_suggestion_makes_nothing_quiet(store: SqlStore) -> None:
    store.remember_cards([card()], now=NOW)
    store.keep_feedback([overridden(outcome="accepted")], now=NOW)
    assert not acknowledged(store)


def test_quiet_ends(store: SqlStore) -> None:
    store.remember_cards([card()], now=NOW)
    store.keep_feedback([overridden()], now=NOW)
    assert not store.acknowledged(card(), since=NOW + timedelta(seconds=1))


def test_the_clock_of_an_ehr_makes_nothing_quiet_for_longer(store: SqlStore) -> None:
    store.remember_cards([card()], now=NOW)
    store.keep_feedback([overridden(at=NOW + 3_000 * DAY)], now=NOW)
    assert not store.acknowledged(card(), since=NOW + DAY)


def test_nobody_else_acknowledges_a_caller_s_card(store: SqlStore) -> None:
    store.remember_cards([card(caller="Mercy")], now=NOW)
    store.keep_feedback([overridden(caller="Other")], now=NOW)
    assert not acknowledged(store, caller="Mercy")
    store.keep_feedback([overridden(caller="Mercy")], now=NOW)
    assert acknowledged(store, caller="Mercy")


def test_a_token_is_seen_once(store: SqlStore) -> None:
    until = NOW + DAY
    assert store.seen("https://ehr.example.org", "1", until=until, now=NOW) is False
    assert store.seen("https://ehr.example.org", "1", until=until, now=NOW) is True
    assert store.seen("https://other.example.org", "1", until=until, now=NOW) is False
    assert store.seen("https://ehr.example.org", "2", until=until, now=NOW) is False


def test_tokens_that_are_over_are_forgotten(store: SqlStore) -> None:
    store.seen("i", "1", until=NOW + DAY, now=NOW)
    store.seen("i", "2", until=NOW + 4 * DAY, now=NOW + 2 * DAY)
    assert len(rows(store, schema.tokens)) == 1
