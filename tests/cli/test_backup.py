"""`dex backup` and `dex restore`, as they are typed, run by cron, interrupted and misused."""

from __future__ import annotations

import os
import random
import resource
import shlex
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from dexcli.render import envelope
from support.program import DEX, NOW, Dex, Terminal


@pytest.fixture
def folder(db: Path) -> Path:
    return db.parent / "backups"


def names(dex: Dex) -> list[str]:
    return [person["handle"] for person in dex("list", "state:all", "--json").json["data"]["items"]]


def whole(path: Path) -> bool:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as conn:
        return bool(conn.execute("pragma integrity_check").fetchone()[0] == "ok")


def test_a_backup_says_where_it_is_and_what_is_in_it(known: Dex, terminal: Terminal, folder: Path) -> None:
    report = known("backup", "--json").json["data"]["report"]
    file = folder / "dex-2026-03-08T090000.db"
    assert (report["file"], report["bytes"]) == (str(file), file.stat().st_size)
    assert report["people"] == len(names(known))
    shown = terminal("backup", "--keep", "1", now="2026-03-09T09:00:00")
    assert shown.text.splitlines()[-1] == " removed dex-2026-03-08T090000.db"
    assert "dex-2026-03-09T090000.db" in shown.text
    assert [one.name for one in folder.iterdir()] == ["dex-2026-03-09T090000.db"]


def test_cron_hears_nothing_of_a_backup(known: Dex, folder: Path) -> None:
    ran = known("backup", "-q", "--keep", "14")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert len(list(folder.iterdir())) == 1


def test_the_oldest_go_and_nothing_else(known: Dex, db: Path, folder: Path) -> None:
    for day in (1, 3, 2, 5, 4):
        known("backup", now=f"2026-03-0{day}T09:00:00")
    (folder / "dex-2026-03-01T000000.db").write_text("mine")
    (folder / "dex-before-v5.db").write_bytes((folder / "dex-2026-03-01T090000.db").read_bytes())
    would = known("backup", "--keep", "3", "--dry-run", "--json", now="2026-03-06T09:00:00").json["data"]["report"]
    assert len(list(folder.iterdir())) == 7
    did = known("backup", "--keep", "3", "--json", now="2026-03-06T09:00:00").json["data"]["report"]
    assert [Path(one).name for one in did["removed"]] == [f"dex-2026-03-0{day}T090000.db" for day in (1, 2, 3)]
    assert (would["file"], would["removed"]) == (did["file"], did["removed"])
    assert sorted(one.name for one in folder.iterdir()) == [
        "dex-2026-03-01T000000.db",
        *(f"dex-2026-03-0{day}T090000.db" for day in (4, 5, 6)),
        "dex-before-v5.db",
    ]
    assert db.exists()


def test_a_clock_that_went_back_does_not_cost_the_backup_that_was_just_made(known: Dex, folder: Path) -> None:
    known("backup", now="2027-01-01T09:00:00")
    known("backup", "--keep", "1", now="2026-03-08T09:00:00")
    assert [one.name for one in folder.iterdir()] == ["dex-2026-03-08T090000.db"]


def test_a_file_is_replaced_only_by_a_later_backup_of_the_same(known: Dex, home: Path) -> None:
    (home / "notes.txt").write_text("mine")
    refused = known("backup", home / "notes.txt", "--json")
    assert (refused.code, refused.error["code"]) == (2, "exists")
    assert known("backup", home / "notes.txt", "--dry-run").code == 2
    assert (home / "notes.txt").read_text() == "mine"
    assert known("backup", home / "b.db").code == 0
    known("rm", "ada")
    assert known("backup", home / "b.db").code == 0
    assert known("restore", home / "b.db").code == 0
    assert "ada-lovelace" not in names(known)
    known("--db", home / "other.db", "add", "Emmy Noether")
    assert known("--db", home / "other.db", "backup", home / "b.db").code == 2


def test_a_link_to_a_file_kept_elsewhere_stays_one(known: Dex, home: Path) -> None:
    (home / "disk").mkdir()
    (home / "b.db").symlink_to(home / "disk/real.db")
    assert known("backup", home / "b.db").code == 0
    assert (home / "b.db").is_symlink()
    assert whole(home / "disk/real.db")


@pytest.mark.parametrize("place", ["/dev/null", "/dev/full", "fifo", "no/such/b.db", "/proc", "/proc/b.db"])
def test_what_is_no_place_for_a_backup_is_refused(known: Dex, home: Path, place: str) -> None:
    os.mkfifo(home / "fifo")
    before = sorted(home.rglob("*"))
    ran = known("backup", home / place)
    assert ran.code in (1, 2)
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 2, "what is wrong, and what helps"
    assert sorted(one for one in home.rglob("*") if not one.name.startswith("dex.db-")) == before


