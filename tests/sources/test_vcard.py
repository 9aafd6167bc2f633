from __future__ import annotations

import io
import re
import time
import tracemalloc
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.names import clean_name
from dexcli.domain.records import Checkpoint, PersonRecord, Skipped, SourceItem
from dexcli.sources import vcard
from dexcli.sources._text import clean
from dexcli.sources.base import FileFormat, Input, ReadOptions
from support.source_contract import FileContract, assert_well_formed, input_of

DATA = Path(__file__).parent / "data" / "vcard"


def read(data: bytes | str, name: str = "contacts.vcf") -> list[SourceItem]:
    raw = data.encode() if isinstance(data, str) else data
    items = list(vcard.open_file(input_of(name, raw), ReadOptions()).read(None))
    assert_well_formed(items)
    return items


def people(data: bytes | str) -> list[PersonRecord]:
    return [item for item in read(data) if isinstance(item, PersonRecord)]


def skipped(data: bytes | str) -> list[tuple[str, str]]:
    return [(item.where, item.reason) for item in read(data) if isinstance(item, Skipped)]


def card(*lines: str, version: str = "3.0", eol: str = "\r\n") -> str:
    return eol.join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def person(*lines: str) -> PersonRecord:
    (found,) = people(card(*lines))
    return found


def said(record: PersonRecord, field: str | None = None) -> list[tuple[str, ...]]:
    """Field, value and label of the claims, or value and label of those of one field."""
    if field is None:
        return [(c.field, c.value, *([c.label] if c.label else [])) for c in record.claims]
    return [(c.value, *([c.label] if c.label else [])) for c in record.claims if c.field == field]


class TestVcardSource(FileContract):
    format: ClassVar[FileFormat] = vcard
    name = "contacts.vcf"

    def small(self) -> bytes:
        return b"".join((DATA / name).read_bytes() for name in ("iphone.vcf", "android.vcf", "v4.vcf"))

    def large(self) -> bytes:
        cards = [card(f"FN:Ada {number}", f"EMAIL:ada{number}@example.org") for number in range(4500)]
        cards[::10] = [card("BROKEN", f"FN:Grace {number}") for number in range(450)]
        # The last card before each checkpoint has no END.
        cards[9::10] = [card(f"FN:Mary {number}").replace("END:VCARD\r\n", "") for number in range(450)]
        cards[-1] = card("FN:Annie")
        cards[3] = card("FN:Dorothy", "PHOTO;ENCODING=b:" + "A" * 700_000)
        return "".join(cards).encode()


# --- whole files, as the programs write them ---------------------------------------------------------


def test_a_card_of_an_iphone() -> None:
    ada, company = people((DATA / "iphone.vcf").read_bytes())
    assert ada.name == "Countess Ada King Lovelace"
    assert ada.key == "card:0d1e6b1f-0000-4000-8000-000000000001"
    assert ada.where == "contacts.vcf:1"
    assert said(ada) == [
        ("email", "ada@example.org", "other"),
        ("email", "Ada@engines.example.com", "work"),
        ("phone", "+44 20 7946 0101", "cell"),
        ("phone", "+44 20 7946 0102", "iphone cell"),
        ("phone", "+44 20 7946 0103", "boat"),
        ("company", "Analytical Engines, Ltd"),
        ("department", "Programming"),
        ("alias", "Enchantress"),
        ("address", "12 St James's Square, Garden flat, London, SW1Y 4JH, United Kingdom", "home"),
        ("location", "London, United Kingdom"),
        ("birthday", "--12-10"),
        ("anniversary", "1835-07-08"),
        ("date", "1843-09-01", "notes published"),
        ("title", "First programmer"),
        ("note", "Met at Mr Babbage's soirée; talked about engines, Bernoulli numbers\nand the loom."),
        ("url", "http://ada.example.org/notes", "homepage"),
        ("im", "xmpp:ada@chat.example.org", "home"),
        ("url", "https://www.linkedin.com/in/ada-example", "linkedin"),
        ("im", "x-apple:ada", "mastodon"),
        ("related", "Charles Babbage", "friend"),
    ]
    assert (company.name, said(company, "phone")) == ("Analytical Engines", [("+44 20 7946 0199", "main")])
    assert (ada.tags, company.tags) == (("Mathematicians",), ())
    assert skipped((DATA / "iphone.vcf").read_bytes()) == []


