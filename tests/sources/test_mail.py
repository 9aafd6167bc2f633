from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.records import InteractionRecord, Origin, Skipped
from dexcli.sources import _mail, _mail_dates, _mail_people, _mail_words

ORIGIN = Origin(source="imap", account="home", folder="INBOX", epoch="7", ref="12")
DATE = "Mon, 2 Mar 2026 09:00:00 +0100"
NINE = datetime(2026, 3, 2, 8, tzinfo=UTC)
IN = datetime(2026, 3, 2, 8, 5, tzinfo=UTC)


def block(*lines: str, date: str | None = DATE, sender: str | None = "Ada Lovelace <ada@example.org>") -> bytes:
    said = [*([f"Date: {date}"] if date else []), *([f"From: {sender}"] if sender else []), *lines]
    return "\r\n".join([*said, "", ""]).encode("utf-8", "surrogateescape")


def record(*lines: str, received: datetime | None = None, sent: bool = False, **said: str | None) -> InteractionRecord:
    found = _mail.record(block(*lines, **said), origin=ORIGIN, where="INBOX:12", received=received, sent=sent)
    assert isinstance(found, InteractionRecord), found
    return found


def who(found: InteractionRecord) -> list[tuple[str, str, str | None]]:
    return [(one.role, one.value, one.name) for one in found.participants]


def test_a_letter_says_who_wrote_to_whom_when_and_about_what() -> None:
    found = record(
        "To: Grace Hopper <grace@example.com>",
        "Cc: alan@example.net",
        "Subject: Lunch on Friday?",
        "Message-ID: <1@mail.example.org>",
    )
    assert (found.key, found.kind, found.direction, found.title) == (
        "mail:1@mail.example.org",
        "mail",
        None,
        "Lunch on Friday?",
    )
    assert found.when == NINE
    assert found.origin == ORIGIN
    assert (found.thread, found.automatic, found.automatic_address) == ("mail:1@mail.example.org", None, None)
    assert who(found) == [
        ("from", "ada@example.org", "Ada Lovelace"),
        ("to", "grace@example.com", "Grace Hopper"),
        ("cc", "alan@example.net", None),
    ]


def test_what_lay_among_those_sent_is_outgoing() -> None:
    assert record(sent=True).direction == "out"


def test_somebody_named_several_times_has_the_strongest_role_and_the_first_name() -> None:
    found = record("To: ada@example.org, GRACE@example.com", "Cc: Grace <grace@example.com>", "Bcc: b@example.net")
    assert who(found) == [
        ("from", "ada@example.org", "Ada Lovelace"),
        ("to", "grace@example.com", "Grace"),
        ("cc", "b@example.net", None),
    ]


def test_without_a_from_the_sender_wrote_it() -> None:
    assert who(record("Sender: a@example.org", sender=None)) == [("from", "a@example.org", None)]


