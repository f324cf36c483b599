"""Values of a TOML table, read by key. Every fault names the table and the key, and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from service.settings import SettingsError
from service.trust.urls import Url, parse_url

_TYPES: Final = {str: "a text in quotes", bool: "true or false", int: "a whole number", list: "a list of texts"}


class TrustError(SettingsError):
    """The TRUST file can't be used, and so the service does not start. Its text is the one line that says why."""


class Table:
    """One `[[caller]]` or `[[ehr]]`."""

    def __init__(self, table: Mapping[str, Any], where: str, folder: Path) -> None:
        """Take the table, how to call it in faults, and the folder that paths in it are relative to."""
        self._table = table
        self._where = where
        self._folder = folder

    def check_keys(self, known: Collection[str]) -> None:
        """Refuse a key that means nothing: a misspelt one would do less than its writer believes."""
        for key in self._table:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
                raise self.fault(key, f"is not known: {hint}")

    def __contains__(self, key: str) -> bool:
        """Whether a key is given, and not with an empty text."""
        return self._table.get(key) not in (None, "")

    def text(self, key: str, default: str | None = "") -> str:
        """A text; needed where there is no default."""
        given = self._given(key, str, default)
        text: str = given.strip()
        if not text and default is None:
            raise self.fault(key, "is missing")
        return text

    def flag(self, key: str) -> bool:
        """True or false; false where it is not given."""
        given: bool = self._given(key, bool, default=False)
        return given

    def whole(self, key: str, default: int, numbers: range) -> int:
        """A whole number in a range."""
        given: int = self._given(key, int, default)
        if given not in numbers:
            raise self.fault(key, f"must be a whole number from {numbers.start} to {numbers.stop - 1}")
        return given

    def words(self, key: str, default: Collection[str], allowed: Collection[str] = ()) -> tuple[str, ...]:
        """A list of texts, each once; of the allowed ones where there are such."""
        given = self._given(key, list, list(default))
        for each in given:
            if not isinstance(each, str) or not each.strip():
                raise self.fault(key, "must be a list of texts")
            if allowed and each not in allowed:
                raise self.fault(key, f"may hold only {', '.join(allowed)}")
        return tuple(dict.fromkeys(given))

    def path(self, key: str) -> Path:
        """A file, relative to the TRUST file."""
        return self._folder / self.text(key, None)

    def file_if_given(self, key: str) -> Path | None:
        """A file that must be there, where one is named."""
        if key not in self:
            return None
        path = self.path(key)
        if not path.is_file():
            raise self.fault(key, "names a file that is not there")
        return path

    def url(self, key: str, default: str | None = "") -> Url | None:
        """An https URL, or http where the table allows it. Refused where it could be read in two ways."""
        text = self.text(key, default)
        if not text:
            return None
        url = parse_url(text)
        if url is None:
            raise self.fault(key, "must be a plain URL such as https://ehr.example.org/path")
        if url.scheme != "https" and not self.flag("allow_http"):
            raise self.fault(key, "must start with https://, unless allow_http = true is set for a test system")
        return url

    def fault(self, key: str, says: str) -> TrustError:
        """The one line about a key."""
        return TrustError(f"{self._where}: {key} {says}")

    def _given(self, key: str, kind: type, default: object) -> Any:  # noqa: ANN401 - the caller names the type
        given = self._table.get(key, default)
        if given is None:
            raise self.fault(key, "is missing")
        if not isinstance(given, kind) or (kind is int and isinstance(given, bool)):
            raise self.fault(key, f"must be {_TYPES[kind]}")
        return given
