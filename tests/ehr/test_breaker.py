"""A server that keeps failing is left alone, tried by one call after a while, and taken back."""

from __future__ import annotations

import time

import pytest
import responses

from service.ehr import Reason
from service.ehr.breaker import Breaker
from tests.ehr.reading import BASE, ask, ask_all, reading, reason


def failing(times: int, breaker: Breaker) -> None:
    for _ in range(times):
        breaker.note(answered=False)


def test_a_failure_now_and_then_is_forgiven() -> None:
    breaker = Breaker(failures=3)
    for _ in range(5):
        failing(2, breaker)
        breaker.note(answered=True)
    with breaker.call() as may:
        assert may


def test_after_failures_in_a_row_nobody_is_let_through() -> None:
    breaker = Breaker(failures=3)
    failing(3, breaker)
    assert breaker.is_open()
    with breaker.call() as may:
        assert not may


@pytest.fixture
def half_open(monkeypatch: pytest.MonkeyPatch) -> Breaker:
    """A breaker whose pause is over."""
    breaker = Breaker(failures=3, pause_s=30)
    failing(3, breaker)
    later = time.monotonic() + 31
    monkeypatch.setattr("circuitbreaker.monotonic", lambda: later)
    return breaker


def test_after_the_pause_one_call_tries(half_open: Breaker) -> None:
    with half_open.call() as first, half_open.call() as second:
        assert (first, second) == (True, False)
    with half_open.call() as third:
        assert third


def test_a_success_lets_everybody_back(half_open: Breaker) -> None:
    with half_open.call():
        half_open.note(answered=True)
    with half_open.call() as first, half_open.call() as second:
        assert (first, second) == (True, True)


def test_a_failure_begins_a_new_pause(half_open: Breaker) -> None:
    with half_open.call():
        half_open.note(answered=False)
    with half_open.call() as may:
        assert not may


def test_a_dead_server_costs_later_calls_nothing() -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as ehr, reading() as reader:
        ehr.get(f"{BASE}/Condition", status=500)
        for _ in range(5):
            ask(reader, "Condition?patient=1")
        asked = len(ehr.calls)
        answers = ask_all(reader, "Condition?patient=1", "Observation?patient=1")
        assert [reason(answer) for answer in answers.values()] == [Reason.UNREACHABLE] * 2
        assert len(ehr.calls) == asked == 5


def test_a_call_under_way_asks_no_further_once_the_server_is_given_up() -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as ehr, reading() as reader:
        ehr.get(f"{BASE}/Condition", status=500)
        ask_all(reader, *(f"Condition?patient={number}" for number in range(60)))
        assert len(ehr.calls) < 60


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_a_server_that_refuses_is_not_dead(status: int) -> None:
    with responses.RequestsMock() as ehr, reading() as reader:
        ehr.get(f"{BASE}/Condition", status=status)
        for _ in range(8):
            ask(reader, "Condition?patient=1")
        assert len(ehr.calls) == 8
