"""Which FHIR version and media type a request is in, and which it asks for (FHIR checklist, section 2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir.refused import Case, Refused
from service.fhir.versions import Answer, FhirVersion, declared_version, negotiate

R4, R4B, R5 = FhirVersion.R4, FhirVersion.R4B, FhirVersion.R5


@pytest.mark.parametrize(
    ("content_type", "version"),
    [
        (None, None),
        ("", None),
        ("application/fhir+json", None),
        ("application/json", None),
        ("text/json; charset=UTF-8", None),
        ("application/json+fhir", None),
        ("text/plain", None),
        ("application/fhir+json; fhirVersion=4.0", R4),
        ("application/fhir+json;fhirVersion=4.0.1", R4),
        ('APPLICATION/FHIR+JSON; FHIRVERSION="4.3"; charset="utf-8"', R4B),
        ("application/json; charset=utf-8; fhirVersion=5.0", R5),
    ],
)
def test_content_type_declares_the_version(content_type: str | None, version: FhirVersion | None) -> None:
    assert declared_version(content_type) is version


@pytest.mark.parametrize(
    "content_type",
    [
        "application/fhir+xml",
        "application/xml",
        "application/x-www-form-urlencoded",
        "text/html",
        "nonsense",
        "application/fhir+json; fhirVersion=3.0",
        "application/fhir+json; fhirVersion=1.0",
        "application/fhir+json; fhirVersion=",
        "application/fhir+json; charset=iso-8859-1",
        "application/json; charset=utf-16",
    ],
)
def test_other_content_types_are_refused_and_told_what_is_supported(content_type: str) -> None:
    with pytest.raises(Refused) as refused:
        declared_version(content_type)
    assert refused.value.case is Case.UNSUPPORTED_MEDIA
    assert refused.value.issues[0].code == "not-supported"
    assert "4.0" in refused.value.issues[0].diagnostics or "UTF-8" in refused.value.issues[0].diagnostics


@pytest.mark.parametrize(
    ("accept", "media_type", "versions"),
    [
        (None, "application/fhir+json", ()),
        ("", "application/fhir+json", ()),
        ("*/*", "application/fhir+json", ()),
        ("application/*", "application/fhir+json", ()),
        ("application/json", "application/json", ()),
        ("text/json", "text/json", ()),
        ("application/json+fhir", "application/fhir+json", ()),
        ("application/json, application/fhir+json", "application/fhir+json", ()),
        ("application/json, application/fhir+json;q=0.9", "application/json", ()),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "application/fhir+json", ()),
        ("text/html, *; q=.2, */*; q=.2", "application/fhir+json", ()),
        ("*/*, application/fhir+json;q=0", "application/json", ()),
        ("application/fhir+json; fhirVersion=5.0", "application/fhir+json", (R5,)),
        ("application/fhir+xml, application/fhir+json; fhirVersion=4.3;q=0.5", "application/fhir+json", (R4B,)),
        ("application/fhir+json; fhirVersion=3.0, application/json;q=0.1", "application/json", ()),
        (
            "application/fhir+json; fhirVersion=4.0, application/fhir+json; fhirVersion=5.0",
            "application/fhir+json",
            (R4, R5),
        ),
    ],
)
def test_accept_decides_the_form_of_the_answer(
    accept: str | None, media_type: str, versions: tuple[FhirVersion, ...]
) -> None:
    assert negotiate(accept) == Answer(media_type, versions)


@pytest.mark.parametrize(
    ("accept", "formats"),
    [
        ("application/fhir+xml", ()),
        ("text/html", ()),
        ("application/fhir+json; fhirVersion=3.0", ()),
        ("*/*;q=0", ()),
        ("*/*", ("xml",)),
        ("*/*", ("ttl",)),
        ("*/*", ("application/fhir+json; fhirVersion=3.0",)),
    ],
)
def test_what_can_not_be_written_is_not_acceptable(accept: str, formats: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as refused:
        negotiate(accept, formats)
    assert refused.value.case is Case.NOT_ACCEPTABLE


@pytest.mark.parametrize(
    ("written", "media_type"),
    [
        ("json", "application/fhir+json"),
        ("JSON", "application/fhir+json"),
        ("application/json", "application/json"),
        ("application/fhir+json", "application/fhir+json"),
        ("application/fhir json", "application/fhir+json"),
    ],
)
def test_format_overrides_accept(written: str, media_type: str) -> None:
    assert negotiate("application/xml", (written,)).media_type == media_type


def test_format_leaves_the_version_to_accept() -> None:
    assert negotiate("application/fhir+json; fhirVersion=5.0", ("json",)).versions == (R5,)
    assert negotiate("*/*", ("application/fhir+json; fhirVersion=4.3",)).versions == (R4B,)


def test_answer_is_in_the_version_of_the_request_unless_others_are_asked_for() -> None:
    assert Answer().version(R5) is R5
    assert Answer(versions=(R4, R5)).version(R5) is R5
    assert Answer(versions=(R4, R5)).version(R4B) is R4
    assert Answer("application/json").content_type(R4B) == "application/json; fhirVersion=4.3; charset=utf-8"


@given(st.text(max_size=80), st.lists(st.text(max_size=20), max_size=2))
def test_any_header_is_read_or_refused(header: str, formats: list[str]) -> None:
    for attempt in (lambda: declared_version(header), lambda: negotiate(header, formats)):
        try:
            attempt()
        except Refused as refused:
            read = refused.case
            assert read in (Case.UNSUPPORTED_MEDIA, Case.NOT_ACCEPTABLE)
