"""What was typed is never dropped in silence: refused, taken off or kept, the same on every road."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dexcli.cli.texts import kept
from dexcli.domain.records import FIELDS
from support.network import dump
from support.program import Dex, Terminal


@pytest.fixture
def config(home: Path) -> Path:
    """The configuration file, which is not there yet."""
    path = home / ".config/dexcli/config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shell script that is the editor."""
    path = tmp_path / "editor"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(path))
    return path


def listed(dex: Dex, handle: str, *words: str, **given: Any) -> Any:
    """A person as `dex list` shows them."""
    ran = dex("list", f"handle:{handle}", "--json", *words, **given)
    assert ran.code == 0, ran.err
    return ran.json["data"]["items"][0]


# -- settings ----------------------------------------------------------------------------------------------


def test_a_bad_line_of_the_settings_is_an_error_until_it_is_mended(known: Dex, config: Path) -> None:
    config.write_text('[me]\nemails = ["nonsense"]\n')
    for _ in range(2):
        assert known("log", "ada", "tea").code == 2
    config.write_text('[me]\nemails = ["me@example.org"]\n')
    assert known("log", "ada", "tea").code == 0
    assert "me@example.org" in known("me").out


def test_a_dry_run_heeds_the_settings_as_the_run_itself(dex: Dex, config: Path, tmp_path: Path) -> None:
    config.write_text('[me]\nemails = ["me@example.org"]\n')
    file = tmp_path / "people.csv"
    file.write_text("Name,Email\nMe,me@example.org\nAda Lovelace,ada@example.org\n")
    dry, real = (dex("import", file, "--json", *words).json["data"]["report"] for words in (["--dry-run"], []))
    for report in (dry, real):
        for field in ("dry_run", "operation_id"):
            report.pop(field)
    assert dry == real


def test_edited_settings_are_in_force_at_once_everywhere(known: Dex, config: Path) -> None:
    assert listed(known, "emilie-du-chatelet")["cadence"] is None
    config.write_text('[due]\ncadence = "1w"\n')
    assert listed(known, "emilie-du-chatelet")["cadence"] == "P1W"
    page = known("show", "emilie", "--json").json["data"]
    assert (page["person"]["cadence"], page["person"]["next_due_on"]) == ("P1W", page["due"])
    assert page["due"] is not None
    assert "emilie-du-chatelet" in known("list", "every:1w").out
    listed_as_due = known("list", "due:8d", "--json").json["data"]["items"]
    due = known("due", "--within", "8d", "--json").json["data"]["items"]
    assert {one["id"] for one in listed_as_due} == {one["person"]["id"] for one in due}


# -- days --------------------------------------------------------------------------------------------------


def test_the_list_knows_a_contact_whose_day_has_come_and_none_that_is_ahead(known: Dex) -> None:
    known("log", "emilie", "tea", "--on", "2026-03-10", "-q")
    assert listed(known, "emilie-du-chatelet")["last_contact_on"] is None
    then = listed(known, "emilie-du-chatelet", now="2026-03-11T09:00:00+00:00")
    assert then["last_contact_on"] == "2026-03-10"
    assert listed(known, "ada-lovelace", "--as-of", "2026-01-31")["last_contact_on"] is None


def test_a_reminder_of_the_end_of_a_month_stays_there(known: Dex) -> None:
    number = known("remind", "ada", "rent", "--on", "2026-03-31", "--every", "1m", "--json").json["data"]["commitment"]
    days = [
        known("done", number["id"], "--json", now=f"{day}T09:00:00+00:00").json["data"]["commitment"]["due_on"]
        for day in ("2026-03-31", "2026-04-30", "2026-08-15")
    ]
    assert days == ["2026-04-30", "2026-05-31", "2026-08-31"]


@pytest.mark.parametrize("when", [["--every", "never"], ["--on", "2026-04-01", "--every", "never"]])
def test_a_reminder_cannot_come_back_never(known: Dex, when: list[str]) -> None:
    assert known("remind", "ada", "the exam", *when).code == 2


