"""`dex doctor`: a line for whatever is wrong and what helps; `--fix` mends what is derived or safe, nothing else."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from dexcli.render import envelope
from dexcli.services import doctor
from dexcli.store.connection import open_for_writing
from support.program import Dex, Ran, Terminal
from support.world import logical


@pytest.fixture(autouse=True)
def own_temporary_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Else what other tests leave there would be told."""
    folder = home / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def keyring(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "support.file_keyring.FileKeyring")
    monkeypatch.setenv("PYTHONPATH", f"{os.environ['PYTHONPATH']}:{Path(__file__).parents[1]}")
    file = home / "keyring.json"
    monkeypatch.setenv("KEYRING_FILE", str(file))
    return file


def checks(ran: Ran) -> dict[str, dict[str, Any]]:
    """The checks of a run by code, after the schema has accepted the document."""
    document = ran.json
    Draft202012Validator(envelope.schema("doctor")).validate(document)
    report = document["data"]["report"]
    assert ran.code == (1 if report["problems"] else 0)
    assert report["problems"] == sum(one["state"] == "problem" for one in report["checks"])
    return {one["code"]: one for one in report["checks"]}


def wrong(ran: Ran) -> set[str]:
    return {code for code, one in checks(ran).items() if one["state"] == "problem"}


def execute(db: Path, *statements: str) -> None:
    with closing(sqlite3.connect(db, isolation_level=None)) as conn:
        for statement in statements:
            conn.execute(statement)


def rows(db: Path) -> dict[str, Any]:
    with closing(open_for_writing(db)) as conn:
        return logical(conn)


def test_a_sound_database_has_nothing_and_is_only_looked_at(known: Dex, db: Path, home: Path) -> None:
    before = (db.read_bytes(), db.stat().st_mtime_ns)
    found = checks(known("doctor", "--json"))
    assert {one["state"] for one in found.values()} == {"ok"}
    assert found["backups"]["remedy"] == "dex backup"
    assert (db.read_bytes(), db.stat().st_mtime_ns) == before
    assert {one.name for one in home.rglob("*") if one.is_file()} <= {"dex.db", "dex.db-wal", "dex.db-shm"}


def test_a_person_sees_a_line_for_each(known: Dex, terminal: Terminal, db: Path) -> None:
    assert known("doctor").code == 0
    db.chmod(0o644)
    shown = terminal("doctor")
    lines = shown.text.splitlines()
    assert (shown.code, lines[-1]) == (1, " 1 problem is left")
    assert any(line.startswith(" ok       integrity    every page") for line in lines)
    at = next(number for number, line in enumerate(lines) if line.startswith(" problem  permissions"))
    assert "dex doctor --fix" in "\n".join(lines[at : at + 12])
    fixed = terminal("doctor", "--fix")
    assert (fixed.code, fixed.text.splitlines()[-1]) == (0, " all is in order")
    assert "\n fixed    permissions" in fixed.text


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("update standing set last_contact_on = '2020-01-01' where person_id = 1", "derived"),
        ("update participant set happened_on = '2020-01-01'", "doubles"),
        ("update person set name_folded = 'nobody' where id = 1", "doubles"),
        ("update standing set next_due_on = null, surfaces_on = null", "derived"),
        ("delete from standing where person_id = 2", "derived"),
        ("update meta set value = '2999-01-01' where key = 'derived_on'", "derived"),
        ("update participant set counts = 1 - counts, why = 'list' where why <> 'logged'", "verdicts"),
        ("insert into meta(key, value) values('erasing', '1')", "rests"),
        ("insert into person_text(person_text) values('delete-all')", "words"),
        ("insert into interaction_text(rowid, title) values(77, 'nothing')", "words"),
        ("drop table identifier_text", "words"),
        ("delete from interaction_text_data", "words"),
    ],
)
def test_what_is_derived_is_made_anew_and_nothing_else_changes(
    known: Dex, db: Path, home: Path, statement: str, code: str
) -> None:
    (home / "m.mbox").write_text(
        "From x\nFrom: Ada <ada@example.org>\nTo: me@example.org\nDate: Sun, 1 Mar 2026 09:00:00 +0000\n"
        "Message-ID: <1@x>\nSubject: Hi\n\nHi\n"
    )
    known("me", "add", "me@example.org")
    known("import", home / "m.mbox")
    assert wrong(known("doctor", "--json")) == set()
    before = rows(db)
    execute(db, statement)
    found = checks(known("doctor", "--json"))[code]
    assert (found["state"], found["fixable"], found["remedy"]) == ("problem", True, "dex doctor --fix")
    assert checks(known("doctor", "--fix", "--dry-run", "--json"))[code]["state"] == "problem"
    assert checks(known("doctor", "--fix", "--json"))[code]["state"] == "fixed"
    assert wrong(known("doctor", "--json")) == set()
    assert rows(db) == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_files_are_closed_to_others(known: Dex, db: Path, home: Path, mode: int) -> None:
    known("backup")
    known("config", "set", "due.lead", "3")
    private = [db, home / ".config/dexcli/config.toml", db.parent / "backups/dex-2026-03-08T090000.db"]
    folders = [db.parent, db.parent / "backups", home / ".config/dexcli"]
    for one in private:
        one.chmod(mode)
    for one in folders:
        one.chmod(0o755)
    found = checks(known("doctor", "--json"))["permissions"]
    assert all(any(told.startswith(f"{one} ") for told in found["found"]) for one in (*private, *folders))
    assert known("doctor", "--fix").code == 0
    assert {one.stat().st_mode & 0o777 for one in private} == {0o600}
    assert {one.stat().st_mode & 0o777 for one in folders} == {0o700}


