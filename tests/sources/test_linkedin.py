from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest

from dexcli.domain.records import Claim, InteractionRecord, ParticipantRecord, PersonRecord, Skipped, SourceItem
from dexcli.sources import linkedin
from dexcli.sources.base import FileClaim, FileFormat, Input, ReadOptions
from support.source_contract import FileContract

DATA = Path(__file__).parent / "data" / "csv"


class TestContract(FileContract):
    format: ClassVar[FileFormat] = linkedin
    name = "Connections.csv"

    def small(self) -> bytes:
        return (DATA / "Connections.csv").read_bytes()

    def large(self) -> bytes:
        rows = (f"Ada,Lovelace {n},https://www.linkedin.com/in/ada-{n},27 Jun 2026\n" for n in range(2_500))
        return ("First Name,Last Name,URL,Connected On\n" + "".join(rows)).encode()


def read(text: str, name: str = "Connections.csv") -> list[SourceItem]:
    source = linkedin.open_file(Input(name=name, open=lambda: io.BytesIO(text.encode())), ReadOptions())
    return list(source.read(None))


def people(found: list[SourceItem]) -> list[PersonRecord]:
    return [item for item in found if isinstance(item, PersonRecord)]


def connections(found: list[SourceItem]) -> list[InteractionRecord]:
    return [item for item in found if isinstance(item, InteractionRecord)]


def fields(person: PersonRecord) -> dict[str, str]:
    return {claim.field: claim.value for claim in person.claims}


def test_connections_with_the_preamble_become_people_and_connections() -> None:
    found = read((DATA / "Connections.csv").read_text(encoding="utf-8"))
    assert [person.name for person in people(found)] == [
        "Ada Lovelace",
        "Grace Hopper",
        "Alan Turing",
        "Charles Babbage",
    ]
    ada, connection = found[0], found[1]
    assert isinstance(ada, PersonRecord)
    assert (ada.key, ada.where) == ("linkedin:ada-lovelace", "Connections.csv:5")
    assert fields(ada) == {
        "company": "Analytical Engines",
        "title": "Analyst",
        "url": "https://www.linkedin.com/in/Ada-Lovelace/?trk=x",
    }
    assert isinstance(connection, InteractionRecord)
    assert (connection.kind, connection.when) == ("connection", date(2026, 6, 27))
    assert connection.key == "linkedin-connection:ada-lovelace"
    assert connection.participants == (ParticipantRecord(kind="linkedin", value="ada-lovelace", name="Ada Lovelace"),)


def test_a_slug_is_decoded_and_lower_case() -> None:
    found = read((DATA / "Connections.csv").read_text(encoding="utf-8"))
    assert people(found)[1].key == "linkedin:grâce-hopper"


def test_what_cannot_be_read_is_skipped_and_the_rest_of_the_row_is_kept() -> None:
    found = read((DATA / "Connections.csv").read_text(encoding="utf-8"))
    assert [(item.where, item.reason) for item in found if isinstance(item, Skipped)] == [
        ("Connections.csv:7", "no name"),
        ("Connections.csv:8", "connected on: '30 Feb 2020' is not a date: write it as 2026-06-27"),
    ]
    assert [record.when for record in connections(found)] == [date(2026, 6, 27), date(2020, 2, 1)]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("27 Jun 2026", date(2026, 6, 27)),
        ("01 Feb 2020", date(2020, 2, 1)),
        ('"1/8/18, 6:14 PM"', date(2018, 1, 8)),
        ('"1/8/18, 6:14\u202fPM"', date(2018, 1, 8)),
        ("15-Jan-24", date(2024, 1, 15)),
        ("5-May-99", date(1999, 5, 5)),
        ("2024-12-16", date(2024, 12, 16)),
    ],
)
def test_dates_of_all_years_of_the_export_are_read(written: str, day: date) -> None:
    found = read(f"First Name,Last Name,Email Address,Company,Position,Connected On\nAda,L,,,,{written}\n")
    assert [record.when for record in connections(found)] == [day]