@pytest.mark.parametrize(
    ("place", "wrong", "remedy"),
    [
        ("./usb2/", "there is no folder usb2", "mount it"),
        ("usb2//", "there is no folder usb2", "mount it"),
        ("no/usb2/.", "there is no folder no/usb2", "mount it"),
        ("file/", "file is no folder", "without a slash"),
        ("", "no place without a name", "dex backup FOLDER"),
        (" ", "no place without a name", "dex backup FOLDER"),
        ("-", "no stream", "docs/encryption.md"),
    ],
)
@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--keep", "2"]])
def test_what_is_meant_as_a_folder_becomes_no_file(
    known: Dex, tmp_path: Path, place: str, wrong: str, remedy: str, more: list[str]
) -> None:
    room = tmp_path / "room"
    room.mkdir()
    (room / "file").touch()
    ran = known("backup", place, *more, cwd=room)
    assert (ran.code, ran.out) == (2, "")
    said, hint = ran.err.splitlines()
    assert wrong in said
    assert remedy in hint
    assert [one.name for one in room.iterdir()] == ["file"]


def test_a_folder_may_be_named_with_a_slash(known: Dex, tmp_path: Path) -> None:
    (tmp_path / "usb").mkdir()
    assert known("backup", f"{tmp_path}/usb/").code == 0
    assert [one.name for one in (tmp_path / "usb").iterdir()] == ["dex-2026-03-08T090000.db"]


@pytest.mark.parametrize("name", ["dex.db", "dex.db-wal", "dex.db-shm", "dex.db.lock", "hard.db", "link.db"])
def test_the_database_is_not_overwritten_by_its_backup(known: Dex, db: Path, name: str) -> None:
    db.with_name("hard.db").hardlink_to(db)
    db.with_name("link.db").symlink_to(db)
    before = names(known)
    ran = known("backup", db.with_name(name))
    assert (ran.code, ran.out) == (2, "")
    assert names(known) == before


def test_without_a_database_there_is_nothing_to_back_up(dex: Dex, home: Path) -> None:
    ran = dex("backup")
    assert (ran.code, ran.out) == (1, "")
    assert "there is no database yet" in ran.err
    assert sorted(home.rglob("*")) == []


