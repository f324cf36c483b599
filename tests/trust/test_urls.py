"""Whom a URL is about: what is not plain is not listed, and what is listed is what is asked for."""

from __future__ import annotations

from urllib.parse import unquote, urljoin

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from service.trust import EhrServer, Trust, Url, parse_base, parse_url, resolve

BASE = "https://ehr.example.org/fhir/r4"
SERVER = EhrServer(base_url=BASE)
TRUST = Trust(servers=(SERVER, EhrServer(base_url="https://ehr.example.org/fhir/r4/tenant")))


def base() -> Url:
    parsed = parse_base(BASE)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    "url",
    [
        BASE,
        f"{BASE}/",
        "HTTPS://EHR.Example.ORG/fhir/r4",
        "https://ehr.example.org:443/fhir/r4",
        f"{BASE}/site-7",
    ],
)
def test_the_same_base_in_other_spellings_is_listed(url: str) -> None:
    assert TRUST.server_for(url) is SERVER


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ehr.example.org/fhir/r4",
        "//ehr.example.org/fhir/r4",
        "ftp://ehr.example.org/fhir/r4",
        "file:///fhir/r4",
        "javascript:alert(1)",
        "http://ehr.example.org/fhir/r4",  # the entry says https
        "https://ehr.example.org:8443/fhir/r4",
        "https://ehr.example.org:0/fhir/r4",
        "https://ehr.example.org:99999/fhir/r4",
        "https://ehr.example.org:x/fhir/r4",
        "https://ehr.example.org./fhir/r4",
        "https://ehr.example.org.evil.example/fhir/r4",
        "https://evil.example/fhir/r4",
        "https://evil.example/https://ehr.example.org/fhir/r4",
        "https://ehr.example.org@evil.example/fhir/r4",
        "https://user@ehr.example.org/fhir/r4",
        "https://user:secret@ehr.example.org/fhir/r4",
        "https://@ehr.example.org/fhir/r4",
        "https://evil.example#@ehr.example.org/fhir/r4",
        "https://evil.example\\@ehr.example.org/fhir/r4",
        "https://ehr.example.org\\.evil.example/fhir/r4",
        "https://ehr.example.org\n.evil.example/fhir/r4",
        "https://ehr.example.org/fhir/r4#",
        "https://ehr.example.org/fhir/r4?",
        "https://ehr.example.org/fhir/r4?x=1",
        "https://ehr.example.org/fhir",
        "https://ehr.example.org/fhir/r44",
        "https://ehr.example.org/FHIR/r4",
        "https://ehr.example.org//fhir/r4",
        "https://ehr.example.org/fhir/r4/..",
        "https://ehr.example.org/fhir/r4/../admin",
        "https://ehr.example.org/fhir/r4/./x",
        "https://ehr.example.org/fhir/r4/..;/admin",
        "https://ehr.example.org/fhir/r4/%2e%2e/admin",
        "https://ehr.example.org/fhir/r4/%2E%2e%2fadmin",
        "https://ehr.example.org/fhir/r4/%252e%252e/admin",
        "https://ehr.example.org/fhir/r4/..%5cadmin",
        "https://ehr.example.org/fhir/r4/%00",
        "https://ehr.example.org/fhir/r4/%zz",
        "https://ehr.example.org/fhir/r4 ",
        " https://ehr.example.org/fhir/r4",
        "https://ehr.example.org/fhir/r4\u2028",
        "https://ehr.example.org/fhir/r4/é",
        "https://ehr\u3002example.org.evil.example/fhir/r4",
        "https://ehr.example.org\uff0ffhir/r4",
        "https://[::1/fhir/r4",
        "https://[fe80::1%25eth0]/fhir/r4",
        "https://[v1.x]/fhir/r4",
        "https://\u2260.example/fhir/r4",
        f"https://{'a.' * 130}example/fhir/r4",
        "https:///fhir/r4",
        f"{BASE}/{'x' * 9_000}",
    ],
)
def test_what_is_elsewhere_or_not_plain_is_not_listed(url: str) -> None:
    assert TRUST.server_for(url) is None


def test_the_closest_entry_counts() -> None:
    assert TRUST.server_for(f"{BASE}/tenant/7") is TRUST.servers[1]


