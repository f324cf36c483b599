"""`needlewise replay ID`: screen again what a stored result was made from, and say what differs and why."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from service import __version__
from service.cds.answer import Answerer
from service.cds.cards import Form
from service.cds.discovery import templates
from service.cds.hooks import Hook
from service.cds.requests import read_call
from service.cli.differences import differences
from service.cli.loading import load_screener
from service.cli.refusal import CommandError
from service.cli.settings import effective_settings
from service.core.dates import Span, parse_span
from service.core.screening import Screening
from service.fhir.refused import Refused
from service.fhir.versions import FhirVersion
from service.fhir.write import risk_assessment
from service.pipeline import Screener
from service.settings import PREFIX, Settings, SettingsError
from service.store import Archived, StoreAwayError, open_store

SAME: Final = 0
DIFFERS: Final = 1
NOT_SCREENED: Final = 3


def run(asked: argparse.Namespace) -> int:
    """Screen it again. 0: the same; 1: something differs, or the file is another; 3: there is nothing to screen."""
    settings = effective_settings()
    archived = _find(settings, asked.id.rstrip("/").rpartition("/")[2])
    print(f"RiskAssessment/{archived.id}, made {archived.made:%Y-%m-%d %H:%M:%S} UTC by door {archived.door}")
    body = archived.input
    if asked.file is not None:
        body = _read(asked.file)
        if hashlib.sha256(body).hexdigest() != archived.input_hash:
            print(f"{asked.file} is not what it was made from: its SHA-256 is not {archived.input_hash}")
            return DIFFERS
        print(f"{asked.file} is what it was made from: SHA-256 {archived.input_hash}")
    if body is None:
        print(
            f"The chart was not kept ({PREFIX}KEEP_INPUTS). Its SHA-256 is {archived.input_hash}: give the file that"
            " was sent, and it is checked and screened again."
        )
        return NOT_SCREENED
    if hashlib.sha256(body).hexdigest() != archived.input_hash:
        print("What is stored as its chart is damaged: the SHA-256 is another. Nothing was screened.")
        return DIFFERS
    return _compare(archived, body, load_screener(settings, asked.mappings))


def _find(settings: Settings, id_: str) -> Archived:
    if settings.database_url == "none":
        raise CommandError(f"{PREFIX}DATABASE_URL is none: no result is stored")
    try:
        UUID(id_)
        archived = open_store(settings).archive.find(id_)
    except SettingsError as fault:
        raise CommandError(str(fault)) from None
    except StoreAwayError:
        raise CommandError("the database can't be reached", status=NOT_SCREENED) from None
    except ValueError:
        archived = None
    if archived is None:
        raise CommandError("no result with this id is stored: it never was, or its time is over")
    return archived


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as fault:
        raise CommandError(f"can't read {file}: {fault.strerror}") from None


def _compare(archived: Archived, body: bytes, screener: Screener) -> int:
    version = FhirVersion(archived.asked["fhir-version"])
    try:
        screening = _screened(archived, body, screener)
    except Refused as refused:
        for issue in refused.issues:
            print(f"now it is refused: {issue.diagnostics}")
        _print_reasons(list(_reasons(archived, {})))
        return DIFFERS
    now = risk_assessment(
        screening, version, identifier=archived.id, resource_id=archived.id, software_version=__version__
    )
    lines = differences(archived.resource, now)
    if not lines:
        print("the same result")
        return SAME
    print("\n".join(lines))
    _print_reasons(list(_reasons(archived, {pack.id: pack.version for pack in screening.packs})))
    return DIFFERS


def _screened(archived: Archived, body: bytes, screener: Screener) -> Screening:
    # Of that day, too, where the request named none.
    screener = replace(screener, default_packs=tuple(archived.packs))
    now = parse_span(archived.asked["as-of"])
    if now is None:
        raise CommandError("what was asked is stored in a form that can't be read", status=NOT_SCREENED)
    if archived.door == "cds":
        return _of_call(archived, body, screener, now)
    query = tuple((name, value) for name, value in archived.asked["query"])
    asked = screener.read(body, content_type=archived.asked["content-type"], query=query)
    language = str(archived.resource.get("language", ""))
    return screener.judge(asked, now=now, language=language if language in screener.wordings else "")


def _of_call(archived: Archived, body: bytes, screener: Screener, now: Span) -> Screening:
    """A CDS Hooks call, from its prefetch: what an EHR answered then is nowhere kept."""
    answerer = Answerer(screener=screener, templates=templates(tuple(screener.packs.values()), screener.knowledge))
    for hook in Hook:
        try:
            call = read_call(body, hook.service_id)
        except Refused:
            continue
        answered = answerer.answer(call, ask=lambda _call, _needs: {}, now=now, form=Form(new_id=lambda: archived.id))
        if answered.screening is not None:
            return answered.screening
    raise CommandError("the call is no longer one that asks about dry needling", status=DIFFERS)


def _reasons(archived: Archived, packs: Mapping[str, str]) -> Iterator[str]:
    """What is other than on that day, and so may be why."""
    for pack, version in archived.packs.items():
        here = packs.get(pack)
        if packs and here is None:
            yield f"rule pack {pack} was used, and is not now"
        elif here is not None and here != version:
            yield f"rule pack {pack} was {version}, and is {here} here"
    software = _software(archived.resource)
    if software != __version__:
        yield f"Needlewise was {software or 'of an unknown version'}, and is {__version__} here"
    if archived.door == "cds":
        yield "what was read from the EHR on that day is not kept, and was not read again"


def _print_reasons(reasons: list[str]) -> None:
    print("\nwhy:")
    if not reasons:
        print("  versions are those of that day: lists, site rules or settings have changed, or there is a fault")
    for reason in reasons:
        print(f"  {reason}")
    print("  (--mappings FOLDER screens with the lists and packs of another release)")


def _software(resource: Mapping[str, Any]) -> str:
    device: Mapping[str, Any] = next(
        (each for each in resource.get("contained", ()) if each.get("resourceType") == "Device"), {}
    )
    return str(next((each.get("value", "") for each in device.get("version", ())), ""))
