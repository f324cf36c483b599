"""A site's policy: named changes laid over the packs, refused with file and line where they can't be."""

import re
from pathlib import Path
from textwrap import dedent, indent

import pytest

from service.core.packs import Clause, Pack, Rule
from service.core.screening import Category, Headline, NoteKind, Screening
from service.knowledge.site import SiteRulesError, load_site_packs
from tests.builders import told
from tests.vignettes.dialects import tell
from tests.vignettes.runner import knowledge, packs, run

WHO = "author: Dr A. Example\ndate: 2026-11-20\nreason: minutes of the committee\n"
PACKS_README = Path(__file__).parents[2] / "mappings" / "packs" / "README.md"


def change(text: str, who: str = WHO) -> str:
    return "  - " + indent(dedent(text).strip() + "\n" + who, "    ").strip() + "\n"


def write(folder: Path, *changes: str, name: str = "site.yaml", head: str = "policy: mercy\nversion: 3\n") -> Path:
    path = folder / name
    path.write_text(f"{head}changes:\n{''.join(changes)}", encoding="utf-8")
    return path


def load(folder: Path, *changes: str) -> Pack:
    return load_site_packs(write(folder, *map(change, changes)), None, knowledge())["default"]


def faults(path: Path) -> list[str]:
    with pytest.raises(SiteRulesError) as caught:
        load_site_packs(path, None, knowledge())
    return str(caught.value).splitlines()


def said(pack: Pack, entry: str, target: str = "left calf") -> Screening:
    return run(tell(told(entry, target=target), "snomed"), by=[pack])


def notes(screening: Screening) -> str:
    return "\n".join(note.text for note in screening.notes if note.kind is NoteKind.NOTE)


def test_a_category_is_what_the_site_says(tmp_path: Path) -> None:
    pack = load(tmp_path, "rule: anemia\ncategory: precaution")
    got = said(pack, "condition: Iron deficiency anemia, active")
    assert [(found.rule, found.category) for found in got.findings] == [("anemia", Category.PRECAUTION)]
    assert got.headline is Headline.PRECAUTION
    assert got.packs[0].version == "1.0.0+mercy.3"
    assert "anemia is precaution (in the pack contraindicated)" in notes(got)


def test_the_pack_itself_stays_as_its_owner_wrote_it(tmp_path: Path) -> None:
    load(tmp_path, "rule: anemia\ncategory: precaution", "rule: hiv\nswitched-off: true")
    assert said(packs()["default"], "condition: Iron deficiency anemia, active").headline is Headline.CONTRAINDICATED
    assert packs()["default"].policy is None


def test_a_rule_that_is_switched_off_is_not_used_and_every_result_says_so(tmp_path: Path) -> None:
    pack = load(tmp_path, "rule: hiv\nswitched-off: true")
    got = said(pack, "condition: HIV infection, active")
    assert (got.headline, got.findings, got.questions) == (Headline.NO_KNOWN_CONTRAINDICATION, (), ())
    assert got.packs[0].switched_off == ("hiv",)
    assert "Rules switched off at this site: hiv." in notes(got)
    assert "Not judged, since the rule on HIV is switched off at this site: HIV infection" in notes(got)


def test_a_rule_at_the_site_stays_there_under_any_category(tmp_path: Path) -> None:
    pack = load(tmp_path, "rule: skin-lesion-at-site\ncategory: precaution")
    lesion = "condition: Cellulitis, active, bodySite right calf, recorded 2026-02-25"
    assert said(pack, lesion, target="right calf").headline is Headline.PRECAUTION
    assert said(pack, lesion, target="left calf").findings == ()


def test_a_category_is_for_the_whole_rule_also_where_its_clauses_have_their_own(tmp_path: Path) -> None:
    path = write(tmp_path, change("rule: thrombocytopenia\ncategory: precaution"))
    laid = load_site_packs(path, None, knowledge())
    before = {clause.bounds.category for clause in _clauses(packs()["extended"])}
    assert Category.CONTRAINDICATED in {*before, _rule(packs()["extended"]).category}
    assert _rule(laid["extended"]).category is Category.PRECAUTION
    assert {clause.bounds.category for clause in _clauses(laid["extended"])} <= {None}


