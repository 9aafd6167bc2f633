from __future__ import annotations

import io
from pathlib import Path
from typing import ClassVar

import pytest

from dexcli.domain.records import Claim, PersonRecord, Skipped, SourceItem
from dexcli.sources import google
from dexcli.sources.base import FileFormat, Input, ReadOptions
from support.source_contract import FileContract

DATA = Path(__file__).parent / "data" / "csv"


class TestContract(FileContract):
    format: ClassVar[FileFormat] = google
    name = "contacts.csv"

    def small(self) -> bytes:
        return (DATA / "google-2024.csv").read_bytes()

    def large(self) -> bytes:
        rows = (f"Ada,Lovelace,a{n}@example.org\n" for n in range(4_500))
        return ("First Name,Last Name,E-mail 1 - Value\n" + "".join(rows)).encode()


def read(data: bytes) -> list[SourceItem]:
    source = google.open_file(Input(name="contacts.csv", open=lambda: io.BytesIO(data)), ReadOptions())
    return list(source.read(None))


def only(data: bytes) -> PersonRecord:
    (person,) = [item for item in read(data) if isinstance(item, PersonRecord)]
    return person


def said(person: PersonRecord, field: str) -> list[tuple[str, str | None]]:
    return [(claim.value, claim.label) for claim in person.claims if claim.field == field]


def test_the_header_of_2024_is_read() -> None:
    grace = only((DATA / "google-2024.csv").read_bytes())
    assert grace.name == "Grace Brewster Hopper"
    assert grace.tags == ("Navy", "Computing")
    assert said(grace, "phone") == [("+1 555 0100", "mobile"), ("+1 555 0101", "mobile")]
    assert said(grace, "birthday") == [("--12-09", None)]
    assert said(grace, "note") == [("Line one\nLine two", None)]
    assert said(grace, "alias") == [("Amazing Grace", None)]
    assert said(grace, "company") == [("Navy", None)]
    assert said(grace, "title") == [("Rear Admiral", None)]
    assert said(grace, "department") == [("Research", None)]
    assert said(grace, "relation") == [("Vincent", "spouse")]
    assert said(grace, "url") == [("https://example.org/grace", "profile")]
    assert said(grace, "anniversary") == [("1930-06-15", None)]
    assert said(grace, "ship") == [("USS Hopper", None)]


def test_the_primary_address_comes_first() -> None:
    grace = only((DATA / "google-2024.csv").read_bytes())
    assert said(grace, "email") == [
        ("grace@example.org", "work"),
        ("hopper@example.org", "work"),
        ("grace@example.com", "home"),
    ]


def test_the_parts_of_an_address_do_not_repeat_its_whole() -> None:
    grace = only((DATA / "google-2024.csv").read_bytes())
    assert said(grace, "address") == [("12 Harbour St\nArlington", "home")]


def test_phonetic_names_and_photos_are_left_out() -> None:
    grace = only((DATA / "google-2024.csv").read_bytes())
    assert not {claim.value for claim in grace.claims} & {"greis", "https://photos.example.com/1"}


def test_a_row_with_a_number_only_has_no_name() -> None:
    found = read((DATA / "google-2024.csv").read_bytes())
    assert [item for item in found if isinstance(item, Skipped)] == [Skipped(where="contacts.csv:5", reason="no name")]


def test_the_header_of_before_is_read_also_in_utf_16() -> None:
    text = (DATA / "google-2019.csv").read_text(encoding="utf-8")
    ada = only(text.encode("utf-16"))
    assert ada == only(text.encode())
    assert ada.name == "Ada Lovelace"
    assert ada.tags == ("Maths",)
    assert said(ada, "im") == [("ada@jabber.example.org", "jabber")]
    assert said(ada, "company") == [("Analytical Engines", None)]
    assert Claim(field="location", value="London") in ada.claims
    assert said(ada, "email") == [("ada@example.org", None)]


@pytest.mark.parametrize(
    ("head", "claimed"),
    [
        ("First Name,Last Name,E-mail 1 - Value\n", True),
        ("Name,Given Name,Group Membership,E-mail 1 - Value\n", True),
        ("First Name,File As,Labels\n", True),
        ("First Name,Last Name,E-mail Address,E-mail 2 Address,Business Phone\n", False),
        ("Name,Email\n", False),
    ],
)
def test_numbered_columns_are_recognised(head: str, claimed: bool) -> None:
    assert (google.claims(head.encode(), "x.csv", ReadOptions()) is not None) is claimed
