"""`needlewise db`: work on the database of what is remembered."""

from __future__ import annotations

import argparse

from service.cli.refusal import CommandError
from service.cli.settings import effective_settings
from service.settings import PREFIX, SettingsError
from service.store import upgrade_store


def run(_asked: argparse.Namespace) -> int:
    """Bring the tables to this version. Raises CommandError where the database can't be reached."""
    settings = effective_settings()
    if settings.database_url == "none":
        raise CommandError(f"{PREFIX}DATABASE_URL is none: there is no database to upgrade")
    try:
        step = upgrade_store(settings)
    except (SettingsError, ConnectionError) as fault:
        raise CommandError(str(fault)) from None
    print(f"the database is at step {step}")
    return 0
