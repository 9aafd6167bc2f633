"""What cannot be read is neither guessed nor lost: it is named with its place and its reason, and the rest goes in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.importing import card, imported, names
from support.program import Dex, Terminal

ADA = card("Ada Lovelace", "EMAIL:ada@example.org")
GRACE = card("Grace Hopper", "EMAIL:grace@example.com")


def test_a_book_that_is_cut_off_keeps_every_whole_card(dex: Dex, tmp_path: Path) -> None:
    book = tmp_path / "book.vcf"
    book.write_text(ADA + GRACE[:-20])
    report = imported(dex, book, code=7)
    assert names(dex) == ["Ada Lovelace"]
    assert report["skipped"] == [{"where": "book.vcf:7", "reason": "the card is cut off: END:VCARD is missing"}]
    # The whole file, later, adds the rest.
    book.write_text(ADA + GRACE)
    assert imported(dex, book)["people"] == {
        "added": 1, "updated": 0, "unchanged": 1, "questions": 0, "asked": [], "conflicts": [], "kept_out": 0
    }  # fmt: skip


def test_one_bad_card_never_stops_the_rest(dex: Dex, tmp_path: Path) -> None:
    book = tmp_path / "book.vcf"
    book.write_text("something else\r\n" + ADA + card("") + "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cut Off\r\n" + GRACE)
    report = imported(dex, book, code=7)
    assert {"Ada Lovelace", "Grace Hopper"} <= set(names(dex))
    assert [item["where"] for item in report["skipped"]][:2] == ["book.vcf:1", "book.vcf:8"]


def test_plain_says_on_stderr_what_json_says_in_the_document(dex: Dex, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("Name,Email,City\nAda Lovelace,ada@example.org,\n,,London\nGrace Hopper,,a,b,c,d\n")
    skipped = imported(dex, table, "--dry-run", code=7)["skipped"]
    assert [item["where"] for item in skipped] == ["people.csv:3", "people.csv:4"]
    ran = dex("import", table)
    assert ran.code == 7
    assert ran.err.splitlines() == [f"dex: skipped {item['where']}: {item['reason']}" for item in skipped]
    assert "people.added\t1\n" in ran.out
    assert "skipped\t2\n" in ran.out
    assert dex("import", table, "-q").err == ""


def test_the_screen_lists_what_was_skipped(dex: Dex, terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "book.vcf").write_text(ADA + card(""))
    shown = terminal("import", tmp_path / "book.vcf")
    assert shown.code == 7
    assert "skipped\n   book.vcf:7: no name\n" in shown.text
    assert names(dex) == ["Ada Lovelace"]


def test_a_table_of_interactions_finds_people_by_address_handle_and_full_name(dex: Dex, tmp_path: Path) -> None:
    known_people(dex)
    report = interactions(
        dex, tmp_path,
        "2026-01-02,Ada Lovelace,,call,by name",
        "2026-01-03,grace-hopper,,call,by handle",
        "2026-01-04,,grace@example.com,mail,by address",
        "2026-01-05,Ada Lovelace; Grace Hopper,,meal,both",
        "2026-01-06,,stranger@example.net,mail,nobody has claimed the address",
    )  # fmt: skip
    assert (report["interactions"]["added"], report["skipped"]) == (5, [])
    assert titles(dex, "ada-lovelace") == ["both", "by name"]
    assert titles(dex, "grace-hopper") == ["both", "by address", "by handle"]
    # An address becomes somebody's history on the day it is claimed.
    dex("add", "Emmy Noether", "--email", "stranger@example.net")
    assert titles(dex, "emmy-noether") == ["nobody has claimed the address"]


def test_a_row_that_could_mean_anybody_is_skipped_with_the_remedy(dex: Dex, tmp_path: Path) -> None:
    known_people(dex)
    dex("add", "Ada Lovelace", "--force")
    report = interactions(
        dex, tmp_path,
        "2026-01-02,Ada,,call,part of a name",
        "2026-01-02,Ada Lovelace,,call,two of that name",
        "2026-01-02,Nobody Atall,,call,nobody",
        "03/04/2026,Grace Hopper,,call,two readings",
        "soon,Grace Hopper,,call,no day",
        ",Grace Hopper,,call,none at all",
        "2026-01-02,,,call,with nobody",
        "2026-01-02,,not an address,call,not an address",
        "2026-01-02,Grace Hopper,,call,good",
        code=7,
    )  # fmt: skip
    assert titles(dex, "grace-hopper") == ["good"]
    assert names(dex) == ["Ada Lovelace", "Ada Lovelace", "Grace Hopper"]
    reasons = {item["where"]: item["reason"] for item in report["skipped"]}
    assert reasons == {
        "log.csv:2": "nobody is called 'Ada': add them, or give an e-mail address",
        "log.csv:3": "2 people are called 'Ada Lovelace': say who by a handle or an e-mail address",
        "log.csv:4": "nobody is called 'Nobody Atall': add them, or give an e-mail address",
        "log.csv:5": reasons["log.csv:5"],
        "log.csv:6": reasons["log.csv:6"],
        "log.csv:7": "no date",
        "log.csv:8": "nobody is named",
        "log.csv:9": "'not an address' is no e-mail address that can be read",
    }
    assert "03/04/2026" in reasons["log.csv:5"]
    assert "soon" in reasons["log.csv:6"]


def test_the_date_order_decides_what_has_two_readings(dex: Dex, tmp_path: Path) -> None:
    known_people(dex)
    assert interactions(dex, tmp_path, "03/04/2025,Ada Lovelace,,call,talk", code=7)["interactions"]["added"] == 0
    assert dex("config", "set", "dates.order", "DMY").code == 0
    assert interactions(dex, tmp_path, "03/04/2025,Ada Lovelace,,call,talk")["interactions"]["added"] == 1
    page = dex("show", "ada-lovelace", "--json").json["data"]
    assert [entry["on"] for entry in page["timeline"]] == ["2025-04-03"]


def test_what_was_skipped_goes_in_once_it_can_be_understood(dex: Dex, tmp_path: Path) -> None:
    row = "2026-01-02,Ada Lovelace,,call,talk"
    assert interactions(dex, tmp_path, row, code=7)["interactions"]["added"] == 0
    known_people(dex)
    assert interactions(dex, tmp_path, row)["interactions"]["added"] == 1
    again = interactions(dex, tmp_path, row)
    assert (again["interactions"]["unchanged"], again["operation_id"]) == (1, None)


def known_people(dex: Dex) -> None:
    imported(dex, "-", input=ADA + GRACE)


def interactions(dex: Dex, folder: Path, *rows: str, code: int = 0) -> Any:
    table = folder / "log.csv"
    table.write_text("\n".join(["Date,With,Email,Kind,Title", *rows, ""]))
    return imported(dex, table, code=code)


def titles(dex: Dex, person: str) -> list[str]:
    """The timeline of a person, newest first."""
    return [entry["title"] for entry in dex("show", person, "--json").json["data"]["timeline"]]