def limited(*words: str | Path, size: int) -> subprocess.CompletedProcess[str]:
    """A run that can write no file longer than that: what a full disk does."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [DEX, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "DEXCLI_NOW": NOW},
        preexec_fn=limit,
        check=False,
    )


def test_a_full_disk_leaves_nothing_behind(known: Dex, db: Path, folder: Path, home: Path) -> None:
    known("backup", home / "good.db")
    before = names(known)
    for size in (0, 50_000, db.stat().st_size // 2):
        for words in (["backup"], ["backup", home / "good.db"], ["restore", home / "good.db"]):
            ran = limited(*words, size=size)
            assert ran.returncode == 1, (words, ran.stderr)
            assert "Traceback" not in ran.stderr
            assert "defect" not in ran.stderr
        assert list(folder.iterdir()) == []
        assert whole(home / "good.db")
        assert names(known) == before


def test_what_is_restored_replaces_all_and_can_be_taken_back(
    known: Dex, terminal: Terminal, db: Path, folder: Path
) -> None:
    known("backup")
    known("rm", "ada")
    known("add", "Emmy Noether")
    shown = terminal("restore", "dex-2026-03-08T090000.db")
    undo = "dex restore dex-2026-03-08T090000-replaced.db"
    assert shown.text.splitlines()[-1] == f" undo: {undo}"
    assert "ada-lovelace" in names(known)
    assert "emmy-noether" not in names(known)
    ran = known(*undo.split()[1:], "--json")
    document = ran.json
    Draft202012Validator(envelope.schema("restore")).validate(document)
    assert document["data"]["report"]["kept"] == str(folder / "dex-2026-03-08T090000-2-replaced.db")
    assert "ada-lovelace" not in names(known)
    assert "emmy-noether" in names(known)
    assert whole(db)


def test_a_try_says_the_same_and_changes_nothing(known: Dex, folder: Path) -> None:
    known("backup")
    known("rm", "ada")
    before = names(known)
    ran = known("restore", "dex-2026-03-08T090000.db", "--dry-run", "--json")
    report = ran.json["data"]["report"]
    assert (report["dry_run"], report["kept"], report["people"]) == (True, None, len(before) + 1)
    assert report["replaced_people"] == len(before)
    assert names(known) == before
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("quiet", [[], ["-q"]])
def test_a_backup_that_could_not_be_restored_says_so(known: Dex, db: Path, quiet: list[str]) -> None:
    assert known("backup", *quiet).err.count("refuse") == 0
    with closing(sqlite3.connect(db, isolation_level=None)) as conn:
        conn.execute("create trigger spy after update on person begin update person set notes = 'spied'; end")
    told = "dex restore would refuse this backup: the trigger 'spy' is not of dex"
    for more in ([], ["--dry-run"]):
        ran = known("backup", *quiet, *more)
        assert (ran.code, f"dex: {told}\n     dex doctor says what helps\n" in ran.err) == (0, True)
    document = known("backup", "--json").json
    Draft202012Validator(envelope.schema("backup")).validate(document)
    assert document["warnings"] == [told]
    assert document["data"]["report"]["refused"] == ["the trigger 'spy' is not of dex"]
    assert known("restore", document["data"]["report"]["file"]).code == 1
    assert known("doctor", "--fix").code == 0
    assert known("backup", "--json").json["warnings"] == []


def test_without_a_file_the_backups_are_listed(known: Dex, terminal: Terminal, db: Path, folder: Path) -> None:
    before = db.read_bytes()
    shown = terminal("restore")
    assert (shown.code, "There is no backup in " in shown.text) == (0, True)
    nothing = {"folder": str(folder), "total": 0, "items": [], "unreadable": []}
    assert known("restore", "--json").json["data"] == nothing
    for day in (1, 2):
        known("backup", now=f"2026-03-0{day}T09:00:00")
    known("add", "Emmy Noether")
    known("restore", "dex-2026-03-01T090000.db")
    (folder / "dex-2026-03-03T090000.db").write_text("no database")
    (folder / ".dex.x1.part").write_bytes(before)
    os.utime(folder / "dex-2026-03-01T090000.db")  # as a copy of a copy has it
    people = len(names(known))
    expected = [
        ("dex-2026-03-08T090000-replaced.db", "restore", people + 1),
        ("dex-2026-03-02T090000.db", "backup", people),
        ("dex-2026-03-01T090000.db", "backup", people),
    ]
    document = known("restore", "--json").json
    Draft202012Validator(envelope.schema("restore")).validate(document)
    items = document["data"]["items"]
    assert [(one["name"], one["made_by"], one["people"]) for one in items] == expected
    assert [one["at"][:16] for one in items] == ["2026-03-08T09:00", "2026-03-02T09:00", "2026-03-01T09:00"]
    assert items[1]["bytes"] == (folder / items[1]["name"]).stat().st_size
    assert [line.split("\t")[0] for line in known("restore").out.splitlines()] == [name for name, _, _ in expected]
    assert len(known("restore", "--jsonl").out.splitlines()) == 3
    lines = terminal("restore").text.splitlines()
    assert lines[0].split() == ["Backup", "Made", "People", "Size", "By"]
    assert lines[1].split()[0] == "dex-2026-03-08T090000-replaced.db"
    assert all(len(line) <= 80 for line in lines)
    for name, _, _ in expected:
        assert known("restore", name).code == 0


def test_backups_that_cannot_be_read_are_listed_as_such(known: Dex, terminal: Terminal, folder: Path) -> None:
    for day in (1, 2, 3):
        known("backup", now=f"2026-03-0{day}T09:00:00")
    cut, newer = folder / "dex-2026-03-03T090000.db", folder / "dex-2026-03-02T090000.db"
    cut.write_bytes(cut.read_bytes()[:20_000])
    with closing(sqlite3.connect(newer)) as conn:
        conn.execute("pragma user_version = 99")
    (folder / "notes.txt").write_text("mine")
    (folder / ".dex.x1.part").write_text("")
    document = known("restore", "--json").json
    Draft202012Validator(envelope.schema("restore")).validate(document)
    data = document["data"]
    assert [one["name"] for one in data["items"]] == ["dex-2026-03-01T090000.db"]
    assert [(one["name"], one["at"][:10], one["bytes"]) for one in data["unreadable"]] == [
        (cut.name, "2026-03-03", 20_000),
        (newer.name, "2026-03-02", newer.stat().st_size),
    ]
    lines = terminal("restore").text.splitlines()
    assert [(line.split()[0], line.split()[-1]) for line in lines[1:4]] == [
        (cut.name, "unreadable"),
        (newer.name, "unreadable"),
        ("dex-2026-03-01T090000.db", "backup"),
    ]
    (folder / "dex-2026-03-01T090000.db").unlink()
    shown = terminal("restore").text
    assert "There is no backup that can be read in" in shown
    assert f"{cut.name} " in shown


def test_what_was_before_a_newer_schema_is_listed_as_well(known: Dex, db: Path, folder: Path) -> None:
    known("backup")
    (folder / "dex-2026-03-08T090000.db").rename(folder / "dex-before-v7.db")
    (one,) = known("restore", "--json").json["data"]["items"]
    assert (one["name"], one["made_by"]) == ("dex-before-v7.db", "migration")
    assert db.exists()


@pytest.mark.parametrize("source", ["nothing.db", "/dev/zero", "fifo", "notes.txt", "dex.db"])
def test_what_is_no_backup_is_refused(known: Dex, db: Path, source: str) -> None:
    os.mkfifo(db.with_name("fifo"))
    db.with_name("notes.txt").write_text("mine")
    before = names(known)
    ran = known("restore", db.parent / source)
    assert (ran.code, ran.out) == (2, "")
    assert names(known) == before
    assert not (db.parent / "backups").exists()


def test_what_helps_is_said_of_the_file_that_was_named(known: Dex, home: Path) -> None:
    (home / "notes.txt").write_text("mine")
    with closing(sqlite3.connect(home / "other.db")) as other:
        other.executescript("create table t(x)")
    for name in ("notes.txt", "other.db"):
        ran = known("restore", home / name, "--json")
        assert ran.error["message"] == f"{home / name} is not a database of dex"
        assert ran.error["hint"] == "dex restore lists the backups; this file was not touched"
    cut = home / "it's cut.db"
    known("backup", cut)
    cut.write_bytes(cut.read_bytes()[:-9000])
    ran = known("restore", cut, "--json")
    assert ran.error["code"] == "damaged"
    assert f"sqlite3 {shlex.quote(str(cut))} .recover | sqlite3 saved.db" in ran.error["hint"]
    assert "dex restore lists" in ran.error["hint"]


def test_a_folder_lists_the_backups_in_it(known: Dex, db: Path, home: Path) -> None:
    stick = home / "stick"
    stick.mkdir()
    known("backup", stick)
    known("backup", home / "stick/mine.db", now="2026-03-09T09:00:00")
    (stick / "dex-2026-03-01T090000.db").write_text("cut")
    with closing(sqlite3.connect(stick / "other.db")) as other:
        other.executescript("create table t(x)")
    listed = known("restore", stick, "--json").json["data"]
    names = {one["name"] for one in listed["items"]}
    assert (listed["folder"], names) == (
        str(stick), {str(stick / "mine.db"), str(stick / "dex-2026-03-08T090000.db")},
    )  # fmt: skip
    assert [one["name"] for one in listed["unreadable"]] == [str(stick / "dex-2026-03-01T090000.db")]
    assert known("restore", min(names), "--dry-run").code == 0
    assert known("restore", db.parent, "--json").json["data"]["items"] == []
    known("backup")
    usual = known("restore", db.parent / "backups", "--json").json["data"]
    assert usual == known("restore", "--json").json["data"]


def test_what_dex_did_not_write_is_not_replaced(known: Dex, home: Path) -> None:
    known("backup", home / "b.db")
    (home / "notes.txt").write_text("mine")
    with closing(sqlite3.connect(home / "other.db")) as other:
        other.executescript("pragma application_id = 7; create table t(x)")
    before = (home / "other.db").read_bytes()
    for name in ("notes.txt", "other.db"):
        ran = known("--db", home / name, "restore", home / "b.db")
        assert (ran.code, "is not a database of dex" in ran.err) == (2, True)
    assert (home / "notes.txt").read_text() == "mine"
    assert (home / "other.db").read_bytes() == before


def test_a_lost_database_comes_back(known: Dex, db: Path, home: Path) -> None:
    before = names(known)
    known("backup", home / "b.db")
    for one in db.parent.glob("dex.db*"):
        one.unlink()
    db.parent.rmdir()
    assert known("restore", home / "b.db", "--json").json["data"]["report"]["kept"] is None
    assert names(known) == before
    assert (db.stat().st_mode & 0o777, db.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize("seed", range(3))
def test_a_run_that_is_killed_leaves_the_old_or_the_new_and_no_half_of_it(known: Dex, db: Path, seed: int) -> None:
    """Whenever it is killed: chance tries many moments, and what must hold holds at each."""
    chance = random.Random(seed)  # noqa: S311 - repeated by its seed
    known("backup", db.with_name("b.db"))
    old = names(known)
    known("rm", "ada")
    new = names(known)
    for number in range(12):
        words = ["restore", db.with_name("b.db")] if number % 2 else ["backup"]
        process = subprocess.Popen(
            [DEX, *words], env={**os.environ, "DEXCLI_NOW": f"2026-03-08T09:00:{number:02}"}, stdout=subprocess.DEVNULL
        )
        try:
            process.wait(chance.uniform(0.05, 0.4))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert names(known) in (old, new)
        assert whole(db)
        assert all(whole(one) for one in (db.parent / "backups").glob("[!.]*"))
        assert whole(db.with_name("b.db"))


@pytest.mark.parametrize(
    ("statement", "kind", "name"),
    [
        ("create trigger spy after insert on claim begin delete from claim; end", "trigger", "spy"),
        ("create view friend as select * from person", "view", "friend"),
        ("create table loot(x)", "table", "loot"),
        ("create index by_company on person(company)", "index", "by_company"),
    ],
)
def test_a_backup_with_something_in_it_that_dex_did_not_make_is_refused(
    known: Dex, db: Path, home: Path, statement: str, kind: str, name: str
) -> None:
    known("backup", home / "b.db")
    with closing(sqlite3.connect(home / "b.db")) as conn:
        conn.execute(statement)
    before = db.read_bytes()
    ran = known("restore", home / "b.db", "--json")
    assert (ran.code, ran.error["code"]) == (1, "foreign_schema")
    assert f"the {kind} {name!r} is not of dex" in ran.error["message"]
    assert db.read_bytes() == before
    remedy = ran.error["hint"].splitlines()[0].partition(": ")[2]
    assert remedy == f"sqlite3 {home / 'b.db'} 'drop {kind} \"{name}\"'"
    with closing(sqlite3.connect(home / "b.db")) as conn:
        conn.execute(f'drop {kind} "{name}"')
    assert known("restore", home / "b.db").code == 0


def test_a_backup_whose_table_is_defined_otherwise_is_refused(known: Dex, home: Path) -> None:
    known("backup", home / "b.db")
    with closing(sqlite3.connect(home / "b.db")) as conn:
        conn.execute("alter table person add column evil text default 'x'")
    ran = known("restore", home / "b.db", "--json")
    assert "the table 'person' is defined otherwise than by dex" in ran.error["message"]


def test_a_backup_without_its_index_of_words_is_put_back_and_mended(known: Dex, home: Path) -> None:
    known("backup", home / "b.db")
    with closing(sqlite3.connect(home / "b.db")) as conn:
        conn.execute("drop table person_text")
        conn.execute("drop index person_by_name")
        conn.commit()
    assert known("restore", home / "b.db").code == 0
    assert known("doctor", "--fix").code == 0
    assert known("doctor").code == 0


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update identifier set shared = 1 where id = 1", "1 identifier said of several people, and standing for one"),
        ("insert into person_text(person_text) values('delete-all')", "person_text is not what the rows say"),
        ("update sqlite_sequence set seq = 9223372036854775807 where name = 'person'", "the next row of person would"),
        ("update person set name_folded = 'x' where id = 1", "1 name is folded otherwise"),
    ],
)
def test_what_doctor_would_tell_of_a_backup_is_told_when_it_is_restored(
    known: Dex, home: Path, statement: str, told: str
) -> None:
    known("backup", home / "b.db")
    assert known("restore", home / "b.db", "--json").json["data"]["report"]["problems"] == []
    with closing(sqlite3.connect(home / "b.db")) as conn:
        conn.execute(statement)
        conn.commit()
    for tried in (["--dry-run"], []):
        document = known("restore", home / "b.db", "--json", *tried).json
        Draft202012Validator(envelope.schema("restore")).validate(document)
        (problem,) = document["data"]["report"]["problems"]
        assert problem.startswith(told)
        assert told in document["warnings"][0]
    ran = known("restore", home / "b.db", "-q")
    assert told in ran.err
    assert "dex doctor --fix" in ran.err


def test_an_index_of_words_that_a_backup_is_without_is_made_anew(known: Dex, home: Path) -> None:
    known("backup", home / "b.db")
    with closing(sqlite3.connect(home / "b.db")) as conn:
        conn.execute("drop table person_text")
        conn.commit()
    assert known("restore", home / "b.db", "--json").json["data"]["report"]["problems"] == []
    assert known("search", "grace", "--json").code == 0
    assert known("doctor").code == 0
