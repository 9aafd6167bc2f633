"""Mails for tests, of invented people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def message(number: int = 1, *lines: str, body: str = "Dear Grace,\n\nlunch?\n", bare: bool = False) -> bytes:
    """A mail from Ada to Grace with that Message-ID; `bare` has no other header than `lines`."""
    at = BEGIN + timedelta(minutes=number)
    headers = [
        f"Date: {at:%a, %d %b %Y %H:%M:%S} +0000",
        "From: Ada Lovelace <ada@example.org>",
        "To: Grace Hopper <grace@example.com>",
        f"Subject: Lunch {number}",
        f"Message-ID: <{number}@mail.example.org>",
    ]
    return "\n".join([*([] if bare else headers), *lines, "", body]).encode()


def mbox(*messages: bytes, line: str = "From ada@example.org Mon Mar  2 09:00:00 2026", blank: bool = True) -> bytes:
    """An mbox of these messages as they are."""
    return b"".join(line.encode() + b"\n" + one + (b"\n" if blank else b"") for one in messages)