def test_a_folder_that_is_not_ours_keeps_its_permissions(known: Dex, db: Path, home: Path) -> None:
    shared = home / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    db.rename(shared / "people.db")
    assert known("--db", shared / "people.db", "doctor", "--fix").code == 0
    assert shared.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("number", [200, 20, 3])
def test_damage_gets_a_diagnosis_and_a_way_out(known: Dex, db: Path, number: int) -> None:
    known("backup")
    execute(db, "pragma wal_checkpoint(truncate)")
    sound = db.read_bytes()
    told = 0
    for seed in range(12):
        chance = random.Random(seed)  # noqa: S311 - repeated by its seed
        data = bytearray(sound)
        for _ in range(number):
            data[chance.randrange(100, len(data))] = chance.randrange(256)
        for one in db.parent.glob("dex.db-*"):
            one.unlink()
        db.write_bytes(data)
        words = ["doctor", "--json", *(["--fix"] if seed % 2 else [])]
        ran = known(*words)
        assert ran.code in (0, 1), ran.err
        found = checks(ran)
        bad = {"database", "integrity", "references", "values"} & wrong(ran)
        told += bool(bad)
        assert all(found[code]["remedy"] == "dex restore dex-2026-03-08T090000.db" for code in bad)
        assert not any(found[code]["fixable"] for code in bad)
        if bad:
            assert "derived" not in found, "nothing is worked out from what is damaged"
    assert told > 0
    assert known("restore", "dex-2026-03-08T090000.db").code == 0
    assert wrong(known("doctor", "--json")) == set()


def test_the_newest_backup_is_the_one_made_last_whatever_was_copied_since(known: Dex, db: Path) -> None:
    for at in ("2025-04-08T09:00:00", "2026-03-07T23:00:00"):
        known("backup", now=at)
    (db.parent / "backups/dex-2025-04-08T090000.db").touch()
    assert checks(known("doctor", "--json"))["backups"]["text"] == (
        "2, the newest of yesterday: dex-2026-03-07T230000.db"
    )
    execute(db, "alter table person add column evil text")
    assert checks(known("doctor", "--json"))["schema"]["remedy"] == "dex restore dex-2026-03-07T230000.db"
    assert [one["name"][:14] for one in known("restore", "--json").json["data"]["items"]] == [
        "dex-2026-03-07",
        "dex-2025-04-08",
    ]


