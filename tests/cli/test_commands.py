"""The commands that look things up, and the usage of them all."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from service import __version__
from service.settings import Settings
from tests.cli.conftest import Run
from tests.vignettes.runner import packs

ROOT = Path(__file__).parents[2]


def test_help_is_enough_to_use_it(run: Run) -> None:
    ran = run("--help")
    assert ran.status == 0
    for command in ("serve", "screen", "rules", "code", "mappings", "census", "replay", "settings"):
        assert f"\n    {command} " in ran.out
    assert "exit status" in ran.out


@pytest.mark.parametrize("command", ["serve", "screen", "rules", "code", "mappings", "census", "replay", "settings"])
def test_every_command_has_its_own_help(run: Run, command: str) -> None:
    ran = run(command, "--help")
    assert ran.status == 0
    assert ran.out.startswith(f"usage: needlewise {command}")


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").out == f"needlewise {__version__}\n"


@pytest.mark.parametrize("argv", [(), ("nix",), ("serve", "now"), ("code", "snomed"), ("mappings",)])
def test_wrong_usage_is_2(run: Run, argv: tuple[str, ...]) -> None:
    ran = run(*argv)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("usage: needlewise")


def test_python_m_service_is_needlewise() -> None:
    command = [sys.executable, "-m", "service", "settings"]
    ran = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=True)
    assert "NEEDLEWISE_PORT = 8080" in ran.stdout


def test_rules_lists_the_packs_and_their_rules(run: Run) -> None:
    ran = run("rules")
    assert ran.status == 0
    for pack in packs().values():
        assert f"{pack.id} {pack.version}: {pack.title}" in ran.out
        for rule in (*(rule.id for rule in pack.rules), *pack.chart_rules):
            assert rule in ran.out


def test_a_pack_has_its_parameters(run: Run) -> None:
    ran = run("rules", "default")
    for name in packs()["default"].parameters:
        assert f"  {name}: " in ran.out


def test_every_rule_can_be_read_whole(run: Run) -> None:
    for rule in packs()["default"].rules:
        words = " ".join(run("rules", rule.id).out.split())
        for text in (rule.title, rule.harm, rule.say, rule.ends_when, rule.founding, rule.guidance):
            assert " ".join(text.split()) in words
        for question in rule.texts.values():
            assert f"{question.because} {question.ask}" in words
        for clause in (*rule.finding, *rule.question, *rule.note):
            for concept in getattr(clause, "concepts", getattr(clause, "tests", ())):
                assert concept in words


def test_a_rule_about_the_chart_can_be_read(run: Run) -> None:
    assert "The problem list was not received" in run("rules", "problem-list-missing").out


def test_an_unknown_rule_is_told_which_there_are(run: Run) -> None:
    ran = run("rules", "nix")
    assert (ran.status, ran.out) == (2, "")
    assert "blood-thinner" in ran.err


@pytest.mark.parametrize(
    ("system", "code", "lines"),
    [
        ("snomed", "44054006", ["condition: diabetes-type-2, meaning disease", "finding diabetes, precaution"]),
        ("http://snomed.info/sct", "44054006", ["finding diabetes, precaution"]),
        ("ICD-10-CM", "e119", ["condition: diabetes-type-2", "finding diabetes, precaution"]),
        ("rxnorm", "1364430", ["medicine: apixaban (blood-thinner)", "finding blood-thinner, precaution"]),
        ("loinc", "718-7", ["test: hemoglobin", "its value is read by rule anemia"]),
        ("loinc", "5196-1", ["test: hepatitis-b-surface-antigen", "finding hepatitis-b, contraindicated"]),
        ("snomed", "160245001", ["none known: conditions", "nothing: no rule"]),
        ("snomed", "7771000", ["body site: left"]),
    ],
)
def test_a_code_is_told_with_what_it_would_do(run: Run, system: str, code: str, lines: list[str]) -> None:
    ran = run("code", system, code)
    assert (ran.status, ran.err) == (0, "")
    for line in lines:
        assert line in ran.out


def test_a_code_on_no_list_is_1(run: Run) -> None:
    ran = run("code", "snomed", "999")
    assert (ran.status, ran.out.splitlines()[0]) == (1, "snomed 999")
    assert "on no list" in ran.out


def test_an_unknown_system_is_told_which_there_are(run: Run) -> None:
    ran = run("code", "nix", "1")
    assert ran.status == 2
    assert "snomed" in ran.err


@pytest.mark.parametrize("name", ["PORT", "PACKS"])
@pytest.mark.parametrize("command", [("rules",), ("screen", "x.json"), ("code", "snomed", "1"), ("serve",)])
def test_a_wrong_setting_ends_every_command_in_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv(f"NEEDLEWISE_{name}", "nix")
    monkeypatch.setattr("service.cli.serve._check_address", lambda _: None)
    ran = run(*command)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert ran.err.startswith(f"needlewise: NEEDLEWISE_{name} ")


def test_serve_warms_up_and_hands_over_to_the_server(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    served: list[Settings] = []

    class Server:
        def __init__(
            self, settings: Settings, app: object, *, in_worker: Callable[[], None], at_end: Callable[[], None]
        ) -> None:
            assert app
            assert callable(in_worker)
            at_end()
            served.append(settings)

        def run(self) -> None:
            """Stop at once."""

    monkeypatch.setattr("service.cli.serve.Server", Server)
    monkeypatch.setattr("service.cli.serve.configure_logs", lambda *_: None)
    monkeypatch.setattr("service.cli.serve._check_address", lambda _: None)
    shared = tmp_path / "metrics"
    monkeypatch.setattr("service.cli.serve.share_metrics", lambda: shared)  # it would bind this process for good
    shared.mkdir()
    assert run("serve").status == 0
    assert [settings.port for settings in served] == [8080]
    assert not shared.exists()
