"""The settings: read once at start, from `NEEDLEWISE_…` variables or the TOML file that `NEEDLEWISE_CONFIG` names.

A variable wins over the file, a blank value counts as not given. A wrong value or an unknown name raises
`SettingsError`, whose text is the one line that the start ends with.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

PREFIX: Final = "NEEDLEWISE_"
CONFIG: Final = f"{PREFIX}CONFIG"

_LEVELS: Final = ("debug", "info", "warning", "error")
_FORMATS: Final = ("json", "text")
_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})
_RATE: Final = re.compile(r"(\d+) ?(?:/|per) ?(second|minute|hour|day)")
_DATABASES: Final = re.compile(r"sqlite:///[^?#\s][^?#]*|postgresql\+psycopg://\S+")
_PASSWORD: Final = re.compile(r"(?<=://)([^/@:]*):[^/]*@")  # of a URL
_MOST_WORKERS: Final = 4  # by default: a container often sees all cores of its node, and each worker costs memory


class SettingsError(Exception):
    """A setting that the service can't start with. Its text names the setting and says how to mend it."""


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(given: str) -> int:
        plain = given.replace("_", "").replace(",", "")
        if not (plain.isascii() and plain.isdigit()) or not least <= int(plain[:20]) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(plain)

    return read


def _yes_or_no(given: str) -> bool:
    if given.lower() in _TRUE | _FALSE:
        return given.lower() in _TRUE
    raise ValueError("must be true or false")


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(given: str) -> str:
        if given.lower() in choices:
            return given.lower()
        raise ValueError(f"must be one of {', '.join(choices)}")

    return read


def _words(given: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(given.replace(",", " ").split()))
    return () if words == ("none",) else words


def _language(given: str) -> str:
    return given.lower().partition("-")[0]


def _packs(given: str) -> tuple[str, ...]:
    packs = _words(given)
    if not packs:
        raise ValueError("must name at least one rule pack")
    return packs


def _host(given: str) -> str:
    if any(character.isspace() or character in "/@?#" for character in given):
        raise ValueError("must be a host name or an address such as 127.0.0.1")
    return given.removeprefix("[").removesuffix("]")


def _base_url(given: str) -> str:
    try:
        parts = urlsplit(given)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        more = bool(parts.query or parts.fragment or parts.username)
    except ValueError:  # a port that is none, an unfinished IPv6 address
        sound, more = False, False
    if not sound or more or any(character.isspace() for character in given):
        raise ValueError("must be the address callers use, such as https://needlewise.example.org")
    return given.rstrip("/")


def _launch_url(given: str) -> str:
    _base_url(given)  # as sound as that one: no query, no user
    return given


def _origins(given: str) -> tuple[str, ...]:
    origins = tuple(origin.rstrip("/") for origin in _words(given))
    for origin in origins:
        parts = urlsplit(_base_url(origin))
        if parts.path:
            raise ValueError("must be origins such as https://ehr.example.org, without a path")
    return origins


def _rate(given: str) -> str:
    if given.lower() == "none":
        return ""
    match = _RATE.fullmatch(given.lower())
    if match is None or int(match[1][:9]) < 1:
        raise ValueError("must be none, or a count and a period such as 20/minute (second, minute, hour, day)")
    return f"{int(match[1][:9])}/{match[2]}"


def _networks(given: str) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(each, strict=False)) for each in _words(given))
    except ValueError:
        raise ValueError("must be addresses or networks such as 10.0.0.5 or 10.0.0.0/8") from None