@pytest.mark.parametrize("head", [b"", b"SQLite format 3\0", b"SQLite format 3\0" + b"\xff" * 4000])
def test_without_a_backup_it_says_how_to_save_what_can_be_read(known: Dex, db: Path, head: bytes) -> None:
    data = db.read_bytes()
    db.write_bytes(head + data[len(head) : 20_000] if head else data[:20_000])
    ran = known("doctor", "--json")
    if ran.code == 2:
        assert "is not a database of dex" in ran.error["message"]
        return
    bad = checks(ran)[wrong(ran).pop()]
    assert (
        bad["remedy"]
        == f"there is no backup; save what can be read: sqlite3 {shlex.quote(str(db))} .recover | sqlite3 saved.db"
    )


@pytest.mark.parametrize(
    ("statement", "code", "text"),
    [
        ("delete from identifier where id = 1", "references", "without their identifier"),
        ("update operation set at = 'yesterday' where id = 1", "values", "operation.at cannot be read"),
        ("update person set state = 'merged' where id = 1", "agreement", "1 person said to be merged, and into nobody"),
        ("update identifier set mine = 1 where id = 1", "agreement", "mine, and somebody else's as well"),
        ("update operation set at = '2031-01-01T09:00:00+00:00' where id = 1", "clock", ""),
    ],
)
def test_what_is_known_is_never_mended(known: Dex, db: Path, statement: str, code: str, text: str) -> None:
    if code == "clock":
        statement = statement.replace("id = 1", "id = (select max(id) from operation)")
    execute(db, "pragma foreign_keys = off", statement)
    for words in (["doctor"], ["doctor", "--fix"]):
        found = checks(known(*words, "--json"))[code]
        assert (found["state"], found["fixable"]) == ("problem", False)
        assert text in found["text"]
        assert found["remedy"]


def test_a_change_of_a_moment_to_come_is_found_behind_later_ones(known: Dex, db: Path) -> None:
    execute(db, "update operation set at = '2026-03-08T12:00:00+02:00' where id = 1")
    assert checks(known("doctor", "--json"))["clock"]["found"] == ["change o1 is of 2026-03-08 12:00, which is to come"]
    assert checks(known("doctor", "--json", now="2026-03-08T10:00:00+00:00"))["clock"]["state"] == "ok"
    execute(db, "update operation set at = '2031-01-01T09:00:00+00:00'")
    many = known("history", "--limit", "0", "--json").json["data"]["total"]
    assert many > 5
    assert checks(known("doctor", "--json"))["clock"]["found"][-1] == f"and {many - 5} more"


def test_what_the_demo_says_to_type_leaves_nothing_to_mend(dex: Dex, tmp_path: Path) -> None:
    kept = tmp_path / "demo.db"
    said = dex("demo", "--keep", kept).err
    told = re.search(r"export DEXCLI_DB=(\S+) DEXCLI_NOW=(\S+);", said)
    assert told is not None
    ran = dex("doctor", "--json", env={"DEXCLI_DB": told[1]}, now=told[2])
    assert (ran.code, wrong(ran)) == (0, set())


def test_accounts_that_are_stale_and_secrets_without_an_account_are_told(
    known: Dex, db: Path, home: Path, keyring: Path
) -> None:
    known("account", "add", "work", "ada@gmail.com")
    execute(
        db,
        "insert into account_state(account, ran_at, synced_at, failing_since, error) values"
        " ('work', '2026-03-07T09:00:00+00:00', '2026-03-01T09:00:00+00:00', '2026-03-02T09:00:00+00:00', 'refused'),"
        " ('former', '2026-01-07T09:00:00+00:00', '2026-01-01T09:00:00+00:00', null, null)",
    )
    keyring.write_text(json.dumps({"dexcli/former": "zq1815", "dexcli/work": "zq1815", "other/former": "zq1815"}))
    logins = home / ".local/state/dexcli/tokens"
    logins.mkdir(parents=True, mode=0o700)
    logins.parent.chmod(0o700)
    for name in ("former", "work"):
        (logins / f"{name}.json").write_text("{}")
        (logins / f"{name}.json").chmod(0o600)
    environment = {"DEXCLI_PASSWORD_GONE": "zq1815", "DEXCLI_PASSWORD_WORK": "zq1815"}
    ran = known("doctor", "--json", env=environment)
    found = checks(ran)
    assert found["accounts"]["found"] == ["work has not synced since 2026-03-01: refused"]
    assert found["accounts"]["remedy"] == "dex account test work"
    assert found["secrets"]["found"] == [
        "DEXCLI_PASSWORD_GONE is set, and belongs to no account",
        "a file has a login of former, which is no account any more",
        "the keyring has a secret of former, which is no account any more",
    ]
    assert "zq1815" not in ran.out
    fixed = checks(known("doctor", "--fix", "--json", env=environment))["secrets"]
    assert (fixed["state"], "unset DEXCLI_PASSWORD_GONE" in fixed["text"]) == ("problem", True)
    assert json.loads(keyring.read_text()).keys() == {"dexcli/work", "other/former"}
    assert not (logins / "former.json").exists()
    assert (logins / "work.json").exists()
    assert checks(known("doctor", "--json"))["secrets"]["state"] == "ok"
    assert (home / ".config/dexcli/config.toml").exists()


