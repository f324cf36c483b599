"""Ids of tokens in memory that forked workers share."""

import os

from service.store import TokensSeen
from tests.store.entries import DAY, NOW


def test_a_token_is_seen_once() -> None:
    tokens = TokensSeen()
    assert not tokens.seen("i", "1", until=NOW + DAY, now=NOW)
    assert tokens.seen("i", "1", until=NOW + DAY, now=NOW)
    assert not tokens.seen("other", "1", until=NOW + DAY, now=NOW)
    assert not tokens.seen("i", "2", until=NOW + DAY, now=NOW)


def test_a_token_that_is_over_is_forgotten() -> None:
    tokens = TokensSeen()
    tokens.seen("i", "1", until=NOW + DAY, now=NOW)
    assert not tokens.seen("i", "1", until=NOW + 3 * DAY, now=NOW + 2 * DAY)


def test_many_tokens_are_all_known() -> None:
    tokens = TokensSeen()
    for number in range(5_000):
        assert not tokens.seen("i", str(number), until=NOW + DAY, now=NOW)
    assert all(tokens.seen("i", str(number), until=NOW + DAY, now=NOW) for number in range(5_000))


def test_a_full_table_forgets_the_token_that_ends_first() -> None:
    tokens = TokensSeen(slots=2)
    tokens.seen("i", "long", until=NOW + 3 * DAY, now=NOW)
    tokens.seen("i", "short", until=NOW + DAY, now=NOW)
    tokens.seen("i", "next", until=NOW + 2 * DAY, now=NOW)
    assert tokens.seen("i", "long", until=NOW + 3 * DAY, now=NOW)
    assert tokens.seen("i", "next", until=NOW + 2 * DAY, now=NOW)


def test_workers_know_what_another_has_seen() -> None:
    tokens = TokensSeen()
    child = os.fork()
    if not child:
        os._exit(1 if tokens.seen("i", "1", until=NOW + DAY, now=NOW) else 0)
    assert os.waitpid(child, 0)[1] == 0
    assert tokens.seen("i", "1", until=NOW + DAY, now=NOW)
