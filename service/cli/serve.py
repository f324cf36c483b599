"""`needlewise serve`: load, check the door, serve until told to stop."""

from __future__ import annotations

import argparse
import gc
import logging
import socket

from service.app import create_app
from service.cli.loading import load_screener
from service.cli.refusal import CommandError
from service.cli.settings import effective_settings
from service.settings import PREFIX, Settings, SettingsError
from service.store import open_store
from service.trust import trusted
from service.web.auth import check_door
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
        app = create_app(settings, screener.knowledge, screener.packs, store=store, metrics=Metrics(shared=folder))
    except SettingsError as fault:
        raise CommandError(str(fault)) from None
    warm_up(screener)
    for pack in screener.packs.values():
        log(logging.INFO, event=f"loaded {len(pack.rules)} rules", pack=f"{pack.id} {pack.version}")
    Server(settings, app, at_end=lambda: forget_metrics(folder)).run()
    return 0


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