FORMER = "insert into account_state(account, ran_at) values('former', '2026-01-07T09:00:00+00:00')"


@pytest.fixture
def former(known: Dex, db: Path, keyring: Path) -> Path:
    """A keyring with the secret of an account that is none any more."""
    known("account", "add", "work", "ada@gmail.com")
    execute(db, FORMER)
    keyring.write_text(json.dumps({"dexcli/former": "zq1815"}))
    return keyring


def test_a_secret_that_the_keyring_does_not_give_up_is_not_said_to_be_gone(
    known: Dex, former: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "support.file_keyring.StubbornKeyring")
    before = former.read_text()
    found = checks(known("doctor", "--fix", "--json"))["secrets"]
    told = "the keyring has a secret of former, which is no account any more"
    assert (found["state"], found["found"]) == ("problem", [told])
    assert found["text"] == f"{told}; not mended: the keyring failed (PasswordDeleteError)"
    assert former.read_text() == before


@pytest.mark.parametrize("words", [[], ["--fix"]])
def test_a_keyring_that_does_not_answer_is_told_and_asked_once(
    known: Dex, home: Path, former: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "support.file_keyring.LockedKeyring")
    login = home / ".local/state/dexcli/tokens/gone.json"
    login.parent.mkdir(parents=True)
    login.write_text("{}")
    found = checks(known("doctor", *words, "--json"))["secrets"]
    told = "the keyring cannot be asked for those of former accounts: the keyring failed (KeyringLocked)"
    assert (found["state"], found["found"][-1]) == ("problem", told)
    assert login.exists() == (not words)
    assert former.with_name("asked").read_text() == "dexcli/former\n"
    known("doctor", "--fix")
    again = checks(known("doctor", "--json"))["secrets"]
    assert (again["found"], again["remedy"]) == ([told], "unlock the keyring, then: dex doctor --fix")


def test_a_configuration_that_cannot_be_read_is_told(known: Dex, home: Path) -> None:
    file = home / ".config/dexcli/config.toml"
    file.parent.mkdir(parents=True, mode=0o700)
    file.write_text('[accounts.work]\ntype = "imap"\nnonsense = 1\n')
    file.chmod(0o600)
    found = checks(known("doctor", "--json"))["accounts"]
    assert found["state"] == "problem"
    assert "nonsense" in found["text"]


def test_what_killed_runs_left_goes_and_what_is_in_use_stays(
    known: Dex, db: Path, home: Path, own_temporary_folder: Path
) -> None:
    known("config", "set", "due.lead", "3")
    (db.parent / "backups").mkdir(mode=0o700)
    left = [
        db.parent / "backups/.dex.x1.part",
        db.parent / "backups/.dex.x1.part-journal",
        own_temporary_folder / ".dexcli-dex.x2.part",
        own_temporary_folder / "dexcli-old",
        home / ".config/dexcli/.config.toml.999999999",
    ]
    stays = [
        db.parent / "notes.part",
        own_temporary_folder / "dexcli-new",
        own_temporary_folder / "dex-text.txt",
        home / f".config/dexcli/.config.toml.{os.getpid()}",
    ]
    for one in (*left, *stays):
        one.write_text("")
    an_age_ago = time.mktime((2026, 1, 1, 0, 0, 0, 0, 0, 0))
    os.utime(own_temporary_folder / "dexcli-old", (an_age_ago, an_age_ago))
    found = checks(known("doctor", "--json"))["leftovers"]
    assert sorted(found["found"]) == sorted(map(str, left))
    assert known("doctor", "--fix").code == 0
    assert not any(one.exists() for one in left)
    assert all(one.exists() for one in stays)


