"""Feedback is read in the specification's spelling and in Epic's, each entry by itself."""

from typing import Any

import orjson
import pytest

from service.cds.feedback import read_feedback
from service.fhir.refused import Refused

AT = "2026-03-02T09:30:00Z"
REASON = {"code": "chart-out-of-date", "system": "https://needlewise.org/x", "display": "Out of date"}


def read(*entries: Any) -> Any:
    return read_feedback(orjson.dumps({"feedback": list(entries)}))


def test_accepted() -> None:
    (entry,) = read(
        {"card": "c", "outcome": "accepted", "outcomeTimestamp": AT, "acceptedSuggestions": [{"id": "s"}, {}, 3]}
    ).entries
    assert (entry.card, entry.outcome, entry.accepted, entry.at.isoformat()) == (
        "c",
        "accepted",
        ("s",),
        "2026-03-02T09:30:00+00:00",
    )


@pytest.mark.parametrize("name", ["overrideReason", "overrideReasons"])
def test_overridden_in_both_spellings(name: str) -> None:
    given = {"reason": REASON, "userComment": "seen"}
    for told in (given, [given]):
        (entry,) = read({"card": "c", "outcome": "overridden", "outcomeTimestamp": AT, name: told}).entries
        assert entry.reason == (REASON["system"], REASON["code"], REASON["display"])
        assert entry.comment == "seen"
        assert "seen" not in repr(entry)


def test_a_reason_in_an_extension() -> None:
    told = {"extension": {"com.epic.cdshooks.feedback.overrideReason.reasonTitle": "Other"}}
    (entry,) = read({"card": "c", "outcome": "overridden", "outcomeTimestamp": AT, "overrideReasons": told}).entries
    assert entry.reason == ("", "Other", "Other")


def test_no_reason_is_needed() -> None:
    (entry,) = read({"card": "c", "outcome": "overridden", "outcomeTimestamp": AT}).entries
    assert entry.reason is None


def test_one_bad_entry_loses_no_other() -> None:
    good = {"card": "c", "outcome": "overridden", "outcomeTimestamp": AT}
    received = read(
        3, good, good | {"outcome": "ignored"}, good | {"outcomeTimestamp": "today"}, good | {"card": ""}, good
    )
    assert len(received.entries) == 1
    assert [wrong.place for wrong in received.wrong] == [0, 2, 3, 4]


def test_none_is_fine() -> None:
    assert read().entries == ()


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"feedback": {}}', b'{"feedback": null}'])
def test_what_is_no_feedback_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        read_feedback(body)
