"""What a terminology server says of unknown codes: believed where it can be, kept, and never waited for too long."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.core.terminology import Answer, Answers, Unknown
from service.store import CodeAnswers, Keeping, NoCodeAnswers, Upkeep
from service.store.engine import make_engine
from service.store.sql_store import SqlStore
from service.store.upgrade import upgrade
from service.terminology import Resolver
from service.terminology.server import TerminologyServer
from tests.terminology.server import Server, terminology_server
from tests.vignettes.runner import knowledge

HIV, DIABETES, TYPE_1, CANCER, LEUKEMIA, BLOOD = (
    *("86406008", "73211009", "46635009", "363346000", "93143009", "269475001"),
)
BELOW_HIV, BELOW_TYPE_1, BELOW_LEUKEMIA, ELSEWHERE = "111880001", "23045005", "110005000", "195967001"
ABOVE = {
    BELOW_HIV: (HIV, "40733004"),
    BELOW_TYPE_1: (TYPE_1, DIABETES),
    BELOW_LEUKEMIA: (LEUKEMIA, BLOOD, CANCER),
    ELSEWHERE: ("50043002",),
}
START = datetime(2026, 3, 2, tzinfo=UTC)


class Days:
    """A clock that counts days."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def resolver(server: Server, kept: CodeAnswers | None = None, **more: object) -> Resolver:
    made = {"stamp": "one", "now": Days(), **more}
    return Resolver(TerminologyServer(server.url), knowledge().roots, kept or NoCodeAnswers(), **made)  # type: ignore[arg-type]


def problem(code: str) -> Unknown:
    return Unknown("snomed", code, subsumed=True, named=False)


def told(answers: Answers) -> dict[str, tuple[str, ...]]:
    return {code: answer.roots for (_, code), answer in answers.items()}


@pytest.mark.parametrize("expands", [True, False])
def test_the_narrowest_root_that_holds_a_code_is_found_by_either_operation(expands: bool) -> None:  # noqa: FBT001
    with terminology_server(ABOVE) as server:
        server.expands = expands
        answers = resolver(server)([problem(code) for code in ABOVE])
        assert told(answers) == {
            BELOW_HIV: (HIV,),
            BELOW_TYPE_1: (TYPE_1,),
            BELOW_LEUKEMIA: (LEUKEMIA,),
            ELSEWHERE: (),
        }


def test_a_root_is_believed_only_where_two_operations_agree() -> None:
    """A server that does not understand the question, and gives back what stood in it, gives nobody a disease."""
    with terminology_server(ABOVE) as server:
        server.says_all = True
        assert told(resolver(server)([problem(ELSEWHERE)])) == {ELSEWHERE: ()}


def test_a_name_is_asked_for_where_it_is_wanted() -> None:
    names = {"1364435": "apixaban 5 MG Oral Tablet [Eliquis]"}
    with terminology_server({}, names) as server:
        asked = [Unknown("rxnorm", code, subsumed=False, named=True) for code in ("1364435", "999")]
        answers = resolver(server)(asked)
        assert answers == {
            ("rxnorm", "1364435"): Answer((), "apixaban 5 MG Oral Tablet [Eliquis]"),
            ("rxnorm", "999"): Answer(),
        }


@pytest.mark.parametrize("status", [500, 502, 429])
def test_a_server_that_fails_says_nothing(status: int) -> None:
    with terminology_server(ABOVE) as server:
        server.status = status
        assert resolver(server)([problem(BELOW_HIV)]) == {}


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"resourceType":"Patient"}', b'{"resourceType":"ValueSet"}', b"[" * 100_000, b"\xff"],
)
def test_an_answer_that_is_none_is_not_believed(body: bytes) -> None:
    with terminology_server(ABOVE) as server:
        server.body = body
        assert resolver(server)([problem(BELOW_HIV)]) == {}


def test_an_operation_outcome_is_a_refusal_and_nothing_is_made_of_it() -> None:
    with terminology_server(ABOVE) as server:
        server.status = 422
        ask = resolver(server)
        assert told(ask([problem(BELOW_HIV)])) == {BELOW_HIV: ()}
        before = len(server.seen)
        assert told(ask([problem(BELOW_HIV)])) == {BELOW_HIV: ()}
        assert len(server.seen) == before, "a refusal is not worth asking for again"


def test_nobody_is_there() -> None:
    with terminology_server(ABOVE) as server:
        pass
    assert resolver(server)([problem(BELOW_HIV)]) == {}


