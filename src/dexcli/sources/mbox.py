"""Mail in files: an mbox of any size, or a single message (.eml, Apple's .emlx, or from a pipe)."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

import msgspec

from dexcli.domain.records import Checkpoint, InteractionRecord, LeftOut, Origin, Skipped, SourceItem
from dexcli.sources import _mail, _mail_dates, _mail_folders, _mail_words
from dexcli.sources._mail_cuts import Cut, Place, cut_mbox, cut_single, is_mbox, is_message
from dexcli.sources.base import HEAD_BYTES, FileClaim, Input, ReadOptions, Source

FORMAT = "mail"

MAILS_PER_CHECKPOINT = 500
"""A fifth of a second of work, which ingest may commit at once."""

_ONE = (".eml", ".emlx")
"""The end of the names of files with one mail."""

_FEW = 100
"""Mails of a file that is read together with others: less than stand between two checkpoints."""

_LABELS = re.compile(rb"^X-Gmail-Labels:([^\n]{0,10000}(?:\n[ \t][^\n]{0,1000}){0,50})", re.IGNORECASE | re.MULTILINE)
_TAKEOUT = (b"X-GM-THRID:", b"X-Gmail-Labels:")
"""How a mail of Google Takeout begins; further down anybody could have written them."""

_FILE = Origin(source=FORMAT, ref="")


class _Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file was read, and by what it is known again."""

    head: str
    """SHA-256 of its first `HEAD_BYTES`."""
    size: int
    """In bytes: a file that only grew or shrank behind its head is another file."""
    place: Place


class MboxSource:
    """The mails of one file."""

    source = FORMAT
    account = ""

    def __init__(self, input: Input, options: ReadOptions) -> None:  # noqa: A002  # the name of the FileFormat protocol
        self._input = input
        self._options = options

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """Yield an InteractionRecord for each mail from `cursor` on, as the Source protocol says.

        Drafts and what is deleted or junk are LeftOut, where the file or Gmail's labels say so.
        """
        with self._input.open() as stream:
            head = stream.read(HEAD_BYTES)
            digest, size = hashlib.sha256(head).hexdigest(), stream.seek(0, io.SEEK_END)
            place = _place(cursor, digest, size)
            if place.offset < size:
                left_out = _mail_folders.left_out(self._input.path)
                sent = _mail_folders.is_sent(self._input.path or self._input.name)
                for count, cut in enumerate(cuts(stream, self._input.name, head, place), start=1):
                    where = f"{self._input.name}:{cut.line}"
                    if left_out:
                        yield LeftOut(use=left_out)
                    else:
                        yield from read_cut(cut, where, self._options, sent=sent)
                    place = cut.after
                    if count % MAILS_PER_CHECKPOINT == 0:
                        yield _checkpoint(digest, size, place)
            yield _checkpoint(digest, size, place)


def cuts(stream: BinaryIO, name: str, head: bytes | None = None, place: Place | None = None) -> Iterator[Cut]:
    """Every mail of a file from a place on, by the beginning of the file, which is read here unless it was before.

    An .eml is one mail, also where a program put a From_ line in front: what is attached may be an mbox.
    """
    if head is None:
        head = stream.read(HEAD_BYTES)
    if is_mbox(head) and not name.lower().endswith(_ONE):
        return cut_mbox(stream, place or Place())
    return cut_single(stream)


def skipped(name: str, reason: str) -> Skipped:
    """A file that could not be opened."""
    return Skipped(where=f"{name}:1", reason=reason)


def read_cut(
    cut: Cut, where: str, options: ReadOptions, *, sent: bool
) -> Iterator[InteractionRecord | Skipped | LeftOut]:
    """The record of one mail of a file, or what its program says it is: a draft, deleted or junk; and of the meeting to
    which it invites.
    """
    item = _mail_of(cut, where, sent=sent)
    data = None
    if cut.invitation and isinstance(item, InteractionRecord):
        from dexcli.sources import _ical, _mail_body

        data = _mail_body.calendar_of(cut.invitation)
        if data is not None and _ical.is_sent(data):
            item = msgspec.structs.replace(item, kind="invitation")  # no conversation: the meeting is
    yield item
    if data is not None:
        # Anybody can send a title: a mail brings whom it invites by address alone.
        window = _ical.window(msgspec.structs.replace(options, names_anybody=None))
        for event in _ical.of_object(data, origin=_FILE, where=where, window=window):
            if isinstance(event, Skipped):
                continue  # the mail is there all the same
            if _is_by(item, event):
                yield event
            elif event.status is None:  # somebody else's meeting, passed on: it changes nothing that is known
                yield msgspec.structs.replace(event, revision="")


