"""Writing down what happened: kinds, days, people, promises, texts from everywhere; entries changed and removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.network import ADA, GRACE
from support.program import Dex, Terminal


def entry(known: Dex, *words: str, **run: Any) -> Any:
    ran = known("log", *words, "--json", **run)
    assert ran.code == 0, ran.err
    return ran.json["data"]["interaction"]


@pytest.fixture
def editor(tmp_path: Path) -> Path:
    """An editor that a test writes: a shell script, to be named in EDITOR."""
    path = tmp_path / "my editor"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ("coffee, her new job", "coffee", "her new job"),
        ("Call: compiler course", "call", "compiler course"),
        ("meal , with friends", "meal", "with friends"),
        ("letter", "letter", None),
        ("Coffee", "coffee", None),
        ("her new job", "note", "her new job"),
        ("coffee her new job", "note", "coffee her new job"),
        ("tomorrow, coffee", "note", "tomorrow, coffee"),
        ("dentist, at noon", "note", "dentist, at noon"),
        ("[bold]x[/bold]", "note", "[bold]x[/bold]"),
        ("lunch, her thesis", "meal", "lunch, her thesis"),
        ("call about the house", "call", "call about the house"),
    ],
)
def test_the_first_word_may_be_the_kind(known: Dex, text: str, kind: str, title: str | None) -> None:
    written = entry(known, "ada", text)
    assert (written["kind"], written["title"], written["body"]) == (kind, title, None)


def test_words_need_no_quotes(known: Dex) -> None:
    assert entry(known, "ada", "coffee,", "her", "new", "job")["title"] == "her new job"
    assert known("log", "ada", "--json", "--", "-", "--dash").json["data"]["interaction"]["title"] == "- --dash"


def test_a_kind_is_any_word(known: Dex) -> None:
    assert entry(known, "ada", "coffee, x", "--kind", "Chess")["kind"] == "chess"
    assert entry(known, "ada", "coffee, x", "--kind", "chess")["title"] == "coffee, x"


def test_without_a_text_the_contact_is_recorded(known: Dex) -> None:
    written = entry(known, "ada")
    assert (written["kind"], written["title"], written["on"]) == ("note", None, "2026-03-08")
    assert known("show", "ada", "--json").json["data"]["due"] == "2026-03-22"


def test_a_dash_reads_standard_input(known: Dex) -> None:
    written = entry(known, "ada", "-", input="coffee, her new job\n\nShe starts in May.\n")
    assert (written["kind"], written["title"], written["body"]) == ("coffee", "her new job", "She starts in May.")
    assert entry(known, "ada", "-", input="déjà vu".encode("cp1252"))["title"] == "déjà vu"
    assert entry(known, "ada", "-", input=b"\xef\xbb\xbfhello")["title"] == "hello"


def test_a_megabyte_on_standard_input_is_kept_whole(known: Dex) -> None:
    text = "a long letter\n" + "All work and no play. " * 50_000
    written = entry(known, "ada", "-", input=text)
    assert written["title"] == "a long letter"
    shown = known("show", written["id"], "--json").json["data"]["interaction"]
    assert shown["body"] == text.partition("\n")[2].strip()


def test_the_editor_writes_the_text(known: Dex, editor: Path) -> None:
    editor.write_text('#!/bin/sh\ncat "$1" >"$1.before"\nprintf "call: from vi\\nand more\\n" >"$1"\n')
    written = entry(known, "ada", "-e", env={"EDITOR": f"'{editor}'"})
    assert (written["kind"], written["title"], written["body"]) == ("call", "from vi", "and more")
    editor.write_text('#!/bin/sh\nsed -i s/tea/coffee/ "$1"\n')
    written = entry(known, "ada", "tea,", "hot", "-e", env={"EDITOR": "false", "VISUAL": f"'{editor}'"})
    assert (written["kind"], written["title"]) == ("coffee", "hot")


@pytest.mark.parametrize(("command", "code"), [("false", 130), ("/nowhere/vi", 2), ("'", 2), ("", 130)])
def test_an_editor_that_fails_writes_nothing(known: Dex, command: str, code: int, editor: Path) -> None:
    if not command:
        editor.write_text("#!/bin/sh\n")
        command = f"'{editor}'"
    ran = known("log", "ada", "-e", "--json", env={"EDITOR": command})
    assert ran.code == code, ran.err
    total = known("show", "ada", "--json").json["data"]["timeline_total"]
    assert total == 1


def test_others_were_there(known: Dex) -> None:
    ran = known("log", "ada", "dinner", "--with", "grace, alan", "--with", "ada", "--create", "Mary Shelley", "--json")
    data = ran.json["data"]
    names = ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Mary Shelley"]
    assert [one["person"]["name"] for one in data["people"]] == names
    assert [one["name"] for one in data["interaction"]["participants"]] == names
    assert [one["due"] for one in data["people"]] == ["2026-03-22", "2026-04-08", None, None]
    assert [one["name"] for one in data["created"]] == ["Mary Shelley"]
    assert (data["person"]["id"], data["due"]) == (ADA, "2026-03-22")
    assert known("show", "mary shelley", "--json").json["data"]["timeline_total"] == 1


@pytest.mark.parametrize(
    ("said", "on"),
    [
        ("2026-03-01", "2026-03-01"),
        ("today", "2026-03-08"),
        ("yesterday", "2026-03-07"),
        ("3d ago", "2026-03-05"),
        ("last tuesday", "2026-03-03"),
        ("12 March", "2025-03-12"),
        ("1 March", "2026-03-01"),
    ],
)
def test_a_day_is_in_the_past(known: Dex, said: str, on: str) -> None:
    assert entry(known, "ada", "tea", "--on", said)["on"] == on


def test_the_resolved_day_is_said(known: Dex) -> None:
    assert "on Tue 3 Mar 2026 (i4): tea; undo: dex undo o14" in known("log", "ada", "tea", "--on", "last tuesday").err


def test_a_day_ahead_is_said_to_be_ahead(known: Dex) -> None:
    assert "lies ahead and counts from its day on" in known("log", "ada", "tea", "--on", "tomorrow").err


@pytest.mark.parametrize("words", [[""], ["-"], [" ", " "]])
def test_an_empty_text_is_no_entry(known: Dex, words: list[str]) -> None:
    ran = known("log", "ada", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "the text is empty" in ran.err


def test_an_ambiguous_day_is_refused_with_both_readings(known: Dex) -> None:
    ran = known("log", "ada", "tea", "--on", "03/04/2026")
    assert (ran.code, ran.out) == (2, "")
    assert "3 April 2026" in ran.err
    assert "4 March 2026" in ran.err
    known("config", "set", "dates.order", "DMY")
    assert entry(known, "ada", "tea", "--on", "03/02/2026")["on"] == "2026-02-03"


@pytest.mark.parametrize(
    "said", ["", "soonish", "2026-02-30", "32 March", "yesterday or so", "0000-00-00", "99999-01-01"]
)
def test_a_day_that_cannot_be_read_is_never_today(known: Dex, said: str) -> None:
    ran = known("log", "ada", "tea", "--on", said)
    assert (ran.code, ran.out) == (2, "")
    assert known("show", "ada", "--json").json["data"]["timeline_total"] == 1


def test_a_direction_is_one_of_three(known: Dex) -> None:
    assert entry(known, "ada", "letter, x", "--direction", "in")["direction"] == "in"
    ran = known("log", "ada", "x", "--direction", "up")
    assert ran.code == 2
    assert "in, out or both" in ran.err


def test_each_promise_has_its_own_day(known: Dex) -> None:
    ran = known(
        *("log", "ada", "tea", "--json"),
        *(
            "--promise",
            "the book",
            "--by",
            "friday",
            "--promise",
            "the essay",
            "--by",
            "12 March",
            "--promise",
            "a call",
        ),
    )
    promises = ran.json["data"]["commitments"]
    assert [(one["text"], one["due_on"], one["direction"]) for one in promises] == [
        ("the book", "2026-03-13", "mine"),
        ("the essay", "2026-03-12", "mine"),
        ("a call", None, "mine"),
    ]
    theirs = known("log", "ada", "tea", "--promise", "a book", "--theirs", "--json").json["data"]["commitments"]
    assert [(one["direction"], one["state"]) for one in theirs] == [("theirs", "open")]
    assert known("log", "ada", "tea", "--by", "friday").code == 2
    assert known("log", "ada", "tea", "--theirs").code == 2, "nothing is theirs without a promise"
    assert known("log", "ada", "tea", "--promise", "").code == 2


LONG = "coffee, her new job\n" + "It will be in London. " * 20


@pytest.mark.parametrize(
    "words",
    [
        ["nobody"],
        ["john"],
        ["ada", "--on", "gibberish"],
        ["ada", "--with", "nobody"],
        ["ada", "--by", "friday"],
        ["ada", "--direction", "up"],
        ["ada", "--kind", "two words"],
        ["ada", "--create", ""],
    ],
)
def test_a_text_is_never_lost_on_an_error(known: Dex, home: Path, editor: Path, words: list[str]) -> None:
    who, *options = words
    (editor.parent / "text").write_text(LONG)
    editor.write_text(f'#!/bin/sh\ncat "{editor.parent}/text" >"$1"\n')
    for ran in (
        known("log", who, "-", *options, input=LONG),
        known("log", who, "-e", *options, env={"EDITOR": f"'{editor}'"}),
    ):
        assert ran.code in (2, 4, 5), ran.err
        line = next(line for line in ran.err.splitlines() if "your text is safe in " in line)
        file = Path(line.partition("your text is safe in ")[2])
        assert file.is_relative_to(home)
        assert file.read_text() == LONG
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_text_is_not_lost_in_a_locked_or_broken_database(known: Dex, db: Path) -> None:
    db.write_bytes(b"no database" * 1000)
    ran = known("log", "ada", "-", "--json", input=LONG)
    assert ran.code == 2
    assert Path(ran.error["hint"].rpartition("your text is safe in ")[2]).read_text() == LONG


def test_an_entry_is_changed(known: Dex, editor: Path) -> None:
    ran = known(
        *("edit", "i1", "lunch,", "and", "cards", "--on", "yesterday", "--kind", "meal", "--direction", "both"),
        *("--with", "grace", "--json"),
    )
    changed = ran.json["data"]["interaction"]
    assert (changed["title"], changed["on"], changed["kind"], changed["direction"]) == (
        "lunch, and cards",
        "2026-03-07",
        "meal",
        "both",
    )
    assert [one["person_id"] for one in changed["participants"]] == [ADA, GRACE]
    changed = known("edit", "i1", "--without", "ada", "--json").json["data"]["interaction"]
    assert [one["person_id"] for one in changed["participants"]] == [GRACE]
    assert known("edit", "i1", "--without", "ada").code == 4
    assert known("edit", "i1", "--without", "grace").code == 2
    editor.write_text('#!/bin/sh\nsed -i -e s/lunch/supper/ -e s/2026-03-07/2026-03-06/ "$1"\n')
    changed = known("edit", "i1", "-e", "--json", env={"EDITOR": f"'{editor}'"}).json["data"]["interaction"]
    assert (changed["title"], changed["on"]) == ("supper, and cards", "2026-03-06")


def test_an_entry_is_removed_and_its_promise_stays(known: Dex) -> None:
    assert known("rm", "i1", "-q").code == 0
    page = known("show", "ada", "--json").json["data"]
    assert page["timeline_total"] == 0
    assert [one["id"] for one in page["commitments"]] == ["c1"]
    assert known("show", "i1").code == 4
    known("undo", "-q")
    assert known("show", "ada", "--json").json["data"]["timeline_total"] == 1


def test_an_entry_in_the_editor_on_a_terminal(known: Dex, terminal: Terminal, editor: Path) -> None:
    editor.write_text('#!/bin/sh\nsed -i "s/her new job/her old job/" "$1"\n')
    shown = terminal("edit", "i1", env={"EDITOR": f"'{editor}'"})
    assert shown.code == 0
    assert known("show", "i1", "--json").json["data"]["interaction"]["title"] == "her old job"
