from __future__ import annotations

import io
import tracemalloc
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dexcli.domain.records import InteractionRecord, LeftOut, Skipped, SourceItem
from dexcli.sources import mbox as module
from dexcli.sources.archive import file_at
from dexcli.sources.base import FileFormat, Input, ReadOptions
from dexcli.sources.maildir import MaildirSource
from support.mail import mbox, message
from support.source_contract import FileContract, assert_well_formed, input_of

TAKEOUT = "From 1790000000000000000@xxx Mon Mar 02 09:00:00 +0000 2026"


def read(data: bytes, name: str = "mail.mbox", path: str = "") -> list[SourceItem]:
    file = Input(name=name, open=lambda: io.BytesIO(data), path=path)
    items = list(module.open_file(file, ReadOptions()).read(None))
    assert_well_formed(items)
    return items


def mails(data: bytes, name: str = "mail.mbox", path: str = "") -> list[InteractionRecord]:
    return [item for item in read(data, name, path) if isinstance(item, InteractionRecord)]


def places(data: bytes, name: str = "mail.mbox") -> list[tuple[str, str]]:
    """Key and place of each mail."""
    return [(item.key.partition("@")[0], item.where) for item in mails(data, name)]


def labelled(number: int, labels: str) -> bytes:
    """A mail as Google Takeout has it, with its labels at the top."""
    return f"X-GM-THRID: 179{number}\nX-Gmail-Labels: {labels}\n".encode() + message(number)


class TestMboxSource(FileContract):
    format: ClassVar[FileFormat] = module
    name = "mail.mbox"

    def small(self) -> bytes:
        undated = message(3, "From: ada@example.org", "Subject: a draft", bare=True)
        return mbox(message(1), labelled(2, "Sent"), message(4)) + mbox(undated, line="From -")

    def large(self) -> bytes:
        return mbox(*(message(number) for number in range(4_200)))


class TestMaildirSource(FileContract):
    """One file after the other, each cut out of an mbox."""

    format: ClassVar[FileFormat] = module
    name = "1"

    def small(self) -> bytes:
        return message(1)

    def source(self) -> MaildirSource:
        return MaildirSource([input_of(str(number), message(number)) for number in range(1, 4)], ReadOptions())

    def large_source(self) -> MaildirSource:
        return MaildirSource([input_of(str(number), message(number)) for number in range(4_200)], ReadOptions())

    def test_where_names_file_and_line(self) -> None:
        found = [item.where for item in self.source().read(None) if isinstance(item, InteractionRecord)]
        assert found == ["1:1", "2:1", "3:1"]

    def test_a_cursor_of_another_file_means_from_the_beginning(self) -> None:
        cursor = list(self.source().read(None))[-1].cursor  # type: ignore[union-attr]  # ends with a Checkpoint
        other = MaildirSource([input_of(str(number), message(number)) for number in range(2, 5)], ReadOptions())
        assert list(other.read(cursor)) == list(other.read(None))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("blank", [True, False])
@pytest.mark.parametrize("line", ["From ada@example.org Mon Mar  2 09:00:00 2026", "From - Mon Mar  2 09:00:00 2026",
                                  "From - ", "From -", TAKEOUT, "From 179@xxx",
                                  "From ada at example.org Mon Mar  2 09:00:00 2026",
                                  "From ada@example.org  Mon Mar  2 09:00:00 EST 2026 remote from uucp"])  # fmt: skip
def test_a_mailbox_is_cut_at_its_from_lines(line: str, blank: bool, end: str) -> None:
    data = mbox(message(1), message(2), message(3), line=line, blank=blank).replace(b"\n", end.encode())
    step = 11 if blank else 10
    assert places(data) == [(f"mail:{n}", f"mail.mbox:{1 + (n - 1) * step}") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "text",
    ["From Russia with love\nYear: 1963\n", ">From ada@example.org Mon Mar  2 09:00:00 2026\nSubject: x\n",
     " From - Mon Mar  2 09:00:00 2026\nSubject: x\n", "From \nhere on\n", "From -\nhttp://example.org\n",
     "From me at 10:30 to 2026\nNote: x\n"],
)  # fmt: skip
def test_a_from_in_a_text_is_no_new_mail(text: str) -> None:
    assert places(mbox(message(1, body=f"Look:\n\n{text}"), message(2)))[1:] == [
        ("mail:2", f"mail.mbox:{12 + text.count(chr(10)) - 1}")
    ]