def _database(given: str) -> str:
    if given.lower() == "none":
        return "none"
    if not _DATABASES.fullmatch(given):
        raise ValueError("must be none, sqlite:///FILE, or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
    return given


def _usable_cores() -> int:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(usable or 1, _MOST_WORKERS)


def _setting(default: object, read: Callable[[str], object], line: str) -> Any:  # noqa: ANN401 - as dataclasses.field
    """Declare a setting: its default, how its text is read, the line that `needlewise settings` prints on it."""
    metadata = {"read": read, "line": line}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a site may choose; every field has an effect."""

    host: str = _setting("127.0.0.1", _host, "address to listen on; off loopback only with ALLOW_UNAUTHENTICATED")
    port: int = _setting(8080, _whole(1, 65_535), "port to listen on")
    workers: int = _setting(_usable_cores, _whole(1, 256), "worker processes; by default one a core, at most four")
    public_url: str = _setting("", _base_url, "address by which callers reach the service; blank: HOST and PORT")
    packs: tuple[str, ...] = _setting(("default",), _packs, "rule packs used where a request names none")
    site_rules: str = _setting("", str, "YAML or TOML file of this site's changes to the rule packs; blank: none")
    language: str = _setting("en", _language, "language of results where a request asks for none: en, de or es")
    database_url: str = _setting(
        "sqlite:///var/needlewise.db",
        _database,
        "where results, cards, feedback and the audit trail are kept; none: nowhere",
    )
    retention_days: int = _setting(
        30, _whole(0, 36_500), "days for which results, cards and feedback are kept; what is older is deleted"
    )
    audit_days: int | None = _setting(
        None, _whole(0, 36_500), "days for which the audit trail is kept; blank: as long as results"
    )
    keep_inputs: bool = _setting(
        default=False, read=_yes_or_no, line="keep charts beside their results, so that they can be screened again"
    )
    auth: str = _setting(
        "none", _one_of("none", "jwt"), "who may call: none (everyone who can connect), or jwt (the callers in TRUST)"
    )
    trust: str = _setting("", str, "TOML file of callers and EHR servers; blank: none")
    open_discovery: bool = _setting(
        default=False, read=_yes_or_no, line="with AUTH=jwt, GET /cds-services is answered without a token"
    )
    allow_unauthenticated: bool = _setting(
        default=False, read=_yes_or_no, line="serve off loopback though AUTH is none: something else guards the door"
    )
    max_body_mb: int = _setting(20, _whole(1, 1_024), "largest request body, also once decompressed (1 MB = 1,048,576)")
    max_entries: int = _setting(50_000, _whole(1, 10_000_000), "most entries in one chart")
    log_level: str = _setting(
        "info", _one_of(*_LEVELS), "least important log line written: debug, info, warning, error"
    )
    log_format: str = _setting("json", _one_of(*_FORMATS), "form of log lines on standard output: json or text")
    ehr_timeout_s: int = _setting(3, _whole(1, 60), "seconds that an EHR has for one answer")
    cds_budget_s: int = _setting(4, _whole(1, 60), "seconds for a whole CDS Hooks call; what came till then is used")
    cds_show_clear: bool = _setting(
        default=False, read=_yes_or_no, line="a CDS Hooks card also where nothing was found"
    )
    cds_system_actions: bool = _setting(
        default=False, read=_yes_or_no, line="CDS Hooks answers ask the EHR to file the RiskAssessment (systemActions)"
    )
    smart_app_url: str = _setting("", _launch_url, "SMART app that cards link to; blank: no such link")
    quiet_days: int = _setting(
        30, _whole(0, 3_650), "days for which a card that was overridden stays quiet while its evidence is the same"
    )
    canary_minutes: int = _setting(15, _whole(0, 1_440), "minutes between self-checks with synthetic patients; 0: none")
    terminology_url: str = _setting(
        "", _base_url, "FHIR terminology server that is asked about codes on no list; blank: none"
    )
    hide_restricted: bool = _setting(
        default=False, read=_yes_or_no, line="what entries with limiting security labels say is not named in any text"
    )
    rate_limit: str = _setting(
        "", _rate, "most requests of one caller, such as 20/minute; CDS Hooks, health and metrics are not counted"
    )
    trusted_proxies: tuple[str, ...] = _setting(
        (), _networks, "addresses of proxies whose X-Forwarded-For is believed; none by default"
    )
    cors_origins: tuple[str, ...] = _setting(
        (), _origins, "web origins whose pages may call the service; none by default"
    )

    @property
    def max_body(self) -> int:
        """The largest request body in bytes."""
        return self.max_body_mb * 1_048_576

    @property
    def days_of_audit(self) -> int:
        """How long the trail is kept."""
        return self.retention_days if self.audit_days is None else self.audit_days

    @property
    def base_url(self) -> str:
        """The address to print in links; never taken from a request."""
        return self.public_url or f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def own_host(self) -> str:
        """Where this service reaches itself: nobody can connect to "all addresses"."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - what is listened on

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A setting as `needlewise settings` prints it."""

    name: str
    value: str
    line: str


def shown(settings: Settings) -> Iterator[Shown]:
    """Every setting with its effective value; the password in a URL is hidden."""
    for each in fields(settings):
        yield Shown(
            name=PREFIX + each.name.upper(),
            value=_PASSWORD.sub(r"\1:***@", _written(getattr(settings, each.name))),
            line=each.metadata["line"],
        )


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings, or raise SettingsError about the first that is wrong."""
    given: dict[str, tuple[str, str]] = {}  # field name → (how the user knows it, its text)
    path = environ.get(CONFIG, "").strip()
    if path:
        given.update(_from_file(Path(path)))
    given.update(
        (name.removeprefix(PREFIX).lower(), (name, text))
        for name, text in sorted(environ.items())
        if name.startswith(PREFIX) and name != CONFIG
    )
    known = {each.name: each for each in fields(Settings)}
    values: dict[str, object] = {}
    for name, (where, text) in given.items():
        if name not in known:
            raise _unknown(name.upper(), where, known)
        if text.strip():
            values[name] = _value(where, text.strip(), known[name].metadata["read"])
    settings = Settings(**values)  # type: ignore[arg-type]  # each reader gives its field's type
    if settings.auth == "none" and not (settings.loopback or settings.allow_unauthenticated):
        raise SettingsError(
            f"{PREFIX}HOST is {settings.host}, which others can reach, and {PREFIX}AUTH is none: listen on 127.0.0.1, "
            f"or set {PREFIX}ALLOW_UNAUTHENTICATED=true if something else guards the door"
        )
    return settings


def _from_file(path: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as fault:  # TOMLDecodeError is a ValueError, and so is bad UTF-8
        reason = fault.strerror if isinstance(fault, OSError) else str(fault)
        raise SettingsError(f"{CONFIG}: can't read {path}: {reason}") from None
    for name, value in table.items():
        where = f"{name} in {path}"
        if isinstance(value, dict | float):
            raise SettingsError(f"{where} must be a text, a whole number, true or false, or a list of texts")
        plain = name.lower().removeprefix(PREFIX.lower()).replace("-", "_")
        yield plain, (where, _written(tuple(value) if isinstance(value, list) else value))


def _unknown(name: str, where: str, known: Mapping[str, object]) -> SettingsError:
    near = difflib.get_close_matches(name, [each.upper() for each in known], n=1)
    hint = f"; did you mean {near[0]}?" if near else "; `needlewise settings` lists them"
    return SettingsError(f"{where} is no setting of Needlewise{hint}")


def _value(where: str, text: str, read: Callable[[str], object]) -> object:
    try:
        return read(text)
    except ValueError as fault:
        # Kubernetes gives a pod such a variable for a Service that is called `needlewise`.
        hint = " (set enableServiceLinks: false in the pod)" if text.startswith("tcp://") else ""
        raise SettingsError(f"{where} {fault}{hint}") from None


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value) or "none"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
