"""A table for spreadsheets: everybody in a row, and nothing that a spreadsheet computes."""

from __future__ import annotations

import csv
import io

import pytest

from support.program import Dex

COLUMNS = [
    *("handle", "name", "emails", "phones", "urls", "company", "title", "location", "addresses", "aliases", "tags"),
    *("birthday", "dates", "met_where", "met_on", "cadence", "importance", "state", "last_contact_on", "next_due_on"),
    *("snoozed_until", "notes", "fields", "uid"),
]
TITLES = ",".join(f'"{one}"' for one in COLUMNS) + "\r\n"


def table(dex: Dex, *query: str) -> list[dict[str, str]]:
    ran = dex("export", "--as", "csv", *query)
    assert (ran.code, ran.err) == (0, "")
    return list(csv.DictReader(io.StringIO(ran.out, newline=""), strict=True))


def test_everybody_is_a_row_of_the_same_columns(known: Dex) -> None:
    known("edit", "ada", "--date", "wedding=06-12", "--set", "coffee=black", "--note", 'says "so",\nand more', "-q")
    ran = known("export", "--as", "csv")
    assert ran.out.startswith(TITLES)
    found = {row["handle"]: row for row in table(known)}
    assert found.keys() == {item["handle"] for item in known("list", "--json").json["data"]["items"]}
    ada = found["ada-lovelace"]
    assert ada["emails"] == "ada@example.org; countess@example.com"
    assert ada["phones"] == "+44 20 7946 0958"
    assert (ada["birthday"], ada["dates"]) == ("1815-12-10", "wedding --06-12")
    assert (ada["notes"], ada["fields"]) == ('says "so",\nand more', "coffee: black")
    assert ada["next_due_on"] == "2026-02-15"
    assert found["alan-turing"]["birthday"] == "'--03-12"


def test_nobody_is_a_table_without_rows(dex: Dex) -> None:
    assert dex("export", "--as", "csv").out == TITLES


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\uff1d1+1", "  =1+1", "=cmd|' /C calc'!A0", "+44 20 7946 0958=1", "|x", "%x"],
)
def test_no_cell_is_a_formula(known: Dex, text: str) -> None:
    words = ("--company", text, "--note", text, "--alias", text, "--phone", text, "--met", text)
    known("add", "--force", *words, "-q", "--", text)
    (row,) = (row for row in table(known) if row["company"].strip("' ") == text.strip())
    for column in ("name", "company", "notes", "aliases", "phones", "met_where"):
        assert row[column].startswith("'"), (column, row[column])


@pytest.mark.parametrize(
    "text",
    [
        "x;=1+1",
        "x;  =1+1",
        'x;"=1+1',
        'x"";"=1+1',
        "x;+1+1",
        "x;\uff1d1+1",
        "x\n=1+1",
        "x\n- 1+cmd|' /C calc'!A0",
        ";=1;=2",
    ],
)
@pytest.mark.parametrize("quotes_only_at_the_beginning", [True, False])
def test_no_part_of_a_cell_is_a_formula_where_semicolons_separate(
    known: Dex, text: str, quotes_only_at_the_beginning: bool
) -> None:
    known("add", "Caroline Herschel", "--company", text, "--note", text, "--alias", text, "-q")
    written = known("export", "--as", "csv", "herschel").out
    if quotes_only_at_the_beginning:
        cells = [cell for row in csv.reader(io.StringIO(written, newline=""), delimiter=";") for cell in row]
    else:
        cells = written.replace('"', "").replace("\r\n", ";").replace("\n", ";").split(";")
    assert len(cells) > 2
    assert not [cell for cell in cells if cell.lstrip(' "').startswith(("=", "+", "-1", "- 1", "@", "\uff1d"))]


def test_lists_in_notes_stay_as_people_read_them(known: Dex) -> None:
    note = "likes:\n- tea; - coffee\n+ Ada's cards; it is +44 20 7946 0958; +44 20 7946 0959"
    known("add", "Caroline Herschel", "--note", note, "-q")
    assert table(known, "herschel")[0]["notes"] == note


def test_every_cell_is_quoted_so_that_no_separator_in_it_separates(known: Dex) -> None:
    known("add", "Caroline Herschel", "--company", "Herschel; Sons", "-q")
    assert '"Herschel; Sons"' in known("export", "--as", "csv", "herschel").out


def test_numbers_stay_as_people_read_them(known: Dex) -> None:
    numbers = ("--phone", "+1 202-555-0143", "--phone", "+44 20 7946 0001 ext 12", "--phone", "+999 12")
    known("add", "Caroline Herschel", *numbers, "-q")
    (row,) = table(known, "herschel")
    assert row["phones"] == "+1 202-555-0143; +44 20 7946 0001 ext. 12; +999 12"


def test_no_sequence_reaches_a_terminal(known: Dex) -> None:
    known("add", "Mary", "--note", "\x1b[31mred\x1b[0m\x9b2J\u202e", "--title", "\x1b]0;x\x07title", "-q")
    written = known("export", "--as", "csv").out
    assert not any(ord(one) < 32 or 0x7F <= ord(one) < 0xA0 for one in written.replace("\r\n", ""))
    assert "\u202e" not in written
