"""What a mail says: its text part, or the text of its HTML, without quoted mail and signature."""

from __future__ import annotations

import html
import re
from email.message import Message

from dexcli.sources._mail_words import decode
from dexcli.sources._text import clean

MOST = 16 * 1024
"""Bytes of text that are kept."""

_MESSAGE = 8 * 1024 * 1024
"""Bytes of a message that are looked at."""

_PART = 512 * 1024
"""Bytes of a part."""

_PARTS = 200
_HEADER = re.compile(
    rb"^(Content-[A-Za-z-]{1,30}:(?:[^\n]|\n[ \t]){0,2000}+)(?:[^\n]|\n[ \t])++", re.IGNORECASE | re.MULTILINE
)
"""A header of a part that is too long: the parser takes time by the square of it, and says what matters first."""

_MULTIPART = re.compile(rb"^Content-Type:\s{0,10}multipart/", re.IGNORECASE | re.MULTILINE)
_MULTIPARTS = 20
"""More than mail is made of. The parser looks at each line once for each multipart that it is in."""
_SILENT = re.compile(r"<(script|style|head|title)\b", re.IGNORECASE)
_COMMENT = "<!--"
_BREAK = re.compile(r"</?(?:p|div|br|tr|li|h[1-6]|table|blockquote|ul|ol|hr|pre)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]*>")
_BLANK = re.compile(r"\n{3,}")
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
"""RFC 3676 section 4.3; many programs drop the space."""

_QUOTED_HTML = re.compile(r"<blockquote\b", re.IGNORECASE)


def text_of(message: bytes) -> str | None:
    """The text of a message, at most `MOST` bytes; None: it has none. Never fails."""
    import email
    from email import policy

    try:
        parsed = email.message_from_bytes(_bounded(message[:_MESSAGE]), policy=policy.compat32)
        plain, rich = _parts(parsed)
        text = _text(plain) if plain is not None else ""
        if not text.strip() and rich is not None:
            text = _of_html(_text(rich))
    except Exception:  # noqa: BLE001 - what the parser makes of hostile bytes is not known, RecursionError included
        return None
    text = clean(_own_words(text))
    return text.encode()[:MOST].decode(errors="ignore").rstrip() or None


def calendar_of(message: bytes) -> bytes | None:
    """The data of the first part for calendars (RFC 6047), be it attached; None: there is none. Never fails."""
    import email
    from email import policy

    try:
        waiting = [email.message_from_bytes(_bounded(message), policy=policy.compat32)]
        for _ in range(_PARTS):
            if not waiting:
                break
            part = waiting.pop(0)
            content = part.get_payload()
            if isinstance(content, list):
                if part.get_content_maintype() == "multipart":
                    waiting[:0] = [inner for inner in content[:_PARTS] if isinstance(inner, Message)]
            elif part.get_content_type() == "text/calendar":
                data = part.get_payload(decode=True)
                return data if isinstance(data, bytes) else None
    except Exception:  # noqa: BLE001 - as above
        return None
    return None


def _bounded(message: bytes) -> bytes:
    """The message without what would cost its parser much time: the rest of long headers, and all very deep parts."""
    message = _HEADER.sub(rb"\1", message.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    for number, found in enumerate(_MULTIPART.finditer(message)):
        if number == _MULTIPARTS:
            return message[: found.start()]
    return message


def _parts(message: Message) -> tuple[Message | None, Message | None]:
    """The first text and the first HTML that are no attachments; those of a forwarded message are none of its own."""
    plain = rich = None
    waiting = [message]
    for _ in range(_PARTS):
        if not waiting or plain is not None:
            break
        part = waiting.pop(0)
        kind = part.get_content_type()
        content = part.get_payload()
        if isinstance(content, list):
            if part.get_content_maintype() == "multipart":
                waiting[:0] = [inner for inner in content[:_PARTS] if isinstance(inner, Message)]
        elif part.get_content_disposition() != "attachment":
            if kind == "text/plain":
                plain = part
            elif kind == "text/html" and rich is None:
                rich = part
    return plain, rich


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    return decode(data[:_PART], part.get_content_charset() or "").replace("\r\n", "\n").replace("\r", "\n")


def _of_html(source: str) -> str:
    """The words of a page, a line for each block; in linear time, which no parser at hand promises for bad HTML."""
    source = _without(source, _COMMENT)
    if quoted := _QUOTED_HTML.search(source):
        source = source[: quoted.start()] or source
    kept, at = [], 0
    while found := _SILENT.search(source, at):
        kept.append(source[at : found.start()])
        end = source.lower().find(f"</{found[1].lower()}", found.end()) if len(kept) <= _PARTS else -1
        at = len(source) if end < 0 else end
    text = " ".join("".join([*kept, source[at:]]).split())
    text = html.unescape(_TAG.sub("", _BREAK.sub("\n", text))).replace("\xa0", " ")
    return _BLANK.sub("\n\n", "\n".join(line.strip() for line in text.split("\n")))


def _without(source: str, opening: str) -> str:
    """The source without its comments; one without an end goes to the end."""
    kept, at = [], 0
    while (start := source.find(opening, at)) >= 0:
        kept.append(source[at:start])
        end = source.find("-->", start)
        at = len(source) if end < 0 else end + 3
    return "".join([*kept, source[at:]])


def _own_words(text: str) -> str:
    """Cut the signature and the quoted lines off, with the line that introduces them at the end."""
    if found := _SIGNATURE.search(text):
        text = text[: found.start()]
    lines = text.split("\n")
    kept = [line for line in lines if not line.startswith(">")]
    if len(kept) < len(lines):
        while kept and not kept[-1].strip():
            kept.pop()
        if kept and kept[-1].rstrip().endswith(":"):  # On Monday, Ada wrote:
            kept.pop()
    return _BLANK.sub("\n\n", "\n".join(kept))
