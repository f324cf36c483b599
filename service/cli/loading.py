"""What most commands need first: the lists and rule packs, with the site's policy over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from service.cli.refusal import CommandError
from service.core.knowledge import Knowledge
from service.core.packs import Pack
from service.knowledge.languages import load_wordings
from service.knowledge.load import MappingError, load_knowledge
from service.knowledge.packs import load_packs
from service.knowledge.site import SiteRulesError, load_site_packs
from service.pipeline import Screener, make_screener
from service.settings import PREFIX, Settings, SettingsError
from service.store import NoCodeAnswers
from service.terminology import open_resolver


def load_screener(settings: Settings, folder: Path | None = None) -> Screener:
    """Load everything, from `folder` instead of the shipped mappings where one is given.

    Raises CommandError where a list, pack or policy has faults, or a pack is unknown.
    """
    try:
        knowledge = load_knowledge(folder) if folder else load_knowledge()
        screener = make_screener(settings, knowledge, _packs(settings, folder, knowledge), load_wordings(folder))
        return replace(screener, look_up=open_resolver(settings, knowledge.roots, NoCodeAnswers()))
    except MappingError as fault:
        raise CommandError(f"the lists or rule packs have faults, so nothing is screened: {fault}") from None
    except SiteRulesError as wrong:
        raise CommandError(*(f"{PREFIX}SITE_RULES: {fault}" for fault in wrong.faults)) from None
    except SettingsError as fault:
        raise CommandError(str(fault)) from None


def _packs(settings: Settings, folder: Path | None, knowledge: Knowledge) -> Mapping[str, Pack]:
    if settings.site_rules:
        return load_site_packs(Path(settings.site_rules), folder, knowledge)
    return load_packs(folder, knowledge)
