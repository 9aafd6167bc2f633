"""An import that is killed, that meets another, that leaves others their turn, and that runs out of disk."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.importing import DATABASE, address_book, imported, integrity, logical_tables, names, operations
from support.program import DEX, NOW, Dex

PEOPLE, CALLS = 1_200, 1_200
SHELL_WAITS = 5.0
"""Seconds for which `log` waits for its turn."""


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A folder whose import takes a second or two, in two files."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "book.vcf").write_text(address_book(PEOPLE))
    rows = [f"2025-{i % 12 + 1:02}-{i % 28 + 1:02},ada{i % 400}@example.org,call,talk {i}\n" for i in range(CALLS)]
    (folder / "calls.csv").write_text("Date,Email,Kind,Title\n" + "".join(rows))
    return folder


def begin(*arguments: str | Path) -> subprocess.Popen[bytes]:
    """Start the program and go on."""
    return subprocess.Popen(
        [DEX, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "DEXCLI_NOW": NOW},
    )


def test_an_import_that_is_killed_ends_as_an_undisturbed_one_when_it_is_run_again(
    dex: Dex, export: Path, tmp_path: Path
) -> None:
    started = time.monotonic()
    imported(dex, export, "--db", tmp_path / "undisturbed.db")
    seconds = time.monotonic() - started
    expected = logical_tables(tmp_path / "undisturbed.db")
    assert (len(expected["person"]), len(expected["interaction"])) == (PEOPLE, CALLS)
    chance = random.Random(4)  # noqa: S311  # moments, not secrets
    killed = 0
    for number in range(5):
        database = tmp_path / f"{number}.db"
        for _ in range(3):
            with begin("import", export, "--db", database) as process:
                time.sleep(chance.uniform(0.05, seconds * 0.7))
                process.kill()
                process.communicate()
            killed += process.returncode == -9
            assert not database.exists() or integrity(database) == "ok"
        imported(dex, export, "--db", database)
        assert integrity(database) == "ok"
        assert logical_tables(database) == expected
        (operation,) = dex("history", "--json", "--db", database).json["data"]["operations"]
        assert operation["state"] == "done"
        assert dex("undo", "--db", database).code == 0
        assert not any(logical_tables(database).values())
    assert killed >= 3, "hardly any was killed on its way"


def test_an_import_that_was_killed_and_undone_begins_anew(dex: Dex, export: Path, home: Path) -> None:
    kill_half_way(home, export)
    assert names(dex)
    assert dex("undo").code == 0
    assert names(dex) == []
    assert imported(dex, export)["people"]["added"] == PEOPLE
    assert integrity(home / DATABASE) == "ok"


def test_an_import_that_goes_on_says_how_much_was_read_before(dex: Dex, export: Path, home: Path) -> None:
    kill_half_way(home, export)
    report = imported(dex, export)
    (note,) = report["notes"]
    found = re.fullmatch(r"book\.vcf: continued: ([\d,]+) records had been read before", note)
    assert found, note
    assert int(found[1].replace(",", "")) + report["read"] == PEOPLE + CALLS
    assert imported(dex, export)["notes"] == []


def test_an_import_that_is_undone_while_it_runs_stops_and_leaves_nothing(dex: Dex, tmp_path: Path, home: Path) -> None:
    book = tmp_path / "book.vcf"
    book.write_text(address_book(10_000))
    with begin("import", book, "--json") as process:
        wait_for_people(home / DATABASE, process)
        assert dex("undo").code == 0
        _, err = process.communicate()
    assert (process.returncode, b"undone while it ran" in err) == (1, True)
    assert names(dex) == []
    assert not any(logical_tables(home / DATABASE).values())
    book.write_text(address_book(10))
    assert imported(dex, book)["people"]["added"] == 10


def test_who_is_due_is_right_while_an_import_is_unfinished(dex: Dex, export: Path, home: Path) -> None:
    dex("add", "Emmy Noether", "--every", "1w", now="2026-01-01T09:00:00+00:00")
    kill_half_way(home, export)
    (item,) = dex("due", "--json").json["data"]["items"]
    assert item["person"]["handle"] == "emmy-noether"
    assert dex("due", "--count").out == "1\n"


def test_two_imports_at_once_end_as_one(dex: Dex, export: Path, home: Path) -> None:
    with begin("import", export, "--json") as one, begin("import", export, "--json") as other:
        errors = [one.communicate()[1], other.communicate()[1]]
    assert (one.returncode, other.returncode) == (0, 0), errors
    tables = logical_tables(home / DATABASE)
    assert (len(tables["person"]), len(tables["interaction"])) == (PEOPLE, CALLS)
    assert len(operations(dex)) == 1
    assert integrity(home / DATABASE) == "ok"


def test_others_get_their_turn_while_a_large_import_runs(dex: Dex, tmp_path: Path, home: Path) -> None:
    """The limit is that of the program itself: `log` gives up after five seconds, with exit code 8."""
    dex("add", "Emmy Noether", "--every", "1w", now="2026-01-01T09:00:00+00:00")
    (tmp_path / "book.vcf").write_text(address_book(20_000))
    logged, longest = 0, 0.0
    with begin("import", tmp_path / "book.vcf", "--json") as process:
        while process.poll() is None:
            started = time.monotonic()
            ran = dex("log", "emmy-noether", f"call {logged}")
            longest = max(longest, time.monotonic() - started)
            assert ran.code == 0, ran.err
            logged += 1
            assert dex("due", "--limit", "0").code == 0
            assert dex("due", "--count").code == 0
        assert process.returncode == 0, process.communicate()
    assert logged > 5
    assert longest < SHELL_WAITS
    assert integrity(home / DATABASE) == "ok"
    assert len(names(dex)) == 20_001
    assert dex("show", "emmy-noether", "--json").json["data"]["timeline_total"] == logged


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount: list[str | Path] = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may make a small disk, and not in every container")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_leaves_a_sound_database_and_a_rerun_completes(dex: Dex, small_disk: Path, tmp_path: Path) -> None:
    database = small_disk / "dex.db"
    (tmp_path / "book.vcf").write_text(address_book(3_000))
    ran = dex("import", tmp_path / "book.vcf", "--json", "--db", database)
    assert (ran.code, ran.error["code"]) == (1, "disk_full")
    assert ran.error["message"] == f"the disk that holds {database} is full"
    assert "free some space" in ran.error["hint"]
    assert integrity(database) == "ok"
    subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)
    imported(dex, tmp_path / "book.vcf", "--db", database)
    imported(dex, tmp_path / "book.vcf", "--db", tmp_path / "undisturbed.db")
    assert logical_tables(database) == logical_tables(tmp_path / "undisturbed.db")
    (operation,) = dex("history", "--json", "--db", database).json["data"]["operations"]
    assert operation["state"] == "done"


def kill_half_way(home: Path, export: Path) -> None:
    """Kill an import when some of it is in the database and some is not."""
    with begin("import", export) as process:
        wait_for_people(home / DATABASE, process)
        process.kill()
        process.communicate()
    assert process.returncode == -9


def wait_for_people(database: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a running import has brought somebody."""
    before = count_people(database)
    while count_people(database) == before:
        assert process.poll() is None
        time.sleep(0.005)


def count_people(database: Path) -> int:
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as conn:
            return int(conn.execute("select count(*) from person").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0
