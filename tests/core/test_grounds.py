"""What a Screening was made from: each entry's part in it, and the evidence in time."""

from service.core.clause_words import clause_in_words
from service.core.dates import parse_span
from service.core.facts import Fate
from service.core.grounds import EntryTold, Stretch, entries_told, timeline
from service.core.judge.rules import READINGS
from service.core.packs import ReadingClause
from service.core.screen import screen
from service.core.screening import Screening
from service.fhir.read import read_request
from tests.vignettes.runner import knowledge, packs
from tests.web.serving import ROOT


def screened(example: str) -> Screening:
    asked = read_request(
        (ROOT / f"examples/{example}.json").read_bytes(),
        content_type=None,
        query=(),
        systems=knowledge().systems,
        max_entries=100,
    )
    as_of = parse_span("2026-03-02")
    assert as_of is not None
    chosen = [packs()["default"], packs()["extended"]]
    return screen(asked.chart, targets=asked.targets, as_of=as_of, packs=chosen, knowledge=knowledge())


def by_name(told: tuple[EntryTold, ...]) -> dict[str, EntryTold]:
    return {entry.name: entry for entry in told}


def drawn(example: str) -> dict[str, Stretch]:
    return {stretch.name: stretch for stretch in timeline(screened(example))}


def test_every_entry_is_told_once_with_what_rests_on_it() -> None:
    screening = screened("ips-hepatitis-b")
    told = entries_told(screening)
    assert [entry.source.position for entry in told] == list(range(7))
    assert by_name(told)["Chronic hepatitis B"].effects[0] == "Finding: Hepatitis B"
    assert by_name(told)["HIV infection"].fate is Fate.SET_ASIDE
    counted = {each.type: each.total for each in screening.entries}
    assert sum(counted.values()) == len(told)


def test_a_medicine_that_ended_counts_until_its_washout_is_over() -> None:
    warfarin = drawn("r5-warfarin-stopped")["Warfarin 5 mg tablet"]
    assert (str(warfarin.until), str(warfarin.counts_until)) == ("2026-02-28", "2026-03-05")
    assert not warfarin.moment


def test_a_result_is_a_moment_and_counts_for_its_shelf_life() -> None:
    (inr,) = (each for each in timeline(screened("warfarin-deep-target")) if each.name.startswith("INR"))
    assert inr.moment
    assert (str(inr.since), str(inr.counts_until)) == ("2026-02-27", "2026-03-06")


def test_a_problem_that_is_current_still_holds() -> None:
    psoriasis = drawn("r5-warfarin-stopped")["Psoriasis of left elbow"]
    assert (str(psoriasis.since), psoriasis.until, psoriasis.moment) == ("2009", None, False)


def test_every_reading_has_its_words() -> None:
    assert all(clause_in_words(ReadingClause(name=name)) for name in READINGS)
