"""Nothing that a user meets is undocumented, and nothing documented is missing."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import settings

from service.fhir.refused import Case
from service.settings import PREFIX, Settings, shown
from service.web.errors import STATUS
from tests.docs.pages import PAGES, ROOT, anchors, links, read_page, rows

README = read_page("README.md")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    documented = {row[0]: row[1] for row in rows(README, "setting")}
    assert documented.keys() == {each.name.upper() for each in fields(Settings)}
    for each in shown(Settings(workers=1)):
        name = each.name.removeprefix(PREFIX)
        if name != "WORKERS":  # its default depends on the machine
            assert documented[name] == (each.value or "–"), name


def test_every_route_is_in_the_readme(client: FlaskClient) -> None:
    routes = {
        f"{method} {re.sub('<[^>]*>', '{id}', rule.rule)}"
        for rule in client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    documented = {path for row in rows(README, "path") for path in row[0].split(", ")}
    assert documented == routes


def test_every_make_target_says_what_it_does() -> None:
    makefile = read_page("Makefile")
    phony = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()
    assert set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE)) == set(phony)


def test_every_status_of_a_refusal_is_documented() -> None:
    documented = {row[0] for row in rows(read_page("docs/errors.md"), "status")}
    assert {str(int(STATUS[case])) for case in Case} <= documented


def test_every_folder_of_the_readme_is_there() -> None:
    named = [re.sub(r"\[(.+?)/?\]\(.*", r"\1", row[0]) for row in rows(README, "folder")]
    assert named
    assert all((ROOT / folder).is_dir() for folder in named)


def test_every_room_is_in_the_design() -> None:
    design = read_page("docs/design.md")
    rooms = {path.parent.name for path in (ROOT / "service").glob("*/__init__.py")}
    assert rooms
    assert {room for room in rooms if f"      {room}/ " not in design} == set()


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    assert {path.name for path in folder.glob("[0-9]*.md")} == set(links((folder / "README.md").read_text()))


def test_every_promise_of_safety_is_published_and_every_published_one_is_tested() -> None:
    tests = re.findall(r"^def (test_\w+)", read_page("tests/properties/test_safety.py"), re.MULTILINE)
    published = [row[2] for row in rows(read_page("docs/safety.md"), "promise")]
    assert sorted(published) == sorted(tests)


def test_the_number_of_charts_and_the_seed_are_as_published() -> None:
    page = read_page("docs/safety.md")
    published = {row[0]: row[1] for row in rows(page, "how")}
    assert published == {
        "make test": f"{settings.get_profile('default').max_examples:,}",
        "make safety": f"{settings.get_profile('long').max_examples:,}",
    }
    assert re.findall(r"^SEED \?= (\d+)$", read_page("Makefile"), re.MULTILINE)[0] in page
