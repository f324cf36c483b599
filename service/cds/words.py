"""Text for cards: cut at words, counted as clients count, and with nothing in it that a viewer would act on."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Each of these could start markup somewhere; in GFM all may be escaped. Dots and hyphens stay, for plain-text viewers.
_MARKUP: Final = re.compile(r"[\\`*_\[\]|~]")
_AFTER_BRACKET: Final = re.compile(r"(?<=\])\(")
_AUTOLINKS: Final = re.compile(r"(?i)(?<=https)(?=:)|(?<=http)(?=:)|(?<=ftp)(?=:)|(?<=mailto)(?=:)|(?<=xmpp)(?=:)")
_WWW: Final = re.compile(r"(?i)\bwww(?=\.)")
_ENTITY: Final = re.compile(r"&(?=#|[A-Za-z][A-Za-z0-9]*;)")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_ELLIPSIS: Final = "…"


def units(text: str) -> int:
    """Length as JavaScript counts it: in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def plain(text: str) -> str:
    """One line without control characters, without those that turn the direction of text, and without halves."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = "".join(
        " " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character
        for character in text
        if unicodedata.category(character) not in ("Cf", "Cs", "Co", "Cn")
    )
    return " ".join(kept.split())


def clip(text: str, most: int) -> str:
    """The text in at most so many units, cut between words.

    >>> clip("Precaution, left calf", 15)
    'Precaution…'
    """
    if units(text) <= most:
        return text
    kept = text.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", "ignore")
    whole = kept.rpartition(" ")[0] if " " in kept else kept
    return f"{whole.rstrip(' ,;:.(')}{_ELLIPSIS}"


def sentences(text: str, most: int, *, least: int = 0) -> str:
    """The first whole sentences that fit. Where they say less than `least` units, the text is cut between words.

    >>> sentences("Cancer is recorded. Ask for the platelets and the neutrophils.", 40)
    'Cancer is recorded.'
    >>> sentences("Cancer is recorded. Ask for the platelets and the neutrophils.", 40, least=20)
    'Cancer is recorded. Ask for the…'
    """
    said = ""
    for sentence in _SENTENCE.split(text):
        longer = f"{said} {sentence}".strip()
        if units(longer) > most:
            break
        said = longer
    return said if said and (units(said) >= least or units(text) <= most) else clip(text, most)


def escaped(text: str) -> str:
    r"""Text as Markdown that shows just it, also where a viewer lets HTML through.

    >>> escaped("<b> [x](http://y) | a_b")
    '&lt;b&gt; \\[x\\]\\(http\\://y) \\| a\\_b'
    """
    text = _ENTITY.sub("&amp;", plain(text))
    text = _AFTER_BRACKET.sub(r"\\(", text)
    text = _MARKUP.sub(lambda found: f"\\{found.group()}", text.replace("\\(", "\0"))
    text = text.replace("\0", "\\(").replace("<", "&lt;").replace(">", "&gt;").replace("@", r"\@")
    return _WWW.sub(lambda found: f"{found.group()}\\", _AUTOLINKS.sub(r"\\", text))
