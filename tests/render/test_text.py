from __future__ import annotations

import re
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dexcli.render.text import ago, cells, clip, day, every, fold, harmless, span

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b[]8;;mHJ\x07\\\x9b\x9c\x9d\u202e\u2028\u200d\ufe0f👩💻🏽e\u0301漢 \t\r\n"),
    ),
    max_size=80,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("", ""),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("=1+1", "=1+1"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b[2J\x1b[1;1Hgone", "gone"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;title\x07after", "after"),
        ("\x9d0;title\x9cafter", "after"),
        ("\x1bP1$q\x1b\\after", "after"),
        ("\x1b(0after", "after"),
        ("\x1bcafter", "after"),
        ("\x1b]8;;never closed", "8;;never closed"),
        ("\x1b", ""),
        ("a\x1b[31", "a31"),
        ("a\x00b\x08c\x7fd\x85e", "abcd e"),
        ("one\ttwo\r\nthree\nfour\rfive", "one two three four five"),
        ("one\u2028two\u2029three", "one two three"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u2066b\u2069c\u200ed\u200fe\u061cf", "abcdef"),
        ("a\u200bb\ufeffc\u00add\u2060e", "abcde"),
        ("\U000e0067hidden", "hidden"),
        ("half \ud83d", "half \ufffd"),
        ("👩\u200d💻 \u2764\ufe0f", "👩\u200d💻 \u2764\ufe0f"),
        ("Zoe\u0308 Łucja", "Zoe\u0308 Łucja"),
        ("नेप्\u200cटू", "नेप्\u200cटू"),
        ("ශ්\u200dරී", "ශ්\u200dරී"),
        ("漢字 עברית", "漢字 עברית"),
    ],
)
def test_foreign_text_becomes_harmless(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_several_lines_stay_several_lines_where_wanted() -> None:
    assert harmless("one\r\ntwo\rthree\u2028four\tfive\x1b[1m", multiline=True) == "one\ntwo\nthree\nfour five"


@given(HOSTILE, st.booleans())
def test_nothing_that_a_terminal_obeys_is_left(text: str, multiline: bool) -> None:
    shown = harmless(text, multiline=multiline)
    left = {unicodedata.category(character) for character in shown.replace("\n", "" if multiline else "\n")}
    assert not left & {"Cc", "Cs", "Zl", "Zp"}
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", shown)
    assert harmless(shown, multiline=multiline) == shown


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "part", ["\x1b", "\x1b]", "\x1b[", "\x1b[1;", "\x9b \x9b1", "\x1b]8;;x", "\x1bP\x9d", "\u200d"]
)
def test_a_million_characters_of_sequences_take_no_time(part: str) -> None:
    assert len(harmless(part * (1_000_000 // len(part)))) <= 1_000_000


@given(HOSTILE)
def test_a_width_is_never_less_than_what_rich_measures(text: str) -> None:
    shown = harmless(text)
    assert cells(shown) >= cell_len(shown)


@pytest.mark.parametrize(
    ("text", "width"),
    [("Ada", 3), ("漢字", 4), ("e\u0301", 1), ("\u2764\ufe0f", 2), ("🇬🇧", 2), ("ශ්\u200dරී", 2), ("", 0)],
)
def test_text_is_measured_in_columns(text: str, width: int) -> None:
    assert cells(text) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("Ada Lovelace", 12, "Ada Lovelace"),
        ("Ada Lovelace", 11, "Ada Lovela…"),
        ("Ada Lovelace", 5, "Ada…"),
        ("Ada Lovelace", 1, "…"),
        ("Ada Lovelace", 0, ""),
        ("漢字漢字", 8, "漢字漢字"),
        ("漢字漢字", 6, "漢字…"),
        ("漢字漢字", 7, "漢字漢…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("👩\u200d💻👩\u200d💻", 4, "👩…"),
    ],
)
def test_a_long_line_is_clipped_with_an_ellipsis(text: str, width: int, shown: str) -> None:
    assert clip(text, width) == shown


def test_an_ascii_ellipsis_counts_as_three() -> None:
    assert clip("Ada Lovelace", 8, "...") == "Ada L..."
    assert clip("Ada Lovelace", 2, "...") == ".."


@given(HOSTILE, st.integers(0, 30))
def test_a_clipped_line_has_room(text: str, width: int) -> None:
    assert cells(clip(harmless(text), width)) <= width


@given(HOSTILE, st.integers(2, 30))
def test_folded_lines_have_room_and_lose_nothing_but_spaces(text: str, width: int) -> None:
    shown = harmless(text, multiline=True)
    lines = list(fold(shown, width))
    assert all(cells(line) <= width for line in lines)
    assert re.sub(r"[ \n]", "", "".join(lines)) == re.sub(r"[ \n]", "", shown)


def test_words_are_kept_whole_and_paragraphs_apart() -> None:
    assert list(fold("to be or not\n\nthat is", 7)) == ["to be", "or not", "", "that is"]
    assert list(fold("see https://example.org", 9)) == ["see", "https://e", "xample.or", "g"]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "0 days"),
        (1, "1 day"),
        (2, "2 days"),
        (10, "10 days"),
        (13, "13 days"),
        (14, "2 weeks"),
        (20, "2 weeks"),
        (21, "3 weeks"),
        (69, "9 weeks"),
        (70, "2 months"),
        (92, "3 months"),
        (729, "23 months"),
        (730, "2 years"),
        (1095, "2 years"),
        (1096, "3 years"),
    ],
)
def test_a_span_is_told_in_the_unit_that_people_use(days: int, words: str) -> None:
    assert span(days) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"),
        (1, "yesterday"),
        (3, "3 days ago"),
        (42, "6 weeks ago"),
        (75, "2 months ago"),
        (1100, "3 years ago"),
        (-1, "tomorrow"),
        (-3, "in 3 days"),
        (-21, "in 3 weeks"),
    ],
)
def test_ago_looks_back_and_ahead(days: int, words: str) -> None:
    assert ago(days) == words


@pytest.mark.parametrize(
    ("on", "shown"),
    [
        (date(2026, 2, 1), "1 Feb"),
        (date(2026, 12, 31), "31 Dec"),
        (date(2025, 6, 1), "1 Jun"),
        (date(2025, 4, 8), "8 Apr"),
        (date(2025, 4, 7), "7 Apr 2025"),
        (date(2027, 2, 5), "5 Feb"),
        (date(2027, 2, 6), "6 Feb 2027"),
        (date(1815, 12, 10), "10 Dec 1815"),
    ],
)
def test_the_year_is_told_where_it_is_not_plain(on: date, shown: str) -> None:
    assert day(on, date(2026, 3, 8)) == shown


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "every day"),
        (1, "every day"),
        (2, "every 2 days"),
        (7, "every week"),
        (13, "every 13 days"),
        (14, "every 2 weeks"),
        (27, "every 4 weeks"),
        (69, "every 10 weeks"),
        (70, "every 2 months"),
        (400, "every 13 months"),
        (730, "every 2 years"),
    ],
)
def test_how_often_is_told_to_the_nearest(days: int, words: str) -> None:
    assert every(days) == words
