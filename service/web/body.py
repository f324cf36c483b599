"""Request bodies: read once, bounded before and after decompression."""

from __future__ import annotations

import zlib
from typing import Final
from urllib.parse import parse_qsl

from flask import Request  # noqa: TC002 - the types of this room are there at run time

from service.fhir.refused import Case, Issue, Refused

_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 100
_PIECE: Final = 1_048_576
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS  # tells the two by their headers
_RAW_DEFLATE: Final = -zlib.MAX_WBITS  # what some clients send as `deflate`
_DECODERS: Final = {
    "gzip": (_GZIP_OR_ZLIB,),
    "x-gzip": (_GZIP_OR_ZLIB,),
    "deflate": (_GZIP_OR_ZLIB, _RAW_DEFLATE),
}


def read_body(request: Request, limit: int) -> bytes:
    """The body as the sender meant it, at most `limit` bytes. Raises Refused (too large, unknown encoding, broken)."""
    windows = _windows(request)
    if (request.content_length or 0) > limit:
        _drain(request, request.content_length or 0, limit)
        raise _too_large(limit)
    try:
        sent = request.stream.read(limit + 1)
    except OSError:
        raise _broken("the connection ended before the whole body had arrived: send it again") from None
    if len(sent) > limit:  # chunked: its length was not declared
        _drain(request, limit, limit)
        raise _too_large(limit)
    if len(sent) < (request.content_length or 0):
        raise _broken("the body is shorter than its Content-Length: send it again")
    return _decompress(sent, windows, limit) if windows and sent else sent


def read_form(request: Request, limit: int) -> list[tuple[str, str]]:
    """The parameters in a body of a form, as FHIR's `_search` has them. Raises Refused where it is none."""
    body = read_body(request, limit)
    if not body.strip():
        return []
    if request.mimetype != _FORM:
        message = f"the Content-Type is not supported: send the parameters as {_FORM}"
        raise Refused(Case.UNSUPPORTED_MEDIA, Issue("not-supported", message))
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise _broken("the form can't be read: send it in UTF-8") from None


def _windows(request: Request) -> tuple[int, ...]:
    """How to decompress, by Content-Encoding; empty where the body comes as it is."""
    given = request.headers.get("Content-Encoding", "").lower().split(",")
    encodings = [encoding.strip() for encoding in given if encoding.strip() not in {"", "identity"}]
    if not encodings:
        return ()
    if len(encodings) > 1 or encodings[0] not in _DECODERS:
        message = "Content-Encoding is not supported: send the body as it is, or once compressed with gzip or deflate"
        raise Refused(Case.UNSUPPORTED_MEDIA, Issue("not-supported", message))
    return _DECODERS[encodings[0]]


def _decompress(sent: bytes, windows: tuple[int, ...], limit: int) -> bytes:
    for window in windows:
        try:
            return _inflate(sent, window, limit)
        except zlib.error:
            continue
    raise _broken("the body is not what its Content-Encoding says: it can't be decompressed")


def _inflate(sent: bytes, window: int, limit: int) -> bytes:
    """Decompress all members (gzip allows several, one after the other), never holding more than the limit."""
    parts: list[bytes] = []
    room = limit
    while sent:
        decoder = zlib.decompressobj(window)
        part = decoder.decompress(sent, room + 1)
        room -= len(part)
        if room < 0:
            raise _too_large(limit)
        if not decoder.eof:
            raise _broken("the compressed body ends too early: send it again")
        parts.append(part)
        sent = decoder.unused_data.lstrip(b"\0")  # some writers pad the last block
    return b"".join(parts)


def _drain(request: Request, expected: int, limit: int) -> None:
    """Read on for a while and forget it: a client that is still sending would not see why it was refused.

    The server ends readers that take too long; a body beyond all measure is not waited for.
    """
    if expected > 4 * limit:
        return
    left = 4 * limit
    try:
        while left > 0 and (piece := request.stream.read(min(_PIECE, left))):
            left -= len(piece)
    except OSError:
        return


def _too_large(limit: int) -> Refused:
    megabytes = limit // 1_048_576
    message = f"the body is over {megabytes} MB, the limit here: send less, or raise NEEDLEWISE_MAX_BODY_MB"
    return Refused(Case.TOO_LARGE, Issue("too-long", message))


def _broken(message: str) -> Refused:
    return Refused(Case.MALFORMED, Issue("structure", message))