def _rule(pack: Pack) -> Rule:
    return next(rule for rule in pack.rules if rule.id == "thrombocytopenia")


def _clauses(pack: Pack) -> tuple[Clause, ...]:
    return (*_rule(pack).finding, *_rule(pack).question)


def test_a_parameter_moves_both_sides_of_its_edge(tmp_path: Path) -> None:
    pack = load(tmp_path, "parameter: washout\nvalue: { aspirin: 4 days }")
    for days, expected in ((4, ["blood-thinner"]), (5, [])):
        got = said(pack, f"statement: aspirin 81 mg oral tablet, stopped, until {days} days ago")
        assert [found.rule for found in got.findings] == expected
        assert "washout (aspirin) is 4 days (in the pack 10 days)" in notes(got)
    assert pack.parameters["washout"].value == {**packs()["default"].parameters["washout"].value, "aspirin": 4}  # type: ignore[dict-item]


def test_texts_are_the_site_s(tmp_path: Path) -> None:
    pack = load(
        tmp_path,
        """
        rule: diabetes
        say: Check the feet.
        questions: { antidiabetic: { ask: "Ask the diabetes nurse." } }
        """,
    )
    assert said(pack, "condition: Type 2 diabetes mellitus, active").findings[0].action == "Check the feet."
    (question,) = said(pack, "statement: insulin glargine, active").questions
    assert question.ask == "Ask the diabetes nurse."
    assert "nothing explains it" in question.sentence  # the pack's own reason stays


def test_a_change_can_be_for_one_pack_only(tmp_path: Path) -> None:
    pack = load(tmp_path, "rule: problem-list-missing\npack: default\ncategory: precaution\nask: Ask the ward.")
    assert pack.chart_rules["problem-list-missing"].category is Category.PRECAUTION
    assert pack.chart_rules["problem-list-missing"].ask == "Ask the ward."


