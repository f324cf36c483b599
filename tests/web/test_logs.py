"""Log lines hold what is allowed and nothing else."""

import io
import logging
from collections.abc import Iterator

import orjson
import pytest
from flask.testing import FlaskClient

from service.web import logs
from service.web.logs import LINE, configure_logs, log, log_bug
from tests.web.charts import AS_OF, SCREEN, chart


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where logs of the test go; the logging of the test run is put back afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.raiseExceptions, logging.getLogger(logs.LOGGER).level
    out = io.StringIO()
    configure_logs("debug", "json", out)
    yield out
    root.handlers[:], root.level, logging.raiseExceptions, level = before
    logging.getLogger(logs.LOGGER).setLevel(level)
    logging.captureWarnings(capture=False)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def test_a_screening_is_one_line(client: FlaskClient, stream: io.StringIO) -> None:
    client.post(f"{SCREEN}?{AS_OF}", data=orjson.dumps(chart()), headers={"X-Request-ID": "r-1"})
    (line,) = lines(stream)
    assert line.keys() == {
        "time", "level", "request_id", "caller", "route", "status", "duration_ms", "headline", "pack",
    }  # fmt: skip
    assert line["request_id"] == "r-1"
    assert line["route"] == SCREEN
    assert line["status"] == 200
    assert line["headline"] == "insufficient-data"
    assert str(line["pack"]).startswith("default ")


def test_the_route_is_logged_and_not_the_path(client: FlaskClient, stream: io.StringIO) -> None:
    client.get("/fhir/ValueSet/joe?name=joe")
    client.get("/joe")
    assert [line["route"] for line in lines(stream)] == ["/fhir/ValueSet/<id_>", "unmatched"]
    assert "joe" not in stream.getvalue()


def test_a_trace_is_logged(client: FlaskClient, stream: io.StringIO) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    client.get("/health/live", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01", "X-Request-ID": "r-2"})
    (line,) = lines(stream)
    assert (line["request_id"], line["trace_id"]) == ("r-2", trace)


def test_a_field_that_is_not_allowed_can_t_be_logged() -> None:
    with pytest.raises(ValueError, match="not allowed in a log line: patient"):
        log(logging.INFO, patient="joe")


def test_a_bug_is_logged_by_type_and_place(stream: io.StringIO) -> None:
    try:
        logs.request_id(5)  # type: ignore[arg-type]
    except TypeError as fault:
        log_bug(fault)
    (line,) = lines(stream)
    assert line["error"] == "TypeError"
    assert str(line["place"]).startswith("service/web/logs.py:")
    assert line.keys() <= {"time", "level", *LINE}


def test_a_bug_outside_our_code_has_its_place_too(stream: io.StringIO) -> None:
    try:
        orjson.loads(b"{joe")
    except ValueError as fault:
        log_bug(fault)
    log_bug(ValueError("joe"))
    first, second = lines(stream)
    assert str(first["place"]).startswith("test_logs.py:")
    assert second["place"] == "unknown"
    assert "joe" not in stream.getvalue()


def test_a_library_can_t_log_its_words(stream: io.StringIO) -> None:
    logging.getLogger("library").warning("value joe of %s", "joe")
    try:
        orjson.loads(b"{joe")
    except ValueError:
        logging.getLogger("library").exception("joe")
    first, second = lines(stream)
    assert first["event"] == "message of library"
    assert second["error"] == "JSONDecodeError"
    assert "joe" not in stream.getvalue()


def test_text_lines_are_for_a_person(stream: io.StringIO) -> None:
    logging.getLogger().handlers[0].setFormatter(logs.TextLines())
    log(logging.INFO, event="listening", status=200)
    assert stream.getvalue().endswith(" INFO    status=200 event=listening\n")


def test_the_level_is_chosen(stream: io.StringIO) -> None:
    configure_logs("warning", "text", stream)
    log(logging.INFO, event="quiet")
    assert stream.getvalue() == ""
