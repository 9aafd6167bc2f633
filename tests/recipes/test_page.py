"""The recipes are true: what stands in `docs/recipes.md` is run with the programs that it is for.

`UPDATE_GOLDENS=1` writes what the console blocks print into the page instead.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support import readme, shells, tmux
from support.program import DEX, Dex
from support.recipes import PAGE, block, blocks, section
from support.tmux import Screen

HEADINGS = ("jq", "fzf", "SQLite, sqlite-utils, Datasette")
"""Of the sections with console blocks."""

MAIL = """\
From: Grace Hopper <grace@example.com>
To: me@example.org
Subject: The nanosecond
Date: Sat, 7 Mar 2026 10:00:00 +0000
Message-ID: <nanosecond@mail.example.com>

I have cut you a piece of wire.
"""


def without(*programs: str) -> str | None:
    """The reason why programs cannot be tried here; None where all of them are there."""
    missing = [program for program in programs if shutil.which(program) is None]
    return f"not installed: {', '.join(missing)} (apt install {' '.join(missing)})" if missing else None


def need(*programs: str) -> None:
    if reason := without(*programs):
        pytest.skip(reason)


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_console_block_prints_what_the_page_says(sample: Path, heading: str) -> None:
    need("script", *{"jq": ["jq"], "fzf": ["fzf"]}.get(heading, ["sqlite3"]))
    text = section(PAGE, heading)
    wanted = readme.steps(text)
    shown = [readme.run(step.command, sample.parent) for step in wanted]
    if os.environ.get("UPDATE_GOLDENS"):
        page = PAGE.read_text("utf-8")
        PAGE.write_text(page.replace(text, readme.rewritten(text, shown)), "utf-8")
        wanted = readme.steps(section(PAGE, heading))
    assert wanted
    for step, got in zip(wanted, shown, strict=True):
        assert got, step.command
        assert got == step.output, f"{heading}: $ {step.command}"


def test_the_sections_with_console_blocks_are_all_run() -> None:
    assert sum(len(readme.steps(section(PAGE, heading))) for heading in HEADINGS) == len(
        readme.steps(PAGE.read_text("utf-8"))
    )


# -- fzf -----------------------------------------------------------------------------------------------------


@pytest.fixture
def opener(sample: Path, dex: Dex) -> Path:
    """A program that notes what it is to open."""
    program = sample.parent / "opener"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{sample.parent}/opened"\n')
    program.chmod(0o700)
    for key in ("open.mail", "open.web"):
        assert dex("config", "set", key, str(program)).code == 0
    return sample.parent / "opened"


@contextmanager
def picker(shell: str, home: Path) -> Iterator[Screen]:
    """A shell that knows the picker of the page."""
    with shells.at(shell, home, env={"DEXCLI_DB": os.environ["DEXCLI_DB"], "PAGER": "cat"}) as screen:
        file = home / f"picker.{shell}"
        file.write_text(block(PAGE, "fzf", "fish" if shell == "fish" else "bash"))
        screen.type(f"source {file}; clear")
        screen.press("Enter")
        screen.wait(lambda text: text == "$")
        yield screen


def chosen(screen: Screen, query: str, key: str) -> None:
    screen.press("C-l")
    screen.type("dexf tag:navy")
    screen.press("Enter")
    screen.wait("Enter: page  Ctrl-L: log")
    screen.type(query)
    # The page of whoever is under the cursor.
    screen.wait(lambda text: "Grace Hopper (grace-hopper)" in text and "  1/" in text)
    screen.press(key)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_picker_shows_logs_writes_and_opens(opener: Path, dex: Dex, home: Path, shell: str) -> None:
    need("fzf")
    if reason := shells.why_not(shell):
        pytest.skip(reason)
    with picker(shell, home) as screen:
        chosen(screen, "grace", "Enter")
        screen.wait(lambda text: "Rhythm" in text and text.endswith("$"))
        chosen(screen, "grace", "C-e")
        screen.wait(lambda text: text.endswith("$"))
        assert opener.read_text() == "mailto:grace@example.com\n"
        chosen(screen, "grace", "C-o")
        screen.wait(lambda text: text.endswith("$"))
        chosen(screen, "grace", "C-l")
        screen.wait("What was it?")
        screen.type("-- $(touch pwned) the wire's length")
        screen.press("Enter")
        screen.wait("undo: dex undo")
        chosen(screen, "grace", "C-l")  # which first clears the screen
        screen.wait("What was it?")
        screen.press("Enter")
        screen.wait("undo: dex undo")
    latest, before = (json.loads(line) for line in dex("timeline", "grace", "--jsonl").out.splitlines()[:2])
    assert (latest["title"], latest["body"]) == (None, None)
    assert "$(touch pwned) the wire's length" in before["title"]
    assert not (home / "pwned").exists()


# -- mail programs -------------------------------------------------------------------------------------------


def mailbox(home: Path) -> Path:
    path = home / "inbox.mbox"
    path.write_text(f"From grace@example.com Sat Mar  7 10:00:00 2026\n{MAIL}\n")
    return path


@pytest.fixture
def muttrc(sample: Path, home: Path) -> Path:
    need("neomutt")
    path = home / "muttrc"
    path.write_text(f"set folder={home}/mail mbox_type=mbox\n" + block(PAGE, "mutt and neomutt", "muttrc"))
    (home / "mail").mkdir()
    assert sample.exists()
    return path


def test_neomutt_takes_the_settings_of_the_page(muttrc: Path) -> None:
    ran = subprocess.run(
        ["neomutt", "-n", "-F", muttrc, "-Q", "query_command"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (
        0,
        'set query_command = "dex email --strangers -- %s"',
        "",
    )


@pytest.fixture
def mutt(muttrc: Path, home: Path) -> Iterator[Screen]:
    """neomutt before a mailbox with a mail of Grace's."""
    if reason := tmux.why_no_tmux():
        pytest.skip(reason)
    with tmux.terminal(["neomutt", "-n", "-F", muttrc, "-f", mailbox(home)]) as screen:
        screen.wait("The nanosecond")
        yield screen


