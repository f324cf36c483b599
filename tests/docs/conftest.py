"""The application as it is served by default."""

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from tests.vignettes.runner import knowledge, packs


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    return create_app(Settings(), knowledge(), packs()).test_client()
