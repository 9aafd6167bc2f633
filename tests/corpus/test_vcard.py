"""Address books written by real programs, and what their owners' own tests say about them."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from dexcli.domain.records import Checkpoint, PersonRecord, Skipped, SourceItem
from dexcli.sources import vcard
from dexcli.sources.base import Input, ReadOptions

CORPUS = os.environ.get("DEXCLI_CORPUS")
pytestmark = pytest.mark.skipif(CORPUS is None, reason="DEXCLI_CORPUS names no folder of real files")

ROOT = Path(CORPUS or "nowhere") / "vcard"
NOT_COUNTED_THERE = {"utf-16_sample.vcf": 1}
"""The counts were taken from the bytes, which for UTF-16 finds nothing."""


def read(path: Path) -> list[SourceItem]:
    source = vcard.open_file(Input(name=path.name, open=lambda: path.open("rb")), ReadOptions())
    return list(source.read(None))


def people(path: Path) -> list[PersonRecord]:
    return [item for item in read(path) if isinstance(item, PersonRecord)]


def skipped(path: Path) -> list[Skipped]:
    return [item for item in read(path) if isinstance(item, Skipped)]


def cards(path: Path) -> int:
    """Cards found, read or not; a card may yield a record and a remark about one of its lines."""
    items = [item for item in read(path) if isinstance(item, PersonRecord | Skipped)]
    no_card = [item for item in items if isinstance(item, Skipped) and item.reason.startswith("not a card")]
    return len({item.where for item in items} - {item.where for item in no_card})


def files() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*") if path.suffix in (".vcf", ".vcard"))


def test_every_file_is_read_and_ends_with_a_checkpoint() -> None:
    assert len(files()) > 90
    for path in files():
        items = read(path)
        assert isinstance(items[-1], Checkpoint), path
        assert vcard.claims(path.read_bytes()[:65536], path.name, ReadOptions()), path


def test_all_files_are_accepted_but_those_of_groups_and_the_broken_ones() -> None:
    refused = {path: [item.reason for item in skipped(path)] for path in files() if not people(path)}
    groups = [path for path, reasons in refused.items() if reasons == ["a group, not a person"]]
    assert sorted(path.name for path in refused if path not in groups) == [
        "broken_vcard_stub.vcard",
        "unparsable.vcf",
    ]
    address_books = [path for path in files() if path.suffix == ".vcf" and path not in groups]
    accepted = [path for path in address_books if people(path)]
    assert len(accepted) >= 0.95 * len(address_books)


def test_as_many_cards_are_found_as_there_are() -> None:
    compared = 0
    for counts in ROOT.rglob("COUNTS.tsv"):
        with counts.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter="\t"):
                path = counts.parent / row["file"]
                if path in files():
                    expected = NOT_COUNTED_THERE.get(path.name, int(row["cards"]))
                    assert cards(path) == expected, path
                    compared += 1
    assert compared == len(files())


def expected_cards() -> list[Any]:
    if CORPUS is None:
        return []
    table = json.loads((ROOT / "ez-vcard" / "expected.json").read_text("utf-8"))
    return [pytest.param(name, card, id=name) for name, card in table.items()]


@pytest.mark.parametrize(("name", "expected"), expected_cards())
def test_names_addresses_numbers_and_birthdays_are_those_that_ez_vcard_reads(
    name: str, expected: list[dict[str, Any]]
) -> None:
    found = people(ROOT / "ez-vcard" / name)
    assert len(found) == len(expected)
    for record, card in zip(found, expected, strict=True):
        properties = card["properties"]
        assert _values(record, "email") == _expected(properties, "email", "value")
        assert _values(record, "phone") == _expected(properties, "telephone", "text")
        # fullcontact.vcf: ez-vcard's table has its one birthday twice, as date and as text.
        assert _values(record, "birthday") == _expected(properties, "dateProperty:Birthday.class", "date")
        # Spaces are folded to one, so that a name is found as people type it. A card without FN has
        # no name in ez-vcard; here it has its first address.
        names = _expected(properties, "simpleProperty:FormattedName.class", "value")
        assert {record.name} == (names or {record.claims[0].value})


@pytest.mark.parametrize(
    ("file", "birthday", "anniversary"),
    [
        ("caldavtester-carddav/vcardput/10.vcf", {"1999-03-18"}, {"1995-05-21"}),  # X-ABDATE of the Mac
        ("ez-vcard/gmail-single.vcf", {"1960-09-10"}, {"1970-06-02"}),
        ("ez-vcard/John_Doe_EVOLUTION.vcf", {"1980-03-22"}, {"1980-03-22"}),
        ("ez-vcard/John_Doe_MS_OUTLOOK.vcf", {"1980-03-22"}, {"2011-01-13"}),
        ("khard/vcards/text-bday.vcf", set(), set()),  # "circa 1800" is kept as text
    ],
)
def test_yearly_dates_are_those_that_the_cards_name(file: str, birthday: set[str], anniversary: set[str]) -> None:
    (found,) = people(ROOT / file)
    assert (_values(found, "birthday"), _values(found, "anniversary")) == (birthday, anniversary)


def _values(record: PersonRecord, field: str) -> set[str]:
    return {claim.value for claim in record.claims if claim.field == field}


def _expected(properties: list[dict[str, Any]], kind: str, key: str) -> set[str]:
    """As a set: the preferred value comes first here, and one number under two labels is one number."""
    return {" ".join(p[key].split()) for p in properties if p["kind"] == kind and key in p}


def test_the_cards_of_monica_are_those_that_its_tests_name() -> None:
    bono, john, johnny = people(ROOT / "monica-v4-stubs" / "vcard_stub.vcf")
    assert (bono.name, _values(bono, "email"), _values(bono, "birthday")) == (
        "Bono",
        {"bono@example.com"},
        {"1960-05-10"},
    )
    assert (john.name, _values(john, "email")) == ("John Doe", {"john.doe@example.com"})
    assert (johnny.name, _values(johnny, "location")) == ("Johnny", {"Southampton, United Kingdom"})


def test_the_broken_card_of_monica_is_an_error_in_words() -> None:
    (item,) = skipped(ROOT / "monica-v4-stubs" / "broken_vcard_stub.vcard")
    assert (item.where, item.reason) == (
        "broken_vcard_stub.vcard:1",
        "not a card: BEGIN:VCARD is missing",
    )


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("roundcube/thebat.vcf", "Piotr Iksiñski"),
        ("roundcube/johndoe.vcf", "John Doë"),
        ("roundcube/utf-16_sample.vcf", "Ǽgean ĽdaMonté"),
        ("roundcube/apple.vcf", "Apple Computer AG"),
        ("khard/vcards/korean-c.vcf", "최유림"),
    ],
)
def test_names_in_other_encodings_are_read(file: str, name: str) -> None:
    (found,) = people(ROOT / file)
    assert found.name == name
