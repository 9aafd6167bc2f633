"""Whom to act on: what the options of `dex due` let through, what is new, what cron gets."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dexcli.config import paths
from dexcli.store import quick
from dexcli.store.connection import open_for_writing
from support.program import Dex, Terminal


def due(known: Dex, *words: str, now: str = "2026-03-08") -> Any:
    ran = known("due", *words, "--json", now=now)
    assert ran.code in (0, 9), ran.err
    return ran.json["data"]


def names(known: Dex, *words: str, now: str = "2026-03-08") -> list[str]:
    return [item["person"]["name"].split()[0] for item in due(known, *words, now=now)["items"]]


def test_every_row_says_why(known: Dex) -> None:
    items = due(known)["items"]
    assert {item["person"]["name"]: [reason["code"] for reason in item["reasons"]] for item in items} == {
        "Ada Lovelace": ["cadence", "promise"],
        "Alan Turing": ["birthday", "reply_owed"],
        "Grace Hopper": ["cadence"],
    }
    ada = next(item for item in items if item["person"]["name"] == "Ada Lovelace")
    assert (ada["due_on"], ada["overdue_days"], ada["cadence"], ada["cadence_source"]) == (
        "2026-02-15",
        21,
        "P2W",
        "person",
    )
    assert ada["due_on"] == min(reason["due_on"] for reason in ada["reasons"])
    assert ada["last_contact"] == {
        "on": "2026-02-01",
        "kind": "coffee",
        "title": "her new job",
        "interaction_id": "i1",
        "source": None,
    }
    assert [reason["ref"] for reason in ada["reasons"]] == [None, "c1"]


def test_a_limit_shows_fewer_and_counts_all(known: Dex) -> None:
    everybody = due(known, "--limit", "0")
    assert everybody["total"] == len(everybody["items"]) == 3
    first = due(known, "--limit", "1")
    assert (first["total"], first["items"]) == (3, everybody["items"][:1])


def test_20_are_shown_unless_told(dex: Dex) -> None:
    rows = "\n".join(f"Person {number},person{number}@example.org,1d" for number in range(25))
    dex("import", "-", input=f"Name,Email,Cadence\n{rows}\n", now="2026-01-01")
    assert (due(dex)["total"], len(due(dex)["items"])) == (25, 20)
    assert len(due(dex, "--limit", "0")["items"]) == 25
    assert "20 of 25" in dex("due", "--digest").out


def test_whoever_counts_lines_is_told_of_those_left_out(dex: Dex) -> None:
    for number in range(21):
        dex("add", f"Ada {number}", "--every", "2w")
        dex("log", f"Ada {number}", "loom cards", "--on", "2026-01-01")
    told = {
        ("due", "--plain"): "20 of 21",
        ("due", "--jsonl"): "20 of 21",
        (): "20 of 21",
        ("search", "loom"): "20 of 21",
        ("history",): "20 of 42",
    }
    for command, rows in told.items():
        ran = dex(*command)
        assert (ran.out.count("\n"), ran.err) == (20, f"dex: {rows}: --limit 0 for all\n")
    for silent in (["due", "-q"], ["due", "--json"], ["due", "--limit", "5"], ["history", "--limit", "0"]):
        assert dex(*silent).err == ""


def test_within_looks_ahead(known: Dex) -> None:
    known("log", "ada", "tea", "-q")
    known("done", "c1", "-q")
    assert "Ada" not in names(known)
    assert "Ada" not in names(known, "--within", "13d")
    assert "Ada" in names(known, "--within", "14d")
    assert "Ada" in names(known, "--within", "2w")
    item = next(item for item in due(known, "--within", "1m")["items"] if item["person"]["name"] == "Ada Lovelace")
    assert item["overdue_days"] == -14
    assert known("due", "--within", "soon").code == 2
    assert known("due", "--within", "").code == 2


def test_nobody_is_due_within_the_days_that_were_asked_for(dex: Dex, terminal: Terminal) -> None:
    dex("add", "Ada Lovelace")
    assert terminal("due", "--within", "60d").text == " Nobody is due within 60 days.\n"
    assert terminal("due", "--within", "1d").text == " Nobody is due within 1 day.\n"
    assert terminal("due", "--within", "0d").text == " Nobody is due today.\n"
    assert dex("due", "--within", "7d", "--json").json["data"]["until"] == "2026-03-15"


def test_a_reminder_of_a_past_day_is_due_at_once(dex: Dex) -> None:
    dex("add", "Ada Lovelace")
    ran = dex("remind", "ada", "the exam", "--on", "yesterday", "--json").json["data"]
    assert ran["done"] == "will remind you of Ada Lovelace at once, since Sat 7 Mar 2026 is past: the exam"
    today = dex("remind", "ada", "the lecture", "--on", "today", "--json").json["data"]
    assert today["done"] == "will remind you of Ada Lovelace on Sun 8 Mar 2026: the lecture"
    assert names(dex) == ["Ada"]


def test_a_tag_narrows(known: Dex) -> None:
    assert names(known, "--tag", "navy") == names(known, "--tag", "+navy") == names(known, "--tag", "NAVY") == ["Grace"]
    assert due(known, "--tag", "nobody")["total"] == 0
    assert known("due", "--tag", "navy", "--count").out == "1\n"


def test_the_count_is_that_of_all_items(known: Dex) -> None:
    for words in ([], ["--within", "60d"], ["--tag", "navy"], ["--as-of", "2026-02-20"]):
        count = known("due", "--count", *words).out
        assert count == f"{len(due(known, '--limit', '0', *words)['items'])}\n"
    assert due(known, "--count") == {"as_of": "2026-03-08", "total": 3}
    for day in ("2026-01-01", "2026-02-14", "2026-02-15", "2026-03-05", "2026-03-13", "2026-12-03", "2027-06-01"):
        assert known("due", "--count", now=day).out == f"{due(known, '--limit', '0', now=day)['total']}\n", day


def test_counting_leaves_nothing_beside_a_database_that_nobody_has_open(known: Dex, db: Path) -> None:
    assert known("due", "--count", now="2026-03-08").out == "3\n"
    assert [one.name for one in db.parent.iterdir()] == ["dex.db"]


def test_counting_sees_what_is_in_the_log_of_others_alone(known: Dex, db: Path) -> None:
    with closing(open_for_writing(db)) as other:
        other.execute("delete from standing where person_id = (select min(person_id) from standing"
                      " where surfaces_on <= '2026-03-08')")  # fmt: skip
        assert db.with_name("dex.db-wal").stat().st_size
        assert known("due", "--count", now="2026-03-08").out == "2\n"


def test_what_was_counted_while_somebody_wrote_is_counted_again(
    known: Dex, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = quick._open
    asked = list[bool]()

    def while_somebody_writes(path: str, *, alone: bool = False, wait: float = 0.2) -> sqlite3.Connection | None:
        asked.append(alone)
        conn = opened(path, alone=alone, wait=wait)
        if alone:
            assert known("snooze", "ada", "1m", "-q").code == 0
        return conn

    monkeypatch.setattr(quick, "_open", while_somebody_writes)
    assert quick.due_count(str(db), "2026-03-08", paths.stamp(None)) == 2
    assert asked == [True, False]


def test_what_counts_keeps_up_with_every_change(known: Dex) -> None:
    def both(day: str = "2026-03-08") -> tuple[int, int]:
        return int(known("due", "--count", now=day).out), due(known, "--limit", "0", now=day)["total"]

    assert both() == (3, 3)
    known("snooze", "ada", "1w", "-q")
    assert both() == (2, 2)
    assert both("2026-03-15") == (3, 3), "the snooze is over, the birthday has passed, the reply is still owed"
    known("archive", "grace", "-q")
    assert both() == (1, 1)
    known("undo", "-q")
    known("config", "set", "due.cadence", "1d")
    assert both("2026-03-20")[0] == both("2026-03-20")[1] > 3
    known("config", "unset", "due.cadence")
    assert both() == (2, 2)


def test_new_shows_a_row_once_until_it_gains_a_reason_or_a_week_has_passed(known: Dex) -> None:
    assert sorted(names(known, "--new")) == ["Ada", "Alan", "Grace"]
    assert names(known, "--new") == []
    assert names(known, "--new", now="2026-03-14") == []
    known("remind", "grace", "the compiler", "--on", "2026-03-10", "-q")
    assert names(known, "--new", now="2026-03-09") == []
    assert names(known, "--new", now="2026-03-10") == ["Grace"], "a new reason"
    assert names(known, "--new", now="2026-03-10") == []
    assert sorted(names(known, "--new", now="2026-03-15")) == ["Ada", "Alan"], "after 7 days, still due"
    assert names(known, "--new", now="2026-03-16") == []
    assert names(known, "--new", now="2026-03-17") == ["Grace"]


def test_without_new_nothing_is_marked(known: Dex) -> None:
    names(known)
    known("due", "--digest")
    known("due", "--count", "--new")
    assert len(names(known, "--new")) == 3


def test_what_a_limit_hid_is_still_new(known: Dex) -> None:
    first = names(known, "--new", "--limit", "1")
    assert len(first) == 1
    rest = names(known, "--new")
    assert sorted(first + rest) == ["Ada", "Alan", "Grace"]


def test_a_digest_is_plain_text_in_stable_order(known: Dex) -> None:
    digest = known("due", "--digest").out
    assert digest == known("due", "--digest", "--plain").out
    assert max(map(len, digest.splitlines())) <= 72
    assert digest.index("Ada Lovelace, 3 weeks late") < digest.index("Grace Hopper")
    assert "\x1b" not in known("due", "--digest", "--color", "always").out


def test_an_empty_digest_is_nothing_at_all(known: Dex, dex: Dex) -> None:
    assert known("due", "--digest", "--new").out != ""
    for words in (["due", "--digest", "--new"], ["due", "--digest", "--tag", "nobody"]):
        ran = known(*words)
        assert (ran.code, ran.out, ran.err) == (0, "", "")
    ran = dex("due", "--digest", "--db", "/nowhere/dex.db")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize("form", [[], ["--json"], ["--count"], ["--digest"], ["--plain"], ["--new"]])
def test_somebody_due_is_exit_9_when_asked(known: Dex, form: list[str]) -> None:
    assert known("due", *form).code == 0
    ran = (
        known("due", "--exit-code", *form)
        if form != ["--new"]
        else known("due", "--exit-code", "--new", "--tag", "navy")
    )
    assert ran.code == (0 if form == ["--new"] else 9)
    assert known("due", "--exit-code", *form, "--tag", "nobody").code == 0


def test_dex_alone_is_a_welcome_or_the_due_list(dex: Dex, terminal: Terminal, known: Dex, home: Any) -> None:
    empty = ("--db", str(home / "none.db"))
    welcome = dex(*empty)
    assert (welcome.code, len(welcome.out.splitlines())) == (0, 3)
    assert "dex add" in welcome.out
    assert "dex init" in welcome.out
    assert max(map(len, welcome.out.splitlines())) <= 79
    assert terminal(*empty).text.splitlines() == welcome.out.splitlines()
    assert not (home / "none.db").exists()
    assert known().out == known("due").out
    assert terminal().text == terminal("due").text
    assert known("--json").json == known("due", "--json").json


def test_who_is_archived_ignored_or_dead_is_never_due(known: Dex) -> None:
    later = "2030-01-01"
    assert {"Mary", "Sales"}.isdisjoint(names(known, "--limit", "0", now=later))
    known("archive", "grace", "--deceased", "--on", "1992-01-01", "-q")
    assert "Grace" not in names(known, "--limit", "0", now=later)
    known("unarchive", "mary", "-q")
    assert "Mary" in names(known, "--limit", "0", now=later)


def test_a_birthday_of_somebody_out_of_touch_is_told_on_its_day_and_never_counts(dex: Dex, terminal: Terminal) -> None:
    dex("add", "Howard Aiken", "--birthday", "1900-03-08")
    dex("add", "Mary Somerville", "--date", "wedding=02-29")
    dex("add", "Ada Lovelace", "--birthday", "03-08", "--every", "2w")  # on the list for it
    dex("add", "Alan Turing", "--birthday", "03-08")
    dex("archive", "alan")
    dex("add", "Grace Hopper", "--birthday", "03-08")
    dex("snooze", "grace", "1w")
    found = dex("due", "--json").json["data"]
    assert [item["person"]["handle"] for item in found["items"]] == ["ada-lovelace"]
    assert [(one["person"]["handle"], one["kind"], one["turns"]) for one in found["dates_today"]] == [
        ("howard-aiken", "birthday", 126)
    ]
    assert dex("due", "--count").out == "1\n"
    assert " today: birthday of Howard Aiken, turns 126     dex dates\n" in terminal("due").text
    assert dex("due", "--json", now="2026-03-09").json["data"]["dates_today"] == []
    (leap,) = dex("due", "--json", now="2026-03-01").json["data"]["dates_today"]
    assert (leap["person"]["handle"], leap["kind"], leap["turns"]) == ("mary-somerville", "wedding", None)
    assert dex("due", "--tag", "navy", "--json").json["data"]["dates_today"] == []
    assert "today: birthday of Howard Aiken, turns 126" in dex("due", "--digest").out
    dex("remind", "howard", "the relay", "--on", "in 3 days")
    ahead = dex("due", "--within", "7d", "--json").json["data"]
    assert "howard-aiken" in [item["person"]["handle"] for item in ahead["items"]]
    assert ahead["dates_today"] == [], "who is listed is told there"


def test_drifting_never_counts(known: Dex) -> None:
    for on in ("2025-09-01", "2025-09-15", "2025-10-01", "2025-10-15", "2025-11-01"):
        known("log", "emilie", "a letter", "--on", on, "-q")
    data = due(known)
    assert [one["person"]["name"] for one in data["drifting"]] == ["Émilie du Châtelet"]
    assert data["total"] == 3
    assert known("due", "--count").out == "3\n"
    assert "Émilie" in known("due", "--digest").out
    known("due", "--new", "-q")
    assert known("due", "--digest", "--new").out == "", "drifting alone makes no mail"
