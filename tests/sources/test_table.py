from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from dexcli.domain.records import (
    Checkpoint,
    InteractionRecord,
    ParticipantRecord,
    PersonRecord,
    Skipped,
    SourceItem,
)
from dexcli.errors import UsageError
from dexcli.sources import table
from dexcli.sources.base import FileClaim, FileFormat, Input, ReadOptions
from support.source_contract import FileContract

DATA = Path(__file__).parent / "data" / "csv"


def read(
    text: str, *, order: str | None = None, columns: Mapping[str, str] | None = None, name: str = "x.csv"
) -> list[SourceItem]:
    file = Input(name=name, open=lambda: io.BytesIO(text.encode()))
    found = list(table.open_file(file, ReadOptions(date_order=order, columns=columns or {})).read(None))
    assert isinstance(found.pop(), Checkpoint)
    return found


def people(found: list[SourceItem]) -> list[PersonRecord]:
    return [item for item in found if isinstance(item, PersonRecord)]


def interactions(found: list[SourceItem]) -> list[InteractionRecord]:
    return [item for item in found if isinstance(item, InteractionRecord)]


def reasons(found: list[SourceItem]) -> dict[str, str]:
    return {item.where: item.reason for item in found if isinstance(item, Skipped)}


def said(person: PersonRecord) -> dict[str, list[tuple[str, str | None]]]:
    values: dict[str, list[tuple[str, str | None]]] = {}
    for claim in person.claims:
        values.setdefault(claim.field, []).append((claim.value, claim.label))
    return values


class TestContractForPeople(FileContract):
    format: ClassVar[FileFormat] = table
    name = "people.csv"

    def small(self) -> bytes:
        return (DATA / "people.csv").read_bytes()

    def large(self) -> bytes:
        rows = (f"Person {n},p{n}@example.org,2026-01-02\n" for n in range(2_500))
        return ("Name,Email,Last contact\n" + "".join(rows)).encode()


class TestContractForInteractions(FileContract):
    format: ClassVar[FileFormat] = table
    name = "interactions.csv"

    def small(self) -> bytes:
        return (DATA / "interactions.csv").read_bytes()

    def large(self) -> bytes:
        rows = (f"2026-01-02,p{n}@example.org,call,number {n}\n" for n in range(4_500))
        return ("Date,With,Kind,Title\n" + "".join(rows)).encode()


def test_a_german_table_with_semicolons_is_understood() -> None:
    found = read((DATA / "people.csv").read_text(encoding="utf-8"))
    ada = people(found)[0]
    assert ada.name == "Ada Lovelace"
    assert ada.tags == ("Maths", "Friends")
    assert said(ada) == {
        "email": [("ada@example.org", None), ("countess@example.com", None)],
        "phone": [("+44 20 7946 0001", "cell")],
        "url": [("https://www.linkedin.com/in/ada-lovelace", "linkedin")],
        "alias": [("Ada", None)],
        "company": [("Analytical Engines", None)],
        "note": [("knows; looms", None)],
        "met_where": [("Royal Society", None)],
        "cadence": [("monthly", None)],
        "lieblingstee": [("Assam", None)],
        "birthday": [("1815-12-10", None)],
        "met_on": [("2025-06-01", None)],
    }


def test_a_last_contact_is_an_interaction_after_its_person() -> None:
    ada, last = read((DATA / "people.csv").read_text(encoding="utf-8"))[:2]
    assert isinstance(ada, PersonRecord)
    assert isinstance(last, InteractionRecord)
    assert last.key.startswith("csv-last:")
    assert (last.kind, last.title, last.when) == ("other", "last contact", date(2026, 2, 1))
    assert last.participants == (ParticipantRecord(kind="email", value="ada@example.org", name="Ada Lovelace"),)


