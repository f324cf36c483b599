"""A site's policy at the command line: in force in every command, shown, and refused before anything runs."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

POLICY = """\
policy: mercy
version: 3
changes:
  - rule: blood-thinner
    switched-off: true
    author: Dr A. Example
    date: 2026-11-20
    reason: Superficial needling only.
  - parameter: acute-lesion
    value: 60 days
    author: B. Example
    date: 2026-11-21
    reason: The wound clinic closes its entries.
"""
CHART = Path(__file__).parents[2] / "examples" / "apixaban-left-calf.json"


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(POLICY, encoding="utf-8")
    monkeypatch.setenv("NEEDLEWISE_SITE_RULES", str(path))
    return path


def test_rules_site_shows_each_change_beside_the_pack(run: Run, policy: Path) -> None:
    assert policy.is_file()
    ran = run("rules", "--site")
    assert (ran.status, ran.err) == (0, "")
    for line in (
        "default 1.0.0+mercy.3: changed by policy mercy 3 of this site",
        "  rule blood-thinner: switched off",
        "    Dr A. Example, 2026-11-20: Superficial needling only.",
        "  parameter acute-lesion: value: 60 days (in the pack 90 days)",
    ):
        assert f"{line}\n" in ran.out


def test_rules_shows_the_packs_as_they_are_in_force(run: Run, policy: Path) -> None:
    assert policy.is_file()
    assert "Blood thinner  (switched off)\n" in run("rules").out
    assert "acute-lesion: 60 days (editorial)\n" in run("rules", "default").out


def test_without_a_policy_rules_site_says_so(run: Run) -> None:
    ran = run("rules", "--site")
    assert (ran.status, ran.out.splitlines()[0][:31]) == (0, "no policy of this site is in fo")


def test_a_screening_is_made_under_the_policy_and_says_so(run: Run, policy: Path) -> None:
    assert policy.is_file()
    said = " ".join(run("screen", str(CHART), "--as-of", "2026-03-02").out.split())
    assert said.startswith("NO KNOWN CONTRAINDICATION")
    assert "rule pack default 1.0.0+mercy.3" in said
    assert "Rules switched off at this site: blood-thinner." in said
    assert "Not judged, since the rule on blood thinner is switched off at this site: Apixaban 5 mg tablet" in said
    assert "acute-lesion is 60 days (in the pack 90 days)" in said


@pytest.mark.parametrize("command", [("rules",), ("screen", str(CHART)), ("serve",)])
def test_a_policy_with_faults_stops_every_command_with_a_line_for_each(
    run: Run, policy: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr("service.cli.serve._check_address", lambda _: None)
    monkeypatch.setattr("service.cli.serve.configure_logs", lambda *_: None)
    policy.write_text(POLICY.replace("60 days", "60 weeks").replace("rule: blood-thinner", "rule: blood"), "utf-8")
    ran = run(*command)
    assert (ran.status, ran.out) == (2, "")
    first, second = ran.err.splitlines()
    assert first.startswith("needlewise: NEEDLEWISE_SITE_RULES: site.yaml:4: no rule pack here has a rule 'blood'")
    assert second.startswith("needlewise: NEEDLEWISE_SITE_RULES: site.yaml:9: parameter 'acute-lesion' must be")
