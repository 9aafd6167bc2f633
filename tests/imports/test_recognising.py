"""Which format a file is in, what the user can say about it, and what is said where nothing fits."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support.importing import address_book, card, everybody, imported, names, refused
from support.program import DEX, NOW, Dex

ADA = card("Ada Lovelace", "EMAIL:ada@example.org")
CONNECTIONS = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\nAda,Lovelace,,,,,03 Feb 2024\n"
GOOGLE = "Name,Given Name,Family Name,E-mail 1 - Value\nAda Lovelace,Ada,Lovelace,ada@example.org\n"
OUTLOOK = "First Name,Last Name,E-mail Address,E-mail Display Name,Business Phone\nAda,Lovelace,ada@example.org,,\n"
FORMATS = "vcard, mail, linkedin, google, outlook, ics, csv"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (ADA, "vcard"),
        (CONNECTIONS, "linkedin"),
        (GOOGLE, "google"),
        (OUTLOOK, "outlook"),
        ("Name;E-Mail\nAda Lovelace;ada@example.org\n", "csv"),
    ],
)
def test_the_content_tells_the_format_whatever_the_file_is_called(
    content: str, word: str, dex: Dex, tmp_path: Path
) -> None:
    (tmp_path / "download").write_text(content)
    report = imported(dex, tmp_path / "download")
    assert (report["format"], report["people"]["added"]) == (word, 1)
    assert names(dex) == ["Ada Lovelace"]
    again = imported(dex, "-", input=content)
    assert (again["format"], again["source"], again["operation_id"]) == (word, "stdin", None)


@pytest.mark.parametrize("content", [b"", b"\n \n", bytes(range(128, 192)), b"GIF89a", b'{"Name": "Ada", "Email": 1}'])
def test_a_file_of_no_known_format_is_refused_with_what_dex_reads(content: bytes, dex: Dex, tmp_path: Path) -> None:
    (tmp_path / "thing").write_bytes(content)
    error = refused(dex, tmp_path / "thing")
    assert error["message"] in ("thing is empty", "thing is in no format that dex knows")
    assert FORMATS in error["hint"]
    assert "--map" in error["hint"]


def test_an_address_book_without_a_card_is_no_error(dex: Dex, tmp_path: Path) -> None:
    (tmp_path / "contacts.vcf").touch()
    report = imported(dex, tmp_path / "contacts.vcf")
    assert (report["read"], report["skipped"], report["operation_id"]) == (0, [], None)


@pytest.mark.parametrize("path", ["", "nowhere.vcf", "~nobody-of-that-name/contacts.vcf", "x" * 5000])
def test_a_path_that_leads_nowhere_is_an_error_with_the_path(path: str, dex: Dex) -> None:
    error = refused(dex, path)
    assert error["code"] == "usage"
    assert path in error["message"]


def test_two_formats_that_claim_a_file_are_named_and_as_decides(dex: Dex, tmp_path: Path) -> None:
    both = tmp_path / "both.csv"
    both.write_text(
        "First Name,Last Name,Email Address,Connected On,E-mail 1 - Value\n"
        "Ada,Lovelace,ada@example.org,03 Feb 2024,ada@example.com\n"
    )
    error = refused(dex, both)
    assert error["message"] == "both.csv could be LinkedIn connections (linkedin) and Google Contacts (google)"
    assert error["hint"] == "say which with --as"
    assert imported(dex, both, "--as", "linkedin")["format"] == "linkedin"
    assert everybody(dex)[0]["emails"] == ["ada@example.org"]


def test_as_takes_a_format_by_its_word_and_offers_near_misses(dex: Dex, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(OUTLOOK)
    assert imported(dex, tmp_path / "people.csv", "--as", "csv")["format"] == "csv"
    error = refused(dex, tmp_path / "people.csv", "--as", "vcards")
    assert error["message"] == "there is no format 'vcards', did you mean 'vcard'?"
    assert error["hint"] == f"--as takes one of: {FORMATS}"


def test_as_the_wrong_format_brings_nobody_and_says_so(dex: Dex, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(OUTLOOK)
    report = imported(dex, tmp_path / "people.csv", "--as", "vcard", code=7)
    assert report["read"] == 0
    assert report["skipped"][0] == {"where": "people.csv:1", "reason": "not a card: BEGIN:VCARD is missing"}


def test_map_explains_columns_and_a_dash_leaves_one_out(dex: Dex, tmp_path: Path) -> None:
    table = tmp_path / "freunde.csv"
    table.write_text("Wer;Erreichbar;Geheim;Verein\nAda Lovelace;ada@example.org;42;Chess Club\n")
    report = imported(
        dex, table, "--map", "Wer=name", "--map", "Erreichbar=email", "--map", "Geheim=-", "--map", "Verein=company"
    )
    assert (report["format"], report["people"]["added"]) == ("csv", 1)
    (ada,) = everybody(dex)
    assert (ada["name"], ada["emails"], ada["company"], ada["fields"]) == (
        "Ada Lovelace",
        ["ada@example.org"],
        "Chess Club",
        {},
    )


@pytest.mark.parametrize(
    ("option", "message", "hint"),
    [
        ("Name=nmae", "--map: there is no field 'nmae', did you mean 'name'?", "people: name, first,"),
        ("Nmae=name", "--map: people.csv has no column 'Nmae'", "its columns are: Name, Email"),
        ("Name", "--map 'Name' is not COLUMN=FIELD", "--map 'E-mail=email'"),
        ("=name", "--map '=name' is not COLUMN=FIELD", "--map 'E-mail=email'"),
    ],
)
def test_a_map_that_does_not_fit_says_what_there_is(
    option: str, message: str, hint: str, dex: Dex, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("Name,Email\nAda Lovelace,ada@example.org\n")
    error = refused(dex, tmp_path / "people.csv", "--map", option)
    assert error["message"] == message
    assert error["hint"].startswith(hint)


def test_map_is_refused_for_what_is_no_table(dex: Dex, tmp_path: Path) -> None:
    (tmp_path / "ada.vcf").write_text(ADA)
    error = refused(dex, tmp_path / "ada.vcf", "--as", "vcard", "--map", "FN=name")
    assert error["message"] == "--map explains a CSV, not vcard"


def test_a_pipe_by_name_is_read_like_standard_input(dex: Dex, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["sh", "-c", f"printf '%s' \"$CARD\" > '{pipe}'"], env={**os.environ, "CARD": ADA}):
        assert imported(dex, pipe)["people"]["added"] == 1
    assert names(dex) == ["Ada Lovelace"]


def test_a_file_whose_name_is_no_text_is_read(dex: Dex, tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.vcf")  # noqa: PTH118  # bytes
    with open(path, "wb") as file:  # noqa: PTH123  # bytes
        file.write(ADA.encode() + card("").encode())
    ran = subprocess.run(
        [DEX, "import", path, "--json"], capture_output=True, env={**os.environ, "DEXCLI_NOW": NOW}, check=False
    )
    assert ran.returncode == 7, ran.stderr
    assert "caf�.vcf".encode() in ran.stdout
    assert imported(dex, tmp_path, code=7)["people"]["unchanged"] == 1
    ran = subprocess.run([DEX, "import", path + b"x"], capture_output=True, check=False)
    assert ran.returncode == 2, ran.stderr


def test_dry_run_changes_nothing_and_tells_the_same(dex: Dex, tmp_path: Path) -> None:
    (tmp_path / "book.vcf").write_text(address_book(30))
    tried = imported(dex, tmp_path / "book.vcf", "--dry-run")
    assert (names(dex), tried["dry_run"], tried["operation_id"]) == ([], True, None)
    done = imported(dex, tmp_path / "book.vcf")
    assert tried["people"] == done["people"]
    assert tried["interactions"] == done["interactions"]
