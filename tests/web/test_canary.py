"""Canaries through a real server's door: with tokens demanded, in one worker, and no trace in what is stored."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import requests

from service.canary import HEADER
from tests.web.callers import access_token, bearer, trust_file
from tests.web.charts import AS_OF, SCREEN, chart
from tests.web.conftest import PUBLIC_URL
from tests.web.serving import Served, serving
from tests.web.test_metrics import value

SOON = "import service.canary.watch as watch; watch._FIRST_S = watch._LOOK_S = 0.2\n"
BLIND = """
import dataclasses
import service.cli.loading as loading
load = loading.load_packs
def blinded(*given):
    def blind(rule):
        return dataclasses.replace(rule, finding=(), question=(), note=()) if rule.id == "anemia" else rule
    packs = load(*given)
    return {id_: dataclasses.replace(pack, rules=tuple(map(blind, pack.rules))) for id_, pack in packs.items()}
loading.load_packs = blinded
"""


def ready(server: Served) -> dict[str, Any]:
    """What `/health/ready` says once a round has been made."""
    for _ in range(300):
        answer = requests.get(f"{server.url}/health/ready", timeout=60)
        content: dict[str, Any] = answer.json()
        if content["canary"]["status"] != "waiting":
            assert answer.status_code == 200
            return content
        time.sleep(0.1)
    raise AssertionError(server.printed())


def metrics(server: Served) -> str:
    return requests.get(f"{server.url}/metrics", timeout=60).text


def test_canaries_are_let_in_and_leave_nothing_in_the_store(tmp_path: Path) -> None:
    trust, database = trust_file(tmp_path), tmp_path / "store.db"
    with serving(
        tmp_path / "log", start=SOON, AUTH="jwt", TRUST=str(trust), PUBLIC_URL=PUBLIC_URL, WORKERS="2",
        DATABASE_URL=f"sqlite:///{database}",
    ) as server:  # fmt: skip
        content = ready(server)
        assert (content["status"], content["canary"]["status"]) == ("ok", "ok")
        time.sleep(1)  # the other worker has looked, too
        screened = [line for line in server.lines() if line.get("route") == SCREEN]
        assert len(screened) == content["canary"]["canaries"] > 10
        assert {line["caller"] for line in screened} == {"canary"}
        text = metrics(server)
        assert value(text, "needlewise_screenings_total") == 0
        assert value(text, "needlewise_requests_total", route=SCREEN) == 0
        assert value(text, "needlewise_canary_run_timestamp_seconds") > 0
        assert value(text, "needlewise_canary_changed") == value(text, "needlewise_rule_silent") == 0
        url = f"{server.url}{SCREEN}?{AS_OF}"
        assert requests.post(url, json=chart(), headers={HEADER: "guessed"}, timeout=60).status_code == 401
        assert requests.post(url, json=chart(), headers=bearer(access_token()), timeout=60).status_code == 200
        with sqlite3.connect(database) as stored:
            assert stored.execute("SELECT count(*) FROM screenings").fetchone() == (1,)
            assert {kind for (kind,) in stored.execute("SELECT kind FROM audit")} == {"refusal", "screening"}
        stored.close()


def test_a_rule_that_went_blind_turns_ready_amber_and_is_named(tmp_path: Path) -> None:
    with serving(tmp_path / "log", start=SOON + BLIND, WORKERS="1", DATABASE_URL="none") as server:
        content = ready(server)
        assert (content["status"], content["canary"]["status"]) == ("degraded", "changed")
        problems = {(each["rule"], each["pack"]) for each in content["canary"]["problems"]}
        assert ("anemia", "default") in problems
        assert {rule for rule, _ in problems} == {"anemia"}
        text = metrics(server)
        assert value(text, "needlewise_canary_changed", rule="anemia", pack="default") == 1
        assert value(text, "needlewise_canary_changed", rule="diabetes") == 0
        assert any("rule anemia of default" in str(line.get("event")) for line in server.lines())


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    with serving(tmp_path / "log", start=SOON, WORKERS="1", DATABASE_URL="none", CANARY_MINUTES="0") as server:
        assert ready(server)["canary"] == {"status": "off"}
        assert ready(server)["status"] == "ok"
