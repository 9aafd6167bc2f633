"""Names and notes as strangers may write them: kept as they are meant, harmless wherever they are shown."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import pytest

from support.importing import card, everybody, imported, names
from support.program import Dex, Terminal

ESCAPE = "Eve\x1b[31m Red\x1b]0;title\x07 \x9b2J\x00Null\x07"
OVERRIDE = "Ada \u202egnp.exe\u202c"
KEPT = {
    "markup": "[bold]Ada[/bold] [link=http://example.org]x[/link]",
    "formula": "=1+1",
    "formula at": "@SUM(1)",
    "right to left": "עדה לאבלייס",
    "right to left with points": "שָׁלוֹם כֹּהֵן",
    "arabic": "آدا لوفلايس",
    "emoji": "Ada 👩🏽\u200d💻 Lovelace 🇬🇧",
    "emoji alone": "🦄",
    "ideographs": "山田 太郎",
    "quotes": 'Ada "the Countess" O\'Byron',
    "percent": "100% Ada %s %(x)s {0}",
    "an id": "42",
    "an option": "--help",
    "300 characters": "A" * 300,
}


@pytest.mark.parametrize("kind", KEPT)
@pytest.mark.parametrize("form", ["vcf", "csv"])
def test_a_strange_name_stays_as_it_is(kind: str, form: str, dex: Dex, tmp_path: Path) -> None:
    path = tmp_path / f"book.{form}"
    path.write_bytes(written(form, KEPT[kind]))
    assert imported(dex, path)["people"]["added"] == 1
    assert names(dex) == [KEPT[kind]]
    assert imported(dex, path)["operation_id"] is None
    (person,) = everybody(dex)
    assert person["handle"]
    assert dex("show", person["handle"], "--json").json["data"]["person"]["name"] == KEPT[kind]


@pytest.mark.parametrize("form", ["vcf", "csv"])
def test_combining_accents_are_composed(form: str, dex: Dex, tmp_path: Path) -> None:
    path = tmp_path / f"book.{form}"
    path.write_bytes(written(form, unicodedata.normalize("NFD", "Chloé Müller")))
    imported(dex, path)
    assert names(dex) == ["Chloé Müller"]
    assert [person["handle"] for person in everybody(dex)] == ["chloe-muller"]


@pytest.mark.parametrize("form", ["vcf", "csv"])
def test_a_name_of_3000_characters_is_cut_to_300(form: str, dex: Dex, tmp_path: Path) -> None:
    path = tmp_path / f"book.{form}"
    path.write_bytes(written(form, "Ada " * 750))
    imported(dex, path)
    (name,) = names(dex)
    assert 290 < len(name) <= 300
    assert imported(dex, path)["operation_id"] is None


@pytest.mark.parametrize("name", [ESCAPE, OVERRIDE], ids=["escape", "override"])
@pytest.mark.parametrize("form", ["vcf", "csv"])
def test_nothing_that_a_terminal_obeys_gets_through(
    name: str, form: str, dex: Dex, terminal: Terminal, tmp_path: Path
) -> None:
    path = tmp_path / f"{name[:3]}\x1b[31mfile.{form}"
    path.write_bytes(written(form, name, note=name, company=name))
    shown = terminal("import", path, env={"NO_COLOR": "1"})
    ran = dex("import", path)
    assert (shown.code, ran.code) == (0, 0)
    (person,) = everybody(dex)
    outputs = [ran.out, ran.err, dex("list").out, dex("show", person["handle"]).out]
    outputs.append(terminal("list", env={"NO_COLOR": "1"}).raw)
    outputs.append(terminal("show", person["handle"], env={"NO_COLOR": "1"}).raw)
    own = "\r\x1b[K"  # takes the line of progress away
    for text in (*outputs, shown.raw.replace(own, ""), person["name"]):
        assert not [character for character in text if character in "\x1b\x9b\x07\x00\u202e\u202c"], text


def test_markup_is_shown_as_it_is_written(dex: Dex, terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "book.vcf").write_text(card("[bold]Ada[/bold]", "EMAIL:ada@example.org"))
    imported(dex, tmp_path / "book.vcf")
    assert "[bold]Ada[/bold]" in terminal("list").text
    assert "[bold]Ada[/bold]" in terminal("show", "bold-ada-bold").text


@pytest.mark.parametrize("form", ["vcf", "csv"])
def test_a_note_of_a_megabyte_is_kept(form: str, dex: Dex, tmp_path: Path) -> None:
    note = ("all about engines " * 60_000)[: 1024**2].strip()
    path = tmp_path / f"book.{form}"
    path.write_bytes(written(form, "Ada Lovelace", note=note))
    imported(dex, path)
    (ada,) = everybody(dex)
    assert ada["notes"] == note
    assert dex("show", "ada-lovelace").code == 0
    assert imported(dex, path)["operation_id"] is None


def test_a_note_of_many_megabytes_is_left_out_of_a_card_and_said_to_be(dex: Dex, tmp_path: Path) -> None:
    book = tmp_path / "book.vcf"
    book.write_text(card("Ada Lovelace", "NOTE:" + "x" * 5_000_000) + card("Grace Hopper"))
    report = imported(dex, book, code=7)
    assert names(dex) == ["Ada Lovelace", "Grace Hopper"]
    assert report["skipped"] == [{"where": "book.vcf:1", "reason": "left out 1 line that is longer than 1,250 KB"}]


def test_one_phone_of_forty_people_identifies_nobody(dex: Dex, tmp_path: Path) -> None:
    people = [f"{first} {last}" for first in ("Ada", "Bea", "Cyd", "Dot", "Eve") for last in "STUVWXYZ"]
    assert len(people) == 40
    book = tmp_path / "book.vcf"
    book.write_text("".join(card(name, "TEL:+44 20 7946 0100") for name in people))
    report = imported(dex, book)
    assert (report["people"]["added"], report["people"]["questions"]) == (40, 0)
    assert names(dex) == sorted(people)
    assert {tuple(person["phones"]) for person in everybody(dex)} == {("+442079460100",)}
    ran = dex("show", "+442079460100", "--json")
    assert (ran.code, len(ran.error["candidates"]) > 1) == (5, True)
    assert imported(dex, book)["operation_id"] is None


def test_the_order_of_people_who_share_a_phone_does_not_matter(dex: Dex, tmp_path: Path) -> None:
    cards = [card(name, "TEL:+44 20 7946 0100") for name in ("Ada King", "Byron King", "Annabella King")]
    (tmp_path / "one.vcf").write_text("".join(cards))
    (tmp_path / "other.vcf").write_text("".join(reversed(cards)))
    imported(dex, tmp_path / "one.vcf", "--db", tmp_path / "one.db")
    imported(dex, tmp_path / "other.vcf", "--db", tmp_path / "other.db")
    for database in ("one.db", "other.db"):
        people = dex("list", "--json", "--db", tmp_path / database).json["data"]["items"]
        assert sorted(person["name"] for person in people) == ["Ada King", "Annabella King", "Byron King"]


def written(form: str, name: str, *, note: str = "", company: str = "") -> bytes:
    if form == "vcf":
        lines = [f"NOTE:{note}"] * bool(note) + [f"ORG:{company}"] * bool(company)
        return card(name, "EMAIL:someone@example.org", *lines, uid="1").encode()
    table = io.StringIO()
    csv.writer(table).writerows([
        ["Name", "Email", "Note", "Company"],
        [name, "someone@example.org", note, company],
    ])  # fmt: skip
    return table.getvalue().encode()