def _is_by(mail: InteractionRecord | Skipped | LeftOut, event: InteractionRecord) -> bool:
    """Whether a mail is from whoever organizes the meeting that it speaks of: nobody else calls it off or moves it."""
    people = mail.participants if isinstance(mail, InteractionRecord) else ()
    senders = {who.value for who in people if who.role == "from"}
    return any(who.role == "organizer" and who.value in senders for who in event.participants)


def _mail_of(cut: Cut, where: str, *, sent: bool) -> InteractionRecord | Skipped | LeftOut:
    """The record of one mail.

    The conversation is that of its References, not Gmail's (X-GM-THRID), which no other way to the same mail knows.
    """
    if cut.left_out:
        return LeftOut(use=cut.left_out)
    if cut.block.startswith(_TAKEOUT):
        labelled_sent, left_out = _mail_folders.among(_labels(cut.block))
        if left_out:
            return LeftOut(use=left_out)
        sent = sent or labelled_sent
    item = _mail.record(cut.block, origin=_FILE, where=where, sent=sent)
    if isinstance(item, Skipped) and (received := _received(cut.envelope)):
        # Only now: many programs put another date than that of its arrival there.
        return _mail.record(cut.block, origin=_FILE, where=where, sent=sent, received=received)
    return item


def claims(head: bytes, name: str, options: ReadOptions) -> FileClaim | None:  # noqa: ARG001  # FileFormat
    """Recognise an mbox by a From_ line and headers behind it, a message by headers that only mail has."""
    one = name.lower().endswith(_ONE)
    if is_mbox(head) and not one:
        what = "Gmail mailbox (mbox)" if b"\nX-GM-THRID:" in head else "mailbox (mbox)"
        small = len(head) < HEAD_BYTES and head.count(b"\nFrom ") < _FEW
        return FileClaim(what=what, names_people=False, gathered=small)
    named = one or _mail_folders.is_in_maildir(name)
    if is_message(head, named=named):
        return FileClaim(what="mail message", names_people=False, gathered=True, certain=named)
    return None


def open_file(input: Input, options: ReadOptions) -> MboxSource:  # noqa: A002  # FileFormat
    """A source over an mbox or a single message."""
    return MboxSource(input, options)


def open_files(inputs: Sequence[Input], options: ReadOptions) -> Source:
    """A source over many single messages: a Maildir, a folder of .eml files."""
    from dexcli.sources.maildir import MaildirSource

    return MaildirSource(inputs, options)


def _labels(block: bytes) -> list[str]:
    found = _LABELS.search(block)
    return _mail_words.text(found[1].decode("utf-8", "surrogateescape")).split(",") if found else []


def _received(envelope: bytes) -> datetime | None:
    """The date of a From_ line, which is in UTC unless it says otherwise."""
    return _mail_dates.read(envelope.decode("ascii", "replace").strip().removeprefix("From ").partition(" ")[2].strip())


def _place(cursor: str | None, digest: str, size: int) -> Place:
    """Where to begin: the place of a cursor that was written for this very file, else the beginning."""
    try:
        known = msgspec.json.decode(cursor or "", type=_Cursor)
    except msgspec.DecodeError:
        return Place()
    fits = (known.head, known.size) == (digest, size) and 0 <= known.place.offset <= size
    return known.place if fits else Place()


def _checkpoint(digest: str, size: int, place: Place) -> Checkpoint:
    return Checkpoint(cursor=msgspec.json.encode(_Cursor(head=digest, size=size, place=place)).decode())
