"""One PostgreSQL for all, and servers of ours on it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.settings import Settings
from service.store import upgrade_store
from tests.faults.postgres import Postgres
from tests.web.serving import Served, serving


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="needlewise-postgres-"))  # pytest's own are closed to the user it runs as
    server = Postgres(folder)
    yield server
    server.end()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def url(postgres: Postgres) -> str:
    """A database with our tables."""
    found = postgres.make("needlewise")
    upgrade_store(Settings(database_url=found))
    return found


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Served]:
    """A server on it that is there for all tests."""
    output = tmp_path_factory.mktemp("replica") / "output.log"
    with serving(output, DATABASE_URL=url, WORKERS="1", CANARY_MINUTES="0") as served:
        yield served
