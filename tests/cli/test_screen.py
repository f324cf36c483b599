"""`needlewise screen`: files in, results out, and an exit status that scripts can trust."""

import gzip
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.cli.conftest import Run
from tests.web.charts import bundle, chart, parameters, patient, rules, taking

ROOT = Path(__file__).parents[2]
AS_OF = ("--as-of", "2026-03-02")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three charts in a folder of their own: plain, compressed in a folder below, and none."""
    charts = tmp_path / "charts"
    (charts / "below").mkdir(parents=True)
    (charts / "a.json").write_bytes(orjson.dumps(chart()))
    (charts / "below" / "b.json.gz").write_bytes(gzip.compress(orjson.dumps(chart())))
    (charts / "c.json").write_bytes(b"{oops")
    (charts / "readme.txt").write_text("no chart")
    return charts


@pytest.fixture
def one(folder: Path) -> str:
    return str(folder / "a.json")


def standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes, *, terminal: bool = False) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(content))
    monkeypatch.setattr(stdin, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr(sys, "stdin", stdin)


def test_one_chart_is_told_in_words(run: Run, one: str) -> None:
    ran = run("screen", one, *AS_OF)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("INSUFFICIENT DATA\n")
    assert "Apixaban 5 mg tablet" in ran.out
    assert "\x1b" not in ran.out
    assert all(len(line) <= 80 for line in ran.out.splitlines())


def test_one_chart_as_fhir_is_one_indented_resource(run: Run, one: str) -> None:
    ran = run("screen", one, *AS_OF, "--format", "fhir")
    assert ran.status == 0
    assert ran.out.startswith('{\n  "resourceType": "RiskAssessment"')
    assert "blood-thinner" in rules(orjson.loads(ran.out))


def test_the_command_line_says_what_http_says(run: Run, one: str, client: Any) -> None:
    by_hand = orjson.loads(run("screen", one, *AS_OF, "--format", "fhir", "--target", "left calf").out)
    query = "as-of=2026-03-02&target=left%20calf"
    by_http = client.post(f"/fhir/RiskAssessment/$screen?{query}", data=orjson.dumps(chart())).json
    del by_hand["identifier"], by_http["identifier"]
    assert by_hand == by_http


def test_a_folder_gives_a_result_a_chart_and_tells_what_could_not_be_screened(run: Run, folder: Path) -> None:
    ran = run("screen", str(folder), *AS_OF, "--format", "fhir")
    assert ran.status == 1
    assert [orjson.loads(line)["resourceType"] for line in ran.out.splitlines()] == [
        "RiskAssessment",
        "RiskAssessment",
        "OperationOutcome",
    ]
    assert f"needlewise: {folder / 'c.json'}: " in ran.err
    assert ran.err.endswith("2 of 3 screened\n")


def test_several_charts_as_text_are_told_apart(run: Run, folder: Path) -> None:
    ran = run("screen", str(folder), *AS_OF)
    assert re.findall(r"^=== (.*)$", ran.out, re.MULTILINE) == [
        str(folder / "a.json"),
        str(folder / "below" / "b.json.gz"),
    ]


def test_a_folder_of_results_mirrors_the_folder_of_charts(run: Run, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("screen", str(folder), *AS_OF, "--output", f"{out}/").status == 1
    assert {str(path.relative_to(out)) for path in out.rglob("*.txt")} == {"a.txt", "below/b.txt", "c.txt"}
    assert (out / "a.txt").read_text().startswith("INSUFFICIENT DATA\n")
    assert (out / "c.txt").read_text().startswith("Not screened: ")


def test_results_can_go_to_one_file(run: Run, one: str, tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    ran = run("screen", one, *AS_OF, "--format", "fhir", "--output", str(out))
    assert (ran.status, ran.out) == (0, "")
    assert orjson.loads(out.read_bytes())["resourceType"] == "RiskAssessment"


@pytest.mark.parametrize("named", [(), ("-",)])
def test_a_chart_can_come_from_standard_input(
    run: Run, monkeypatch: pytest.MonkeyPatch, named: tuple[str, ...]
) -> None:
    standard_input(monkeypatch, orjson.dumps(chart()))
    ran = run("screen", *named, *AS_OF)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("INSUFFICIENT DATA\n")


def test_without_a_chart_at_a_terminal_the_user_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    standard_input(monkeypatch, b"", terminal=True)
    ran = run("screen")
    assert (ran.status, ran.out) == (2, "")
    assert "needlewise screen --help" in ran.err


def test_the_options_ask_what_the_operation_asks(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "two.json"
    path.write_bytes(orjson.dumps(bundle(patient(), patient("ann"), taking())))
    assert "several patients" in run("screen", str(path), *AS_OF).err
    ran = run(
        "screen", str(path), *AS_OF, "--subject", "Patient/joe", "--target", "left calf", "--target", "right calf",
        "--pack", "default", "--electrical-stimulation", "true",
    )  # fmt: skip
    assert ran.status == 0
    assert "left calf" in ran.out
    assert "right calf" in ran.out


def test_parameters_are_read_too(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "parameters.json"
    part = {"name": "as-of", "valueDateTime": "2026-03-02"}
    path.write_bytes(orjson.dumps(parameters({"name": "chart", "resource": chart()}, part)))
    ran = run("screen", str(path))
    assert (ran.status, ran.err) == (0, "")
    assert "judged for 2026-03-02" in ran.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--as-of", "yesterday"), "--as-of must be a FHIR date"),
        (("--pack", "nix"), "--pack nix is not known"),
        (("--format", "cards"), "invalid choice"),
        (("--electrical-stimulation", "maybe"), "invalid choice"),
        (("--nix",), "unrecognized arguments"),
        (("--output", "/nowhere/file"), "can't write /nowhere/file"),
        (("--output", "/dev/null/folder/"), "can't write /dev/null/folder/a.txt"),
    ],
)
def test_a_wrong_option_is_wrong_usage(run: Run, one: str, options: tuple[str, ...], said: str) -> None:
    ran = run("screen", one, *options)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.json", None, "No such file or directory"),
        ("broken.json.gz", b"\x1f\x8bhello", "not a whole gzip file"),
        ("cut.json.gz", gzip.compress(orjson.dumps(chart()))[:-9], "not a whole gzip file"),
        ("empty.json", b"", "empty"),
    ],
)
def test_a_file_that_can_t_be_read_is_named(
    run: Run, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    ran = run("screen", str(path))
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(f"needlewise: {path}: ")
    assert said in ran.err


def test_a_folder_without_charts_is_told(run: Run, tmp_path: Path) -> None:
    ran = run("screen", str(tmp_path))
    assert (ran.status, ran.err) == (1, f"needlewise: {tmp_path}: no .json or .json.gz file in this folder\n")


def test_an_unreadable_input_costs_the_others_nothing(run: Run, one: str) -> None:
    ran = run("screen", "nix.json", one, *AS_OF)
    assert ran.status == 1
    assert "Apixaban" in ran.out


def test_who_has_seen_enough_may_close_the_pipe(one: str) -> None:
    command = [sys.executable, "-m", "service", "screen", one]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_stopping_it_by_hand_is_no_error_message(run: Run, one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("service.cli.charts.Output.write", write)
    ran = run("screen", one)
    assert (ran.status, ran.err) == (130, "")
