"""The commands of `docs/encryption.md`, with age: nobody reads what they write without the key, and it comes back."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from support.program import Dex
from support.recipes import ROOT, blocks

PAGE = ROOT / "docs/encryption.md"

pytestmark = pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed (apt install age)")


def shell(script: str) -> None:
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def people(path: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute("select uid, handle, name, state, notes, updated_at from person order by uid").fetchall()


@pytest.fixture
def key(home: Path) -> None:
    (home / ".config/dexcli").mkdir(parents=True)
    shell(blocks(PAGE, "Backups", "sh")[0])


@pytest.mark.usefixtures("key")
def test_a_backup_is_encrypted_and_put_back(dex: Dex, sample: Path, home: Path) -> None:
    before = people(sample)
    _, encrypt, decrypt = blocks(PAGE, "Backups", "sh")
    shell(encrypt)
    (made,) = home.glob("dex-*.db.age")
    assert b"Lovelace" not in made.read_bytes()
    assert b"Lovelace" in sample.read_bytes()
    assert dex("rm", "ada", "-q", env={"DEXCLI_DB": str(sample)}).code == 0
    assert people(sample) != before
    shell(decrypt)
    assert people(sample) == before


@pytest.mark.usefixtures("key")
def test_everything_goes_through_a_pipe(sample: Path, home: Path) -> None:
    encrypt, decrypt = blocks(PAGE, "Everything, through a pipe", "sh")
    shell(encrypt)
    assert b"Lovelace" not in (home / "everything.jsonl.age").read_bytes()
    shell(decrypt)
    assert people(home / "new.db") == people(sample)
