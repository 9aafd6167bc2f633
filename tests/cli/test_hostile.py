"""Hostile names and texts, through the whole program and onto a terminal."""

from __future__ import annotations

import re
import unicodedata

import pytest

from support.harmless import assert_harmless as harmless
from support.program import Dex, Terminal

NAMES = {
    "markup": ("[bold]x[/bold] [/y] :smile:", "[bold]x[/bold] [/y] :smile:"),
    "formula": ("=1+1", "=1+1"),
    "colour": ("Red \x1b[31mAda\x1b[0m", "Red Ada"),
    "link": ("\x1b]8;;https://example.org\x1b\\Ada\x1b]8;;\x1b\\", "Ada"),
    "title": ("\x1b]0;owned\x07Ada", "Ada"),
    "c1": ("\x9b31mAda\x85", "Ada"),
    "bell": ("Ada\x07\x08\x00\x7f", "Ada"),
    "lines": ("Ada\nLove\r\nlace\t!", "Ada Love lace !"),
    "override": ("Ada \u202eecalevoL\u202c", "Ada ecalevoL"),
    "rtl": ("עדה לאבלייס", "עדה לאבלייס"),
    "arabic": ("آدا لوفليس", "آدا لوفليس"),
    "emoji": ("Ada 👩‍🔬 👍🏽 🇬🇧", "Ada 👩‍🔬 👍🏽 🇬🇧"),
    "accents": ("Zo\u0308e\u0301 A\u030angstro\u0308m", "Zöé Ångström"),
    "zalgo": ("A" + "\u0301\u0300\u0302" * 5 + "da", None),
    "cjk": ("李小龍", "李小龍"),
    "quotes": ('O\'Hara "x" `y` $HOME \\ %s {0}', 'O\'Hara "x" `y` $HOME \\ %s {0}'),
    "option": ("--help", "--help"),
    "dash": ("-", "-"),
    "long": ("x" * 300, "x" * 300),
    "words": ("word " * 59 + "word!", "word " * 59 + "word!"),
}


@pytest.mark.parametrize("what", NAMES)
def test_a_name_is_kept_and_obeyed_by_nobody(known: Dex, terminal: Terminal, what: str) -> None:
    typed, kept = NAMES[what]
    ran = known("add", "--json", "--every", "1d", "--company", "Engines", "--", typed.replace("\x00", ""))
    assert ran.code == 0, ran.err
    person = ran.json["data"]["person"]
    assert kept is None or person["name"] == kept
    assert unicodedata.is_normalized("NFC", person["name"])
    number = str(person["id"])
    known("log", number, "tea", "--on", "2026-01-01", "-q")
    shown = known("show", number, "--json").json["data"]["person"]
    assert shown["name"] == person["name"]
    assert re.fullmatch(r"[^\W_]+(-[^\W_]+)*", shown["handle"])
    assert known("show", shown["handle"], "--json").json["data"]["person"]["id"] == person["id"]
    for words in (["show", number], ["list"], ["due", "--limit", "0"], ["history"], ["log", number, "x"], ["undo"]):
        screen = terminal(*words)
        assert screen.code == 0
        harmless(screen.raw)
        if words[0] == "show" and what in ("markup", "formula", "rtl", "cjk", "accents", "quotes"):
            assert person["name"] in screen.text
        plain = known(*words)
        assert plain.code == 0
        harmless(plain.out + plain.err)
        tabs = {line.count("\t") for line in plain.out.splitlines()}
        assert len(tabs) <= 1, "every row has the same columns"


HOSTILE = (
    "\x1b[31mred\x1b[0m \x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\ \x9b2J \u202eabc\x07"
    " [bold]b[/bold] =1+1\ttab"
)


def test_texts_are_kept_and_obeyed_by_nobody(known: Dex, terminal: Terminal) -> None:
    known("log", "ada", "-", "--promise", HOSTILE, "--place", HOSTILE, "-q", input=f"{HOSTILE}\n{HOSTILE}\nmore\n")
    known("edit", "ada", "--note", HOSTILE, "--title", HOSTILE, "--set", f"key={HOSTILE}", "--met", HOSTILE, "-q")
    known("remind", "ada", HOSTILE, "--on", "2026-03-08", "-q")
    known("tag", "ada", "+\x1b[31mred", "-q")
    for words in (["show", "ada"], ["show", "i4"], ["due"], ["due", "--digest"], ["list"], ["history"]):
        for ran in (
            known(*words),
            known(*words, "--color", "always"),
            known(*words, "--json"),
            known(*words, "--jsonl"),
        ):
            assert ran.code == 0
            harmless(ran.out + ran.err)
        harmless(terminal(*words).raw)
    assert "[bold]b[/bold]" in terminal("show", "ada").text


@pytest.mark.parametrize("word", ["\x1b[31mred\x07", "\u202eabc", "[bold]x[/bold]", "\x1b]8;;x\x1b\\"])
def test_what_was_typed_is_repeated_harmlessly_in_errors(known: Dex, word: str) -> None:
    for words in (
        ["show", word],
        ["log", "ada", "x", "--on", word],
        [word],
        ["due", "--" + word],
        ["import", word],
        ["config", "get", word],
    ):
        for ran in (known(*words), known(*words, "--json")):
            assert ran.code in (2, 4, 5), words
            harmless(ran.err)


def test_a_name_has_300_characters_at_most_and_one_at_least(known: Dex) -> None:
    assert known("add", "y" * 300, "-q").code == 0
    for name in ("y" * 301, "", " ", "\u200b", "\x1b[31m", "\t\n"):
        ran = known("add", name)
        assert (ran.code, ran.out) == (2, ""), name
        assert known("edit", "ada", "--name", name).code == 2
        assert known("log", "ada", "x", "--create", name).code == 2
    assert "301" in known("add", "y" * 301).err
    assert known("show", "ada", "--json").json["data"]["timeline_total"] == 1


def test_a_name_is_one_however_its_accents_are_written(known: Dex) -> None:
    assert known("add", "E\u0301milie du Cha\u0302telet").code == 5
    assert known("show", "E\u0301milie", "--json").json["data"]["person"]["name"] == "Émilie du Châtelet"


def test_a_megabyte_is_a_note(known: Dex) -> None:
    text = "0123456789abcde\n" * 65_536
    known("log", "ada", "-", "-q", input=text)
    body = known("show", "i4", "--json").json["data"]["interaction"]["body"]
    assert body == text.partition("\n")[2].strip()
    person = known("edit", "ada", "--note", "n" * 100_000, "--json").json["data"]["person"]
    assert len(person["notes"]) == 100_000


@pytest.mark.parametrize(
    "typed",
    [
        "31/02/2026",
        "2026-13-01",
        "2026-02-29",
        "1/2/3",
        "yesterdy",
        "12",
        "12:30",
        "March",
        "at some time",
        "1e9",
        "९ मार्च",
    ],
)
def test_an_unreadable_day_is_an_error_and_never_today(known: Dex, typed: str) -> None:
    for words in (
        ["log", "ada", "x", f"--on={typed}"],
        ["due", f"--as-of={typed}"],
        ["archive", "ada", f"--on={typed}"],
    ):
        ran = known(*words)
        assert (ran.code, ran.out) == (2, ""), words
        assert typed in ran.err


@pytest.mark.parametrize("typed", ["03/04/2026", "03-04-2026", "1/2/2026"])
def test_an_ambiguous_day_is_told_in_both_readings(known: Dex, typed: str) -> None:
    ran = known("log", "ada", "x", "--on", typed)
    assert (ran.code, ran.out) == (2, "")
    assert " or " in ran.err
    assert "dates" in ran.err
