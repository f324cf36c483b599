"""URLs that others send, compared with those on the list. What is not plain is not a URL here.

Two programs that read one URL in two ways are the way around an allow-list. So a URL is taken apart once,
what could be read in two ways is refused, and what is asked for is written anew from the parts.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import idna

_LONGEST: Final = 8_000
_PORTS: Final = {"http": 80, "https": 443}

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")  # of which systems make addresses: 127.1, 0x7f.1, 2130706433
_IPV4: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")
_BAD_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Encoded, these are one thing to who compares and another to who decodes: . / \ % ; and control characters.
_ENCODED: Final = re.compile(r"%(2e|2f|5c|25|3b|[01][0-9a-f]|7f)", re.IGNORECASE)


class Url(NamedTuple):
    """An http or https URL, normalised: host in lower case and IDNA, the port always there."""

    scheme: str
    host: str  # without the brackets of IPv6
    port: int
    path: str
    query: str = ""

    @property
    def origin(self) -> str:
        """Scheme, host and port, the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def __str__(self) -> str:
        """Write it as it is asked for."""
        return f"{self.origin}{self.path}{f'?{self.query}' if self.query else ''}"

    def same_origin(self, other: Url) -> bool:
        """Whether scheme, host and port are equal."""
        return self[:3] == other[:3]

    def is_under(self, base: Url) -> bool:
        """Whether this is the base, or something below it.

        >>> base = parse_base("https://ehr.example.org/fhir/r4/")
        >>> [parse_url(f"https://ehr.example.org{path}").is_under(base) for path in ("/fhir/r4/Patient", "/fhir/r44")]
        [True, False]
        """
        beneath = self.path == base.path or self.path.startswith(f"{base.path}/")
        return self.same_origin(base) and beneath


def parse_url(text: str) -> Url | None:
    """Take an absolute URL apart; None where it is not plain.

    Not plain are: another scheme, user information, a fragment, backslashes, blanks and control characters,
    `.` and `..` in the path, percent-encoded dots, slashes and the like in it, and hosts that are no host names.

    >>> str(parse_url("HTTPS://Praxis-Müller.example:443/fhir"))
    'https://xn--praxis-mller-klb.example/fhir'
    >>> parse_url("https://ehr.example.org@evil.example/fhir")
    """
    if len(text) > _LONGEST or any(each <= " " or each in "\\#\x7f" or each.isspace() for each in text):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # a port that is none, an unfinished IPv6 address, look-alikes of / and ? in the host
        return None
    if parts.scheme not in _PORTS or "@" in parts.netloc or port == 0:
        return None
    host = _host(parts.hostname or "", bracketed=parts.netloc.startswith("["))
    if host is None or not _is_plain_path(parts.path) or not parts.query.isascii():
        return None
    return Url(parts.scheme, host, port or _PORTS[parts.scheme], parts.path, parts.query)


def parse_base(text: str) -> Url | None:
    """Take the base URL of a FHIR server apart: no query, and trailing slashes do not count."""
    url = parse_url(text)
    if url is None or "?" in text:
        return None
    return url._replace(path=url.path.rstrip("/"))


def resolve(base: Url, link: str) -> Url | None:
    """The URL of a link that a server sent: absolute, or relative to its base. None where it leads elsewhere."""
    if not _ABSOLUTE.match(link):
        if link.startswith("//"):
            return None
        if link.startswith("/"):
            link = base.origin + link
        else:
            link = f"{base}{link}" if link.startswith("?") else f"{base}/{link}"
    url = parse_url(link)
    return url if url is not None and url.is_under(base) else None


def _host(name: str, *, bracketed: bool) -> str | None:
    if bracketed:
        return _ipv6(name)
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True, std3_rules=True).decode()
        except idna.IDNAError:
            return None
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):  # noqa: PLR2004 - of DNS
        return None
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(name)
    return name


def _ipv4(name: str) -> str | None:
    try:
        return str(IPv4Address(name)) if _IPV4.fullmatch(name) else None
    except ValueError:
        return None


def _ipv6(name: str) -> str | None:
    try:
        address = IPv6Address(name)
    except ValueError:
        return None
    return None if address.scope_id else str(address)


def _is_plain_path(path: str) -> bool:
    if not path.isascii() or _BAD_PERCENT.search(path) or _ENCODED.search(path):
        return False
    # Some servers take what follows a semicolon for parameters of the segment.
    return not any(segment.partition(";")[0] in (".", "..") for segment in path.split("/"))