def test_free_pages_are_offered_and_given_back(known: Dex, db: Path) -> None:
    execute(
        db,
        "create table big(x)",
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)"
        " insert into big select zeroblob(1000) from n",
        "drop table big",
        "pragma wal_checkpoint(truncate)",
    )
    found = checks(known("doctor", "--json"))["space"]
    assert (found["state"], "gives them back" in found["remedy"]) == ("ok", True)
    before = db.stat().st_size
    assert checks(known("doctor", "--fix", "--json"))["space"]["state"] == "fixed"
    assert db.stat().st_size < before / 2


def test_without_a_database_nothing_is_wrong_and_nothing_is_made(dex: Dex, home: Path) -> None:
    for words in (["doctor"], ["doctor", "--fix"]):
        assert wrong(dex(*words, "--json")) == set()
    assert [one for one in home.rglob("*") if one.name != "tmp"] == []


def test_what_dex_did_not_write_is_refused(known: Dex, home: Path) -> None:
    with closing(sqlite3.connect(home / "other.db")) as other:
        other.executescript("pragma application_id = 7; create table t(x)")
    before = (home / "other.db").read_bytes()
    ran = known("--db", home / "other.db", "doctor", "--fix")
    assert (ran.code, ran.out) == (2, "")
    assert (home / "other.db").read_bytes() == before


SPY = "create trigger spy after update on person begin update person set notes = 'spied'; end"


def test_what_somebody_has_put_into_the_schema_is_told_and_taken_away(known: Dex, db: Path) -> None:
    before = rows(db)
    execute(db, SPY, "create view friend as select * from person", "drop index person_by_name")
    found = checks(known("doctor", "--json"))["schema"]
    assert (found["state"], found["fixable"], found["remedy"]) == ("problem", True, "dex doctor --fix")
    assert found["found"] == [
        "the trigger 'spy' is not of dex",
        "the view 'friend' is not of dex",
        "the index 'person_by_name' is missing",
    ]
    assert checks(known("doctor", "--fix", "--json"))["schema"]["state"] == "fixed"
    assert wrong(known("doctor", "--json")) == set()
    assert rows(db) == before


def test_a_table_that_dex_did_not_make_is_told_and_left_alone(known: Dex, db: Path) -> None:
    execute(db, "create table mine(x)", "insert into mine values(1)", SPY)
    found = checks(known("doctor", "--fix", "--json"))["schema"]
    assert (found["state"], "not mended: the table 'mine' is not of dex" in found["text"]) == ("problem", True)
    assert "drop it with sqlite3" in found["remedy"]
    assert checks(known("doctor", "--json"))["schema"]["found"] == ["the table 'mine' is not of dex"]
    execute(db, "drop table mine")
    assert wrong(known("doctor", "--json")) == set()


def test_a_table_that_is_defined_otherwise_is_not_worked_with(known: Dex, db: Path) -> None:
    known("backup")
    execute(db, "alter table person add column evil text")
    found = checks(known("doctor", "--fix", "--json"))
    assert found["schema"]["remedy"] == "dex restore dex-2026-03-08T090000.db"
    assert "derived" not in found


@pytest.mark.parametrize(
    ("left", "state", "text"),
    [
        ([], "fixed", "two are wrong"),
        (["one is wrong"], "problem", "two are wrong; not mended: one is wrong"),
        (["two are wrong"], "problem", "two are wrong; not mended: two are wrong"),
    ],
)
def test_what_is_mended_is_looked_at_again(left: list[str], state: str, text: str) -> None:
    found = ["two are wrong"]

    def mend() -> None:
        found[:] = left

    check = doctor._check("code", "fine", [*found], again=lambda: [*found], remedy="another way", mend=mend, fix=True)
    assert (check.state, check.text, check.found) == (state, text, left or ["two are wrong"])
    assert check.remedy == ("another way" if left else None)
    assert not (left and check.fixable)


