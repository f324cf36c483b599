"""Security labels: which of them limit what may be shown of an entry (`mappings/codes/security-labels.csv`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from service.core.chart import Label

_ANY: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityLabels:
    """What the list says of labels. One that it does not know limits: nobody can say that it does not."""

    systems: Mapping[str, str]  # a system's address as sent → its short key
    listed: Mapping[str, Mapping[str, bool]]  # short key → code (or `*`: all others) → whether it limits

    def limit(self, labels: Iterable[Label]) -> bool:
        """Whether any of these labels limits what may be shown."""
        return any(self._limits(label) for label in labels)

    def _limits(self, label: Label) -> bool:
        if not label.system:  # some senders leave it out: a code that limits anywhere limits
            said = [codes[label.code] for codes in self.listed.values() if label.code in codes]
            return any(said) or not said
        codes = self.listed.get(self.systems.get(label.system, ""), {})
        return codes.get(label.code, codes.get(_ANY, True))