def test_what_lies_beyond_the_calendar_is_refused(known: Dex, db: Path) -> None:
    known("remind", "ada", "the exam", "--on", "9999-06-01", "--every", "1y", "-q")
    before = dump(db)
    number = known("show", "ada", "--json").json["data"]["commitments"][-1]["id"]
    assert known("done", number).code == 2
    assert known("snooze", "ada", "99y", now="9990-01-01T09:00:00+00:00").code == 2
    assert dump(db) == before


# -- texts -------------------------------------------------------------------------------------------------


def test_an_editor_may_save_in_another_encoding(known: Dex, editor: Path) -> None:
    editor.write_text("#!/bin/sh\nprintf 'caf\\351\\n' >\"$1\"\n")
    ran = known("log", "ada", "-e", "--json")
    assert ran.json["data"]["interaction"]["title"] == "café"


@pytest.mark.parametrize("typed", ["stdin", "editor"])
def test_even_a_short_text_that_is_nowhere_else_is_kept(known: Dex, editor: Path, typed: str) -> None:
    editor.write_text('#!/bin/sh\nprintf tea >"$1"\n')
    ran = known("log", "nobody", *(["-", "--json"] if typed == "stdin" else ["-e", "--json"]), input="tea")
    assert ran.code == 4
    assert Path(ran.error["hint"].rpartition("your text is safe in ")[2]).read_text() == "tea"


def test_a_text_is_kept_from_an_editor_that_fails(known: Dex, editor: Path) -> None:
    editor.write_text('#!/bin/sh\nprintf tea >"$1"; exit 1\n')
    ran = known("log", "ada", "-e", "--json")
    assert ran.code == 130
    assert Path(ran.error["hint"].rpartition("your text is safe in ")[2]).read_text() == "tea"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_a_text_is_kept_whatever_happens(error: type[BaseException], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(error), kept("tea"):
        raise error
    assert Path(capsys.readouterr().err.strip().rpartition(" ")[2]).read_text() == "tea"


# -- entries and people ------------------------------------------------------------------------------------


def test_an_imported_entry_of_another_kind_counts(dex: Dex, tmp_path: Path) -> None:
    file = tmp_path / "Connections.csv"
    file.write_text(
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
        "Ada,Lovelace,https://www.linkedin.com/in/ada-lovelace,ada@example.org,,,01 Mar 2026\n"
    )
    assert dex("import", file, "-q").code == 0
    assert listed(dex, "ada-lovelace")["last_contact_on"] is None
    (who,) = dex("edit", "i1", "--kind", "coffee", "--json").json["data"]["interaction"]["participants"]
    assert (who["counts"], who["why"]) == (True, "logged")
    assert listed(dex, "ada-lovelace")["last_contact_on"] == "2026-03-01"


def test_an_entry_gets_place_and_minutes_and_loses_them(known: Dex, editor: Path) -> None:
    words = ("--place", "Ockham", "--minutes", "45", "--direction", "in")
    entry = known("edit", "i1", "--json", *words).json["data"]["interaction"]
    assert (entry["place"], entry["minutes"], entry["direction"]) == ("Ockham", 45, "in")
    fields = 's/^\\(place\\|minutes\\|direction\\) = .*/\\1 = ""/'
    editor.write_text(f"#!/bin/sh\nsed -i '{fields}' \"$1\"\n")
    entry = known("edit", "i1", "-e", "--json").json["data"]["interaction"]
    assert (entry["place"], entry["minutes"], entry["direction"]) == (None, None, None)


def test_an_empty_value_takes_off(known: Dex, editor: Path) -> None:
    empty = [word for option in ("company", "location", "met", "met-on", "birthday", "every") for word in
             (f"--{option}", "")]  # fmt: skip
    person = known("edit", "ada", "--json", *empty).json["data"]["person"]
    for field in ("company", "location", "met_where", "met_on", "birthday", "cadence"):
        assert person[field] is None, field
    assert known("edit", "grace", "--set", "coffee=", "--json").json["data"]["person"]["fields"] == {}
    known("edit", "grace", "--set", "coffee=black", "-q")
    editor.write_text('#!/bin/sh\nsed -i \'s/^coffee = .*/coffee = ""/\' "$1"\n')
    assert known("edit", "grace", "-e", "--json").json["data"]["person"]["fields"] == {}
    added = known("add", "Kurt Gödel", "--company", "", "--birthday", "", "--set", "tea=", "--json").json["data"]
    assert (added["person"]["company"], added["person"]["fields"]) == (None, {})


def test_an_anniversary_is_a_yearly_date(known: Dex) -> None:
    known("edit", "ada", "--anniversary", "1835-07-08", "-q")
    (one,) = (day for day in known("show", "ada", "--json").json["data"]["occasions"] if day["kind"] == "anniversary")
    assert (one["on"], one["year"]) == ("2026-07-08", 1835)
    known("edit", "ada", "--remove", "anniversary", "-q")
    assert "anniversary" not in known("show", "ada").out


def test_what_has_an_option_of_its_own_is_sent_there(known: Dex) -> None:
    offered = known("edit", "--help").out
    for field in sorted(FIELDS):
        hint = known("edit", "ada", "--set", f"{field}=x", "--json").error["hint"]
        named = re.findall(r"--[a-z-]+", hint)
        assert named, field
        assert all(f"{option} " in offered for option in named), hint


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["unignore", "mary"], "Mary Somerville is not ignored but archived"),
        (["unarchive", "robot"], "Sales Robot is not archived but ignored"),
        (["unignore", "ada"], "Ada Lovelace is not ignored but active"),
    ],
)
def test_nobody_is_brought_back_from_where_they_are_not(known: Dex, db: Path, words: list[str], said: str) -> None:
    before = dump(db)
    data = known(*words, "--json").json["data"]
    assert (data["done"], data["operation_id"]) == (said, None)
    assert [line for line in dump(db) if "sqlite_sequence" not in line] == [
        line for line in before if "sqlite_sequence" not in line
    ]


