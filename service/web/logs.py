"""Log lines by allow-list: what is not named in `LINE` can't be written, whoever logs it.

A chart's words reach a log through exception texts, URLs and library messages. So a line holds only the
fields below, and of a library's record only its name, level and the type of an exception.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, TextIO

import orjson

LINE: Final = (
    "request_id",
    "trace_id",
    "caller",
    "issuer",
    "jti",
    "tenant",
    "route",
    "status",
    "duration_ms",
    "headline",
    "pack",
    "event",
    "error",
    "place",
)
"""All that a line may hold beside `time` and `level`. `event` is a sentence of our own, never with a value in it."""

LOGGER: Final = "needlewise"

_OURS: Final = Path(__file__).parents[1]
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._~:/+=@-]{1,128}")
_TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def log(level: int, **fields: object) -> None:
    """Write one line. A field that is not in LINE is a mistake of ours and fails the tests that reach it."""
    unknown = fields.keys() - set(LINE)
    if unknown:
        raise ValueError(f"not allowed in a log line: {', '.join(sorted(unknown))}")
    logging.getLogger(LOGGER).log(level, "", extra={"fields": fields})


def log_bug(fault: BaseException, **fields: object) -> None:
    """Write what broke and where, without the exception's text: it may quote the chart."""
    log(
        logging.ERROR,
        event="unexpected error",
        error=type(fault).__name__,
        place=place_of(fault.__traceback__),
        **fields,
    )


def place_of(trace: TracebackType | None) -> str:
    """The innermost frame in our own code, as `service/web/logs.py:57 place_of`; else the innermost of all."""
    frames = traceback.extract_tb(trace)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_OURS)]
    for frame in reversed(ours or frames):
        path = Path(frame.filename)
        shown = path.relative_to(_OURS.parent) if ours else path.name
        return f"{shown}:{frame.lineno} {frame.name}"
    return "unknown"


def request_id(given: str | None) -> str | None:
    """The caller's request id, where it is one: it is logged and sent back, so it can't be just any text."""
    return given if given and _REQUEST_ID.fullmatch(given) else None


def trace_id(traceparent: str | None) -> str | None:
    """The trace id of a well-formed `traceparent` header (W3C Trace Context)."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    return match.group(1) if match else None


def configure_logs(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send all logging of this process through the allow-list, to standard output."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(LOGGER).setLevel(level.upper())
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # a full disk must not print the record's arguments to standard error


class _Lines(logging.Formatter):
    """Picks out of a record what a line may hold."""

    def fields(self, record: logging.LogRecord) -> dict[str, object]:
        """Time, level, and the allowed fields; of a foreign record its logger's name and exception's type."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        given = getattr(record, "fields", None)
        if isinstance(given, Mapping):
            line.update((name, given[name]) for name in LINE if given.get(name) is not None)
            return line
        line["event"] = f"message of {record.name}"
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["place"] = place_of(record.exc_info[2])
        else:
            line["place"] = f"{record.module}:{record.lineno}"
        return line


class JsonLines(_Lines):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record as JSON."""
        return orjson.dumps(self.fields(record), default=str).decode()


class TextLines(_Lines):
    """`name=value` pairs, for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record as pairs."""
        fields = self.fields(record)
        head = f"{fields.pop('time')} {str(fields.pop('level')).upper():7}"
        return " ".join([head, *(f"{name}={value}" for name, value in fields.items())])
