"""The headers of one mail become a record: who wrote to whom and when, about what, in which conversation."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta

from dexcli.domain import machines
from dexcli.domain.records import InteractionRecord, Origin, ParticipantRecord, Skipped
from dexcli.sources import _mail_dates, _mail_people, _mail_words

HEADERS = (
    "Date", "From", "Sender", "To", "Cc", "Bcc", "Subject", "Message-ID", "In-Reply-To", "References", "List-Id",
    "List-Post", "List-Unsubscribe", "Precedence", "Auto-Submitted", "Return-Path", "Content-Type", "Content-Class",
)  # fmt: skip
"""The names of all headers that `record` looks at, but Received, in whose place a server has its own date."""

MAX_BLOCK = 1024 * 1024
"""Bytes of a header block that are looked at."""

_MOST = 10_000
"""Characters of any other header than one with addresses."""

_TITLE = 500
"""Characters."""

_ID = 1_000
"""Characters of a Message-ID; a longer one is known by its hash."""

_PEOPLE = frozenset({"from", "sender", "to", "cc", "bcc"})
_ROLES = (("from", "from"), ("to", "to"), ("cc", "cc"), ("bcc", "cc"))
"""Headers and roles. A copy that the others do not see is no word to somebody, hence `cc`."""

_KNOWN = frozenset(name.lower() for name in HEADERS) | {"received"}

_USUAL = {name: name.lower() for name in (*HEADERS, "Received")}

_FOLD = re.compile(r"\n[ \t]+")
_IN_ANGLES = re.compile(r"<([^<>]*)>")
_MAILTO = re.compile(r"<\s*mailto:([^<>?\s]+)", re.IGNORECASE)
_CALENDARS = frozenset({"calendar-notification@google.com"})
"""Services that send invitations in the name of people, known by Sender."""

_FIRST_YEAR = 1971
"""Of mail; before it are clocks that were never set."""

_LAST_YEAR = 2100
_SKEW = timedelta(days=2)
"""A mail that was received so long before it was written was written by a wrong clock."""

_Headers = dict[str, str]


def record(
    block: bytes,
    *,
    origin: Origin,
    where: str,
    received: datetime | None = None,
    sent: bool = False,
    body: str | None = None,
) -> InteractionRecord | Skipped:
    """What the header block of a mail says; the bytes behind its first empty line are not looked at.

    `received` is when it arrived by another source than its headers (INTERNALDATE), `sent` says that it lay among
    those sent. The key is that of the Message-ID, or a hash of Date, From, To and Subject where it has none: both are
    the same in an mbox, a Maildir and on a server. It is also the `ref` of an origin that has none, since a file is
    written anew by each export.
    """
    headers = _headers(block)
    if not headers:
        return Skipped(where=where, reason="it has no mail header")
    when = _when(headers, received)
    if when is None:
        stated = headers.get("date", "").strip()
        return Skipped(where=where, reason=f"its date cannot be read: {stated[:60]!r}" if stated else "it has no date")
    senders = _mail_people.people(headers.get("from", "")) or _mail_people.people(headers.get("sender", ""))
    participants = _participants(headers, senders)
    if not participants:
        return Skipped(where=where, reason="it names nobody whose address can be read")
    sender = senders[0][1] if senders else None
    key = _key(headers)
    if not origin.ref:
        origin = Origin(source=origin.source, account=origin.account, folder=origin.folder, epoch=origin.epoch, ref=key)
    reason = machines.automatic(headers, sender)
    return InteractionRecord(
        key=key,
        origin=origin,
        where=where,
        when=when,
        kind="invitation" if _is_invitation(headers) else "mail",
        direction="out" if sent else None,
        participants=participants,
        title=_mail_words.text(headers.get("subject", ""))[:_TITLE].strip() or None,
        body=body,
        thread=_thread(headers) or key,
        automatic=reason,
        automatic_address=_address_behind(headers, reason, sender) if reason else None,
    )


def text_of(message: bytes) -> str | None:
    """What a whole message says: its text part without quotes and signature; None: it says nothing. Never fails."""
    from dexcli.sources import _mail_body

    return _mail_body.text_of(message)


def _headers(block: bytes) -> _Headers:
    """The headers that matter by lower-cased name, unfolded; bytes that are no UTF-8 are surrogates.

    Those with addresses are joined where they are repeated, those with a stamp of each server are lines, of all
    others the first with a value holds. What is no header is passed over.
    """
    block = block[:MAX_BLOCK]
    text = block.decode() if block.isascii() else block.decode("utf-8", "surrogateescape")
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    text = text.lstrip("\ufeff\n")
    text = _FOLD.sub(" ", text[: end if (end := text.find("\n\n")) >= 0 else None])
    found: _Headers = {}
    for line in text.split("\n"):
        written, colon, value = line.partition(":")
        name = _USUAL.get(written) or written.rstrip().lower()
        if name not in _KNOWN or not colon:
            continue
        before = found.get(name)
        if not before or before.isspace():
            found[name] = value
        elif name in _PEOPLE:
            if len(before) < _mail_people.MOST:
                found[name] = f"{before}, {value}"
        elif name == "received" and len(before) < _MOST:
            found[name] = f"{before}\n{value[:_MOST]}"
    if len(text) > _MOST:
        for name, value in found.items():
            if len(value) > _MOST and name not in _PEOPLE:
                found[name] = value[:_MOST]
    return found


def _when(headers: _Headers, received: datetime | None) -> datetime | None:
    """When it was written: by its Date, unless that cannot be; else when it was received."""
    stated = headers.get("date", "").strip()
    written = _mail_dates.read(stated)
    if written is not None and written.year >= _FIRST_YEAR and _is_day_of(stated, headers.get("received", "")):
        return written
    if written is not None and not _FIRST_YEAR - 70 < written.year < _LAST_YEAR:
        written = None
    arrived = _arrived(headers)
    if arrived is None and received is not None and _FIRST_YEAR <= received.year < _LAST_YEAR:
        arrived = received
    if written is None or arrived is None:
        return written or arrived
    return arrived if written.year < _FIRST_YEAR or written > arrived + _SKEW else written


def _is_day_of(date: str, received: str) -> bool:
    """Tell at a glance that a mail was received on the day on which it was written, as nearly every mail is."""
    day = date.partition(", ")[2][:11]
    return len(day) == 11 and f"; {date[:5]}{day}" in received.partition("\n")[0]  # noqa: PLR2004 - `05 Mar 2026`


def _arrived(headers: _Headers) -> datetime | None:
    """The newest stamp of a server, which stands first; one that cannot be read is passed over."""
    for stamp in headers.get("received", "").split("\n"):
        moment = _mail_dates.read(stamp.rpartition(";")[2].strip())
        if moment is not None and _FIRST_YEAR <= moment.year < _LAST_YEAR:
            return moment
    return None


def _participants(headers: _Headers, senders: tuple[_mail_people.Person, ...]) -> tuple[ParticipantRecord, ...]:
    """Everybody named, once each: in the strongest role, with the first name that is given."""
    found: dict[str, tuple[str, str | None]] = {}
    for header, role in _ROLES:
        if header == "from":
            people = senders
        elif value := headers.get(header):
            people = _mail_people.people(value)
        else:
            continue
        for name, address in people:
            known = found.get(address)
            if known is None:
                found[address] = (role, name)
            elif known[1] is None and name is not None:
                found[address] = (known[0], name)
    return tuple(
        ParticipantRecord(kind="email", value=address, role=role, name=name) for address, (role, name) in found.items()
    )


def _key(headers: _Headers) -> str:
    stated = headers.get("message-id", "")
    inner = stated.strip()
    if inner[:1] != "<" or inner[-1:] != ">" or "<" in inner[1:]:
        found = _IN_ANGLES.search(inner)
        inner = f"<{found[1] if found else inner.strip('<>')}>"
    name = _plain("".join(inner[1:-1].split()))
    if len(name) > _ID:
        return f"mail:{_hash(name)}"
    if name:
        return f"mail:{name}"
    parts = [" ".join(headers.get(header, "").split()) for header in ("date", "from", "to", "subject")]
    return f"mail:{_hash(chr(0).join(parts))}"


def _plain(text: str) -> str:
    return text if text.isascii() and text.isprintable() else _mail_words.text(_mail_words.raw(text))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _thread(headers: _Headers) -> str | None:
    """The conversation it belongs to: known by the mail with which that began, else by the one that it answers."""
    references = headers.get("references")
    if references and (found := _IN_ANGLES.search(references)) and (first := _of_thread(found[1])):
        return first
    answered = headers.get("in-reply-to", "").strip()
    if not answered:
        return None
    ids = _IN_ANGLES.findall(answered)
    if not ids:
        return _of_thread(answered) if "@" in answered and " " not in answered else None
    # RFC 822 allowed words around it: `Message from Ada <ada@example.org> of "Mon, ..." <id@example.org>`.
    return _of_thread(ids[0] if answered[0] == "<" else ids[-1])


def _of_thread(name: str) -> str | None:
    name = _plain("".join(name.split()))
    if not name:
        return None
    return f"mail:{name}" if len(name) <= _ID else f"mail:{_hash(name)}"


def _is_invitation(headers: _Headers) -> bool:
    """Tell the mail of calendars: it is no conversation, the meeting is."""
    if headers.get("content-type", "").lstrip()[:13].lower() == "text/calendar":
        return True
    if headers.get("content-class", "").strip().lower() == "urn:content-classes:calendarmessage":
        return True
    sender = headers.get("sender")
    return sender is not None and any(address in _CALENDARS for _, address in _mail_people.people(sender))


def _address_behind(headers: _Headers, reason: str, sender: str | None) -> str | None:
    """Whose address an automatic mail is from: the one to which its list is written to, else the sender's."""
    if reason not in ("list", "bulk"):
        return sender
    found = _MAILTO.search(headers.get("list-post", ""))
    if found and (posting := _mail_people.people(found[1])):
        return posting[0][1]
    names = _IN_ANGLES.findall(headers.get("list-id", "")) or headers.get("list-id", "").split()
    name = "".join(names[-1].split()).lower() if names else ""
    sending = [
        person[1] for header in ("sender", "return-path") for person in _mail_people.people(headers.get(header, ""))
    ]
    for header in ("to", "cc"):
        for _, address in _mail_people.people(headers.get(header, "")):
            local, _, domain = address.rpartition("@")
            rest = name.removeprefix(f"{local}.")
            if rest != name and _related(rest, domain):
                return address
            if any(_sends_for(one, local, domain) for one in sending):
                return address
    return sender


def _sends_for(address: str, local: str, domain: str) -> bool:
    """Whether a list sends by this address what is written to `local@domain`, as they do from before RFC 2919."""
    sending, _, host = address.rpartition("@")
    found = machines.LIST_SENDER.fullmatch(sending)
    return found is not None and local in (found[1], found[2]) and _related(host, domain)


def _related(one: str, other: str) -> bool:
    return one.endswith(other) or other.endswith(one)