def test_a_slow_server_costs_its_budget_and_no_more() -> None:
    with terminology_server(ABOVE) as server:
        server.delay_s = 3
        ask = resolver(server, budget_s=0.3)
        started = time.monotonic()
        assert ask([problem(code) for code in ABOVE]) == {}
        assert time.monotonic() - started < 2


def test_a_server_that_keeps_failing_is_left_alone() -> None:
    with terminology_server(ABOVE) as server:
        server.status = 500
        ask = resolver(server)
        for _ in range(3):
            ask([problem(code) for code in ABOVE])
        before = len(server.seen)
        assert ask([problem(BELOW_HIV)]) == {}
        assert len(server.seen) == before


def test_what_cannot_be_a_code_is_not_sent() -> None:
    with terminology_server(ABOVE) as server:
        odd = ["86406008 OR *", "abc", "", "1" * 40, "Mr. Joe"]
        asked = [problem(code) for code in odd]
        asked += [Unknown("rxnorm", code, subsumed=False, named=True) for code in ("Joe Doe", "x" * 33, "a/b")]
        assert resolver(server)(asked) == {}
        assert server.seen == []


def test_only_codes_are_sent() -> None:
    with terminology_server(ABOVE) as server:
        resolver(server)([problem(BELOW_HIV)])
        assert all(BELOW_HIV in target for target in server.asked)


def test_what_was_said_is_remembered_also_that_nothing_is_known() -> None:
    with terminology_server(ABOVE) as server:
        ask = resolver(server)
        first = ask([problem(code) for code in ABOVE])
        before = len(server.seen)
        assert ask([problem(code) for code in ABOVE]) == first
        assert len(server.seen) == before


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    engine = make_engine(f"sqlite:///{tmp_path}/store.db")
    upgrade(engine)
    return SqlStore(engine, monotonic=time.monotonic)


def test_answers_outlive_the_process_and_the_server(store: SqlStore) -> None:
    with terminology_server(ABOVE, {"42": "warfarin"}) as server:
        asked = [problem(BELOW_HIV), problem(ELSEWHERE), Unknown("rxnorm", "42", subsumed=False, named=True)]
        first = resolver(server, store.code_answers)(asked)
    assert len(first) == 3
    assert resolver(server, store.code_answers)(asked) == first
    store._database.engine.dispose()


def test_answers_grow_old_and_hold_under_their_own_stamp_alone(store: SqlStore) -> None:
    with terminology_server(ABOVE) as server:
        assert resolver(server, store.code_answers)([problem(BELOW_HIV)])
    clock = Days()
    clock.now += timedelta(days=31)
    assert resolver(server, store.code_answers, now=clock)([problem(BELOW_HIV)]) == {}
    assert resolver(server, store.code_answers, stamp="two")([problem(BELOW_HIV)]) == {}
    store._database.engine.dispose()


def test_a_newer_answer_takes_the_place_of_an_older(store: SqlStore) -> None:
    late = Days()
    late.now += timedelta(days=40)
    with terminology_server({BELOW_HIV: (HIV,)}) as server:
        resolver(server, store.code_answers)([problem(BELOW_HIV)])
    with terminology_server({BELOW_HIV: ()}) as server:
        assert told(resolver(server, store.code_answers, now=late)([problem(BELOW_HIV)])) == {BELOW_HIV: ()}
    assert told(resolver(server, store.code_answers, now=late)([problem(BELOW_HIV)])) == {BELOW_HIV: ()}
    store._database.engine.dispose()


def test_a_store_that_is_away_costs_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "no.db"
    broken.write_bytes(b"this is no database, and long enough to be looked at")
    kept = SqlStore(make_engine(f"sqlite:///{broken}"), monotonic=time.monotonic).code_answers
    with terminology_server(ABOVE) as server:
        assert told(resolver(server, kept)([problem(BELOW_HIV)])) == {BELOW_HIV: (HIV,)}


def test_old_answers_are_purged(store: SqlStore) -> None:
    with terminology_server(ABOVE) as server:
        resolver(server, store.code_answers)([problem(BELOW_HIV)])
    upkeep = Upkeep(store._database)
    keeping = Keeping(results=30, events=365)
    assert upkeep.purge(keeping, now=START + timedelta(days=29)).keys == 0
    assert upkeep.purge(keeping, now=START + timedelta(days=31)).keys == 1
    store._database.engine.dispose()
