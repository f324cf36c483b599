"""The application in this process, and a real server beside it."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from tests.vignettes.runner import knowledge, packs
from tests.web.serving import Served, serving

ORIGIN = "https://ehr.example.org"
PUBLIC_URL = "https://needle.example.org"


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    """Small limits, so that going over them is quick."""
    settings = Settings(max_body_mb=1, max_entries=200, cors_origins=(ORIGIN,), public_url=PUBLIC_URL)
    return create_app(settings, knowledge(), packs()).test_client()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    output = tmp_path_factory.mktemp("server") / "output.log"
    with serving(output, MAX_BODY_MB="1", WORKERS="2") as served:
        yield served
