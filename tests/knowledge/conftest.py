"""The shipped lists, loaded once."""

from __future__ import annotations

import pytest

from service.core.knowledge import Knowledge
from service.knowledge.load import load_knowledge


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """What the service knows when it starts."""
    return load_knowledge()