def test_what_cannot_be_read_is_named_with_its_remedy() -> None:
    found = read((DATA / "people.csv").read_text(encoding="utf-8"), name="people.csv")
    assert reasons(found) == {
        "people.csv:3": "last contact: '03/04/2026' is one of two days: "
        "set `[dates] order` to DMY or MDY in the config",
        "people.csv:5": "no name",
    }
    assert [person.name for person in people(found)] == ["Ada Lovelace", "Grace Hopper", "Bletchley"]


def test_the_order_of_dates_is_followed() -> None:
    text = (DATA / "people.csv").read_text(encoding="utf-8")
    for order, day in (("DMY", date(2026, 4, 3)), ("MDY", date(2026, 3, 4))):
        found = read(text, order=order)
        assert interactions(found)[1].when == day
    assert said(people(read(text, order="DMY"))[0])["birthday"] == [("1815-12-10", None)]


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("Name,Email", "Ada Lovelace,a@example.org", "Ada Lovelace"),
        ("First Name,Middle,Surname,Email", "Ada,King,Lovelace,", "Ada King Lovelace"),
        ("firstName,last_name,Email", "Ada,Lovelace,", "Ada Lovelace"),
        ("Prénom,Nom,Téléphone", "Émilie,du Châtelet,", "Émilie du Châtelet"),
        ("Nombre,Apellidos,Teléfono", "Ada,Lovelace,", "Ada Lovelace"),
        ("Name,Nickname,Email", ",The Countess,a@example.org", "The Countess"),
        ("Name,Company,Email", ",Analytical Engines,", "Analytical Engines"),
        ("Name,Company,Email", ",,ada@example.org", "ada@example.org"),
    ],
)
def test_a_name_is_the_whole_one_or_its_parts_or_what_else_there_is(header: str, row: str, name: str) -> None:
    assert [person.name for person in people(read(f"{header}\n{row}\n"))] == [name]


@pytest.mark.parametrize(
    ("title", "field", "label"),
    [
        ("E-Mail", "email", None),
        ("Work Email", "email", "work"),
        ("Email Home", "email", "home"),
        ("Secondary Email", "email", None),
        ("Home Phone 2", "phone", "home"),
        ("Mobile", "phone", "cell"),
        ("Handy", "phone", "cell"),
        ("Fax Number", "phone", "fax"),
        ("Job Title", "title", None),
        ("Organisation", "company", None),
        ("Web Page 1", "url", None),
        ("Spouse's phone", "spouse's phone", None),
        ("Favourite tea", "favourite tea", None),
    ],
)
def test_a_title_says_what_its_column_means(title: str, field: str, label: str | None) -> None:
    (ada,) = people(read(f"Name,{title},Company\nAda,value,\n"))
    assert said(ada) == {field: [("value", label)]}


def test_several_addresses_in_one_cell_are_several_claims() -> None:
    cell = '"Ada <ada@example.org>; a@example.com ::: b@example.com, mailto:c@example.com"'
    (ada,) = people(read(f"Name,Email\nAda,{cell}\n"))
    assert [value for value, _ in said(ada)["email"]] == [
        "ada@example.org",
        "a@example.com",
        "b@example.com",
        "c@example.com",
    ]


def test_an_extension_stays_with_its_number_and_a_semicolon_with_its_web_address() -> None:
    (ada,) = people(read("Name,Phone,Url\nAda,+44 20 7946 0001;ext=5; +44 20 7946 0002,https://example.org/a;b\n"))
    assert said(ada)["phone"] == [("+44 20 7946 0001;ext=5", None), ("+44 20 7946 0002", None)]
    assert said(ada)["url"] == [("https://example.org/a;b", None)]


