"""The same name is a question, never an answer: what an import asks, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.importing import card, imported, names
from support.program import Dex, Terminal

GOOGLE = "Name,Given Name,Family Name,E-mail 1 - Value\n"
BOTH = "Name,Email,LinkedIn\nRobert Wilson,bob@example.org,https://www.linkedin.com/in/bob-example\n"


def questions(dex: Dex, *arguments: str | Path) -> list[tuple[str, str, str]]:
    people = imported(dex, *arguments)["people"]
    assert people["questions"] == len(people["asked"])
    return [(one["person"], one["other"], one["reason"]) for one in people["asked"]]


def test_a_name_that_was_typed_is_asked_about(dex: Dex, tmp_path: Path) -> None:
    dex("add", "Ada Lovelace")
    (tmp_path / "book.vcf").write_text(card("ADA  Lovelace", "EMAIL:ada@example.org"))
    assert questions(dex, tmp_path / "book.vcf") == [("ada-lovelace-2", "ada-lovelace", "name")]
    assert questions(dex, tmp_path / "book.vcf") == []


def test_two_of_one_name_in_one_export_are_two_people(dex: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "contacts"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.vcf").write_text(card("Ada Lovelace", f"EMAIL:ada{number}@example.org", uid=str(number)))
    assert questions(dex, folder) == []
    assert names(dex) == ["Ada Lovelace"] * 3
    (folder / "3.vcf").write_text(card("Ada Lovelace", "EMAIL:ada3@example.org", uid="3"))
    # All four are in the folder still: nobody has become another.
    assert questions(dex, folder) == []


def test_an_address_that_has_changed_in_a_file_without_ids_is_a_question(dex: Dex, tmp_path: Path) -> None:
    table = tmp_path / "contacts.csv"
    grace = "Grace Hopper,Grace,Hopper,grace@example.org\n"
    table.write_text(f"{GOOGLE}Ada Lovelace,Ada,Lovelace,old@example.org\n{grace}")
    assert questions(dex, table) == []
    table.write_text(f"{GOOGLE}Ada Lovelace,Ada,Lovelace,new@example.org\n{grace}")
    assert questions(dex, table) == [("ada-lovelace-2", "ada-lovelace", "name")]
    assert questions(dex, table) == []


@pytest.mark.parametrize("many", [4, 40])
def test_a_name_that_many_have_is_asked_about_five_times_at_most(many: int, dex: Dex, tmp_path: Path) -> None:
    book = "".join(card("Unknown", f"EMAIL:{number}@example.org", uid=str(number)) for number in range(many))
    (tmp_path / "book.vcf").write_text(book)
    assert questions(dex, tmp_path / "book.vcf") == []
    (tmp_path / "people.csv").write_text("Name,Email\nUnknown,other@example.org\n")
    assert len(questions(dex, tmp_path / "people.csv")) == min(many, 5)


def test_who_has_the_address_of_one_and_the_profile_of_another_is_a_person_of_their_own(
    dex: Dex, tmp_path: Path
) -> None:
    two_bobs(dex, tmp_path)
    assert questions(dex, tmp_path / "both.csv") == [
        ("robert-wilson", "bob-wilson", "identifier"),
        ("robert-wilson", "bob-wilson-2", "identifier"),
    ]


def test_who_is_linked_to_one_and_has_the_address_of_another_is_asked_about(dex: Dex, tmp_path: Path) -> None:
    """One source does not give one address to two names: there the profile decides, and the address asks."""
    (tmp_path / "robert.csv").write_text("Name,Email\nRobert Wilson,bob@example.org\n")
    (tmp_path / "bob.vcf").write_text(card("Bob Wilson", "URL:https://www.linkedin.com/in/bob-example"))
    imported(dex, tmp_path / "robert.csv")
    imported(dex, tmp_path / "bob.vcf")
    (tmp_path / "both.csv").write_text(BOTH.replace("Robert", "Bob"))
    assert questions(dex, tmp_path / "both.csv") == [("bob-wilson", "robert-wilson", "identifier")]
    assert names(dex) == ["Bob Wilson", "Robert Wilson"]


def test_undo_takes_the_questions_back(dex: Dex, tmp_path: Path) -> None:
    dex("add", "Ada Lovelace")
    (tmp_path / "book.vcf").write_text(card("Ada Lovelace", "EMAIL:ada@example.org"))
    assert len(questions(dex, tmp_path / "book.vcf")) == 1
    assert dex("undo").code == 0
    assert len(questions(dex, tmp_path / "book.vcf")) == 1


def test_the_screen_shows_the_first_of_the_questions(dex: Dex, terminal: Terminal, tmp_path: Path) -> None:
    for number in range(7):
        dex("add", f"Ada {number}")
    (tmp_path / "book.vcf").write_text("".join(card(f"Ada {number}") for number in range(7)))
    shown = terminal("import", tmp_path / "book.vcf").text
    heading = " 7 questions: may be the same person; until you say so they stay two\n"
    assert f"{heading}   ada-0-2 may be ada-0: same name\n" in shown
    assert " and 2 more: see --json\n" in shown


def two_bobs(dex: Dex, folder: Path) -> None:
    """One known by his e-mail, one by his profile, and a table that has both."""
    (folder / "a.vcf").write_text(card("Bob Wilson", "EMAIL:bob@example.org"))
    (folder / "b.csv").write_text(
        "First Name,Last Name,URL,Connected On\nBob,Wilson,https://www.linkedin.com/in/bob-example,03 Feb 2024\n"
    )
    (folder / "both.csv").write_text(BOTH)
    imported(dex, folder / "a.vcf")
    assert questions(dex, folder / "b.csv") == [("bob-wilson-2", "bob-wilson", "name")]