def test_a_right_content_length_hides_what_looks_like_a_mail() -> None:
    body = "Forwarded:\n\n" + mbox(message(7)).decode()
    right = message(1, f"Content-Length: {len(body)}", body=body)
    assert [key for key, _ in places(mbox(right, message(2)))] == ["mail:1", "mail:2"]
    assert [key for key, _ in places(mbox(right))] == ["mail:1"]


@pytest.mark.parametrize("length", ["0", "3", "99999999999", "4000000", "nonsense", "-1"])
def test_a_wrong_content_length_is_ignored(length: str) -> None:
    found = places(mbox(message(1, f"Content-Length: {length}"), message(2), message(3)))
    assert [key for key, _ in found] == ["mail:1", "mail:2", "mail:3"]


def test_the_date_of_the_from_line_serves_where_there_is_no_other() -> None:
    undated = message(1, "From: ada@example.org", "Message-ID: <1@a>", bare=True)
    (found,) = mails(mbox(undated))
    assert f"{found.when:%Y-%m-%d %H:%M}" == "2026-03-02 09:00"


def test_drafts_spam_and_trash_of_gmail_are_left_out_and_sent_mail_is_mine() -> None:
    labels = ("Sent,Opened", "Drafts", "Spam,Unread", "=?UTF-8?Q?Entw=C3=BCrfe?=", "Inbox,Important", "Bin")
    data = mbox(*(labelled(n, said) for n, said in enumerate(labels)), line=TAKEOUT)
    assert [one.use for one in read(data) if isinstance(one, LeftOut)] == ["drafts", "junk", "drafts", "trash"]
    assert [(one.key.partition("@")[0], one.direction) for one in mails(data)] == [("mail:0", "out"), ("mail:4", None)]


@pytest.mark.parametrize("label", ["Templates", "Outbox", "Deleted items", "Bulk mail"])
def test_a_label_that_its_user_made_leaves_no_mail_out(label: str) -> None:
    assert len(mails(mbox(labelled(1, label), line=TAKEOUT))) == 1


@pytest.mark.parametrize("label", ["Sent", "Spam"])
def test_a_label_that_the_writer_of_a_mail_gave_it_is_no_label_of_gmail(label: str) -> None:
    (found,) = mails(mbox(message(2, "X-GM-THRID: 1", f"X-Gmail-Labels: {label}"), line=TAKEOUT))
    assert found.direction is None


def test_a_gmail_conversation_is_known_by_its_references() -> None:
    (found,) = mails(mbox(message(2, "X-GM-THRID: 1790", "References: <1@mail.example.org>"), line=TAKEOUT))
    assert found.thread == "mail:1@mail.example.org"


def test_an_apple_mail_message_is_read_and_its_flags_are_respected() -> None:
    one = message(1)
    for flags, count in ((8590195713, 1), (1 << 6, 0), (1 << 1, 0)):
        plist = f"<?xml?><plist><dict><key>flags</key>\n<integer>{flags}</integer></dict></plist>".encode()
        data = f"{len(one):<10}\n".encode() + one + plist
        assert len(mails(data, "1.emlx")) == count
    assert mails(one, "1.eml") == [found for found in mails(one, "1.eml") if found.where == "1.eml:1"] != []


def test_the_folder_says_what_was_sent_and_what_is_left_out() -> None:
    data = mbox(message(1))
    assert mails(data, "Sent")[0].direction == "out"
    assert mails(data, "x", "Mail/Gesendet.mbox")[0].direction == "out"
    assert read(data + data, "x", "Local Folders/Trash")[:2] == [LeftOut(use="trash")] * 2
    assert len(mails(data, "x", "bin/x")) == len(mails(data, "x", ".Trash/x")) == 1, "so is what is in a folder"
    assert len(mails(data, "Trash")) == 1, "a file that is named by itself is meant"


