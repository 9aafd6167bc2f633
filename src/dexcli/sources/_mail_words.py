"""The text of mail headers: encoded words (RFC 2047) in every charset, and raw bytes that are in none."""

from __future__ import annotations

import binascii
import codecs
import re
from functools import lru_cache

from dexcli.sources._text import BYTE_FALLBACK, clean

_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([BbQq])\?([^?]*)\?=")
"""Charset, encoding and text; a language after the charset is RFC 2231."""

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_JAPANESE = re.compile("\x1b[$(][@BJ]")
"""Where ISO-2022-JP, all of whose bytes are ASCII, stands in a header as it is."""

_ALIASES = {
    # What mail calls them, or a superset of them that mail in that name is really in.
    "ascii": "", "us-ascii": "", "iso-8859-1": "cp1252", "latin1": "cp1252", "unknown-8bit": "", "x-unknown": "",
    "unknown": "", "default": "", "8bit": "", "7bit": "", "x-user-defined": "", "ansi": "cp1252",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949", "ks_c_5601-1989": "cp949",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "cn-gb": "gb18030",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_2", "big5": "big5hkscs", "x-big5": "big5hkscs", "cn-big5": "big5hkscs",
    "unicode-1-1-utf-7": "utf-7", "x-unicode-2-0-utf-7": "utf-7", "unicode-1-1-utf-8": "utf-8",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "windows-874": "cp874", "tis-620": "cp874",
    "macintosh": "mac-roman", "x-mac-roman": "mac-roman", "x-mac-cyrillic": "mac-cyrillic", "utf8mb4": "utf-8",
}  # fmt: skip
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
"""Python's codecs for other things than text of people."""


def text(value: str) -> str:
    """A header's value as people read it: decoded, on one line, without control characters.

    `value` is unfolded, and bytes in it that are no UTF-8 are surrogates (`surrogateescape`).
    """
    if value.isascii():
        if "=?" not in value and "\x1b" not in value:
            return clean(" ".join(value.split()))
        if _JAPANESE.search(value):
            value = value.encode().decode("iso2022_jp_2", "replace")
    else:
        value = raw(value)
    return clean(" ".join(clean(decode_words(value)).split()))


def raw(value: str) -> str:
    """A value in which bytes that are no UTF-8 are read as cp1252."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", BYTE_FALLBACK)


def decode_words(value: str) -> str:
    """Decode the encoded words of a value, those within words and quoted strings too; what is none of them stays.

    Neighbours in the same charset are put together before they are decoded: many programs cut within a character.
    """
    pieces: list[str] = []
    charset, pending, at = "", b"", 0
    for found in _WORD.finditer(value):
        between = value[at : found.start()]
        word = found[1].lower()
        if pending and (word != charset or between.strip()):
            pieces.append(decode(pending, charset))
            pending = b""
        if between.strip() or not at:  # white space between two encoded words belongs to neither
            pieces.append(between)
        charset = word
        pending += _bytes(found[2], found[3])
        at = found.end()
    if pending:
        pieces.append(decode(pending, charset))
    return "".join([*pieces, value[at:]])


def decode(data: bytes, charset: str) -> str:
    """Text of bytes that claim to be in a charset; never fails."""
    codec = _codec(charset.lower())
    if not codec:
        return data.decode("utf-8", BYTE_FALLBACK)
    try:
        return data.decode(codec)
    except UnicodeError:
        return data.decode("utf-8", BYTE_FALLBACK) if codec == "utf-8" else data.decode(codec, "replace")


def _bytes(encoding: str, content: str) -> bytes:
    data = content.encode("utf-8", "surrogateescape")
    if encoding in "Qq":
        return binascii.a2b_qp(data, header=True) + (b"=" if data.endswith(b"=") else b"")  # which it drops
    data = _NOT_BASE64.sub(b"", data)
    if len(data) % 4 == 1:  # a character that is a part of none
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


@lru_cache(maxsize=500)
def _codec(charset: str) -> str:
    """Python's name of a charset; empty: unknown, to be read as any text is."""
    for name in (charset, charset.removeprefix("x-").removesuffix("_charset")):
        known = _ALIASES.get(name)
        if known is not None:
            return known
        try:
            found = codecs.lookup(name).name.replace("-", "_")
            b"a".decode(found)  # a LookupError says that it is no text encoding
        except (LookupError, ValueError):
            continue
        return "" if found in _NO_CHARSETS else codecs.lookup(name).name
    return ""
