from __future__ import annotations

import io
from pathlib import Path
from typing import ClassVar

import pytest

from dexcli.domain.records import PersonRecord
from dexcli.sources import outlook
from dexcli.sources.base import FileFormat, Input, ReadOptions
from support.source_contract import FileContract

DATA = Path(__file__).parent / "data" / "csv"


class TestContract(FileContract):
    format: ClassVar[FileFormat] = outlook
    name = "contacts.csv"

    def small(self) -> bytes:
        return (DATA / "outlook.csv").read_bytes()

    def large(self) -> bytes:
        rows = (f"Ada,Lovelace,a{n}@example.org,,\n" for n in range(4_500))
        return ("First Name,Last Name,E-mail Address,E-mail 2 Address,Business Phone\n" + "".join(rows)).encode()


def read(order: str | None = None, encoding: str = "utf-8") -> list[PersonRecord]:
    data = (DATA / "outlook.csv").read_text(encoding="utf-8").replace("\n", "\r\n").encode(encoding)
    file = Input(name="outlook.csv", open=lambda: io.BytesIO(data))
    source = outlook.open_file(file, ReadOptions(date_order=order))
    return [item for item in source.read(None) if isinstance(item, PersonRecord)]


def said(person: PersonRecord, field: str) -> list[tuple[str, str | None]]:
    return [(claim.value, claim.label) for claim in person.claims if claim.field == field]


def test_contacts_are_read_with_the_labels_of_their_columns() -> None:
    ada, alan = read()
    assert (ada.name, alan.name) == ("Ada King Lovelace", "Alan Turing")
    assert ada.tags == ("Maths", "Friends")
    assert said(ada, "email") == [("ada@example.org", None), ("countess@example.com", None)]
    assert said(ada, "phone") == [
        ("+44 20 7946 0001", "home"),
        ("+44 20 7946 0002", "home"),
        ("+44 20 7946 0003", "cell"),
        ("+44 20 7946 0004", "work"),
        ("+44 20 7946 0005", "fax"),
    ]
    assert said(ada, "address") == [
        ("12 St James Sq\nLondon", "home"),
        ("1 Mill Lane, London, England", "work"),
    ]
    assert said(ada, "url") == [("https://example.org/ada", None)]
    assert said(ada, "note") == [("likes looms", None)]


def test_title_is_an_honorific_and_job_title_the_job() -> None:
    ada = read()[0]
    assert said(ada, "title") == [("Analyst", None)]
    assert said(ada, "prefix") == [("Dr.", None)]


def test_the_number_of_an_assistant_is_not_a_number_of_the_person() -> None:
    assert said(read()[0], "assistant's phone") == [("+44 20 7946 0006", None)]


@pytest.mark.parametrize(
    ("order", "anniversary", "text"),
    [
        (None, [], [("3/4/1990", None)]),
        ("MDY", [("1990-03-04", None)], []),
        ("DMY", [("1990-04-03", None)], []),
    ],
)
def test_an_ambiguous_day_is_kept_as_text_unless_the_order_is_known(
    order: str | None, anniversary: list[tuple[str, None]], text: list[tuple[str, None]]
) -> None:
    ada = read(order)[0]
    assert said(ada, "birthday") == [("1969-12-28", None)]
    assert said(ada, "anniversary") == anniversary
    assert said(ada, "anniversary-text") == text


def test_a_date_of_zeros_is_no_date() -> None:
    alan = read()[1]
    assert {claim.field for claim in alan.claims} == {"email"}


def test_cp1252_is_read() -> None:
    assert read(encoding="cp1252") == read()


@pytest.mark.parametrize(
    ("head", "claimed"),
    [
        ("First Name,Last Name,E-mail Address,E-mail 2 Address\n", True),
        ("E-mail Address,E-mail 2 Address,E-mail 3 Address\n", True),
        ("First Name,Title,E-mail Address\n", False),
        ("First Name,Last Name,E-mail 1 - Value\n", False),
    ],
)
def test_one_title_that_anybody_may_use_is_not_enough(head: str, claimed: bool) -> None:
    assert (outlook.claims(head.encode(), "x.csv", ReadOptions()) is not None) is claimed