def asked(mutt: Screen, letters: str) -> None:
    mutt.press("Q")
    mutt.wait(lambda text: text.endswith("\nQuery:"))
    mutt.type(letters)
    mutt.press("Enter")


def test_neomutt_asks_dex_for_addresses(mutt: Screen) -> None:
    for letters, shown in (
        ("grace", "<grace@example.com>"),
        ("péter", "<rozsa@example.com>"),  # whom I have written to
        ("-emmy", "<emmy@example.net>"),
    ):
        asked(mutt, letters)
        mutt.wait(shown)
        mutt.press("q")
        mutt.wait("The nanosecond")
    asked(mutt, "o'malley $(touch pwned) `touch pwned`")
    mutt.wait(lambda text: "Query:" not in text and "The nanosecond" in text)
    assert not Path("pwned").exists()


def test_neomutt_completes_whom_a_mail_is_to(mutt: Screen) -> None:
    mutt.press("m")
    mutt.wait("To:")
    mutt.type("lovelace")
    mutt.press("Tab")
    mutt.wait("<ada@example.org>")


def test_neomutt_logs_the_mail_under_the_cursor(mutt: Screen, dex: Dex) -> None:
    mutt.type(",l")
    mutt.wait("Press any key")
    logged = dex("timeline", "grace", "--limit", "1", "--json").json["data"]
    assert "The nanosecond" in str(logged)


AERC = Path("/usr/share/aerc")


@pytest.fixture
def aerc(sample: Path, home: Path) -> Iterator[Screen]:
    """aerc before a Maildir with a mail of Grace's, with its own keys and those of the page."""
    need("aerc")
    if reason := tmux.why_no_tmux():
        pytest.skip(reason)
    assert sample.exists()
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "aerc"
    folder.mkdir(parents=True)
    conf, binds = blocks(PAGE, "aerc", "ini")
    for name in ("cur", "new", "tmp"):
        (home / "Mail/INBOX" / name).mkdir(parents=True)
    (home / "Mail/INBOX/cur/1:2,S").write_text(MAIL)
    accounts = folder / "accounts.conf"
    accounts.write_text(f"[me]\nsource = maildir://{home}/Mail\ndefault = INBOX\nfrom = me@example.org\n")
    accounts.chmod(0o600)
    (folder / "aerc.conf").write_text(conf)
    (folder / "binds.conf").write_text(binds)
    with tmux.terminal(["aerc"], env={"TERM": "screen-256color"}) as screen:
        screen.wait("The nanosecond")
        yield screen


