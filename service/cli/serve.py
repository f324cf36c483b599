"""`needlewise serve`: load, check the door, serve until told to stop."""

from __future__ import annotations

import argparse
import gc
import logging
import socket

from service.app import create_app
from service.canary import Door, Trouble, Watch, plan
from service.cli.loading import load_screener
from service.cli.refusal import CommandError
from service.cli.settings import effective_settings
from service.knowledge.canaries import load_canaries
from service.knowledge.load import MappingError
from service.pipeline import Screener
from service.settings import PREFIX, Settings, SettingsError
from service.store import Store, keeping_of, open_store, open_upkeep
from service.trust import trusted
from service.web.auth import check_door
from service.web.canaries import in_words
from service.web.caretaker import Caretaker
from service.web.fhir import warm_up
from service.web.logs import configure_logs, log
from service.web.metrics import Metrics, forget_metrics, share_metrics
from service.web.server import Server


def run(_asked: argparse.Namespace) -> int:
    """Serve; comes back when the server was told to stop."""
    settings = effective_settings()
    _check_address(settings)
    configure_logs(settings.log_level, settings.log_format)
    gc.disable()  # nothing made while loading is garbage; the server enables it again
    screener = load_screener(settings)
    try:
        check_door(settings, trusted(settings))  # before a database is made
        store = open_store(settings)
        folder = share_metrics()
        watch = _watch(settings, screener, store)
        app = create_app(
            settings,
            screener.knowledge,
            screener.packs,
            wordings=screener.wordings,
            store=store,
            metrics=Metrics(shared=folder),
            watch=watch,
        )
    except SettingsError as fault:
        raise CommandError(str(fault)) from None
    warm_up(screener)
    for pack in screener.packs.values():
        log(logging.INFO, event=f"loaded {len(pack.rules)} rules", pack=f"{pack.id} {pack.version}")
    threads = [each for each in (watch, _caretaker(settings)) if each is not None]

    def begin() -> None:
        for each in threads:
            each.start()

    Server(settings, app, in_worker=begin, at_end=lambda: forget_metrics(folder)).run()
    return 0


def _caretaker(settings: Settings) -> Caretaker | None:
    """What deletes stored things that are too old."""
    if settings.database_url == "none":
        return None
    return Caretaker(open_upkeep(settings), keeping_of(settings))


def _watch(settings: Settings, screener: Screener, store: Store) -> Watch | None:
    """What screens synthetic patients every so often. Raises CommandError where their file has a fault."""
    if not settings.canary_minutes:
        return None
    try:
        checks = plan(screener.packs.values(), load_canaries())
    except MappingError as fault:
        raise CommandError(f"the synthetic patients have a fault: {fault}") from None

    def tell(trouble: Trouble) -> None:
        log(logging.ERROR, event=in_words(trouble))

    return Watch(checks, Door(settings), store.tallies, minutes=settings.canary_minutes, tell=tell)


def _check_address(settings: Settings) -> None:
    """Fail at once, and not after loading, where the address can't be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((settings.host, settings.port))
        except OSError as fault:
            raise CommandError(
                f"can't listen on {PREFIX}HOST {settings.host}, {PREFIX}PORT {settings.port}: {fault.strerror}"
            ) from None
