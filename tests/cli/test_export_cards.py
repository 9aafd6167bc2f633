"""Cards: khard and vobject read them, and an import of our own export unites with what is there."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import vobject

from dexcli.store.journal import LOGICAL
from support.importing import DATABASE, card, everybody, imported, names, operations
from support.program import Dex, Terminal

FORMATS = ("vcard", "vcard3")
KHARD = """
[addressbooks]
[[people]]
path = {folder}
[general]
default_action = list
[contact table]
localize_dates = no
"""


@pytest.fixture
def rich(known: Dex) -> Dex:
    """The network, with somebody of whom everything is known that a card can carry."""
    said = [
        *("--alias", "Countess", "--alias", "Ada; the, first", "--url", "https://www.linkedin.com/in/ada-lovelace"),
        *(
            "--company",
            "Analytical, Engines; Ltd",
            "--title",
            "Analyst",
            "--location",
            "London",
            "--note",
            "a\nb \\n, c",
        ),
        *("--address", "12 St James's Square, London", "--date", "wedding=06-12", "--anniversary", "1835-07-08"),
        *(
            "--met",
            "Royal Society",
            "--met-on",
            "2025-06-01",
            "--importance",
            "high",
            "--lead",
            "3w",
            "--set",
            "coffee=flat white",
        ),
    ]
    known("edit", "ada", *said, "-q")
    known("add", "Ludwig van Beethoven", "--birthday", "12-16", "--phone", "+44 20 7946 0001 ext 12", "-q")
    return known


def exported(dex: Dex, *words: str | Path, **given: Any) -> str:
    """What is exported to standard output."""
    ran = dex("export", "--as", *words, **given)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def rows(home: Path) -> dict[str, list[Any]]:
    """Every row of the logical tables."""
    conn = sqlite3.connect(home / DATABASE)
    try:
        return {table: conn.execute(f"select * from {table} order by 1, 2").fetchall() for table in LOGICAL}
    finally:
        conn.close()


def carried(dex: Dex) -> list[Any]:
    """What a card can carry of everybody who is in one."""
    people = [person for person in everybody(dex) if person["state"] == "active"]
    for person in people:
        for field in (
            *("id", "handle", "claims", "created_at", "updated_at", "state_on", "snoozed_until"),
            *("last_contact_on", "next_due_on"),
        ):
            del person[field]
        for field in ("emails", "phones", "urls", "aliases", "addresses"):
            person[field].sort()
        if person.pop("cadence_source") != "person":
            del person["cadence"]
    return people


# -- the way back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_", FORMATS)
def test_an_import_of_what_was_exported_changes_nothing(rich: Dex, home: Path, tmp_path: Path, as_: str) -> None:
    book = tmp_path / "people.vcf"
    book.write_text(exported(rich, as_), newline="")
    before, done = rows(home), operations(rich)
    report = imported(rich, book)
    assert (report["people"]["unchanged"], report["read"]) == (len(carried(rich)), len(carried(rich)))
    assert (report["people"]["conflicts"], report["people"]["asked"], report["operation_id"]) == ([], [], None)
    assert (rows(home), operations(rich)) == (before, done)


@pytest.mark.parametrize("as_", FORMATS)
def test_an_import_elsewhere_makes_the_same_people(rich: Dex, tmp_path: Path, as_: str) -> None:
    book, other = tmp_path / "people.vcf", {"DEXCLI_DB": str(tmp_path / "other.db")}
    assert rich("export", "--as", as_, "-o", book).code == 0
    report = imported(rich, book, env=other)
    assert report["people"]["added"] == len(carried(rich))
    elsewhere = Dex((rich.program[0], "--db", other["DEXCLI_DB"]))
    assert carried(elsewhere) == carried(rich)
    assert exported(elsewhere, as_).count("BEGIN:VCARD") == len(carried(rich))
    assert imported(elsewhere, book)["operation_id"] is None


@pytest.mark.parametrize("said", ["soon", "-3", "10000", "99999999999999999999", "\u0663"])
def test_a_notice_that_is_none_is_not_taken_from_a_card(dex: Dex, tmp_path: Path, said: str) -> None:
    book = tmp_path / "people.vcf"
    book.write_text(card("Ada Lovelace", f"X-DEX-FIELD:lead_days;{said}"))
    assert imported(dex, book)["people"]["added"] == 1
    (ada,) = everybody(dex)
    assert (ada["lead_days"], ada["fields"]) == (None, {})


def test_a_notice_that_was_typed_stays_whatever_a_card_says(dex: Dex, tmp_path: Path) -> None:
    book = tmp_path / "people.vcf"
    dex("add", "Ada Lovelace", "--email", "ada@example.org", "--lead", "0d")
    book.write_text(card("Ada Lovelace", "EMAIL:ada@example.org", "X-DEX-FIELD:lead_days;21"))
    assert imported(dex, book)["people"]["updated"] == 1
    assert [person["lead_days"] for person in everybody(dex)] == [0]


def test_what_was_imported_goes_out_and_back_without_a_change(dex: Dex, home: Path, tmp_path: Path) -> None:
    uid = "0f0e0d0c-0b0a-4908-8706-050403020100"
    phone, linkedin = tmp_path / "phone.vcf", tmp_path / "people.csv"
    phone.write_text(card("Ada Lovelace", "EMAIL;TYPE=work:ada@example.org", "ORG:Engines", uid=uid.upper()))
    linkedin.write_text("name,email,company,nickname\nAda Lovelace,ada@example.org,Royal Society,Countess\n")
    imported(dex, phone)
    imported(dex, linkedin)
    dex("edit", "ada", "--title", "Analyst", "-q")
    (ada,) = everybody(dex)
    assert ada["uid"] == uid
    ours = tmp_path / "ours.vcf"
    ours.write_text(exported(dex, "vcard3"), newline="")
    before = rows(home)
    assert imported(dex, ours)["operation_id"] is None
    assert rows(home) == before
    # And the phone still has the last word about what the phone says.
    phone.write_text(card("Ada Lovelace", "ORG:Engines", uid=uid))
    assert imported(dex, phone)["people"]["updated"] == 1
    assert everybody(dex)[0]["emails"] == ["ada@example.org"]  # by the table, now
    assert [
        claim["source"] for claim in everybody(dex)[0]["claims"] if claim["field"] == "email" and claim["current"]
    ] == ["csv"]


def test_what_was_changed_in_a_card_comes_back(rich: Dex, tmp_path: Path) -> None:
    book = tmp_path / "people.vcf"
    text = exported(rich, "vcard3", "beethoven")
    book.write_text(text.replace("END:VCARD", "EMAIL:ludwig@example.org\r\nEND:VCARD"), newline="")
    report = imported(rich, book)
    assert (report["people"]["updated"], report["people"]["asked"]) == (1, [])
    (found,) = rich("list", "beethoven", "--json").json["data"]["items"]
    assert (found["emails"], found["birthday"]) == (["ludwig@example.org"], "--12-16")
    assert imported(rich, book)["operation_id"] is None


def test_who_was_renamed_in_a_card_is_still_the_same(rich: Dex, tmp_path: Path) -> None:
    book = tmp_path / "people.vcf"
    book.write_text(exported(rich, "vcard", "beethoven").replace("Ludwig van Beethoven", "Louis"), newline="")
    before = names(rich)
    report = imported(rich, book)
    assert (report["people"]["added"], report["people"]["asked"]) == (0, [])
    assert names(rich) == before  # what was typed wins


def test_who_was_removed_does_not_come_back_with_their_card(rich: Dex, tmp_path: Path) -> None:
    book = tmp_path / "people.vcf"
    book.write_text(exported(rich, "vcard", "beethoven"), newline="")
    rich("rm", "beethoven", "-q")
    before = names(rich)
    assert imported(rich, book)["people"]["kept_out"] == 1
    assert names(rich) == before
    rich("undo", "-q")
    assert imported(rich, book)["operation_id"] is None


def test_one_uid_in_two_address_books_is_one_person(dex: Dex, tmp_path: Path) -> None:
    uid = "0f0e0d0c-0b0a-4908-8706-050403020100"
    folder = tmp_path / "contacts"
    folder.mkdir()
    (folder / "ada.vcf").write_text(card("Ada Lovelace", "EMAIL:ada@example.org", uid=uid))
    assert dex("account", "add", "book", "--type", "vdir", "--path", folder).code == 0
    assert dex("sync").code == 0
    phone = tmp_path / "phone.vcf"
    phone.write_text(card("Ada Lovelace", "TEL:+442079460958", uid=f"urn:uuid:{uid}"))
    assert imported(dex, phone)["people"]["added"] == 0
    (ada,) = everybody(dex)
    assert (ada["uid"], ada["emails"], ada["phones"]) == (uid, ["ada@example.org"], ["+442079460958"])


# -- other readers ------------------------------------------------------------------------------------------


def khard(folder: Path, *words: str) -> list[list[str]]:
    """What khard tells of the cards in a folder, in its columns for scripts."""
    config = folder.parent / "khard.conf"
    config.write_text(KHARD.format(folder=folder))
    program = Path(sys.executable).with_name("khard")
    ran = subprocess.run([program, "-c", config, *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "rror" not in ran.stderr
    return [line.split("\t") for line in ran.stdout.splitlines()]


@pytest.mark.parametrize("as_", FORMATS)
def test_khard_reads_everybody_from_a_folder(rich: Dex, tmp_path: Path, as_: str) -> None:
    folder = tmp_path / "contacts"
    ran = rich("export", "--as", as_, "-o", f"{folder}/", "--json")
    people = carried(rich)
    assert ran.json["data"]["report"]["people"] == len(people)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert sorted(path.stem for path in folder.iterdir()) == sorted(person["uid"] for person in people)

    told = khard(folder, "list", "--parsable", "--fields=uid,name")
    wanted = {person["uid"] for person in people}
    assert {uid.removeprefix("urn:uuid:") for uid, *_ in told} == wanted
    assert sorted(name for _, name, *_ in told) == sorted(person["name"] for person in people)
    emails = {(address, name) for address, name, *_ in khard(folder, "email", "--parsable", "--remove-first-line")}
    assert emails == {(email, person["name"]) for person in people for email in person["emails"]}
    phones = {(number, name) for number, name, *_ in khard(folder, "phone", "--parsable")}
    assert phones == {
        (phone.replace(";ext=", " ext. "), person["name"]) for person in people for phone in person["phones"]
    }
    no_year = {"vcard": "1900.", "vcard3": "1604."}[as_]  # as khard shows those of 4.0, and Apple writes those of 3.0
    birthdays = {tuple(row[:2]) for row in khard(folder, "birthdays", "--parsable")}
    assert birthdays == {
        (person["birthday"].replace("--", no_year).replace("-", "."), person["name"])
        for person in people
        if person["birthday"]
    }
    shown = "\n".join("\t".join(row) for row in khard(folder, "show", "ada"))
    for text in ("Analyst", "12 St James's Square, London", "Countess", "Ada; the, first", "1835-07-08", "friend"):
        assert text in shown


@pytest.mark.parametrize("as_", FORMATS)
def test_vobject_reads_all_of_it_strictly(rich: Dex, as_: str) -> None:
    parsed = list(vobject.readComponents(exported(rich, as_), validate=True))
    assert sorted(one.fn.value for one in parsed) == [person["name"] for person in carried(rich)]
    (ada,) = (one for one in parsed if one.fn.value == "Ada Lovelace")
    assert (ada.org.value, ada.title.value) == (["Analytical, Engines; Ltd"], "Analyst")
    assert ada.note.value == "a\nb \\n, c"


# -- what and where -----------------------------------------------------------------------------------------


def test_only_those_whom_a_query_finds_and_nobody_who_is_archived(known: Dex) -> None:
    assert exported(known, "vcard", "tag:navy").count("BEGIN:VCARD") == 1
    known("archive", "ada", "-q")
    assert "Ada Lovelace" not in exported(known, "vcard")
    assert "Ada Lovelace" in exported(known, "vcard", "state:archived")
    assert exported(known, "vcard", "nobody-at-all") == ""


def test_equal_data_is_equal_bytes_and_a_change_moves_the_revision(known: Dex) -> None:
    first = exported(known, "vcard", "ada")
    assert exported(known, "vcard", "ada", now="2026-03-20T09:00:00+00:00") == first
    known("tag", "ada", "+royal", "-q", now="2026-03-20T09:00:00+00:00")
    assert "REV:20260320T090000Z" in exported(known, "vcard", "ada")


def test_a_folder_keeps_what_is_not_ours_and_what_has_not_changed(known: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "contacts"
    folder.mkdir()
    (folder / "mine.vcf").write_text(card("Somebody else"))
    assert known("export", "--as", "vcard", "-o", folder).code == 0
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    known("tag", "ada", "+royal", "-q")
    shown = known("export", "--as", "vcard", "-o", folder)
    assert f"to {folder}/: 1 file new or changed" in shown.err
    after = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert before.keys() == after.keys()
    assert len([path for path in before if before[path] != after[path]]) == 1
    assert (folder / "mine.vcf").read_text() == card("Somebody else").replace("\r\n", "\n")
    assert imported(known, folder)["people"]["added"] == 1


def test_a_lone_file_is_one_address_book(known: Dex, terminal: Terminal, tmp_path: Path) -> None:
    shown = terminal("export", "--as", "vcard", "-o", "people.vcf", cwd=tmp_path)
    assert shown.text.startswith(" exported ")
    assert shown.text.endswith(" people to people.vcf\n")
    assert (tmp_path / "people.vcf").read_bytes().decode() == exported(known, "vcard")
    assert stat.S_IMODE((tmp_path / "people.vcf").stat().st_mode) == 0o600


@pytest.mark.parametrize(("place", "as_"), [("file/", "vcard"), ("no/where/", "vcard"), ("folder/", "csv")])
def test_a_place_that_is_no_folder_is_an_error_with_a_remedy(known: Dex, tmp_path: Path, place: str, as_: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    ran = known("export", "--as", as_, "-o", f"{tmp_path}/{place}")
    assert (ran.code, ran.out) == (2, "")
    assert str(tmp_path / place.rstrip("/")) in ran.err
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]  # noqa: PTH208 - names alone


HOSTILE = (
    "x\nEND:VCARD\r\nBEGIN:VCARD\nFN:other;a,b\\n\\",
    '"quoted": x;TYPE=home:y',
    "\x1b[31mred\x1b[0m \x9b2J \u202eabc\x07",
    "漢字" * 100,
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("as_", FORMATS)
def test_whatever_a_name_says_it_is_a_name(known: Dex, home: Path, tmp_path: Path, text: str, as_: str) -> None:
    known("add", "--force", "--note", text, "--alias", text, "--set", f"k={text}", "--title", text, "-q", "--", text)
    written = exported(known, as_)
    assert not any(ord(one) < 32 or 0x7F <= ord(one) < 0xA0 for one in written.replace("\r\n", ""))
    assert "\u202e" not in written
    assert len(list(vobject.readComponents(written, validate=True))) == len(carried(known))
    book, before = tmp_path / "people.vcf", rows(home)
    book.write_text(written, newline="")
    assert imported(known, book)["people"]["added"] == 0
    assert rows(home) == before


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("wanted", [["z", "a", "m"], ["m", "z", "a"], ["a", "m", "z"]])
def test_the_first_of_several_addresses_is_the_preferred_one_for_others(
    dex: Dex, tmp_path: Path, format_: str, wanted: list[str]
) -> None:
    numbers = {"a": "+442079460001", "m": "+442079460002", "z": "+442079460003"}
    said = [word for one in wanted for word in ("--email", f"{one}@example.org", "--phone", numbers[one])]
    dex("add", "Emmy Noether", *said)
    book = tmp_path / "people.vcf"
    book.write_text(exported(dex, format_), newline="")
    (read,) = vobject.readComponents(book.read_text())
    for lines, first in ((read.email_list, f"{wanted[0]}@example.org"), (read.tel_list, numbers[wanted[0]])):
        said_of = {
            line.value: {name: [one.lower() for one in words] for name, words in line.params.items()} for line in lines
        }
        preferred = [value for value, words in said_of.items() if "PREF" in words or "pref" in words.get("TYPE", [])]
        assert preferred == [first]
    assert imported(dex, book)["people"]["unchanged"] == 1


@pytest.mark.parametrize(("format_", "line"), [("vcard", "EMAIL;PREF=1:"), ("vcard3", "EMAIL;TYPE=pref:")])
def test_a_single_address_is_not_preferred_to_anything(dex: Dex, format_: str, line: str) -> None:
    dex("add", "Emmy Noether", "--email", "emmy@example.org", "--phone", "+442079460001")
    assert "pref" not in exported(dex, format_).lower()
    dex("edit", "emmy", "--email", "noether@example.org")
    assert f"{line}emmy@example.org" in exported(dex, format_)
