"""Files that other programs and projects wrote: none fails, and what is known about them is what we read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from dexcli.domain.records import InteractionRecord, PersonRecord, Skipped, SourceItem
from dexcli.errors import FormatError
from dexcli.sources import linkedin, registry
from dexcli.sources.base import Input, ReadOptions
from support.source_contract import assert_well_formed

CORPUS = os.environ.get("DEXCLI_CORPUS")

pytestmark = pytest.mark.skipif(CORPUS is None, reason="DEXCLI_CORPUS names no folder of real files")


def folder(*parts: str) -> Path:
    return Path(CORPUS or "", *parts)


def input_of(path: Path) -> Input:
    return Input(name=path.name, open=lambda: path.open("rb"))


def read(path: Path) -> tuple[str, list[SourceItem]]:
    file = input_of(path)
    module, _ = registry.recognise(file, ReadOptions())
    found = list(module.open_file(file, ReadOptions()).read(None))
    assert not [item for item in found if isinstance(item, Skipped)]
    return module.FORMAT, found


def people(path: Path) -> list[PersonRecord]:
    return [item for item in read(path)[1] if isinstance(item, PersonRecord)]


def values(person: PersonRecord, field: str) -> list[str]:
    return [claim.value for claim in person.claims if claim.field == field]


def test_no_file_fails() -> None:
    files = sorted([*folder("contacts-csv").rglob("*.csv"), *folder("linkedin-export").rglob("*.csv")])
    assert len(files) >= 19
    unknown = set()
    for path in files:
        try:
            module, _ = registry.recognise(input_of(path), ReadOptions())
        except FormatError:
            unknown.add(path.name)
            continue
        found = list(module.open_file(input_of(path), ReadOptions()).read(None))
        # The owner's addresses and numbers come without a name.
        assert_well_formed([item for item in found if not (isinstance(item, PersonRecord) and item.mine)])
    assert unknown == {
        "Endorsement_Received_Info.csv",
        "Invitations.csv",
        "Positions.csv",
        "Recommendations_Given.csv",
        "Recommendations_Received.csv",
        "guide_messages.csv",
    }


def test_the_connections_of_lexnetwork_have_their_dates() -> None:
    word, found = read(folder("contacts-csv", "lexnetwork", "Connections.csv"))
    assert word == "linkedin"
    assert len([item for item in found if isinstance(item, PersonRecord)]) == 4
    assert [item.when for item in found if isinstance(item, InteractionRecord)] == [
        date(2021, 3, 2),
        date(2019, 6, 15),
        date(2024, 1, 28),
        date(2020, 9, 9),
    ]


def test_the_google_contacts_of_lexnetwork_have_their_quirks() -> None:
    jane, bob, chloe = people(folder("contacts-csv", "lexnetwork", "google-contacts.csv"))
    assert values(jane, "email") == ["jane.doe@acme.example", "jane@personal.example"]
    assert values(bob, "birthday") == ["--12-01"]
    assert chloe.name == "Chloé Van Damme, Jr."
    assert values(chloe, "title") == ['Head of "Special" Projects']
    assert values(chloe, "note") == ["Line one\nLine two"]
    assert [person.tags for person in (jane, bob, chloe)] == [(), (), ()]


def test_the_four_files_of_rolomind_tell_of_the_same_people() -> None:
    names = {
        name: {person.name for person in people(folder("contacts-csv", "rolomind", f"{name}.csv"))}
        for name in ("google", "linkedin", "rolodex", "custom")
    }
    four = {"John Doe", "Jane Smith", "Bob Wilson", "Alice Brown"}
    assert names["google"] == names["rolodex"] == four
    assert names["linkedin"] == four | {"Charlie Davis"}
    assert names["custom"] == four - {"Bob Wilson"} | {"Robert Wilson"}


def test_the_connections_of_rolomind_have_their_dates_and_addresses() -> None:
    _, found = read(folder("contacts-csv", "rolomind", "linkedin.csv"))
    assert [item.when for item in found if isinstance(item, InteractionRecord)] == [
        date(2024, 1, 15),
        date(2024, 2, 20),
        date(2023, 3, 10),
        date(2023, 12, 25),
        date(2025, 5, 5),
    ]
    assert [values(item, "email") for item in found if isinstance(item, PersonRecord)] == [
        ["john@example.com"],
        ["jane@example.com"],
        [],
        ["alice.brown@email.com"],
        ["charlie@startup.com"],
    ]


@pytest.mark.parametrize(
    ("name", "word", "other_numbers"),
    [
        # Roundcube's card has the assistant's number among the person's own; it would identify the wrong one.
        ("all", "outlook", {"333"}),
        ("email", "csv", set()),
        ("outlook", "outlook", set()),
        ("tb_plain", "csv", set()),
    ],
)
def test_a_table_of_roundcube_says_what_its_card_says(name: str, word: str, other_numbers: set[str]) -> None:
    found = people(folder("contacts-csv", "roundcube-csv2vcard", f"{name}.csv"))
    cards = people(folder("contacts-csv", "roundcube-csv2vcard", f"{name}.vcf"))
    assert read(folder("contacts-csv", "roundcube-csv2vcard", f"{name}.csv"))[0] == word
    assert len(found) == len(cards) > 0
    for row, card in zip(found, cards, strict=True):
        assert row.name == card.name
        for field in ("email", "alias", "company", "title", "birthday", "anniversary", "note"):
            assert values(row, field) == values(card, field), field
        assert set(values(row, "phone")) == set(values(card, "phone")) - other_numbers
        assert set(row.tags) == set(card.tags)
        assert _words(values(row, "address")) == _words(values(card, "address"))


def test_the_owner_of_a_linkedin_export_is_known() -> None:
    export = folder("linkedin-export", "linkedin-headers")
    (profile,), (addresses,), (numbers,) = (
        people(export / name) for name in ("Profile.csv", "Email Addresses.csv", "PhoneNumbers.csv")
    )
    assert profile.mine
    assert addresses.mine
    assert numbers.mine
    assert profile.name == "Ada Byron-Lovelace"
    assert values(profile, "birthday") == ["1815-12-10"]
    assert values(addresses, "email") == ["ada.example@example.com", "ada.personal@example.com"]
    assert len(values(numbers, "phone")) == 4


def test_no_other_file_of_a_linkedin_export_is_an_address_book() -> None:
    import json

    headers = json.loads(folder("linkedin-export", "linkedin-headers", "headers.json").read_text())
    assert len(headers) > 30
    claimed = set()
    for name, header in headers.items():
        data = f"{header}\n".encode()
        if linkedin.claims(data, name, ReadOptions()) or registry.load("csv").claims(data, name, ReadOptions()):
            claimed.add(name)
    assert claimed == {"Profile.csv", "Email Addresses.csv", "PhoneNumbers.csv"}


def _words(addresses: Iterable[str]) -> list[set[str]]:
    return [set(address.replace(",", " ").split()) for address in addresses]