def test_a_card_of_google() -> None:
    grace, nobody, annie = people((DATA / "google.vcf").read_bytes())
    assert grace.name == "Grace Hopper"
    assert grace.tags == ("Navy",)
    assert said(grace) == [
        ("email", "grace@example.org", "home"),
        ("phone", "+1 555 0100", "cell"),
        ("company", "US Navy"),
        ("address", "1 Navy Yard, Arlington, VA 22201", "work"),
        ("birthday", "1906-12-09"),
        ("anniversary", "1930-12-26"),
        ("title", "Rear admiral"),
        ("note", "Found the first bug.\nKeeps it in a log book."),
        ("url", "http://www.google.com/profiles/000000000000000000001", "profile"),
        ("url", "http://cobol.example.org", "cobol"),
    ]
    assert nobody.name == "nobody.in.particular@example.com"
    assert said(annie) == [("birthday", "--04-23")]


def test_a_card_of_android_in_quoted_printable() -> None:
    data = (DATA / "android.vcf").read_bytes()
    joerg, taxi, number = people(data)
    assert joerg.name == "Jörg Müller 🌟"
    assert said(joerg) == [
        ("email", "joerg@example.org", "home"),
        ("phone", "+49 30 5550 0100", "cell"),
        ("phone", "+49 30 5550 0101", "work fax"),
        ("note", "Zeile eins, mit Komma\nZeile zwei"),
        ("alias", "Jo"),
        ("anniversary", "1901-05-20"),
    ]
    assert (taxi.name, number.name) == ("Difference Taxi, Inc.", "+1 555 0143")
    assert skipped(data) == [("contacts.vcf:29", "no name")]


def test_a_card_of_outlook_in_the_code_page_of_windows() -> None:
    (emmy,) = people((DATA / "outlook.vcf").read_bytes())
    assert emmy.name == "Prof. Emmy Nöther"
    assert said(emmy) == [
        ("email", "emmy@example.org"),
        ("phone", "+1 (555) 0110", "work"),
        ("company", "Universität Göttingen"),
        ("department", "Mathematik"),
        ("address", "Bunsenstraße 3, Hinterhaus, Göttingen, 37073, Germany", "work"),
        ("location", "Göttingen, Germany"),
        ("birthday", "1882-03-23"),
        ("anniversary", "1918-07-16"),
        ("title", "Professor, unpaid"),
        ("note", "Schöne Grüße vom Fakultätsrat"),
        ("url", "https://noether.example.org", "work"),
    ]


def test_a_card_of_version_4() -> None:
    katherine, mary = people((DATA / "v4.vcf").read_bytes())
    assert katherine.name == "Katherine Johnson"
    assert katherine.key == "card:0d1e6b1f-0000-4000-8000-00000000000a"
    assert katherine.tags == ("NASA", "space, and time", "Computers of Langley")
    assert said(katherine) == [
        ("email", "katherine@example.org", "work"),
        ("email", "katherine.second@example.org"),
        ("phone", "+1-555-0120", "cell"),
        ("phone", "+1-555-0121;ext=77", "work"),
        ("address", "1 Langley Blvd, Hampton, VA, 23681, USA", "work"),
        ("location", "Hampton, USA"),
        ("birthday", "--08-26"),
        ("anniversary", "1959-08-22"),
        ("title", "Mathematician"),
        ("role", "Orbits"),
        ("url", "https://chat.example.org/katherine"),
        ("related", "Dorothy Vaughan", "friend"),
    ]
    assert said(mary) == [("birthday-text", "spring of 1921")]


# --- names and keys ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["FN:Ada Lovelace", "N:Byron;Augusta;;;"], "Ada Lovelace"),
        (["FN: ", "N:Lovelace;Ada;King;Countess;of Ockham"], "Ada King Lovelace"),
        (["N:Lovelace;;;;", "NICKNAME:Ada"], "Lovelace"),
        (["N:;;;;", "NICKNAME:Enchantress,Ada", "ORG:Engines"], "Enchantress"),
        (["ORG:Engines;Programming", "EMAIL:ada@example.org"], "Engines"),
        (["EMAIL:ada@example.org", "TEL:+1 555 0100"], "ada@example.org"),
        (["TEL:+1 555 0100"], "+1 555 0100"),
        (["FN:Ada\\, Countess\\; Lovelace\\nof  Ockham"], "Ada, Countess; Lovelace of Ockham"),
    ],
)
def test_the_name_is_the_best_that_the_card_has(lines: list[str], name: str) -> None:
    assert person(*lines).name == name