def test_without_an_address_of_the_profile_the_e_mail_or_the_company_tells_namesakes_apart() -> None:
    header = "First Name,Last Name,Email Address,Company,Position,Connected On\n"
    rows = "Ada,Lovelace,ada@example.org,X,,1 Jan 2020\nAda,Lovelace,,X,,1 Jan 2020\nAda,Lovelace,,Y,,1 Jan 2020\n"
    keys = [person.key for person in people(read(header + rows))]
    assert len(set(keys)) == 3
    moved = "Ada,Lovelace,ada@example.org,New Company,,1 Jan 2020\n"
    assert people(read(header + moved))[0].key == keys[0]


def test_a_connection_is_named_by_profile_else_e_mail_else_name() -> None:
    header = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
    rows = (
        "Ada,L,https://www.linkedin.com/in/ada,ada@example.org,,,1 Jan 2020\n"
        "Grace,H,,grace@example.org,,,1 Jan 2020\nAlan,T,,,,,1 Jan 2020\n"
    )
    found = [(record.participants[0].kind, record.participants[0].value) for record in connections(read(header + rows))]
    assert found == [("linkedin", "ada"), ("email", "grace@example.org"), ("name", "Alan T")]


def test_the_profile_says_who_the_owner_is() -> None:
    found = read(
        "First Name,Last Name,Maiden Name,Address,Birth Date,Headline,Summary,Industry,Zip Code,Geo Location,"
        "Twitter Handles,Websites,Instant Messengers\n"
        'Ada,Lovelace,Byron,,"Dec 10, 1815",Analyst,,,,London,,"[https://example.org/ada,https://example.com]",\n',
        "Profile.csv",
    )
    (me,) = people(found)
    assert (me.name, me.mine) == ("Ada Lovelace", True)
    assert me.claims == (
        Claim(field="title", value="Analyst"),
        Claim(field="location", value="London"),
        Claim(field="birthday", value="1815-12-10"),
        Claim(field="url", value="https://example.org/ada"),
        Claim(field="url", value="https://example.com"),
    )


def test_the_owners_addresses_are_one_record_and_only_confirmed_ones_count() -> None:
    found = read(
        "Email Address,Confirmed,Primary,Updated On\nada@example.org,Yes,Yes,\nada@example.com,Yes,No,\n"
        "typo@example.net,No,No,\n",
        "Email Addresses.csv",
    )
    (me,) = people(found)
    assert me.mine
    assert [claim.value for claim in me.claims] == ["ada@example.org", "ada@example.com"]
    assert [item.where for item in found if isinstance(item, Skipped)] == ["Email Addresses.csv:4"]


def test_the_owners_numbers_are_one_record_with_their_calling_codes() -> None:
    found = read(
        "Extension,Number,Type\n+44,20 7946 0001,Mobile\n,+1 555 0100,Work\n,020 7946 0002,\n", "PhoneNumbers.csv"
    )
    (me,) = people(found)
    assert me.mine
    assert [(claim.value, claim.label) for claim in me.claims] == [
        ("+44 20 7946 0001", "mobile"),
        ("+1 555 0100", "work"),
        ("020 7946 0002", None),
    ]


@pytest.mark.parametrize(
    ("head", "claim"),
    [
        ("First Name,Last Name,Connected On\n", FileClaim(what="LinkedIn connections")),
        ("FIRST NAME;Connected on \n", FileClaim(what="LinkedIn connections")),
        ("From,To,Sent At,Message,Direction,inviterProfileUrl,inviteeProfileUrl\n", None),
        ("First Name,Last Name,Company,Job Title,Text,Creation Date,Status\n", None),
        ("Name,Email\n", None),
        ("", None),
    ],
)
def test_only_these_files_of_an_export_are_claimed(head: str, claim: FileClaim | None) -> None:
    assert linkedin.claims(head.encode(), "x.csv", ReadOptions()) == claim
