"""Foreign bytes become text: which encoding they are in, a streaming reader over them, and clean values."""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections.abc import Iterable
from typing import TextIO

from dexcli.sources.base import HEAD_BYTES, Input

CHUNK = 1024 * 1024
"""Bytes read at a time where a whole file is looked at."""

BYTE_FALLBACK = "dexcli.byte_fallback"
"""Name of the codec error handler that never fails: a byte that is no UTF-8 is read as cp1252."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters except tab and newline
    "\u202a-\u202e\u2066-\u2069\ufeff]"  # bidirectional overrides, as Windows puts around phone numbers; BOM
)


def _byte_fallback(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    if error.encoding.startswith("utf-16"):
        return "\ufffd", error.end
    if error.encoding == "charmap":  # the five bytes that cp1252 leaves undefined
        return bad.decode("latin-1"), error.end
    return bad.decode("cp1252", BYTE_FALLBACK), error.end


codecs.register_error(BYTE_FALLBACK, _byte_fallback)


def decode(data: bytes) -> str:
    """Text of bytes of unknown encoding; never fails and loses no character that can be read."""
    return data.decode(sniff_encoding(data), BYTE_FALLBACK)


def sniff_encoding(head: bytes) -> str:
    """Name the encoding of a text from its beginning, which may end within a character.

    One of `utf-8-sig`, `utf-16`, `utf-16-le`, `utf-16-be`, `utf-8`, `cp1252`. To be used with the error
    handler `BYTE_FALLBACK`.
    """
    return _utf_with_mark(head) or _utf8_or_cp1252([head])


def find_encoding(input: Input) -> str:  # noqa: A002  # the name that the Source protocol gives it
    """Name the encoding of a whole file, in constant memory; the same words as `sniff_encoding`."""
    with input.open() as stream:
        head = stream.read(HEAD_BYTES)
        marked = _utf_with_mark(head)
        if marked:
            return marked
        stream.seek(0)
        return _utf8_or_cp1252(iter(lambda: stream.read(CHUNK), b""))


def open_text(input: Input) -> TextIO:  # noqa: A002  # as above
    """Open a file of unknown encoding as text, in constant memory; the caller closes.

    Line ends are left as they are (what the `csv` module asks for). The whole file is looked at first, so
    that one odd byte far behind the beginning neither fails nor spoils the rest.
    """
    encoding = find_encoding(input)
    return io.TextIOWrapper(input.open(), encoding=encoding, errors=BYTE_FALLBACK, newline="")


def clean(text: str) -> str:
    """One value as people mean it: trimmed, composed (NFC), no control characters but tab and newline."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", text).strip()


def _utf_with_mark(head: bytes) -> str | None:
    """What a byte order mark or the pattern of NULs gives away."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Without a mark: keywords, digits and punctuation are ASCII in every format that we read, so one half
    # of the bytes is full of NULs and the other has none.
    first, second = head[0::2].count(0), head[1::2].count(0)
    many = len(head) // 6
    if second > many and first * 10 <= second:
        return "utf-16-le"
    if first > many and second * 10 <= first:
        return "utf-16-be"
    return None


def _utf8_or_cp1252(chunks: Iterable[bytes]) -> str:
    """Weigh well-formed UTF-8 against bytes that cannot be UTF-8.

    UTF-8 unless the bad bytes outweigh it: address books put together from several programs are mostly
    UTF-8 with a few lines of cp1252, and `BYTE_FALLBACK` reads those.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    well_formed = bad = 0
    for chunk in chunks:
        text = decoder.decode(chunk)
        if text.isascii():
            continue
        bad += sum(1 for _ in _SURROGATE.finditer(text))
        # A bad byte is one character; every byte beyond that continues a well-formed one.
        well_formed += len(chunk) - len(text)
    return "cp1252" if bad > well_formed else "utf-8"