@pytest.mark.parametrize(("fix", "mendable"), [(True, True), (True, False), (False, True), (False, False)])
def test_only_what_is_mended_is_looked_at_again(*, fix: bool, mendable: bool) -> None:
    looked: list[str] = []

    def again() -> list[str]:
        looked.append("again")
        return []

    mend = looked.clear if mendable else None
    check = doctor._check("code", "fine", ["one is wrong"], again=again, mend=mend, fix=fix)
    assert (check.state, looked) == (("fixed", ["again"]) if fix and mendable else ("problem", []))


@pytest.mark.parametrize("seq", [2**63 - 1, 2**33, "'x'"])
def test_numbers_that_are_at_their_end_go_on_behind_the_rows(known: Dex, db: Path, seq: object) -> None:
    known("add", "Alan Turing")
    known("undo")  # he may come back under his number
    before = rows(db)
    with closing(sqlite3.connect(db)) as conn:
        (last,) = conn.execute("select seq from sqlite_sequence where name = 'person'").fetchone()
    execute(db, f"update sqlite_sequence set seq = {seq} where name in ('person', 'operation', 'interaction')")
    if seq == 2**63 - 1:
        ran = known("add", "Emmy Noether", "--json")
        assert (ran.error["code"], "no number left" in ran.error["message"]) == ("no_number", True)
        assert "dex doctor --fix" in ran.error["hint"]
    found = checks(known("doctor", "--json"))["numbers"]
    assert (found["state"], found["fixable"], len(found["found"])) == ("problem", True, 3)
    assert checks(known("doctor", "--fix", "--json"))["numbers"]["state"] == "fixed"
    assert rows(db) == before
    assert known("add", "Emmy Noether", "--json").json["data"]["person"]["id"] == last + 1


def test_rows_whose_numbers_are_too_great_are_told_with_the_way_into_a_new_database(known: Dex, db: Path) -> None:
    known("tag", "ada", "+far")
    execute(db, "pragma foreign_keys = off", "update tag set id = 8589934592 where name = 'far'",
            "update person_tag set tag_id = 8589934592 where tag_id not in (select id from tag)",
            "delete from change where tbl = 'tag'")  # fmt: skip
    found = checks(known("doctor", "--fix", "--json"))["numbers"]
    assert (found["state"], found["fixable"]) == ("problem", False)
    assert "tag has rows with numbers that are too great" in found["text"]
    assert "dex export --as jsonl" in found["remedy"]
    everything = db.parent / "all.jsonl"
    everything.write_text(known("export", "--as", "jsonl").out)
    assert known("--db", db.parent / "new.db", "import", everything).code == 0
    assert checks(known("--db", db.parent / "new.db", "doctor", "--json"))["numbers"]["state"] == "ok"


@pytest.mark.parametrize(
    "statement",
    ["delete from meta", "update meta set value = 'zz' where key = 'forgotten'"],
)
def test_marks_of_the_forgotten_without_their_key_are_told(known: Dex, db: Path, statement: str) -> None:
    known("forget", "grace-hopper", "--yes")
    assert checks(known("doctor", "--json"))["forgotten"]["state"] == "ok"
    execute(db, statement)
    found = checks(known("doctor", "--json"))["forgotten"]
    assert (found["state"], found["fixable"]) == ("problem", False)
    assert found["text"].endswith("of whom you forgot cannot be read")


def test_rows_that_contradict_each_other_are_no_damage(known: Dex, db: Path) -> None:
    known("backup")
    execute(db, "update identifier set shared = 1 where kind = 'email' and person_id is not null")
    remedy = checks(known("doctor", "--json"))["agreement"]["remedy"]
    assert remedy == "dex restore dex-2026-03-08T090000.db"
    known("backup", now="2026-03-09T09:00:00")  # has it as well
    assert checks(known("doctor", "--json"))["agreement"]["remedy"] == remedy
    assert known("restore", "dex-2026-03-08T090000.db", now="2026-03-10T09:00:00").code == 0
    assert checks(known("doctor", "--json"))["agreement"]["state"] == "ok"

    for one in (db.parent / "backups").iterdir():
        one.unlink()
    execute(db, "update identifier set shared = 1 where kind = 'email' and person_id is not null")
    remedy = checks(known("doctor", "--json"))["agreement"]["remedy"]
    assert ".recover" not in remedy
    assert "dex edit" in remedy