def test_a_card_with_nothing_is_skipped_by_name_and_line() -> None:
    assert skipped(card("FN:Ada") + card("FN:", "NOTE:who?")) == [("contacts.vcf:5", "no name")]


@pytest.mark.parametrize(
    "uid",
    [
        "UID:urn:uuid:0D1E6B1F-0000-4000-8000-000000000001",
        "UID:0d1e6b1f-0000-4000-8000-000000000001",
        "UID;VALUE=text:URN:UUID:0D1E6B1F-0000-4000-8000-000000000001",
    ],
)
def test_a_uid_has_one_spelling(uid: str) -> None:
    assert person("FN:Ada", uid).key == "card:0d1e6b1f-0000-4000-8000-000000000001"


def test_without_a_uid_the_key_is_name_addresses_and_numbers() -> None:
    lines = ["FN:Ada", "EMAIL:a@example.org", "EMAIL:b@example.org", "TEL:+1 555 0100"]
    other_order = ["TEL:+1-555-0100", "EMAIL:B@example.org", "EMAIL:a@example.org", "FN:ADA", "ORG:New"]
    assert person(*lines).key == person(*other_order).key
    assert person(*lines).key != person(*lines[:-1]).key


def test_two_cards_with_the_same_name_and_nothing_else_are_told_apart_by_company() -> None:
    assert person("FN:Ada", "ORG:Engines").key != person("FN:Ada", "ORG:Looms").key


# --- values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("BDAY:1996-04-15", ("birthday", "1996-04-15")),
        ("BDAY:19960415", ("birthday", "1996-04-15")),
        ("BDAY:19960415T102200", ("birthday", "1996-04-15")),
        ("BDAY;VALUE=date-time:1996-04-15T10:22:00-0800", ("birthday", "1996-04-15")),
        ("BDAY:1996-04-15 00:00", ("birthday", "1996-04-15")),
        ("BDAY:--0415", ("birthday", "--04-15")),
        ("BDAY:--04-15", ("birthday", "--04-15")),
        ("BDAY:--0229", ("birthday", "--02-29")),
        ("BDAY:1604-04-15", ("birthday", "--04-15")),
        ("BDAY;X-APPLE-OMIT-YEAR=1904:1904-04-15", ("birthday", "--04-15")),
        ("BDAY:0000-04-15", ("birthday", "--04-15")),
        ("BDAY:1996-13-15", ("birthday-text", "1996-13-15")),
        ("BDAY:19950229", ("birthday-text", "19950229")),
        ("BDAY:1996", ("birthday-text", "1996")),
        ("BDAY:1996-04", ("birthday-text", "1996-04")),
        ("BDAY:---15", ("birthday-text", "---15")),
        ("BDAY:15/04/1996", ("birthday-text", "15/04/1996")),
        ("BDAY:\u0661996-04-15", ("birthday-text", "\u0661996-04-15")),
        ("X-EVOLUTION-ANNIVERSARY:2001-02-28", ("anniversary", "2001-02-28")),
        ("X-ABDATE:2001-02-28", ("date", "2001-02-28")),
        ("X-ABDATE:soon", ("date-text", "soon")),
    ],
)
def test_a_date_is_iso_or_kept_as_text(line: str, expected: tuple[str, str]) -> None:
    assert said(person("FN:Ada", line)) == [expected]