def test_the_example_of_the_readme_can_be_put_in_force(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(policy:.*?)```", PACKS_README.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "site.yml").write_text(example, encoding="utf-8")
    pack = load_site_packs(tmp_path / "site.yml", None, knowledge())["default"]
    assert pack.version == "1.0.0+mercy-physiotherapy.3"
    assert pack.policy
    assert len(pack.policy.changes) == 5
    assert pack.switched_off == ("hemophilia-carrier",)


TOML = '''
policy = "mercy"
version = 3

[[changes]]
rule = "diabetes"
say = """Check
[[changes]]
the feet."""
author = "Dr A. Example"
date = 2026-11-20
reason = "r"

[[changes]]
parameter = "acute-lesion"
value = "60 days"
author = "Dr A. Example"
date = 2026-11-20
reason = "r"
'''


def test_toml_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(TOML, encoding="utf-8")
    pack = load_site_packs(path, None, knowledge())["default"]
    assert pack.days("acute-lesion") == 60
    assert next(rule.say for rule in pack.rules if rule.id == "diabetes") == "Check [[changes]] the feet."


def test_a_fault_in_toml_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(TOML.replace("60 days", "60 weeks"), encoding="utf-8")
    (fault,) = faults(path)
    assert fault.startswith("site.toml:14: parameter 'acute-lesion' must be a whole number of days")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rule: anaemia\ncategory: precaution", "has a rule 'anaemia'; did you mean anemia?"),
        ("rule: anemia\ncategory: purple", "'purple' is no category"),
        ("rule: anemia\ncategory: contraindicated-at-site", "not judged at the site"),
        ("rule: anemia", "changes nothing"),
        ("rule: anemia\ncategry: precaution", "unknown word 'categry'"),
        ("rule: anemia\npack: extendid\ncategory: precaution", "'extendid' is no rule pack"),
        ("rule: anemia\nsay: ''", "'say' must be a text"),
        ("rule: anemia\nharm: [a]", "'harm' must be a text"),
        ("rule: anemia\nfound: '{evidense}'", "has the place {evidense}, which is not filled in here"),
        ("rule: anemia\nfound: '{0}'", "has a brace that belongs to no place"),
        ("rule: anemia\nfound: '{'", "has a brace that belongs to no place"),
        ("rule: anemia\nsay: This is safe.", 'has the word "safe"'),
        ("rule: anemia\nquestions: { nix: { ask: a } }", "has no text 'nix' under questions"),
        ("rule: anemia\nquestions: { confirm: { aks: a } }", "unknown word 'aks'"),
        ("rule: anemia\nswitched-off: false", "'switched-off' must be true"),
        ("rule: anemia\nswitched-off: true\nsay: a", "can't be changed as well"),
        ("rule: problem-list-missing\nswitched-off: true", "can't be switched off"),
        ("parameter: acute-lesions\nvalue: 60 days", "did you mean acute-lesion?"),
        ("parameter: acute-lesion\nvalue: 60", "must be a whole number of days"),
        ("parameter: acute-lesion\nvalue: 60 years", "must be a whole number of days"),
        ("parameter: acute-lesion\nvalue: 1.5 days", "must be a whole number of days"),
        ("parameter: acute-lesion\nvalue: true", "must be a number with its unit"),
        ("parameter: acute-lesion\nvalue: soon", "must be a number with its unit"),
        ("parameter: acute-lesion", "must be a number with its unit"),
        ("parameter: acute-lesion\nvalue: 90 days", "changes nothing"),
        ("parameter: hcg-negative-below\nvalue: 4 mmol/L", "unit 'mmol/L' is not in units.csv"),
        ("parameter: washout\nvalue: { warfarins: 5 days }", "has no row 'warfarins'"),
        ("parameter: washout\nvalue: 5 days", "is a table"),
        ("parameter: metastatic-stages\nvalue: stage iv", "is a list of names"),
        ("parameter: hemoglobin-cut-offs\nvalue: [{ who: male, below: 120 g/X }]", "unit 'g/X'"),
        ("rule: hiv\nparameter: washout", "of one 'rule' or of one 'parameter'"),
    ],
)
def test_what_can_t_be_laid_over_the_packs_is_refused_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    (fault,) = faults(write(tmp_path, change(text)))
    assert re.match(r"site\.yaml:[4-9]: ", fault)
    assert complaint in fault


@pytest.mark.parametrize(
    ("who", "complaint"),
    [
        ("date: 2026-11-20\nreason: r\n", "author missing"),
        ("author: a\nreason: r\n", "date missing"),
        ("author: a\ndate: 2026-11-20\n", "reason missing"),
        ("author: a\ndate: soon\nreason: r\n", "date 'soon' must be a day"),
    ],
)
def test_every_change_has_author_date_and_reason(tmp_path: Path, who: str, complaint: str) -> None:
    (fault,) = faults(write(tmp_path, change("rule: hiv\nswitched-off: true", who)))
    assert fault.startswith(f"site.yaml:4: {complaint}")


def test_every_fault_of_the_file_is_told_at_once(tmp_path: Path) -> None:
    wrong = (change("rule: hiv\nswitched-off: maybe"), change("rule: nix\nsay: a"), "  - nonsense\n")
    lines = faults(write(tmp_path, *wrong, head="policy: a b\nversion:\n"))
    assert len(lines) == 5
    assert all(line.startswith("site.yaml:") for line in lines)


def test_one_thing_is_changed_once(tmp_path: Path) -> None:
    twice = [change("rule: hiv\ncategory: precaution"), change("rule: hiv\nswitched-off: true")]
    (fault,) = faults(write(tmp_path, *twice))
    assert fault.startswith("site.yaml:9: 'hiv' is changed in line 4 already")
    rows = [change(f"parameter: washout\nvalue: {{ {drug}: 6 days }}") for drug in ("aspirin", "apixaban")]
    assert load_site_packs(write(tmp_path, *rows), None, knowledge())["default"].policy


@pytest.mark.parametrize("name", ["missing.yaml", "site.json", "folder.yaml", "broken.toml", "broken.yaml"])
def test_a_file_that_can_t_be_read_is_named(tmp_path: Path, name: str) -> None:
    if name.startswith("broken"):
        (tmp_path / name).write_text("policy: [", encoding="utf-8")
    elif name.startswith("folder"):
        (tmp_path / name).mkdir()
    (fault,) = faults(tmp_path / name)
    assert name in fault
