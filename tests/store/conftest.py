"""A store in a file of its own, and one whose database is away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store.engine import make_engine
from service.store.sql_store import SqlStore
from service.store.upgrade import upgrade
from tests.store.entries import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[SqlStore]:
    engine = make_engine(f"sqlite:///{tmp_path}/store.db")
    upgrade(engine)
    yield SqlStore(engine, monotonic=clock.monotonic)
    engine.dispose()
