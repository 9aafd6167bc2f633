"""Damage done to bytes that were right: the same seed does the same damage on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

TOKENS: tuple[bytes, ...] = (
    b"", b"\x00", b"\x1b[2J", b"\r", b"\n", b"\r\n", b"\n\n", b"\t", b" ", b"\xff\xfe", b"\xef\xbb\xbf",
    b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xf0\x9f\x98\x80", b"\xcc\x81" * 40, b'"', b'""', b"'", b"\\", b"\\n", b",",
    b";", b":", b"=", b"@", b"<", b">", b"&", b"&#0;", b"<!--", b"]]>", b"(" * 300, b"[" * 300, b"<a>" * 300, b"-1",
    b"0", b"00000000",
    b"99999999999999999999", b"1e308", b"NaN", b"9999-12-31", b"0001-01-01", b"29.02.2025", b"T235960Z", b"+14:00",
    b"=?utf-8?B?", b"=?utf-8?q?=00=1B?=", b"=\r\n", b"%00", b"../../x", b"x" * 2_000, b"a@b.example," * 200,
    b"BEGIN:VCARD\r\n", b"END:VCARD\r\n", b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"BEGIN:VCALENDAR\r\n",
    b"RRULE:FREQ=SECONDLY\r\n", b"RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n", b"RDATE:20260101T000000Z\r\n",
    b"TZID=Nowhere/None:", b"\r\nFrom ", b"\r\nMessage-ID: <", b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"{", b"}", b'{"a":', b"null", b"true", b"[[", b"= ", b"PK\x03\x04", b"PK\x05\x06",
)  # fmt: skip
"""What parsers stumble over."""

MOST = 64 * 1024
"""Bytes of one input, more or less."""


def damaged(seeds: Sequence[bytes], chance: Random) -> bytes:
    """One of the seeds after some damage."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3, 5, 8))):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 1, 2, 8, 40, 400)))
        match chance.randrange(9):
            case 0:
                data[at:end] = b""
            case 1:
                data[at:at] = data[at:end] * chance.choice((1, 2, 50))
            case 2 if at < len(data):
                data[at] = chance.randrange(256)
            case 3 | 4:
                data[at:at] = chance.choice(TOKENS)
            case 5:
                data[at:end] = chance.choice(TOKENS)
            case 6:
                other = chance.choice(seeds)
                start = chance.randrange(len(other) + 1)
                data[at:end] = other[start : start + 400]
            case 7:
                _swap_lines(data, chance)
            case _:
                del data[at:]
        del data[MOST:]
    return bytes(data)


def _swap_lines(data: bytearray, chance: Random) -> None:
    lines = bytes(data).splitlines(keepends=True)
    if len(lines) > 1:
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
        data[:] = b"".join(lines)