@pytest.mark.parametrize(
    ("cell", "field", "value"),
    [
        ("1815-12-10", "birthday", "1815-12-10"),
        ("--12-10", "birthday", "--12-10"),
        ("10 December", "birthday", "--12-10"),
        ("10 Dec 1815", "birthday", "1815-12-10"),
        ("12/28/1815", "birthday", "1815-12-28"),
        ("12/10/1815", "birthday-text", "12/10/1815"),
        ("12/28/15", "birthday-text", "12/28/15"),
        ("in spring", "birthday-text", "in spring"),
    ],
)
def test_a_birthday_that_is_not_sure_is_kept_as_text(cell: str, field: str, value: str) -> None:
    (ada,) = people(read(f"Name,Birthday\nAda,{cell}\n"))
    assert said(ada) == {field: [(value, None)]}


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ("1815,12,9", "birthday", "1815-12-09"),
        (",12,9", "birthday", "--12-09"),
        ("1815,Dec,9", "birthday-text", "1815-Dec-09"),
    ],
)
def test_a_birthday_in_three_columns_is_one(cells: str, field: str, value: str) -> None:
    (ada,) = people(read(f"Name,Birth Year,Birth Month,Birth Day\nAda,{cells}\n"))
    assert said(ada) == {field: [(value, None)]}


def test_a_second_column_of_one_meaning_is_kept() -> None:
    (ada,) = people(read("Full Name,Display Name,Email\nAda Lovelace,Countess,\n"))
    assert (ada.name, said(ada)) == ("Ada Lovelace", {"alias": [("Countess", None)]})


def test_a_last_contact_names_the_person_by_what_identifies() -> None:
    header = "Name,Email,Phone,LinkedIn,Last contacted\n"
    for cells, kind in (
        ("n/a,n/a,ada-lovelace", "linkedin"),
        ("n/a,+44 20 7946 0001,", "phone"),
        ("n/a,n/a,", "name"),
    ):
        (record,) = interactions(read(f"{header}Ada,{cells},2026-02-01\n"))
        assert record.participants[0].kind == kind


def test_the_key_follows_identifiers_and_not_what_changes() -> None:
    def key(row: str) -> str:
        return people(read(f"Name,Email,Phone,Company,Note\n{row}\n"))[0].key

    assert key("Ada,a@example.org;b@example.org,,X,old") == key("ADA,B@example.org; a@example.org,,Y,new")
    assert key("Ada,,+44 20 7946 0001,X,") == key("Ada,,+44-20-7946-0001,Y,")
    assert key("Ada,a@example.org,,X,") != key("Ada,b@example.org,,X,")
    assert key("Ada,,,X,") != key("Ada,,,Y,")


def test_interactions_are_recognised_and_read() -> None:
    found = read((DATA / "interactions.csv").read_text(encoding="utf-8"))
    first, second = interactions(found)
    assert (first.kind, first.title, first.body) == ("coffee", "New job", "she asked about looms")
    assert (first.when, first.place, first.minutes, first.direction) == (
        date(2026, 2, 1),
        "London",
        90,
        None,
    )
    assert [(person.kind, person.value) for person in first.participants] == [
        ("name", "Ada Lovelace"),
        ("email", "grace@example.org"),
        ("phone", "+44 20 7946 0001"),
    ]
    assert second.when == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert (second.kind, second.direction, second.minutes) == ("call", "in", 45)
    assert [(person.kind, person.value) for person in second.participants] == [("linkedin", "ada-lovelace")]


def test_a_row_without_a_sure_day_or_a_person_is_skipped_with_the_reason() -> None:
    found = read((DATA / "interactions.csv").read_text(encoding="utf-8"), name="i.csv")
    assert reasons(found) == {
        "i.csv:4": "'03/04/2026' is one of two days: set `[dates] order` to DMY or MDY in the config",
        "i.csv:5": "'soon' is not a date: write it as 2026-06-27",
        "i.csv:6": "nobody is named",
    }


def test_a_name_beside_an_address_belongs_to_it() -> None:
    header = "Date,Name,Email,Subject\n"
    (one,) = interactions(read(header + "2026-01-02,Ada,ada@example.org,Looms\n"))
    assert one.participants == (ParticipantRecord(kind="email", value="ada@example.org", name="Ada"),)
    (two,) = interactions(read(header + "2026-01-02,Ada; Grace,a@example.org; g@example.org,Looms\n"))
    assert [(person.value, person.name) for person in two.participants] == [
        ("a@example.org", "Ada"),
        ("g@example.org", "Grace"),
    ]


