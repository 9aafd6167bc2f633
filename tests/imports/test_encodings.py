"""One address book in every encoding in which programs write it: the same people."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from support.importing import card, everybody, imported, names
from support.program import Dex

PEOPLE = ("Chloé Müller", "Søren Ångström", "Émilie du Châtelet")
NOTE = "“quoted” … 5 €"
BOOK = "".join(card(name, f"EMAIL:person{number}@example.org", f"NOTE:{NOTE}") for number, name in enumerate(PEOPLE))
TABLE = "Name,Email,Note\n" + "".join(
    f"{name},person{number}@example.org,{NOTE}\n" for number, name in enumerate(PEOPLE)
)
ENCODED = {
    "UTF-8": ("utf-8", b""),
    "UTF-8 with a mark": ("utf-8", codecs.BOM_UTF8),
    "UTF-16 LE": ("utf-16-le", b""),
    "UTF-16 LE with a mark": ("utf-16-le", codecs.BOM_UTF16_LE),
    "UTF-16 BE": ("utf-16-be", b""),
    "UTF-16 BE with a mark": ("utf-16-be", codecs.BOM_UTF16_BE),
    "cp1252": ("cp1252", b""),
}


@pytest.mark.parametrize("text", [BOOK, TABLE], ids=["vcf", "csv"])
@pytest.mark.parametrize("encoding", ENCODED)
def test_every_encoding_gives_the_same_people(encoding: str, text: str, dex: Dex, tmp_path: Path) -> None:
    codec, mark = ENCODED[encoding]
    path = tmp_path / ("book.vcf" if text is BOOK else "book.csv")
    path.write_bytes(mark + text.encode(codec))
    assert imported(dex, path)["people"]["added"] == 3
    assert [(person["name"], person["notes"]) for person in everybody(dex)] == [(name, NOTE) for name in PEOPLE]


@pytest.mark.parametrize("encoding", ENCODED)
def test_the_encoding_makes_no_other_person(encoding: str, dex: Dex, tmp_path: Path) -> None:
    path = tmp_path / "book.vcf"
    path.write_bytes(BOOK.encode())
    imported(dex, path)
    codec, mark = ENCODED[encoding]
    path.write_bytes(mark + BOOK.encode(codec))
    report = imported(dex, path)
    assert (report["people"]["unchanged"], report["operation_id"]) == (3, None)


def test_a_card_in_another_encoding_than_the_rest_is_read(dex: Dex, tmp_path: Path) -> None:
    path = tmp_path / "book.vcf"
    path.write_bytes(BOOK.encode() + card("José Núñez").encode("cp1252"))
    assert imported(dex, path)["people"]["added"] == 4
    assert set(names(dex)) == {*PEOPLE, "José Núñez"}


def test_bytes_of_no_encoding_at_all_lose_no_card(dex: Dex, tmp_path: Path) -> None:
    path = tmp_path / "book.vcf"
    path.write_bytes(BOOK.encode() + b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada \xff\xfe\x81 Lovelace\r\nEND:VCARD\r\n")
    assert imported(dex, path)["people"]["added"] == 4
    assert [name for name in names(dex) if name.startswith("Ada ") and name.endswith(" Lovelace")]


def test_utf_16_that_ends_within_a_character_says_which_card_is_cut_off(dex: Dex, tmp_path: Path) -> None:
    path = tmp_path / "book.vcf"
    path.write_bytes(codecs.BOM_UTF16_LE + BOOK.encode("utf-16-le")[:-5])
    report = imported(dex, path, code=7)
    assert names(dex) == list(PEOPLE[:2])
    assert report["skipped"] == [{"where": "book.vcf:15", "reason": "the card is cut off: END:VCARD is missing"}]
