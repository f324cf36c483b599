"""Clocks jump: nothing is told twice, and nothing goes because of it."""

from datetime import timedelta
from typing import Any

import pytest

from service.store import Keeping, Key, Upkeep, Who, schema
from service.store.sql_store import SqlStore
from service.web import caretaker as module
from service.web.caretaker import Caretaker
from tests.store.entries import DAY, NOW, event, result
from tests.store.test_sql_store import rows

KEY = Key("7", "fingerprint")


@pytest.mark.parametrize(
    ("jump", "answered"), [(-400 * DAY, "result-1"), (timedelta(hours=23), "result-1"), (2 * DAY, "other")]
)
def test_a_request_is_known_again_also_by_a_clock_that_went_back(
    store: SqlStore, jump: timedelta, answered: str
) -> None:
    first = store.results.keep(result(), who=Who(), event=event(), key=KEY)
    assert first is not None
    again = store.results.keep(result("other", made=NOW + jump), who=Who(), event=event(), key=KEY)
    assert again is not None
    assert again.stored.id == answered
    assert again.is_new is (answered == "other")


def test_a_clock_that_jumps_ahead_deletes_nothing(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.results.keep(result(), who=Who(), event=event(), key=None)
    clock: dict[str, Any] = {"wall": NOW, "monotonic": 0.0}
    monkeypatch.setattr(module, "_now", lambda: clock["wall"])
    monkeypatch.setattr(module, "_monotonic", lambda: clock["monotonic"])
    caretaker = Caretaker(Upkeep(store._database), Keeping(results=30, events=30))
    caretaker.purge()
    clock |= {"wall": NOW + 3650 * DAY, "monotonic": 3600.0}
    caretaker.purge()
    assert len(rows(store, schema.screenings)) == 1
    clock |= {"wall": NOW + DAY, "monotonic": 86_400.0}  # somebody set it right
    caretaker.purge()
    assert len(rows(store, schema.screenings)) == 1
    clock |= {"wall": NOW + 32 * DAY, "monotonic": 32 * 86_400.0}
    caretaker.purge()
    assert rows(store, schema.screenings) == []
