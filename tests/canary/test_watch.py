"""The watch: every rule has a synthetic patient it speaks about, and what is no longer so is noticed and named."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.canary import HEADER, Door, Trouble, Watch, plan
from service.canary.checks import said_in, speaks
from service.core.packs import Pack
from service.core.screening import Category
from service.knowledge.canaries import load_canaries
from service.knowledge.load import MappingError
from service.settings import Settings
from service.store import Event, NoStore, Outcome, Result, Store, Who, open_store
from tests.vignettes.runner import knowledge, packs
from tests.web.charts import SCREEN

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PERIOD_S = 60.0
ASKING = {"cannot-consent", "local-infection-elsewhere"}  # rules that ask, and find nothing by themselves
CHECKS = plan(packs().values(), load_canaries())


class ClientDoor(Door):
    """The door of an application in this process; it can be shut, or changed for another."""

    def __init__(self, client: FlaskClient | None) -> None:
        super().__init__(Settings())
        self.client = client

    def ask(self, query: str, body: bytes) -> dict[str, Any] | None:
        if self.client is None:
            return None
        answer = self.client.post(
            f"{SCREEN}?{query}", data=body, content_type="application/fhir+json", headers={HEADER: self.secret}
        )
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.get_json()
        return content


def app(packs_: Mapping[str, Pack] | None = None) -> FlaskClient:
    return create_app(Settings(), knowledge(), packs_ or packs()).test_client()


def without(rule: str) -> Mapping[str, Pack]:
    """The packs, as if a fault had made a rule of the default pack blind."""
    blind = tuple(
        replace(each, finding=(), question=(), note=()) if each.id == rule else each
        for each in packs()["default"].rules
    )
    return {**packs(), "default": replace(packs()["default"], rules=blind)}


def watching(door: Door, store: Store | None = None) -> tuple[Watch, list[Trouble]]:
    told: list[Trouble] = []
    return Watch(CHECKS, door, (store or NoStore()).tallies, minutes=1, tell=told.append), told


def test_every_rule_of_every_pack_has_a_canary_and_no_canary_is_left_over() -> None:
    rules = {rule for pack in packs().values() for rule in (*(each.id for each in pack.rules), *pack.chart_rules)}
    assert load_canaries().keys() == rules


@pytest.mark.parametrize("check", CHECKS, ids=[check.key for check in CHECKS])
def test_its_rule_speaks_about_it(client: FlaskClient, check: Any) -> None:
    answer = ClientDoor(client).ask(check.query, check.body)
    assert answer is not None
    said = said_in(answer)
    assert speaks(said, check.rule)
    rule = next((each for each in packs()[check.pack].rules if each.id == check.rule), None)
    if rule is not None and check.rule not in ASKING:
        kind = "finding" if rule.finding else "note"
        assert any(each.startswith(f"{kind} {check.rule} ") for each in said), said


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return app()


def test_all_is_well_and_stays_so(client: FlaskClient) -> None:
    watch, told = watching(ClientDoor(client))
    assert watch.look(monotonic=0, now=NOW)
    assert watch.look(monotonic=PERIOD_S, now=NOW)
    found = watch.board.read()
    assert (found.is_well, found.checked, found.ran) == (True, len(CHECKS), NOW.timestamp())
    assert not told


def test_one_worker_at_a_time_begins_a_round(client: FlaskClient) -> None:
    watch, _ = watching(ClientDoor(client))
    assert watch.look(monotonic=100, now=NOW)
    assert not watch.look(monotonic=100 + PERIOD_S - 1, now=NOW)
    assert watch.look(monotonic=100 + PERIOD_S, now=NOW)


def test_a_rule_that_is_blind_from_the_start_is_named_once() -> None:
    watch, told = watching(ClientDoor(app(without("blood-thinner"))))
    watch.look(monotonic=0, now=NOW)
    watch.look(monotonic=PERIOD_S, now=NOW)
    (trouble,) = told
    assert (trouble.rule, trouble.pack) == ("blood-thinner", "default")
    assert watch.board.read().changed == (trouble,)


def test_a_rule_that_goes_blind_is_named_and_one_that_is_mended_is_not_any_more(client: FlaskClient) -> None:
    door = ClientDoor(client)
    watch, told = watching(door)
    watch.look(monotonic=0, now=NOW)
    door.client = app(without("anemia"))
    watch.look(monotonic=PERIOD_S, now=NOW)
    assert [trouble.rule for trouble in told] == ["anemia"]
    door.client = client
    watch.look(monotonic=2 * PERIOD_S, now=NOW)
    assert watch.board.read().is_well


def test_a_canary_that_is_judged_otherwise_is_named_though_its_rule_speaks(client: FlaskClient) -> None:
    door = ClientDoor(client)
    watch, told = watching(door)
    watch.look(monotonic=0, now=NOW)
    default = packs()["default"]
    milder = tuple(
        replace(rule, category=Category.PRECAUTION) if rule.id == "hepatitis-b" else rule for rule in default.rules
    )
    door.client = app({**packs(), "default": replace(default, rules=milder)})
    watch.look(monotonic=PERIOD_S, now=NOW)
    assert [(each.rule, each.problem) for each in told] == [
        ("hepatitis-b", "its canary is judged otherwise than before")
    ]


def test_a_door_that_does_not_answer_is_a_trouble_of_every_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.canary.watch._AGAIN_S", 0.0)
    watch, told = watching(ClientDoor(None))
    watch.look(monotonic=0, now=NOW)
    assert len(told) == len(CHECKS)
    assert {trouble.problem for trouble in told} == {"its canary got no answer"}


def test_a_rule_that_a_site_switched_off_has_no_canary() -> None:
    off = replace(packs()["default"], switched_off=("anemia",))
    assert "anemia" not in {check.rule for check in plan([off], load_canaries())}


def test_a_rule_that_fires_no_more_on_real_charts_is_named(tmp_path: Path, client: FlaskClient) -> None:
    store = open_store(Settings(database_url=f"sqlite:///{tmp_path}/store.db"))
    for number in range(100):
        keep(store, NOW - timedelta(days=2, minutes=number), "anemia", "blood-thinner")
    for number in range(30):
        keep(store, NOW - timedelta(hours=2, minutes=number), "blood-thinner")
    watch, told = watching(ClientDoor(client), store)
    watch.look(monotonic=0, now=NOW)
    assert [(each.rule, each.pack) for each in told] == [("anemia", "default")]
    assert watch.board.read().silent == tuple(told)


def keep(store: Store, made: datetime, *rules: str) -> None:
    """One result in which these rules gave a finding."""
    result = Result(
        id=str(uuid4()),
        made=made,
        door="fhir",
        fhir_version="4.0",
        headline="precaution",
        packs=(("default", "1.0.0"),),
        subject="Patient/joe",
        occurred=(made, made),
        resource="{}",
        outcomes=tuple(Outcome("finding", rule, "precaution") for rule in rules),
        input_hash="",
        asked="{}",
    )
    event = Event(kind="screening", route=SCREEN, method="POST", status=200, detail="")
    assert store.results.keep(result, who=Who(agent="test", request_id="r"), event=event, key=None)


def test_a_bad_canary_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "canaries.yaml").write_text(
        "as-of: 2026-03-02\ntarget: left calf\npatient: {}\ncanaries:\n  - rul: x\n"
    )
    with pytest.raises(MappingError, match="unknown word 'rul'"):
        load_canaries(tmp_path)
