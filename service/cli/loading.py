"""What most commands need first: the lists and rule packs."""

from __future__ import annotations

from service.cli.refusal import CommandError
from service.knowledge.load import MappingError, load_knowledge
from service.knowledge.packs import load_packs
from service.pipeline import Screener, make_screener
from service.settings import Settings, SettingsError


def load_screener(settings: Settings) -> Screener:
    """Load everything. Raises CommandError where a list or pack has faults, or the settings name an unknown pack."""
    try:
        knowledge = load_knowledge()
        return make_screener(settings, knowledge, load_packs(None, knowledge))
    except MappingError as fault:
        raise CommandError(f"the lists or rule packs have faults, so nothing is screened: {fault}") from None
    except SettingsError as fault:
        raise CommandError(str(fault)) from None