@pytest.mark.parametrize("url", ["https://[2001:DB8::0:1]/fhir", "https://[2001:db8:0::1]:443/fhir/"])
def test_an_ipv6_address_is_one_address_in_every_spelling(url: str) -> None:
    trust = Trust(servers=(EhrServer(base_url="https://[2001:db8::1]/fhir"),))
    assert trust.server_for(url) is not None


@pytest.mark.parametrize("host", ["127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "127.0.0.1.", "256.1.1.1"])
def test_an_address_in_an_odd_spelling_is_no_host(host: str) -> None:
    assert parse_url(f"https://{host}/fhir") is None


@pytest.mark.parametrize("url", ["https://praxis-müller.example/fhir", "https://XN--Praxis-mller-klb.example/fhir"])
def test_a_name_with_umlauts_is_its_idna_form(url: str) -> None:
    trust = Trust(servers=(EhrServer(base_url="https://xn--praxis-mller-klb.example/fhir"),))
    assert trust.server_for(url) is not None


@pytest.mark.parametrize(
    ("link", "url"),
    [
        (f"{BASE}?_getpages=7&_offset=20", f"{BASE}?_getpages=7&_offset=20"),
        (f"{BASE}/Condition?patient=1&page=2", f"{BASE}/Condition?patient=1&page=2"),
        ("Condition?page=2", f"{BASE}/Condition?page=2"),
        ("?_getpages=7", f"{BASE}?_getpages=7"),
        ("/fhir/r4/Condition?page=2", f"{BASE}/Condition?page=2"),
        (f"{BASE}/?code=http%3A%2F%2Floinc.org%7C82810-3", f"{BASE}/?code=http%3A%2F%2Floinc.org%7C82810-3"),
    ],
)
def test_a_link_under_the_base_is_followed(link: str, url: str) -> None:
    assert str(resolve(base(), link)) == url


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/fhir/r4/Condition?page=2",
        "http://ehr.example.org/fhir/r4/Condition?page=2",
        "//evil.example/fhir/r4/Condition",
        "/admin",
        "/fhir/r4/../admin",
        "../admin",
        "Condition/../../../admin",
        "%2e%2e/admin",
        "\\\\evil.example\\x",
        "https:evil.example",
        "https:/fhir/r4/x",
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(link: str) -> None:
    assert resolve(base(), link) is None


PIECES = st.sampled_from(
    [
        *("https:", "http:", "/", "//", "\\", "@", ":", "443", "8080", "#", "?", "..", ".", "%2e", "%2f", "%5c", ";"),
        *("ehr.example.org", "EHR.example.org", "evil.example", "127.0.0.1", "[::1]", "fhir", "r4", "Patient", " "),
        *("\t", "\n", "é", "\u3002", "\uff0f", "x=1", "&", "%41", "%", "", "\x00", BASE, f"{BASE}/"),
    ]
)
ODD = st.one_of(
    st.lists(PIECES, max_size=12).map("".join),
    st.text(max_size=60),
    st.builds("{}{}".format, st.just(BASE), st.lists(PIECES, max_size=6).map("".join)),
)


@given(ODD)
def test_what_is_taken_is_read_in_the_same_way_by_who_asks(text: str) -> None:
    url = parse_url(text)
    if url is None:
        return
    prepared = requests.Request("GET", str(url)).prepare()
    asked = parse_url(prepared.url or "")
    assert asked is not None
    assert asked[:3] == url[:3]
    assert unquote(asked.path) == unquote(url.path or "/")
    assert parse_url(str(url)) == url


@given(ODD)
def test_what_is_listed_is_asked_for_under_the_base(text: str) -> None:
    if TRUST.server_for(text) is None:
        return
    prepared = requests.Request("GET", str(parse_base(text))).prepare().url or ""
    assert prepared == BASE or prepared.startswith(f"{BASE}/")


@given(ODD)
def test_what_a_link_leads_to_is_under_the_base(link: str) -> None:
    url = resolve(base(), link)
    if url is None:
        return
    prepared = requests.Request("GET", str(url)).prepare().url or ""
    assert prepared.startswith((f"{BASE}/", f"{BASE}?")) or prepared == BASE
    assert urljoin(prepared, "") == prepared
