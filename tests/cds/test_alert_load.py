"""What a folder of charts would bring clinicians to read, counted before an EHR is connected."""

import orjson

from bench.alerts import count_cards, table
from tests.cds.calls import Json, bundle, has, moment, patient, taking
from tests.vignettes.runner import screener


def printed(*charts: Json, targets: tuple[str, ...] = ("left gastrocnemius",)) -> list[str]:
    load = count_cards(screener(), map(orjson.dumps, charts), targets, moment())
    return [" ".join(line.split()) for line in "\n".join(table(load, {"bloodthinner": "blood-thinner"})).splitlines()]


def test_cards_are_counted_by_rule_and_indicator() -> None:
    ill = bundle(patient(), has("HIV infection"), taking())
    careful = bundle(patient(), has("Low back pain"), taking())
    woman = bundle(patient("female"), has("Low back pain"), taking("Paracetamol 500 mg tablet"))
    well = bundle(patient(), has("Low back pain"), taking("Paracetamol 500 mg tablet"))
    assert printed(ill, careful, careful, woman, well, bundle(), {"resourceType": "Patient"}) == [
        "rule critical warning info",
        "blood-thinner 0 2 0",
        "hiv 1 0 0",
        "pregnancy 0 0 1",
        "all 1 2 1",
        "",
        "5 orders, 4 cards (80 per 100 orders), 1 orders silent",
        "2 files are no chart of one patient, and were left out",
    ]


def test_every_site_is_an_order() -> None:
    chart = bundle(patient(), has("Cellulitis of left calf"), taking())
    rows = printed(chart, targets=("left calf", "right calf"))
    assert "all 1 1 0" in rows


def test_a_folder_without_charts_is_told() -> None:
    assert "0 orders, 0 cards (0 per 100 orders), 0 orders silent" in printed()