def test_the_key_of_an_interaction_tells_different_ones_apart() -> None:
    rows = [
        "2026-01-02,Ada,call,Looms,",
        "2026-01-03,Ada,call,Looms,",
        "2026-01-02,Grace,call,Looms,",
        "2026-01-02,Ada,mail,Looms,",
        "2026-01-02,Ada,call,Mills,",
        "2026-01-02,Ada,call,Looms,noisy",
    ]
    found = interactions(read("Date,With,Kind,Title,Note\n" + "\n".join(rows)))
    assert len({record.key for record in found}) == len(rows)


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        ("45", 45),
        ("45 min", 45),
        ("90m", 90),
        ("1:30", 90),
        ("1.5 h", 90),
        ("2 hours", 120),
        ("a while", None),
        ("-5", None),
        ("nan", None),
        ("1e9", None),
    ],
)
def test_a_duration_is_read_in_minutes(cell: str, minutes: int | None) -> None:
    (record,) = interactions(read(f"Date,With,Kind,Duration\n2026-01-02,Ada,call,{cell}\n"))
    assert record.minutes == minutes


def test_the_user_says_what_columns_mean() -> None:
    (ada,) = people(
        read(
            "Wer,Wo,Nummer,Egal,Title\nAda,Royal Society,+44 20 7946 0001,x,Analyst\n",
            columns={"wer": "name", "WO": "met_where", "Nummer": "phone", "Egal": "-"},
        )
    )
    assert ada.name == "Ada"
    assert said(ada) == {
        "phone": [("+44 20 7946 0001", None)],
        "met_where": [("Royal Society", None)],
        "title": [("Analyst", None)],
    }


def test_a_map_with_a_date_makes_a_table_of_interactions() -> None:
    (record,) = interactions(read("A,B,C\n2026-01-02,Ada,looms\n", columns={"A": "date", "B": "person", "C": "body"}))
    assert (record.participants[0].value, record.body) == ("Ada", "looms")


@pytest.mark.parametrize(
    ("columns", "message", "hint"),
    [
        ({"Wer": "nane"}, "no field 'nane', did you mean 'name'?", "people: name, first"),
        ({"Who": "name"}, "x.csv has no column 'Who'", "its columns are: Wer, Datum"),
        ({"Wer": "with", "Datum": "birthday"}, "'with' is no field of a table of people", "people: "),
        ({"Wer": "cadence", "Datum": "date"}, "'cadence' is no field of a table of interactions", "interactions: "),
    ],
)
def test_a_map_that_does_not_fit_is_refused_with_what_there_is(
    columns: dict[str, str], message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read("Wer,Datum\nAda,2026-01-02\n", columns=columns)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ("Name,Email\n", "people"),
        ("Primary Email\n", "people"),
        ("Vorname;Nachname\n", "people"),
        ("Date,With,Notes\n", "interactions"),
        ("Datum;Person;Betreff\n", "interactions"),
        ("Date,Name,Email\n", "people"),
        ("Name\n", None),
        ("Name,Proficiency\n", None),
        ("Name,Published On,Description,Publisher,Url\n", None),
        ("First Name,Last Name,Company,Job Title,Text,Creation Date,Status\n", None),
        ("CONVERSATION ID,FROM,TO,DATE,SUBJECT,CONTENT,FOLDER\n", None),
        ("a,b,c\n1,2,3\n", None),
        ('{\n"cards": "Name,Email,Phone",\nName,Email,Phone\n', None),
        ("<table>\nName,Email,Phone\n", None),
        ("", None),
    ],
)
def test_a_table_is_claimed_when_it_says_something_about_somebody(head: str, what: str | None) -> None:
    expected = FileClaim(what=f"CSV of {what}", generic=True, names_people=what == "people") if what else None
    assert table.claims(head.encode(), "x.csv", ReadOptions()) == expected