def test_two_dates_of_one_day_are_two() -> None:
    lines = [f"item{number}.X-ABDATE:--0612" for number in (1, 2, 3)]
    labels = ("_$!<Other>!$_", "Moved in", "Moved in")
    lines += [f"item{number}.X-ABLabel:{label}" for number, label in enumerate(labels, 1)]
    assert said(person("FN:Ada", *lines)) == [("date", "--06-12", "other"), ("date", "--06-12", "moved in")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("EMAIL:mailto:ada@example.org", ("email", "ada@example.org")),
        ("EMAIL;TYPE=HOME,WORK:ada@example.org", ("email", "ada@example.org", "home work")),
        ("email;type=internet,home;PREF=1:ada@example.org", ("email", "ada@example.org", "home")),
        ("TEL;HOME;VOICE:+1 555 0100", ("phone", "+1 555 0100", "home")),
        ('TEL;TYPE="cell,text":TEL:+1-555-0100', ("phone", "+1-555-0100", "cell")),
        ("TEL:\u202a+1 555 0100\u202c", ("phone", "+1 555 0100")),
        ("TITLE:Poet, countess", ("title", "Poet, countess")),
        ("NOTE:C:\\\\engine\\", ("note", "C:\\engine")),
        ("NOTE;ENCODING=8BIT:plain, text", ("note", "plain, text")),
        ("NOTE;ENCODING=B:QWRhLCB0aGUgZmlyc3Q=", ("note", "Ada, the first")),
        ("NOTE;ENCODING=quoted-printable:Zo=C3=AB=2C yes", ("note", "Zoë, yes")),
        ("NOTE;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Zo=EB", ("note", "Zoë")),
        ("NOTE;CHARSET=made-up;ENCODING=QUOTED-PRINTABLE:Zo=EB", ("note", "Zoë")),
        ("NOTE;CHARSET=Shift_JIS;ENCODING=QUOTED-PRINTABLE:=93=FA=96=7B", ("note", "日本")),
        ("ORG:;Programming", ("department", "Programming")),
        ("ORG:Engines, Ltd\\; Sons", ("company", "Engines, Ltd; Sons")),
        ("URL:http\\://example.org/a\\,b", ("url", "http://example.org/a,b")),
        ("X-SPOUSE:William", ("related", "William", "spouse")),
        ("NOTE:esc\x1b[31m", ("note", "esc[31m")),
    ],
)
def test_a_value_is_what_was_meant(line: str, expected: tuple[str, ...]) -> None:
    assert said(person("FN:Ada", line)) == [expected]


def test_empty_and_repeated_values_are_not_claimed() -> None:
    record = person("FN:Ada", "EMAIL:", "TEL: ", "EMAIL:a@example.org", "EMAIL;TYPE=WORK:A@example.org", "ADR:;;;;;;")
    assert said(record) == [("email", "a@example.org")]


def test_the_home_is_the_location_wherever_it_stands() -> None:
    record = person("FN:Ada", "ADR;TYPE=WORK:;;;Leeds;;;", "ADR;TYPE=HOME:;;;York;;;UK")
    assert said(record, "location") == [("York, UK",)]


GROUP = ("FN:Book Club", "KIND:group", "MEMBER:urn:uuid:03a0e51f-d1aa-4385-8a53-e29025acd8af", "MEMBER:mary")
APPLE_GROUP = tuple(f"X-ADDRESSBOOKSERVER-{line}" if line.startswith(("KIND", "MEMBER")) else line for line in GROUP)
ADA_BY_UID = ("FN:Ada", "UID:03A0E51F-D1AA-4385-8A53-E29025ACD8AF", "CATEGORIES:Maths,book club")
MARY_BY_UID = ("FN:Mary", "UID:mary")


