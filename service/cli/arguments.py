"""What `needlewise` understands on the command line. Only argparse is needed here: `--help` must be quick."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from service import __version__

_DESCRIPTION: Final = (
    "Needlewise screens a FHIR chart for the safety of dry needling and writes a FHIR RiskAssessment. "
    "It advises a professional; it does not decide."
)
_EPILOG: Final = """\
examples:
  needlewise serve                                        on http://127.0.0.1:8080
  needlewise screen chart.json                            one chart, to read
  needlewise screen charts/ --format fhir --output out/   a folder, one RiskAssessment a chart
  needlewise screen - --target "left gastrocnemius" --as-of 2026-03-02 < chart.json
  needlewise rules blood-thinner                          what a rule looks for, and what it says
  needlewise code snomed 44054006                         is this code known, and what would it do?
  needlewise census --format csv                          codes that came and that no list holds

exit status: 0 done; 1 some input could not be screened, or a check found faults; 2 wrong usage or settings.
Settings are NEEDLEWISE_... variables or a TOML file: see `needlewise settings`.
"""
_SCREEN_EPILOG: Final = """\
Input is a Bundle or a Parameters resource, as .json or .json.gz; a folder is searched for them, `-` is standard
input. Without --target, targets come from the dry-needling orders in the chart.

Results go to standard output, progress and faults to standard error. With --format fhir, one input gives one
indented resource, several give one resource a line. With --output FOLDER/ each input gets a file of its own.
"""


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line. Prints help or a usage error and leaves with SystemExit where it has to."""
    return _parser().parse_args(argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="needlewise",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"needlewise {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    commands.add_parser(
        "serve", help="start the service", description="Start the service; it stops on Ctrl-C or SIGTERM."
    )
    _add_screen(commands)
    _add_rules(commands)
    _add_code(commands)
    _add_mappings(commands)
    _add_db(commands)
    _add_census(commands)
    _add_replay(commands)
    commands.add_parser(
        "settings",
        help="print the settings in force",
        description="Print every setting with its value in force and a line on what it does.",
    )
    return parser


def _add_screen(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    screen = commands.add_parser(
        "screen",
        help="screen charts from files",
        description="Screen FHIR charts from files or standard input.",
        epilog=_SCREEN_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    screen.add_argument("inputs", nargs="*", metavar="FILE|DIR|-", help="charts to screen; default: standard input")
    screen.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="WHERE",
        help="where the needle goes, in words or as system|code; repeatable; replaces what orders say",
    )
    screen.add_argument("--as-of", metavar="DATE", help="the moment to judge for, such as 2026-03-02; default: now")
    screen.add_argument("--pack", action="append", default=[], metavar="PACK", help="rule pack; repeatable")
    screen.add_argument("--language", metavar="CODE", help="language of the result: en, de or es; default: LANGUAGE")
    screen.add_argument("--subject", metavar="Patient/ID", help="whose chart it is, where it holds several patients")
    screen.add_argument(
        "--electrical-stimulation",
        choices=("true", "false"),
        help="whether current goes through the needles; default: what the order says",
    )
    screen.add_argument("--format", choices=("text", "fhir"), default="text", help="default: text, to read")
    screen.add_argument("--output", metavar="PATH", help="file, or folder (existing, or with a / at its end)")


def _add_rules(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    rules = commands.add_parser(
        "rules",
        help="print rule packs and rules",
        description="Print all rule packs, one pack with its rules, or one rule with its clauses, texts and sources.",
    )
    rules.add_argument("name", nargs="?", metavar="PACK|RULE", help="a pack's or rule's name; default: all packs")
    rules.add_argument("--site", action="store_true", help="what this site's policy (SITE_RULES) changes, and why")
    rules.add_argument(
        "--diff",
        nargs=2,
        metavar=("A", "B"),
        help="two packs side by side, texts and codes included; each a pack's name, its file, or a mappings/ folder",
    )
    rules.add_argument(
        "--format", choices=("text", "html"), default="text", help="html: a booklet to print and sign; default: text"
    )


def _add_code(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    code = commands.add_parser(
        "code",
        help="say what a code is known as, and which rules would read it",
        description="Say whether a code is on the lists, as which concept and meaning, and which rules would read it.",
    )
    code.add_argument("system", metavar="SYSTEM", help="a system's short name (snomed, icd-10-cm, rxnorm, ...) or URI")
    code.add_argument("code", metavar="CODE", help="the code, such as 44054006")


def _add_mappings(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    mappings = commands.add_parser(
        "mappings", help="check or refresh the code lists", description="Work on the code lists."
    )
    actions = mappings.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    actions.add_parser(
        "check",
        help="look for faults in mappings/",
        description="Look for faults in mappings/: check digits, doubles, contradictions, unknown concepts, orphans.",
    )
    expand = actions.add_parser(
        "expand",
        help="refresh lists from their definitions, as a diff to review",
        description="Ask the terminology server of NEEDLEWISE_TERMINOLOGY_URL for the codes of each definition of "
        "mappings/codes/expansions.csv, and print what would change in the lists as a diff on standard output.",
    )
    expand.add_argument("concepts", nargs="*", metavar="CONCEPT", help="just these concepts and drugs; default: all")
    expand.add_argument("--write", action="store_true", help="change the lists, too")


def _add_census(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    census = commands.add_parser(
        "census",
        help="rank the codes that came and that no list holds",
        description="Print the codes that were received and that no list holds, the most frequent first, with listed "
        "codes that they look like. Who had them is not stored.",
    )
    census.add_argument("--most", type=_count, default=50, metavar="N", help="how many codes; default: 50")
    census.add_argument("--format", choices=("text", "csv"), default="text", help="default: text, to read")


def _add_replay(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    replay = commands.add_parser(
        "replay",
        help="screen again what a stored result was made from",
        description="Screen again what a stored result was made from, for the same moment and with the same rule "
        "packs, and say what differs and why. The chart is the stored one (KEEP_INPUTS), else FILE, if its hash fits.",
        epilog="exit status: 0 the same result; 1 something differs, or FILE is not what was screened; 2 wrong usage, "
        "wrong settings or no such result; 3 it could not be screened: no chart, or no database.",
    )
    replay.add_argument("id", metavar="ID", help="id of the RiskAssessment, or its address")
    replay.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the body that was sent, decompressed")
    replay.add_argument(
        "--mappings", type=Path, metavar="FOLDER", help="lists and rule packs of another release; default: the shipped"
    )


def _count(given: str) -> int:
    if not (given.isascii() and given.isdigit()) or int(given[:9]) < 1:
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return int(given[:9])


def _add_db(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    db = commands.add_parser(
        "db",
        help="upgrade, purge, export from or erase in the database",
        description="Work on the database of DATABASE_URL.",
    )
    actions = db.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    actions.add_parser(
        "upgrade",
        help="make or change its tables as this version needs them",
        description="Make or change the tables as this version needs them. With SQLite, `serve` does it by itself.",
    )
    actions.add_parser(
        "purge",
        help="delete what is older than RETENTION_DAYS",
        description="Delete results, cards and feedback older than RETENTION_DAYS, and audit events older than "
        "AUDIT_DAYS. `serve` does it by itself every hour, on one replica at a time.",
    )
    for name, words in (
        ("export", "Print one patient's results, one a line"),
        ("erase", "Delete one patient's results"),
    ):
        action = actions.add_parser(name, help=f"{words[0].lower()}{words[1:]}", description=f"{words}.")
        action.add_argument("patient", metavar="PATIENT", help="Patient/ID, ID, or the whole reference as it was sent")