@pytest.mark.parametrize(
    ("path", "read"),
    [("M/cur/1:2,S", True), ("M/new/1", True), ("M/.Sent/tmp/1", False), ("M/.Drafts/cur/1:2,S", False),
     ("M/cur/1:2,DS", False), ("M/cur/1:2,ST", False), ("M/.INBOX.Trash/cur/1:2,", False), ("M/.Junk/cur/1", False),
     (".Trash/cur/1:2,S", True), ("M/.Archive.2025/cur/1:2,RS", True), ("M/cur/1;2,T", False)],
)  # fmt: skip
def test_drafts_trash_and_junk_of_a_maildir_are_left_out(path: str, read: bool) -> None:
    inputs = [Input(name=name, path=name, open=lambda: io.BytesIO(message(1))) for name in (path, "M/.Sent/cur/2:2,S")]
    found = [item for item in MaildirSource(inputs, ReadOptions()).read(None) if isinstance(item, InteractionRecord)]
    assert [item.direction for item in found] == ([None] if read else []) + ["out"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Lunch", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "a\n b", ""]),
            st.sampled_from(["", "References: <0@a> <9@a>", "List-Id: <looms.example.org>", "Bcc: b@example.net"]),
            st.booleans(),
            st.sampled_from(["hello", ">From me", "", "a\n\nb", "x" * 70_000]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_the_same_mail_by_any_road_is_one_interaction(said: list[tuple[str, str, bool, str]]) -> None:
    messages = [
        message(number, f"Subject: {title}", *filter(None, [more]), f"Message-ID: <{number}@a>" if named else "To: c@d",
                f"Date: Mon, 2 Mar 2026 09:{number:02}:00 +0000", "From: ada@example.org", body=f"{body}\n", bare=True)
        for number, (title, more, named, body) in enumerate(said)
    ]  # fmt: skip
    roads = [
        mails(mbox(*messages)),
        mails(mbox(*messages).replace(b"\n", b"\r\n")),
        mails(mbox(*messages, line=TAKEOUT, blank=False)),
        [one for data in messages for one in mails(data, "1.eml")],
        [one for data in messages for one in mails(f"{len(data)}\n".encode() + data + b"<plist/>", "1.emlx")],
        [
            item
            for item in MaildirSource(
                [input_of(f"{n}:2,S", data) for n, data in enumerate(messages)], ReadOptions()
            ).read(None)
            if isinstance(item, InteractionRecord)
        ],
    ]
    said_by = [[replace(one, where="") for one in road] for road in roads]
    assert all(road == said_by[0] for road in said_by)
    assert len(said_by[0]) == len(messages)


def test_mail_is_recognised_and_nothing_else() -> None:
    none = ReadOptions()
    stamped = b"Received: from a by b; x\nSubject: y\n\n"
    for data, name in ((message(1), "stdin"), (stamped, "x"), (b"To: x\n\n", "a.eml")):
        claim = module.claims(data, name, none)
        assert claim
        assert claim.gathered
    for data in (
        b"Subject: a book\nAuthor: Ada\n\ntext", b"From: the archive\nTo: you\n\ntext", b"Date: today\nFrom: me\n\n",
        b"BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nEND:VCARD\n", b"Name,E-mail\nAda,ada@example.org\n", b"", b"\0" * 99,
        b'{"From": "ada@example.org"}', b"From Russia with love\nYear: 1963\n", b"12\n34\n",
        b"# Notes\n\nFrom: ada@example.org\nDate: 2 Mar 2026 09:00\n", b"BEGIN:VCALENDAR\nEND:VCALENDAR\n",
        b"---\ndate: 2 Mar 2026 09:00\ntitle: x\n---\n",
    ):  # fmt: skip
        assert module.claims(data, "notes.txt", none) is None, data


def test_memory_does_not_grow_with_the_mailbox() -> None:
    one = mbox(message(1, body="x" * 75 + "\n" * 100_000))

    class Endless(io.RawIOBase):
        """So many mails, made while they are read."""

        def __init__(self, mails: int) -> None:
            self._size = mails * len(one)
            self._at = 0

        def readable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

        def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
            self._at = offset + (self._size if whence == io.SEEK_END else 0)
            return self._at

        def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed: any buffer
            start = self._at % len(one)
            data = one[start : start + min(len(buffer), self._size - self._at)]
            buffer[: len(data)] = data
            self._at += len(data)
            return len(data)

    peaks = []
    for count in (100, 1_000):
        endless = Endless(count)
        source = module.open_file(Input(name="a", open=partial(io.BufferedReader, endless)), ReadOptions())
        tracemalloc.start()
        assert sum(isinstance(item, InteractionRecord) for item in source.read(None)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] < 30 * 1024**2


def test_a_message_that_was_moved_meanwhile_is_skipped() -> None:
    gone = file_at(Path("/nowhere/cur/1:2,"))
    found = list(MaildirSource([gone, input_of("2", message(2))], ReadOptions()).read(None))
    assert [type(item).__name__ for item in found] == ["Skipped", "InteractionRecord", "Checkpoint"]
    assert isinstance(found[0], Skipped)
    assert "cannot read" in found[0].reason