@pytest.mark.parametrize("group", [GROUP, APPLE_GROUP], ids=["4.0", "3.0"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_group_is_a_tag_of_its_members_wherever_it_stands(group: tuple[str, ...], encoding: str) -> None:
    before, after = card(*group), card("FN:Poets", "KIND:group", "MEMBER:mary", "MEMBER:nobody")
    text = (before + card(*ADA_BY_UID) + card(*MARY_BY_UID) + card("FN:Grace") + after).encode(encoding)
    assert skipped(text) == []
    assert {one.name: one.tags for one in people(text)} == {
        "Ada": ("Maths", "book club"),
        "Mary": ("Book Club", "Poets"),
        "Grace": (),
    }


@pytest.mark.parametrize("kind", ["KIND:group", "X-ADDRESSBOOKSERVER-KIND:group", "KIND:Group"])
@pytest.mark.parametrize("member", ["NOTE:no member", "MEMBER:mailto:ada@example.org", "MEMBER:elsewhere"])
def test_a_group_of_nobody_in_the_file_is_skipped(kind: str, member: str) -> None:
    text = card("FN:Friends", kind, member)
    assert skipped(card("FN:Ada", "UID:1") + text) == [("contacts.vcf:6", "a group, not a person")]


# --- cards among other things ------------------------------------------------------------------------


def test_a_card_without_its_end_is_complete_where_the_next_begins() -> None:
    text = card("FN:Ada").replace("END:VCARD\r\n", "") + card("FN:Grace")
    assert [record.name for record in people(text)] == ["Ada", "Grace"]


def test_a_card_that_is_cut_off_at_the_end_of_the_file_is_skipped() -> None:
    text = card("FN:Ada") + "BEGIN:VCARD\r\nFN:Gra"
    assert [record.name for record in people(text)] == ["Ada"]
    assert skipped(text) == [("contacts.vcf:5", "the card is cut off: END:VCARD is missing")]


def test_text_outside_of_cards_is_skipped_once_and_spoils_no_card() -> None:
    text = "Hello,\r\nhere they are:\r\n\r\n" + card("FN:Ada") + "\r\n" + card("FN:Grace") + "Bye.\r\n"
    assert [record.name for record in people(text)] == ["Ada", "Grace"]
    assert skipped(text) == [
        ("contacts.vcf:1", "not a card: BEGIN:VCARD is missing"),
        ("contacts.vcf:13", "not a card: BEGIN:VCARD is missing"),
    ]


def test_a_broken_begin_spoils_its_own_card_only() -> None:
    text = card("FN:Ada").replace("BEGIN:VCARD", "BEGIN:VCAR") + card("FN:Grace")
    assert [record.name for record in people(text)] == ["Grace"]
    assert skipped(text) == [("contacts.vcf:1", "not a card: BEGIN:VCARD is missing")]


def test_a_line_that_is_no_property_is_reported_and_the_person_kept() -> None:
    text = card("FN:Ada", "this is nothing", "TEL;=:1", "EMAIL:ada@example.org")
    assert said(people(text)[0]) == [("email", "ada@example.org")]
    assert skipped(text) == [("contacts.vcf:1", "left out 2 lines that are no vCard property")]


def test_an_agent_that_is_never_closed_does_not_swallow_the_next_card() -> None:
    text = "BEGIN:VCARD\nFN:Ada\nAGENT:\nBEGIN:VCARD\nFN:Agent\n" + card("FN:Grace")
    assert [record.name for record in people(text)] == ["Ada", "Grace"]


@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_and_line_end_is_read(encoding: str, eol: str) -> None:
    text = card("FN:Zoë Lovelace", "NOTE:folded", " here", eol=eol) + card("FN:José Hopper", eol=eol)
    zoe, jose = people(text.encode(encoding))
    assert (zoe.name, jose.name, said(zoe)) == ("Zoë Lovelace", "José Hopper", [("note", "foldedhere")])


def test_a_character_folded_in_its_middle_is_one_character() -> None:
    assert people(b"BEGIN:VCARD\nFN:Zo\xc3\n \xab\nEND:VCARD\n")[0].name == "Zoë"


def test_each_card_has_its_own_encoding() -> None:
    data = card("FN:Zoë").encode() + card("FN:José").encode("cp1252")
    assert [record.name for record in people(data)] == ["Zoë", "José"]


# --- recognising and resuming ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "what"),
    [
        (card("FN:Ada").encode(), "contacts.txt", "vCard 3.0 address book"),
        (("\r\n" + card("FN:Ada", version="4.0")).encode("utf-16"), "export", "vCard 4.0 address book"),
        (card("FN:Ada", version="2.1").lower().encode("utf-8-sig"), "a.bin", "vCard 2.1 address book"),
        (b"BEGIN:VCAR\nFN:Ada\n", "broken.vcard", "vCard address book"),
        (b"", "EMPTY.VCF", "vCard address book"),
    ],
)
def test_a_vcard_file_is_recognised(data: bytes, name: str, what: str) -> None:
    claim = vcard.claims(data, name, ReadOptions())
    assert claim is not None
    assert (claim.what, claim.generic) == (what, False)


@pytest.mark.parametrize("data", [b"", b"Name,Card\nAda,BEGIN:VCARD\n", b"BEGIN:VCALENDAR\nVERSION:2.0\n", b"\xff\xfe"])
def test_other_files_are_left_to_others(data: bytes) -> None:
    assert vcard.claims(data, "data.csv", ReadOptions()) is None


def test_a_file_that_grew_is_read_from_the_beginning() -> None:
    before = card("FN:Ada").encode()
    (end,) = (item for item in read(before) if isinstance(item, Checkpoint))
    grown = vcard.open_file(input_of("a.vcf", before + card("FN:Grace").encode()), ReadOptions())
    assert [item.name for item in grown.read(end.cursor) if isinstance(item, PersonRecord)] == [
        "Ada",
        "Grace",
    ]


def test_lines_are_counted_on_after_resuming() -> None:
    data = "".join(card(f"FN:Ada {number}") for number in range(vcard.CARDS_PER_CHECKPOINT + 1)).encode()
    first = next(item for item in read(data) if isinstance(item, Checkpoint))
    (last, _) = vcard.open_file(input_of("a.vcf", data), ReadOptions()).read(first.cursor)
    assert isinstance(last, PersonRecord)
    assert last.where == f"a.vcf:{4 * vcard.CARDS_PER_CHECKPOINT + 1}"


# --- hostile input -----------------------------------------------------------------------------------


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "line",
    [
        "TEL;TYPE=a" + ",a" * 100_000 + '":1',
        "TEL;TYPE=a" + ",a" * 100_000 + ":1",
        "TEL" + ";a" * 100_000 + '"',
        'TEL;a="' + '","' * 80_000,
        "TEL;a=" + ";=,;" * 60_000 + ":1",
        "TEL" + ";ENCODING=" * 20_000 + ":1",
        "NOTE:" + "\\" * 200_001,
        "BDAY:" + "1" * 200_000,
        "X-ABLABEL:" + "_$!<" * 50_000,
        "ADR:" + ";" * 200_000,
        "a" * 200_000 + ".",
    ],
    ids=lambda line: line[:12],
)
def test_a_hostile_line_takes_no_time_and_leaves_the_next_card_alone(line: str) -> None:
    assert people(card("FN:Ada", line) + card("FN:Grace"))[-1].name == "Grace"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("NOTE:" + "x" * 3_000_000, "left out 1 line that is longer than 1,250 KB"),
        ("\r\n".join(f"TEL:{number}" for number in range(40_000)), "the card is too large"),
    ],
    ids=["line", "card"],
)
def test_what_is_too_large_is_reported(line: str, reason: str) -> None:
    text = card("FN:Ada", line) + card("FN:Grace")
    assert [why for _, why in skipped(text)] == [reason]
    assert people(text)[-1].name == "Grace"


