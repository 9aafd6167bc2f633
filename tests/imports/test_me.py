"""My own card, among those of others: I am never a person in the list."""

from __future__ import annotations

from pathlib import Path

from support.importing import card, everybody, imported, names
from support.program import Dex

ADA = card("Ada Lovelace", "EMAIL:ada@example.org")
MINE = card("Charles Babbage", "EMAIL:me@example.org", "EMAIL:charles@example.com", "TEL:+442079460950")
SPOUSE = card("Georgiana Whitmore", "EMAIL:me@example.org", "EMAIL:georgiana@example.com")


def test_a_card_with_my_address_is_me_and_teaches_nothing(dex: Dex, tmp_path: Path) -> None:
    assert dex("me", "add", "me@example.org").code == 0
    before = dex("me", "--json").json["data"]
    (tmp_path / "book.vcf").write_text(MINE + ADA)
    for added in (1, 0):
        report = imported(dex, tmp_path / "book.vcf")
        assert (report["read"], report["people"]["added"], report["people"]["unchanged"]) == (2, added, 2 - added)
    assert names(dex) == ["Ada Lovelace"]
    assert dex("me", "--json").json["data"] == before


def test_a_card_with_my_address_and_a_name_that_fits_mine_is_me(dex: Dex, tmp_path: Path) -> None:
    assert dex("me", "add", "me@example.org", "--name", "C. Babbage").code == 0
    (tmp_path / "book.vcf").write_text(MINE)
    assert imported(dex, tmp_path / "book.vcf")["people"]["unchanged"] == 1
    assert names(dex) == []


def test_somebody_else_with_my_address_on_their_card_is_a_person_without_it(dex: Dex, tmp_path: Path) -> None:
    assert dex("me", "add", "me@example.org", "--name", "Charles Babbage").code == 0
    (tmp_path / "book.vcf").write_text(MINE + SPOUSE)
    assert imported(dex, tmp_path / "book.vcf")["people"]["added"] == 1
    assert [one["name"] for one in everybody(dex)] == ["Georgiana Whitmore"]
    assert dex("show", "me@example.org").code == 4
    assert dex("show", "georgiana@example.com").code == 0
    assert imported(dex, tmp_path / "book.vcf")["operation_id"] is None


def test_a_row_about_me_brings_no_contact_with_me_either(dex: Dex, tmp_path: Path) -> None:
    assert dex("me", "add", "me@example.org").code == 0
    table = tmp_path / "people.csv"
    table.write_text(
        "Name,Email,Last contacted\nMyself,me@example.org,2026-01-02\nAda Lovelace,ada@example.org,2026-01-03\n"
    )
    report = imported(dex, table)
    assert (report["skipped"], report["interactions"]["added"], names(dex)) == ([], 1, ["Ada Lovelace"])
