"""What long work shows, to whom, and how much memory it takes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.importing import address_book, operations
from support.program import DEX, Dex, Terminal

PROGRESS = re.compile(r"book\.vcf: [\d,]+ read")
MEGABYTES = 150


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """An import of several seconds."""
    path = tmp_path / "book.vcf"
    path.write_text(address_book(10_000))
    return path


def test_a_terminal_shows_how_far_it_has_come_and_clears_the_line(terminal: Terminal, book: Path) -> None:
    shown = terminal("import", book)
    assert shown.code == 0
    assert PROGRESS.search(shown.raw)
    *_, after = shown.raw.rpartition(" read")
    assert after.startswith("\r\x1b[K")
    # What is left on the screen when every line has been cleared.
    left = [line.rpartition("\r\x1b[K")[2] for line in shown.raw.split("\n")]
    assert not [line for line in left if PROGRESS.search(line)]
    assert "10,000 added" in shown.text


@pytest.mark.parametrize("option", ["-q", "--json", "--jsonl"])
def test_nobody_who_asked_for_quiet_or_for_a_document_is_shown_progress(
    option: str, terminal: Terminal, book: Path
) -> None:
    shown = terminal("import", book, option)
    assert shown.code == 0
    assert not PROGRESS.search(shown.raw)
    assert "\r\x1b[K" not in shown.raw


def test_nobody_behind_a_pipe_is_shown_progress(dex: Dex, book: Path) -> None:
    ran = dex("import", book)
    assert (ran.code, ran.err) == (0, "")
    assert "\r" not in ran.out


def test_importing_50000_rows_takes_a_bounded_amount_of_memory(tmp_path: Path, dex: Dex) -> None:
    table = tmp_path / "people.csv"
    rows = (f"Ada {number},ada{number}@example.org,Engine {number % 50}\n" for number in range(50_000))
    table.write_text("Name,Email,Company\n" + "".join(rows))
    assert megabytes_to_import(table) < MEGABYTES
    assert len(operations(dex)) == 1
    assert dex("list", "--fields", "handle").out.count("\n") == 50_000


def megabytes_to_import(path: Path) -> float:
    """The most that an import of the file held at a time (`ru_maxrss` is in kilobytes on Linux)."""
    measure = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    ran = subprocess.run([sys.executable, "-c", measure, DEX, "import", path], capture_output=True, check=True)
    return int(ran.stdout) / 1024
