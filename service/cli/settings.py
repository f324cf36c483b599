"""`needlewise settings`: what is in force."""

from __future__ import annotations

import argparse
import os

from service.cli.refusal import CommandError
from service.settings import Settings, SettingsError, read_settings, shown


def effective_settings() -> Settings:
    """The settings of this process. Raises CommandError with the one line about what is wrong."""
    try:
        return read_settings(os.environ)
    except SettingsError as fault:
        raise CommandError(str(fault)) from None


def run(_asked: argparse.Namespace) -> int:
    """Print every setting: name, value, what it does."""
    rows = list(shown(effective_settings()))
    widest = max(len(f"{row.name} = {row.value}") for row in rows)
    for row in rows:
        print(f"{f'{row.name} = {row.value}':<{widest}}  # {row.line}")
    return 0