def test_memory_does_not_grow_with_the_file() -> None:
    one = card("FN:Ada", "PHOTO;ENCODING=b:" + "A" * 2_000_000, "EMAIL:ada@example.org").encode()

    class Repeated(io.RawIOBase):
        """Twenty cards of two megabytes each, of which only one is in memory."""

        def __init__(self) -> None:
            self.at = 0

        def readable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

        def seek(self, offset: int, whence: int = 0) -> int:
            self.at = offset + (20 * len(one) if whence == io.SEEK_END else 0)
            return self.at

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a buffer of bytes
            start = self.at % len(one)
            piece = one[start : start + len(buffer)] if self.at < 20 * len(one) else b""
            buffer[: len(piece)] = piece
            self.at += len(piece)
            return len(piece)

    source = vcard.open_file(Input(name="a.vcf", open=lambda: io.BufferedReader(Repeated())), ReadOptions())
    tracemalloc.start()
    names = [item.name for item in source.read(None) if isinstance(item, PersonRecord)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert names == ["Ada"] * 20
    assert peak < 3_000_000


_VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


@given(name=_VALUES, note=_VALUES)
def test_what_is_escaped_by_the_rules_comes_back_as_it_was(name: str, note: str) -> None:
    def escaped(text: str) -> str:
        return re.sub(r"([\\,;])", r"\\\1", text)

    record = person(f"FN:{escaped('x' + name)}", f"NOTE:{escaped('x' + note)}")
    assert record.name == clean_name("x" + name)
    assert said(record) == [("note", clean("x" + note))]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_millions_of_blank_lines_are_passed_over_at_once(end: bytes) -> None:
    data = end * 5_000_000 + card("FN:Ada").encode() + end * 5_000_000 + card("FN:Grace").encode()
    started = time.perf_counter()
    found = people(data)
    assert time.perf_counter() - started < 2
    assert [record.where for record in found] == ["contacts.vcf:5000001", "contacts.vcf:10000005"]
