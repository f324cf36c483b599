"""`make samples`: a folder of charts through the whole pipeline, beside what its `labels.csv` expects.

A row labelled `full` is complete: headline, findings and questions must be those. Of a `partial` row what is
listed must be there. Any other needs a result or a clear refusal. Whatever is screened accounts for every entry.
"""

from __future__ import annotations

import csv
import sys
import traceback
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

from service import __version__
from service.cli.charts import Input, find_inputs
from service.cli.loading import load_screener
from service.cli.settings import effective_settings
from service.cli.text import write_text
from service.core.screening import Screening
from service.fhir.refused import Refused
from service.fhir.write import risk_assessment
from service.pipeline import Screener, read_clock

_AS_OF: Final = "2026-03-02"  # of charts without a label
_WIDTH: Final = 100
_IDENTIFIER: Final = str(UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One row of `labels.csv`: what a chart is asked, and what the answer must hold."""

    as_of: str = _AS_OF
    target: str = ""
    headline: str = ""
    findings: frozenset[str] = field(default_factory=frozenset)  # rule:category
    questions: frozenset[str] = field(default_factory=frozenset)  # rule:ceiling
    kind: str = "unlabelled"

    @property
    def binding(self) -> bool:
        """Whether an unmet label fails the run."""
        return self.kind == "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one chart under one label."""

    said: str  # the headline, or why there is none
    text: str  # for the reader
    differences: tuple[str, ...] = ()
    crashed: bool = False


def main(arguments: Sequence[str]) -> int:
    """Screen every chart of a folder or file; 1 where a `full` label is unmet or anything crashed."""
    if len(arguments) != 2:  # noqa: PLR2004 - in and out
        print("usage: python -m bench.samples CHARTS OUTPUT", file=sys.stderr)
        return 2
    charts, output = map(Path, arguments)
    labels = read_labels((charts if charts.is_dir() else charts.parent) / "labels.csv")
    screener = load_screener(effective_settings())
    output.mkdir(parents=True, exist_ok=True)
    unmet, crashed, rows = 0, 0, 0
    for source in find_inputs([str(charts)]):
        for place, label in enumerate(labels.get(Path(source.name).name) or [Label()]):
            outcome = try_one(screener, source, label)
            name = f"{source.result_name.name}{f'-{place + 1}' if place else ''}.txt"
            (output / name).write_text(outcome.text, encoding="utf-8", errors="replace")
            _print(source, label, outcome)
            rows += 1
            unmet += bool(outcome.differences) and label.binding
            crashed += outcome.crashed
    print(f"\n{rows} screenings, {unmet} unmet full labels, {crashed} crashes; results are in {output}/")
    return 1 if unmet or crashed else 0


def read_labels(path: Path) -> dict[str, list[Label]]:
    """File name → its rows; empty where there is no `labels.csv`."""
    labels: dict[str, list[Label]] = defaultdict(list)
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                labels[row["file"]].append(
                    Label(
                        as_of=row["as_of"] or _AS_OF,
                        target=row["target_site"],
                        headline=row["expected_headline"],
                        findings=_several(row["expected_findings"]),
                        questions=_several(row["expected_questions"]),
                        kind=row["label_kind"],
                    )
                )
    return labels


def try_one(screener: Screener, source: Input, label: Label) -> Outcome:
    """Post one chart as it is, in the process, and compare."""
    query = [("as-of", label.as_of), *([("target", label.target)] if label.target else [])]
    body = source.read()
    try:
        answered = screener.answer(body, content_type=None, query=query, now=read_clock())
        risk_assessment(
            answered.screening,
            answered.version,
            identifier=_IDENTIFIER,
            resource_id=None,
            software_version=__version__,
        )
    except Refused as refused:
        said = "; ".join(f"{issue.code}: {issue.diagnostics}" for issue in refused.issues)
        missing = (f"refused, but {label.kind} label",) if label.kind in {"full", "partial"} else ()
        return Outcome(said=f"refused ({refused.case.name.lower()}) {said}", text=f"{said}\n", differences=missing)
    except Exception as bug:  # noqa: BLE001 - the run goes on, and tells where
        place = traceback.extract_tb(bug.__traceback__)[-1]
        said = f"CRASHED {type(bug).__name__} in {place.filename}:{place.lineno}"
        return Outcome(said=said, text=traceback.format_exc(), crashed=True)
    screening = answered.screening
    return Outcome(
        said=screening.headline.code,
        text=write_text(screening, width=_WIDTH, colour=False),
        differences=(*_differences(screening, label), *_unaccounted(screening, body)),
    )


def _differences(screening: Screening, label: Label) -> Iterator[str]:
    found = frozenset(f"{finding.rule}:{finding.category.code}" for finding in screening.findings)
    asked = frozenset(f"{question.rule}:{question.ceiling.code}" for question in screening.questions)
    if label.kind not in {"full", "partial"}:
        return
    if label.headline and label.headline != screening.headline.code:
        yield f"headline is {screening.headline.code}, expected {label.headline}"
    for kind, got, expected in (("finding", found, label.findings), ("question", asked, label.questions)):
        yield from (f"missing {kind} {each}" for each in sorted(expected - got))
        if label.kind == "full":
            yield from (f"unexpected {kind} {each}" for each in sorted(got - expected))


def _unaccounted(screening: Screening, body: bytes) -> Iterator[str]:
    told = sum(count.total for count in screening.entries)
    came = _received(orjson.loads(body.removeprefix(b"\xef\xbb\xbf")))
    if told != came:
        yield f"{told} entries accounted for, {came} received"


def _received(body: Any) -> int:  # noqa: ANN401 - JSON
    """The entries of a Bundle, or of each chart in Parameters."""
    if body.get("resourceType") == "Parameters":
        return sum(_entries(part.get("resource")) for part in body.get("parameter", []) if part.get("name") == "chart")
    return _entries(body)


def _entries(resource: Any) -> int:  # noqa: ANN401 - JSON
    """Entries, those of inner Bundles one by one."""
    if not isinstance(resource, dict) or resource.get("resourceType") != "Bundle":
        return 1
    inner = [entry.get("resource") if isinstance(entry, dict) else None for entry in resource.get("entry", [])]
    return sum(map(_entries, inner))


def _several(cell: str) -> frozenset[str]:
    return frozenset(each.strip() for each in cell.split(";") if each.strip())


def _print(source: Input, label: Label, outcome: Outcome) -> None:
    verdict = "differs" if outcome.differences else "ok"
    print(f"{Path(source.name).name}  {label.as_of}  {label.target}  [{label.kind}, {verdict}]\n    {outcome.said}")
    for difference in outcome.differences:
        print(f"    - {difference}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
