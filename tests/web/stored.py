"""An application with a store of its own, and what is in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.app import create_app
from service.settings import Settings
from service.store import open_store, schema
from service.store.engine import make_engine
from tests.vignettes.runner import knowledge, packs
from tests.web.charts import AS_OF, FHIR_JSON, SCREEN, chart
from tests.web.conftest import PUBLIC_URL


def application(folder: Path, **other: Any) -> FlaskClient:
    """With a SQLite database in this folder."""
    given: dict[str, Any] = {"database_url": f"sqlite:///{folder}/store.db", "public_url": PUBLIC_URL} | other
    settings = Settings(**given)
    return create_app(settings, knowledge(), packs(), store=open_store(settings)).test_client()


def screened(
    client: FlaskClient,
    body: Mapping[str, Any] | None = None,
    query: str = AS_OF,
    **headers: str,
) -> TestResponse:
    """Screen a chart, by default the usual one."""
    sent = orjson.dumps(chart() if body is None else body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(f"{SCREEN}?{query}", data=sent, headers={"Content-Type": FHIR_JSON} | named)


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    engine = make_engine(f"sqlite:///{folder}/store.db")
    with engine.connect() as connection:
        found = [dict(row._mapping) for row in connection.execute(select(schema.metadata.tables[table]))]
    engine.dispose()
    return found
