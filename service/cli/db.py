"""`needlewise db`: work on the database of what is remembered."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from service.cli.refusal import CommandError
from service.cli.settings import effective_settings
from service.settings import PREFIX, Settings, SettingsError
from service.store import StoreAwayError, Who, keeping_of, open_upkeep, upgrade_store


def run(asked: argparse.Namespace) -> int:
    """Do what is asked. Raises CommandError where the database can't be reached."""
    settings = effective_settings()
    if settings.database_url == "none":
        raise CommandError(f"{PREFIX}DATABASE_URL is none: there is no database to {asked.action}")
    try:
        _ACTIONS[asked.action](settings, asked)
    except (SettingsError, ConnectionError) as fault:
        raise CommandError(str(fault)) from None
    except StoreAwayError:
        raise CommandError(
            "the database can't be reached, or has no tables of this version: run `needlewise db upgrade`"
        ) from None
    return 0


def _upgrade(settings: Settings, _: argparse.Namespace) -> None:
    print(f"the database is at step {upgrade_store(settings)}")


def _purge(settings: Settings, _: argparse.Namespace) -> None:
    done = open_upkeep(settings).purge(keeping_of(settings), now=_now())
    print(
        f"deleted {done.results} results, {done.events} audit events, {done.cards} cards,"
        f" {done.feedback} feedbacks and {done.keys} keys"
    )


def _export(settings: Settings, asked: argparse.Namespace) -> None:
    for resource in open_upkeep(settings).results_of(asked.patient):
        print(resource)


def _erase(settings: Settings, asked: argparse.Namespace) -> None:
    count = open_upkeep(settings).erase(asked.patient, who=Who(agent="command line"), now=_now())
    print(f"deleted {count} results; the audit trail stays until its time is over")


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the door's clock


_ACTIONS = {"upgrade": _upgrade, "purge": _purge, "export": _export, "erase": _erase}