def test_a_tag_for_nobody_is_refused(known: Dex) -> None:
    assert known("tag", "--query", "company:nowhere", "+work").code == 2


def test_a_number_that_nobody_has_is_no_name(known: Dex) -> None:
    ran = known("show", "999")
    assert (ran.code, "there is no person 999" in ran.err, "dex add" in ran.err) == (4, True, False)


def test_all_bad_names_are_reported_on_a_terminal_too(known: Dex, terminal: Terminal) -> None:
    assert known("list").code == 0
    shown = terminal("log", "grace", "tea", "--with", "nobody,adx")
    assert shown.code == 4
    assert "nobody is called 'nobody'" in shown.text
    assert "nobody is called 'adx'" in shown.text


def test_the_history_is_the_same_on_every_day(known: Dex) -> None:
    assert known("history", "--as-of", "2026-01-01").code == 2


def test_the_ids_are_one_namespace(dex: Dex) -> None:
    dex("add", "Ada Lovelace")
    dex("log", "ada", "tea", "--promise", "the paper")
    assert dex("show", "c1", "--json").json["data"]["commitment"]["text"] == "the paper"
    assert dex("show", "o1", "--json").json["data"]["operations"][0]["summary"] == "added Ada Lovelace (ada-lovelace)"
    assert dex("rm", "o1").code == 2
    assert dex("rm", "c1").code == 0
    assert (dex("show", "c1").code, dex("show", "o99").code, dex("rm", "c1").code) == (4, 4, 4)
    assert dex("undo").code == 0
    assert dex("show", "c1").code == 0


def test_an_address_that_somebody_has_is_no_name_for_another(dex: Dex) -> None:
    dex("add", "Ada Lovelace", "--email", "ada@example.org")
    ran = dex("add", "ada@example.org", "--json")
    assert (ran.code, ran.error["candidates"][0]["handle"]) == (5, "ada-lovelace")


def test_a_tag_that_nobody_has_cannot_be_taken_off(dex: Dex) -> None:
    dex("add", "Ada Lovelace")
    assert dex("tag", "ada", "--remove", "freind").code == 4
