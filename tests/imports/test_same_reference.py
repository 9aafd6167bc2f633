"""Different people under one UID or profile: the first has it, the others are named, in every run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.importing import card, everybody, imported, names
from support.program import Dex

ADA = card("Ada Lovelace", "EMAIL:ada@example.org", uid="7")
GRACE = card("Grace Hopper", "EMAIL:grace@example.com", uid="7")


def skipped(where: str, reason: str) -> list[dict[str, str]]:
    return [{"where": where, "reason": reason}]


def test_a_second_person_under_one_uid_is_skipped_and_named_in_every_run(dex: Dex, tmp_path: Path) -> None:
    book = tmp_path / "book.vcf"
    book.write_text(ADA + GRACE)
    said = skipped("book.vcf:7", "the same UID as Ada Lovelace, who is somebody else")
    first = imported(dex, book, code=7)
    assert (first["people"]["added"], first["read"], first["skipped"]) == (1, 1, said)
    again = imported(dex, book, code=7)
    assert (again["people"]["unchanged"], again["read"], again["skipped"]) == (1, 1, said)
    assert again["operation_id"] is None
    assert [(one["name"], one["emails"]) for one in everybody(dex)] == [("Ada Lovelace", ["ada@example.org"])]


def test_who_comes_later_under_the_uid_of_somebody_in_the_same_file_is_skipped(dex: Dex, tmp_path: Path) -> None:
    book = tmp_path / "book.vcf"
    book.write_text(ADA)
    imported(dex, book)
    book.write_text(ADA + GRACE)
    said = skipped("book.vcf:7", "the same UID as Ada Lovelace, who is somebody else")
    assert imported(dex, book, code=7)["skipped"] == said
    # The order does not matter from now on, nor that either of them says something new.
    newer = card("Ada Lovelace", "EMAIL:ada@example.org", "ORG:Engines", uid="7")
    book.write_text(GRACE.replace("END", "ORG:Navy\r\nEND") + newer)
    for updated in (1, 0, 0):
        report = imported(dex, book, code=7)
        assert (report["people"]["updated"], len(report["skipped"])) == (updated, 1)
    assert [(one["name"], one["company"]) for one in everybody(dex)] == [("Ada Lovelace", "Engines")]


def test_a_newer_export_may_still_rename_its_card(dex: Dex, tmp_path: Path) -> None:
    book = tmp_path / "book.vcf"
    book.write_text(card("Ada Byron", uid="7"))
    imported(dex, book)
    book.write_text(card("Augusta King", uid="7"))
    assert imported(dex, book)["people"]["updated"] == 1
    assert names(dex) == ["Augusta King"]


def test_a_card_that_says_more_of_the_same_person_still_adds(dex: Dex, tmp_path: Path) -> None:
    book = tmp_path / "book.vcf"
    book.write_text(ADA)
    imported(dex, book)
    book.write_text(ADA + card("A. Lovelace", "EMAIL:ada@example.com", uid="7"))
    imported(dex, book)
    (ada,) = everybody(dex)
    assert sorted(ada["emails"]) == ["ada@example.com", "ada@example.org"]
    assert imported(dex, book)["operation_id"] is None


def test_a_second_person_with_one_profile_is_skipped_with_their_connection(dex: Dex, tmp_path: Path) -> None:
    table = tmp_path / "Connections.csv"
    table.write_text(
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
        "Ada,Lovelace,https://www.linkedin.com/in/same,,,,03 Feb 2024\n"
        "Grace,Hopper,https://www.linkedin.com/in/same,,,,05 Feb 2024\n"
    )
    said = skipped("Connections.csv:3", "the same profile as Ada Lovelace, who is somebody else")
    for added in (1, 0):
        report = imported(dex, table, code=7)
        assert (report["people"]["added"], report["interactions"]["added"], report["skipped"]) == (added, added, said)
        assert report["read"] == 2
        assert days(dex, "ada-lovelace") == ["2024-02-03"]
    assert names(dex) == ["Ada Lovelace"]


def test_what_a_file_says_twice_is_one_record_in_every_run(dex: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "book.vcf").write_text(ADA + ADA + card("Alan Turing"))
    (folder / "copy.vcf").write_text(ADA)
    row = "2026-01-02,ada@example.org,call,looms\n"
    (folder / "calls.csv").write_text(f"Date,Email,Kind,Title\n{row}{row}{row}")
    first, again, third = (imported(dex, folder) for _ in range(3))
    assert (first["read"], first["people"]["added"], first["interactions"]["added"]) == (3, 2, 1)
    assert (again["read"], again["people"]["unchanged"], again["interactions"]["unchanged"]) == (3, 2, 1)
    assert third == again


def days(dex: Dex, person: str) -> list[Any]:
    return [entry["on"] for entry in dex("show", person, "--json").json["data"]["timeline"]]


def test_a_known_card_may_take_up_what_a_new_one_before_it_has_brought(dex: Dex, tmp_path: Path) -> None:
    book = tmp_path / "book.vcf"
    book.write_text(card("Ada Lovelace", uid="1"))
    imported(dex, book)
    office = "TEL:+442079460958"
    book.write_text(card("Grace Hopper", office, uid="2") + card("Ada Lovelace", office, uid="1"))
    report = imported(dex, book)
    assert (report["people"]["added"], report["people"]["updated"]) == (1, 1)