def typed(screen: Screen, keys: str, shown: str) -> str:
    """Type until something is shown: aerc loses keys that come while it still reads the folder."""
    for _ in range(20):
        screen.type(keys)
        until = time.monotonic() + 3
        while time.monotonic() < until:
            if shown in (text := screen.text):
                return text
            time.sleep(0.05)
    raise AssertionError(f"never shown: {shown!r}; the screen:\n{screen.text}")


def test_aerc_logs_the_mail_under_the_cursor(aerc: Screen, dex: Dex) -> None:
    screen = typed(aerc, "zl", "dex <The nanosecond")
    assert "Process complete" in screen or aerc.wait("Process complete")
    logged = dex("timeline", "grace", "--limit", "1", "--json").json["data"]
    assert "The nanosecond" in str(logged)


def test_aerc_asks_dex_for_addresses(aerc: Screen) -> None:
    typed(aerc, ":", "\n:")
    aerc.type("compose")
    aerc.press("Enter")
    aerc.wait("To:")
    aerc.type("grace")
    aerc.wait("grace@example.com")


# -- khard ---------------------------------------------------------------------------------------------------


def test_khard_has_the_people_of_dex_and_dex_those_of_khard(sample: Path, home: Path, dex: Dex) -> None:
    out, back = blocks(PAGE, "khard", "sh")
    ran = subprocess.run(["sh", "-ec", out], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "khard"
    folder.mkdir(parents=True)
    config = block(PAGE, "khard", "ini")
    (folder / "khard.conf").write_text(config)

    def khard(*words: str, input: str = "") -> str:  # noqa: A002 - subprocess's name
        program = DEX.with_name("khard")
        return subprocess.run([program, *words], input=input, capture_output=True, text=True, check=True).stdout

    listed = {line.split("\t")[1] for line in khard("list", "--parsable").splitlines()}
    assert listed == {one["name"] for one in dex("list", "--json").json["data"]["items"]}
    assert "ada@example.org\tAda Lovelace" in khard("email", "--parsable", "lovelace")

    (home / ".contacts/family").mkdir()
    (folder / "khard.conf").write_text(config.replace("[dex]", "[family]").replace("contacts/dex", "contacts/family"))
    khard("new", "-a", "family", input="First name: Byron\nLast name: King\nEmail:\n  home: byron@example.org\n")
    ran = subprocess.run(["sh", "-ec", back], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert dex("show", "byron@example.org").code == 0
    assert sample.exists()


def test_datasette_shows_a_copy(sample: Path) -> None:
    need("datasette")
    copy, serve = block(PAGE, HEADINGS[-1], "sh").strip().split(" && ")
    assert serve.startswith("datasette serve --immutable people.db")
    assert subprocess.run(["sh", "-ec", copy], capture_output=True, check=False).returncode == 0
    ran = subprocess.run(
        ["sh", "-ec", f"{serve} --get '/people/person.json?_shape=array&_sort=id'"], capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)[0]["name"] == "Ada Lovelace"
    assert sample.exists()


# -- tmux ----------------------------------------------------------------------------------------------------


def test_the_status_line_of_tmux_tells_how_many_are_due(sample: Path, home: Path, dex: Dex) -> None:
    if reason := tmux.why_no_tmux():
        pytest.skip(reason)
    config = home / "tmux.conf"
    config.write_text(block(PAGE, "tmux", "tmux"))

    def status(shown: Callable[[str], bool]) -> None:
        command: list[str | Path] = ["tmux", "-S", home / "socket", "-f", config, "new-session", "sh"]
        with tmux.terminal(command, env={"DEXCLI_DB": str(sample)}) as screen:
            screen.wait(lambda text: shown(text.splitlines()[-1] if text else ""))

    status(lambda line: line.split()[-2:-1] == ["8"])
    assert dex("due", "--count").out == "8\n"