def test_all_of_several_from_headers_wrote_it() -> None:
    found = record("From: Grace <grace@example.com>, alan@example.net")
    assert [value for role, value, _ in who(found) if role == "from"] == [
        "ada@example.org",
        "grace@example.com",
        "alan@example.net",
    ]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"Doe, John" <john@example.org>, jane@example.org',
         [("Doe, John", "john@example.org"), (None, "jane@example.org")]),
        ("undisclosed-recipients:;", []),
        ("Friends: Ada <ada@example.org>, grace@example.com;, alan@example.net",
         [("Ada", "ada@example.org"), (None, "grace@example.com"), (None, "alan@example.net")]),
        ("ada at example.org (Ada Lovelace)", [("Ada Lovelace", "ada@example.org")]),
        ("ada@example.org (Ada (Countess) Lovelace)", [("Ada (Countess) Lovelace", "ada@example.org")]),
        (r'"Giant; \"Big\" Box" <box@example.org>', [('Giant; "Big" Box', "box@example.org")]),
        ("Ada Lovelace <@relay.example.net:ada@example.org>", [("Ada Lovelace", "ada@example.org")]),
        ("Ada <ada@example.org> Grace <grace@example.com>",
         [("Ada", "ada@example.org"), ("Grace", "grace@example.com")]),
        ("Ada <ada @ example . org>", [("Ada", "ada@example.org")]),
        ("Ada <ada@example.org", [("Ada", "ada@example.org")]),
        ('"Ada <ada@example.org>', [("Ada", "ada@example.org")]),
        ("'Ada Lovelace' <ada@example.org>", [("Ada Lovelace", "ada@example.org")]),
        ("ada@example.org <ADA@example.org>", [(None, "ada@example.org")]),
        ("Ada Lovelace ada@example.org", [("Ada Lovelace", "ada@example.org")]),
        ("Ada <ada at example.org>, Grace <grace at home>", [("Ada", "ada@example.org")]),
        ("Ada <ada(at)example.org>", []),
        ("<mailto:ada@example.org>", [(None, "ada@example.org")]),
        ("nobody, <>, @, root", []),
        ("=?utf-8?q?J=C3=BCrgen?= <j@example.org>", [("Jürgen", "j@example.org")]),
        ('"=?utf-8?q?J=C3=BCrgen?=" <j@example.org>', [("Jürgen", "j@example.org")]),
        ("J\u00fcrgen <j@example.org>", [("Jürgen", "j@example.org")]),
        ("J\udcfcrgen <j@example.org>", [("Jürgen", "j@example.org")]),
    ],
)  # fmt: skip
def test_an_address_header_is_read(header: str, expected: list[tuple[str | None, str]]) -> None:
    assert list(_mail_people.people(header)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?iso-8859-1?q?Gr=FC=DFe?=", "Grüße"),
        ("=?utf-8?q?Gr=C3?= =?utf-8?q?=BC=C3?=\t=?utf-8?q?=9Fe?=", "Grüße"),
        ("=?utf-8?b?R3LD?= =?utf-8?b?vMOfZQ?=", "Grüße"),
        ("a =?utf-8?q?b?= c =?utf-8?q?d_e?=", "a b c d e"),
        ("=?utf-8?q?a?= =?iso-8859-1?q?=E9?=", "aé"),
        ("=?utf-8*de?q?=C3=BC?=", "ü"),
        ("=?ks_c_5601-1987?B?x9Gxub7u?=", "한국어"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?big5?B?p0Gmbg==?=", "你好"),
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        ("\x1b$BF|K\\\x1b(B", "日本"),
        ("=?koi8-r?B?7cnS?=", "Мир"),
        ("=?unicode-1-1-utf-7?q?+AOk-?=", "é"),
        ("=?x-unknown?q?caf=C3=A9?= =?no-such-thing?q?caf=E9?=", "cafécafé"),
        ("=?unknown-8bit?q?caf=E9?=", "café"),
        ("=?us-ascii?q?caf=E9?=", "café"),
        ("=?idna?q?xn--a?= =?unicode_escape?q?=5Cd?=", "xn--a\\d"),
        ("=?rot13?q?abc?=", "abc"),
        ("=?utf-8?q?a=?=", "a="),
        ("=?utf-8?b?!?=", ""),
        ("caf\udce9", "café"),
        ("=?utf-8?q?=1B[31mred=07?=", "[31mred"),
        ("a\x00b", "ab"),
        ("=?utf-8?q?a=0D=0Ab?=", "a b"),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
    ],
)
def test_a_subject_is_decoded(value: str, expected: str) -> None:
    assert _mail_words.text(value) == expected


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Co", "Cn"]), min_size=1, max_size=40)
)
def test_what_the_standard_library_encodes_is_what_we_decode(title: str) -> None:
    import unicodedata
    from email.header import Header

    folded = Header(title, "utf-8", header_name="Subject").encode()
    found = record(f"Subject: {folded}".replace("\n", "\r\n"))
    assert found.title == unicodedata.normalize("NFC", title).strip()


