"""Letting others compute while a screening waits for a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Semaphore

from service.core.terminology import Answers, Unknown
from service.pipeline import Screener


def letting_others(screener: Screener, computing: Semaphore) -> Screener:
    """The screener, whose question to a terminology server gives the turn to compute away until it is answered."""
    look_up = screener.look_up
    if look_up is None:
        return screener

    def waits(unknown: Sequence[Unknown]) -> Answers:
        computing.release()
        try:
            return look_up(unknown)
        finally:
            computing.acquire()

    return replace(screener, look_up=waits)
