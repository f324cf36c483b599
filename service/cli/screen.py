"""`needlewise screen`: charts from files, results to read or to file."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from typing import Final
from uuid import uuid4

import orjson

from service import __version__
from service.cli.charts import STANDARD_INPUT, Input, InputError, Output, find_inputs
from service.cli.loading import load_screener
from service.cli.progress import Progress
from service.cli.refusal import CommandError
from service.cli.settings import effective_settings
from service.cli.text import plain, write_text
from service.core.dates import Span, parse_span
from service.fhir.refused import Refused, operation_outcome
from service.fhir.versions import FhirVersion
from service.fhir.write import risk_assessment
from service.pipeline import Answered, Screener, read_clock

_SUFFIXES: Final = {"text": ".txt", "fhir": ".risk-assessment.json"}


def run(asked: argparse.Namespace) -> int:
    """Screen every input; 1 where some could not be."""
    inputs = list(find_inputs(asked.inputs or [STANDARD_INPUT]))
    if not asked.inputs and sys.stdin.isatty():
        raise CommandError("name the charts to screen, or send one to standard input: see `needlewise screen --help`")
    _check_as_of(asked.as_of)
    screener = load_screener(effective_settings())
    _check_packs(screener, asked.pack)
    if asked.language and asked.language not in screener.wordings:
        raise CommandError(f"--language {asked.language} is none of {', '.join(screener.wordings)}")
    run_of_charts = _Run(screener, asked, several=len(inputs) > 1)
    progress = Progress(len(inputs), sys.stderr)
    for done, source in enumerate(inputs):
        progress.show(done, source.name)
        run_of_charts.screen(source, progress)
    progress.show(len(inputs), "")
    progress.clear()
    return run_of_charts.finish(len(inputs))


def _check_as_of(given: str | None) -> None:
    if given is not None and parse_span(given) is None:
        raise CommandError("--as-of must be a FHIR date or dateTime such as 2026-03-02")


def _check_packs(screener: Screener, names: list[str]) -> None:
    try:
        screener.choose_packs(names)
    except Refused as refused:
        raise CommandError(f"--{refused.issues[0].diagnostics}") from None


class _Run:
    """One run over all inputs: judged for one moment, written in one form."""

    def __init__(self, screener: Screener, asked: argparse.Namespace, *, several: bool) -> None:
        self._screener = screener
        self._query = _query(asked)
        self._now: Span = read_clock()
        self._language: str = asked.language or ""
        self._fhir: bool = asked.format == "fhir"
        self._output = Output(asked.output, _SUFFIXES[asked.format])
        self._lines = several and not self._output.folder  # several results in one stream
        self._colour = _wants_colour(asked)
        self._failed = 0

    def screen(self, source: Input, progress: Progress) -> None:
        """Screen one input and write its result, or say why there is none."""
        try:
            answered = self._screener.answer(
                source.read(), content_type=None, query=self._query, now=self._now, language=self._language
            )
        except InputError as fault:
            progress.clear()
            self._fail(source, [str(fault)])
        except Refused as refused:
            progress.clear()
            self._fail(source, [_sentence(issue.diagnostics, issue.expression) for issue in refused.issues])
            self._output.write(source, self._refused(refused))
        else:
            progress.clear()
            self._output.write(source, self._result(source, answered))

    def finish(self, total: int) -> int:
        """Close the output, sum up on standard error, and give the exit status."""
        self._output.close()
        if total > 1:
            print(f"{total - self._failed} of {total} screened", file=sys.stderr)
        return 1 if self._failed else 0

    def _result(self, source: Input, answered: Answered) -> bytes:
        if self._fhir:
            resource = risk_assessment(
                answered.screening,
                answered.version,
                identifier=str(uuid4()),
                resource_id=None,
                software_version=__version__,
            )
            return self._json(resource)
        text = write_text(answered.screening, width=shutil.get_terminal_size().columns, colour=self._colour)
        return f"{self._heading(source)}{text}".encode(errors="replace")

    def _refused(self, refused: Refused) -> bytes:
        """In the place of a result, so that results and inputs still correspond."""
        if self._fhir:
            return self._json(operation_outcome(refused.issues, FhirVersion.R4))
        if not self._output.folder:
            return b""  # standard error has said it
        return "".join(f"Not screened: {plain(issue.diagnostics)}\n" for issue in refused.issues).encode()

    def _json(self, resource: dict[str, object]) -> bytes:
        return orjson.dumps(resource, option=orjson.OPT_APPEND_NEWLINE | (0 if self._lines else orjson.OPT_INDENT_2))

    def _heading(self, source: Input) -> str:
        return f"=== {plain(source.name)}\n\n" if self._lines else ""

    def _fail(self, source: Input, reasons: list[str]) -> None:
        self._failed += 1
        for reason in reasons:
            print(f"needlewise: {plain(source.name)}: {plain(reason)}", file=sys.stderr)


def _query(asked: argparse.Namespace) -> list[tuple[str, str]]:
    """The options as the parameters of the FHIR operation."""
    query = [("target", target) for target in asked.target]
    query += [("pack", pack) for pack in asked.pack]
    single = {
        "as-of": asked.as_of,
        "subject": asked.subject,
        "electrical-stimulation": asked.electrical_stimulation,
    }
    return query + [(name, value) for name, value in single.items() if value is not None]


def _wants_colour(asked: argparse.Namespace) -> bool:
    return (
        asked.output is None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


def _sentence(diagnostics: str, expression: str) -> str:
    return f"{expression}: {diagnostics}" if expression else diagnostics