def zone(hours: int, minutes: int = 0) -> timezone:
    return timezone(timedelta(hours=hours, minutes=minutes))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 2 Mar 2026 09:00:01 +0530", datetime(2026, 3, 2, 9, 0, 1, tzinfo=zone(5, 30))),
        ("Mon, 02 Mar 2026 09:00:00 -0000", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Mon, 2 Mar 2026 09:00:00 GMT", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2 Mar 2026 09:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Mon, 2 Mar 98 09:00:00 EST", datetime(1998, 3, 2, 9, tzinfo=zone(-5))),
        ("Mon, 2 Mar 26 09:00:00 PDT", datetime(2026, 3, 2, 9, tzinfo=zone(-7))),
        ("Mon, 2 Mar 126 09:00:00 Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Mon, 2 Mar 2026 09:00:00 K", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Mon, 2 Mar 2026 09:00:00 +0100 (CET)", datetime(2026, 3, 2, 9, tzinfo=zone(1))),
        ("Mon (moon (full)), 2 Mar 2026 09 : 00 : 00 -0330", datetime(2026, 3, 2, 9, tzinfo=zone(-3, -30))),
        ("Mon Mar  2 09:00:00 2026", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Mon Mar  2 09:00:00 EST 2026", datetime(2026, 3, 2, 9, tzinfo=zone(-5))),
        ("Mon Mar 02 09:00:00 +0200 2026", datetime(2026, 3, 2, 9, tzinfo=zone(2))),
        ("March 2, 2026 9:00 PM", datetime(2026, 3, 2, 21, tzinfo=UTC)),
        ("2026-03-02T09:00:00+01:00", datetime(2026, 3, 2, 9, tzinfo=zone(1))),
        ("2-Mar-2026 09:00:00 +0100", datetime(2026, 3, 2, 9, tzinfo=zone(1))),
        ("Mon, 2 Mar 2026 09:00:60 +0000", datetime(2026, 3, 2, 9, 0, 59, tzinfo=UTC)),
        ("Mon, 2 Mar 2026 09:00:00 +9900", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("03/04/2026 09:00", None),
        ("Mon, 31 Feb 2026 09:00:00 +0000", None),
        ("Mon, 2 Mar 2026", None),
        ("Whenever", None),
        ("", None),
    ],
)
def test_a_date_is_read(text: str, expected: datetime | None) -> None:
    found = _mail_dates.read(text)
    assert found == expected
    assert found is None or found.utcoffset() == (expected and expected.utcoffset())


@given(st.datetimes(datetime(1971, 1, 2), datetime(2099, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_what_the_standard_library_writes_is_what_we_read(moment: datetime, minutes: int) -> None:
    from email.utils import format_datetime

    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert _mail_dates.read(format_datetime(aware)) == aware


def test_a_date_that_cannot_be_gives_way_to_the_newest_stamp_of_a_server() -> None:
    stamps = (
        "Received: from c by d; no date",
        "Received: from b by c; Mon, 2 Mar 2026 08:05:00 +0000",
        "Received: from a by b; Mon, 2 Mar 2026 08:03:00 +0000",
    )
    for date in (None, "nonsense", "Thu, 1 Jan 1970 00:00:00 +0000", "Mon, 2 Mar 2037 09:00:00 +0000"):
        assert record(*stamps, date=date).when == IN
        assert record(date=date, received=IN).when == IN
    assert record(*stamps).when == NINE


def test_a_mail_without_any_date_is_skipped_and_says_so() -> None:
    for date, reason in ((None, "it has no date"), ("Whenever", "its date cannot be read: 'Whenever'")):
        assert _mail.record(block(date=date), origin=ORIGIN, where="a:1") == Skipped(where="a:1", reason=reason)


def test_a_mail_that_names_nobody_is_skipped() -> None:
    found = _mail.record(block("To: undisclosed-recipients:;", sender="nobody"), origin=ORIGIN, where="a:1")
    assert isinstance(found, Skipped)


@pytest.mark.parametrize(
    ("stated", "key"),
    [
        ("<a@b>", "mail:a@b"),
        ("  <a@b>  ", "mail:a@b"),
        ("a@b", "mail:a@b"),
        ("<a@b> (comment)", "mail:a@b"),
        ("<a@\r\n b>", "mail:a@b"),
        ("<A@b>", "mail:A@b"),
    ],
)
def test_the_key_is_the_message_id(stated: str, key: str) -> None:
    assert record(f"Message-ID: {stated}").key == key


def test_without_a_message_id_the_key_is_of_what_is_the_same_by_every_road() -> None:
    one = record("To: b@example.org", "Subject: a\r\n b")
    assert one.key == record("Received: x; y", "To: b@example.org", "Subject: a b", received=IN).key
    assert one.key != record("To: b@example.org", "Subject: a c").key
    assert record("Message-ID: <>").key == record().key


@pytest.mark.parametrize(
    ("lines", "thread"),
    [
        (("References: <1@a> <2@a>", "In-Reply-To: <2@a>"), "mail:1@a"),
        (("In-Reply-To: <2@a>",), "mail:2@a"),
        (("References: ", "In-Reply-To: 2@a"), "mail:2@a"),
        (('In-Reply-To: Message from Ada <ada@a> of "Mon" <2@a>',), "mail:2@a"),
        (("In-Reply-To: <2@a> from Ada <ada@a>",), "mail:2@a"),
        (("In-Reply-To: your letter",), "mail:me@a"),
        ((), "mail:me@a"),
    ],
)
def test_a_conversation_is_known_by_the_mail_it_began_with(lines: tuple[str, ...], thread: str) -> None:
    assert record("Message-ID: <me@a>", *lines).thread == thread


def test_the_mail_of_calendars_is_an_invitation() -> None:
    for line in (
        "Content-Type: text/calendar; method=REQUEST",
        "Content-Class: urn:content-classes:calendarmessage",
        "Sender: Google Calendar <calendar-notification@google.com>",
    ):
        assert record(line).kind == "invitation"
    assert record("Content-Type: text/plain").kind == "mail"


@pytest.mark.parametrize(
    ("lines", "reason", "address"),
    [
        (("List-Post: <mailto:looms@lists.example.org>", "To: x@example.org"), "list", "looms@lists.example.org"),
        (("List-Post: NO", "List-Id: Looms <looms.lists.example.org>", "To: looms@lists.example.org"),
         "list", "looms@lists.example.org"),
        (("List-Id: <looms.lists.example.org>", "To: me@example.net", "Cc: looms@example.org"),
         "list", "looms@example.org"),
        (("List-Unsubscribe: <https://example.org/u>", "To: me@example.net"), "list", "ada@example.org"),
        (("Precedence: bulk",), "bulk", "ada@example.org"),
        (("Precedence: bulk", "Sender: owner-looms@example.org", "To: looms@example.org"), "bulk", "looms@example.org"),
        (("Precedence: list", "Return-Path: <looms-return-17-me=example.net@lists.example.org>",
          "To: grace@example.org, looms@lists.example.org"), "bulk", "looms@lists.example.org"),
        (("Precedence: bulk", "Sender: owner-looms@example.org", "To: looms@example.net"), "bulk", "ada@example.org"),
        (("AUTO-SUBMITTED: auto-replied",), "auto", "ada@example.org"),
        (("Return-Path: <>",), "bounce", "ada@example.org"),
    ],
)  # fmt: skip
def test_a_mail_by_a_list_or_machine_names_its_address(lines: tuple[str, ...], reason: str, address: str) -> None:
    found = record(*lines)
    assert (found.automatic, found.automatic_address) == (reason, address)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_any_line_end_and_any_fold_is_read(end: str) -> None:
    lines = [
        "Date: Mon, 2 Mar 2026",
        " 09:00:00 +0100",
        "From:",
        "\tAda",
        " <ada@example.org>",
        "Subject: a",
        "  b",
        "",
        "To: c@d",
    ]
    found = _mail.record(end.join(lines).encode(), origin=ORIGIN, where="a:1")
    assert isinstance(found, InteractionRecord)
    assert (found.when, found.title, who(found)) == (NINE, "a b", [("from", "ada@example.org", "Ada")])


def test_what_is_no_header_is_passed_over() -> None:
    found = _mail.record(b"From x@y Mon\n>From z\nnonsense\n: a\n" + block(), origin=ORIGIN, where="a:1")
    assert isinstance(found, InteractionRecord)


HOSTILE = {
    "subject": "Subject: " + "a" * 1_000_000,
    "encoded words": "Subject: " + "=?utf-8?q?" * 100_000,
    "references": "References: " + "<a@b> " * 160_000,
    "recipients": "To: " + ", ".join(f"p{number}@example.org" for number in range(10_000)),
    "comments": "To: " + "(" * 1_000_000,
    "angles": "To: " + "<," * 500_000,
    "quotes": "To: " + '"\\' * 500_000,
    "folds": "Subject: " + "\n " * 500_000,
    "dates": "Date: " + "1 " * 500_000,
    "headers": "To: a@example.org\n" * 60_000,
    "lists": "List-Id: " + "<" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_header_is_read_in_bounded_time(name: str) -> None:
    started = time.process_time()
    found = record(HOSTILE[name])
    assert time.process_time() - started < 2
    assert len(found.title or "") <= 500
    assert len(found.participants) < 10_000
    assert len(found.thread or "") < 1_100


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    for prefix in (b"", b"From: ", b"Subject: =?", b"Date: ", b"From: a@b.c\nDate: 2 Mar 2026 09:00\nTo: "):
        assert isinstance(_mail.record(prefix + data, origin=ORIGIN, where="a:1"), InteractionRecord | Skipped)
    _mail.text_of(data)


MULTIPART = b"""\
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: multipart/alternative; boundary=y

--y
Content-Type: text/html

<p>rich
--y
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe
--
Ada, Countess
--y--
--x
Content-Type: text/plain
Content-Disposition: attachment

attached
--x--
"""


def test_the_text_of_a_mail_is_its_plain_part_without_signature() -> None:
    assert _mail.text_of(MULTIPART) == "Grüße"


def test_the_text_of_html_is_its_words() -> None:
    head = b"<html><head><title>x</title></head><style>p{}</style>"
    page = head + b"<body><p>Dear&nbsp;<b>Ada</b>,<br>lunch &amp; tea?<!-- no --></p>"
    assert _mail.text_of(b"Content-Type: text/html\n\n" + page) == "Dear Ada,\nlunch & tea?"


def test_quoted_mail_and_the_line_before_it_are_cut_off() -> None:
    said = b"\n\nYes!\n\nOn Monday, Ada wrote:\n> Lunch?\n>\n> Ada\n"
    assert _mail.text_of(b"Subject: x" + said) == "Yes!"


def test_a_mail_without_text_has_none() -> None:
    assert _mail.text_of(b"Content-Type: image/png\n\nx") is None
    assert _mail.text_of(b"") is None


def nested(depth: int) -> bytes:
    """The text within so many multiparts, the innermost of which has many lines."""
    heads = (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (one, one) for one in range(depth))
    return b"".join(heads) + b"\nhi\n" * 40_000


LABORIOUS = {
    "semicolons": b'Content-Type: text/plain; x="' + b";" * 250_000 + b'"\n\nhi',
    "escaped quotes": b'Content-Type: text/plain; x="' + b'\\";' * 80_000 + b'"\n\nhi',
    "parameters": b"Content-Type: text/plain; " + b"a=b;" * 60_000 + b"\n\nhi",
    "folded parameters": b"content-type: text/plain;\n " + b"a=b;\n " * 40_000 + b"\n\nhi",
    "a part": b'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; x="'
    + b";" * 250_000
    + b'"\n\nhi',
    "few parts within each other": nested(3),
    "parts within each other": nested(20),
}


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("name", LABORIOUS)
def test_the_text_of_a_hostile_mail_is_read_in_bounded_time(name: str, end: bytes) -> None:
    message = LABORIOUS[name].replace(b"\n", end)
    started = time.process_time()
    assert (_mail.text_of(message) or "").startswith("hi")
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("depth", [21, 100, 900, 5_000])
def test_no_text_is_looked_for_deep_within_parts(depth: int) -> None:
    started = time.process_time()
    assert _mail.text_of(nested(depth)[: 256 * 1024]) is None
    assert time.process_time() - started < 0.5


def test_a_long_text_is_cut() -> None:
    text = _mail.text_of(b"Subject: x\n\n" + "é".encode() * 100_000)
    assert text is not None
    assert len(text.encode()) <= 16 * 1024
