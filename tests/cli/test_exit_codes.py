"""Each exit code of the contract, reached by the program itself."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.program import DEX, Dex, Terminal


@pytest.mark.parametrize(
    "words", [["due"], ["show", "ada"], ["--version"], ["--help"], ["log", "-h"], ["due", "--count"]]
)
def test_0_is_success(known: Dex, words: list[str]) -> None:
    assert known(*words).code == 0


def test_1_is_a_failure(known: Dex, db: Path) -> None:
    assert known("undo", "o9", "-q").code == 0
    assert known("undo", "o9").code == 1, "it is undone already"
    before = db.read_bytes()
    db.write_bytes(before[:100] + b"\xff" * 4000 + before[4100:])
    ran = known("due")
    assert ran.code == 1
    assert str(db) in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["due", "--nonsense"],
        ["due", "--limit", "-1"],
        ["due", "--within", "soon"],
        ["log"],
        ["log", "ada", "x", "--on", "03/04/2026"],
        ["log", "ada", "x", "--on", "the day after never"],
        ["log", "ada", "x", "--kind", "two words"],
        ["log", "ada", "x", "--direction", "up"],
        ["log", "ada", "x", "--by", "friday"],
        ["add", " "],
        ["add", "Kurt", "--email", "nonsense"],
        ["add", "Kurt", "--birthday", "soon"],
        ["add", "Kurt", "--every", "sometimes"],
        ["show", ""],
        ["edit", "ada"],
        ["edit", "ada", "--kind", "call"],
        ["tag", "ada"],
        ["cadence", "ada"],
        ["snooze", "ada", "yesterday"],
        ["remind", "ada", "the exam"],
        ["done", "x1"],
        ["undo", "67x"],
        ["me", "nonsense"],
        ["config", "get", "nonsense"],
        ["list", "nonsense:x"],
        ["account", "nonsense"],
        ["account", "add"],
        ["account", "add", "ada@example.org"],
        ["account", "add", "nonsense", "--host", "imap.example.org"],
        ["account", "add", "my mail", "ada@gmail.com"],
        ["account", "add", "ada@gmail.com", "--port", "0"],
        ["account", "add", "ada@gmail.com", "--security", "none"],
        ["account", "add", "ada@gmail.com", "--security", "ssl"],
        ["account", "add", "ada@gmail.com", "--auth", "login"],
        ["account", "add", "ada@gmail.com", "--password-command", "pass 'x"],
        ["account", "add", "ada@gmail.com", "--password-command", " "],
        ["account", "add", "ada@gmail.com", "--password-command", "a", "--token-command", "b"],
        ["account", "add", "ada@gmail.com", "--since", "soon"],
        ["account", "add", "ada@gmail.com", "--ca-file", "nowhere.pem"],
        ["account", "test"],
        ["account", "list", "--port", "143"],
        ["account", "--host", "imap.example.org"],
        ["import", "-"],
        ["import", "nothing.vcf"],
        ["schema", "nonsense"],
        ["completions", "tcsh"],
    ],
    ids=" ".join,
)
def test_2_is_bad_input_and_names_a_remedy(known: Dex, words: list[str]) -> None:
    ran = known(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("dex: ")
    assert len(ran.err.splitlines()) >= 2, "what is wrong, and what to do"


_WITH_A_DEFECT = """
import sys
from dexcli.cli.app import run
from dexcli.store import people
people._person = lambda *_: {}["Ada was here"]
sys.exit(run(sys.argv[1:]))
"""


def test_3_is_a_defect_and_the_report_holds_nothing_personal(db: Path, home: Path) -> None:
    assert db.exists()
    known = Dex((sys.executable, "-c", _WITH_A_DEFECT))
    for ran in (known("show", "ada"), known("show", "ada", "--json")):
        assert (ran.code, ran.out) == (3, "")
        assert "Traceback" not in ran.err
    assert known("show", "ada", "--json").error["code"] == "unexpected"
    report = home / ".local/state/dexcli/crash.txt"
    assert str(report) in ran.err
    assert (report.stat().st_mode & 0o777, report.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    text = report.read_text()
    assert text.startswith("dex ")
    assert "people.py:" in text
    assert "Ada" not in text + ran.err
    assert "ada" not in text


@pytest.mark.parametrize(
    "words",
    [
        ["show", "nobody"],
        ["log", "nobody", "x"],
        ["show", "i99"],
        ["done", "c99"],
        ["undo", "o99"],
        ["edit", "ada", "--remove-tag", "chess"],
        ["me", "remove", "nobody@example.org"],
        ["account", "remove", "gmail"],
        ["account", "test", "gmail"],
        ["account", "login", "gmail"],
    ],
    ids=" ".join,
)
def test_4_is_not_found(known: Dex, words: list[str]) -> None:
    ran = known(*words)
    assert (ran.code, ran.out) == (4, "")


@pytest.mark.parametrize("words", [["show", "john"], ["log", "john", "x"], ["add", "Ada Lovelace"]])
def test_5_is_ambiguous(known: Dex, words: list[str]) -> None:
    ran = known(*words)
    assert (ran.code, ran.out) == (5, "")


def test_7_is_partial_and_what_could_be_read_is_kept(dex: Dex, tmp_path: Path) -> None:
    file = tmp_path / "people.vcf"
    file.write_text("BEGIN:VCARD\nVERSION:3.0\nFN:Emmy Noether\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n")
    ran = dex("import", file)
    assert ran.code == 7
    assert "skipped people.vcf:5: " in ran.err
    assert dex("list", "--fields", "name").out == "Emmy Noether\n"


def test_8_is_locked(known: Dex, db: Path) -> None:
    conn = sqlite3.connect(db, isolation_level=None)
    conn.execute("begin immediate")
    try:
        begun = time.monotonic()
        ran = known("log", "ada", "tea", "--json")
        waited = time.monotonic() - begun
        assert known("due").code == 0, "readers do not wait"
    finally:
        conn.close()
    assert (ran.code, ran.out, ran.error["code"]) == (8, "", "locked")
    assert 4.5 < waited < 15


def test_9_is_somebody_is_due(known: Dex, dex: Dex, home: Path) -> None:
    assert known("due", "--exit-code", "--json").code == 9
    assert known("due", "--exit-code", "--count").code == 9
    assert known("due", "--exit-code", "--digest").code == 9
    assert known("due", "--exit-code", "--tag", "nobody").code == 0
    assert dex("due", "--exit-code", "--db", home / "none.db").code == 0


@pytest.mark.parametrize("form", ["--plain", "--json"])
def test_130_is_interrupted(known: Dex, form: str) -> None:
    log: list[str | Path] = [DEX, "log", "ada", "-", form]
    with subprocess.Popen(log, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert err == b"dex: interrupted\n" if form == "--plain" else json.loads(err)["error"]["code"] == "interrupted"
    assert known("show", "ada", "--json").json["data"]["timeline_total"] == 1


def test_130_is_nothing_chosen(known: Dex, terminal: Terminal) -> None:
    assert known("show", "john").code == 5, "a pipe is never asked"
    for keys in ("\n", "3\n\n", "x\n\n", "\x04"):  # what is no number of the list is asked for again
        assert terminal("show", "john", keys=keys, env={"PATH": "/nowhere"}).code == 130
