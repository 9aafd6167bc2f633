"""Files that are compressed: told by what they begin with, and the command in the message reads them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.program import DEX, NOW, Dex

CARD = "BEGIN:VCARD\nVERSION:4.0\nFN:Emmy Noether\nEND:VCARD\n"
WAYS: list[tuple[str, str, Callable[[bytes], bytes]]] = [
    ("gzip", ".gz", gzip.compress),
    ("xz", ".xz", lzma.compress),
    ("bzip2", ".bz2", bz2.compress),
]
BY_PROGRAM = pytest.mark.parametrize(("program", "ending", "compress"), WAYS)


def run_as_told(hint: str, folder: Path) -> None:
    """Type what an error names into a shell."""
    environment = {**os.environ, "DEXCLI_NOW": NOW, "PATH": f"{DEX.parent}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-e", "-c", hint], cwd=folder, env=environment, check=True, capture_output=True)


@BY_PROGRAM
def test_a_compressed_file_is_read_as_its_error_says(
    known: Dex, tmp_path: Path, program: str, ending: str, compress: Callable[[bytes], bytes]
) -> None:
    assert shutil.which(program)
    path = tmp_path / f"my people.vcf{ending}"
    path.write_bytes(compress(CARD.encode()))
    for more in ([], ["--as", "vcard"], ["--as", "jsonl"]):
        ran = known("import", path, *more)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"dex: my people.vcf{ending} is compressed with {program}\n")
    error = known("import", path, "--json").error
    assert error["code"] == "compressed"
    run_as_told(error["hint"], tmp_path)
    assert known("show", "emmy").code == 0


@BY_PROGRAM
def test_a_compressed_backup_is_restored_as_its_error_says(
    known: Dex, db: Path, tmp_path: Path, program: str, ending: str, compress: Callable[[bytes], bytes]
) -> None:
    known("backup", tmp_path / "copy.db")
    path = tmp_path / f"copy.db{ending}"
    path.write_bytes(compress((tmp_path / "copy.db").read_bytes()))
    (tmp_path / "copy.db").unlink()
    known("add", "Emmy Noether")
    before = db.read_bytes()
    ran = known("restore", path)
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"dex: {path} is compressed with {program}")
    assert db.read_bytes() == before
    run_as_told(known("restore", path, "--json").error["hint"], tmp_path)
    assert known("show", "emmy").code == 4


def test_compressed_standard_input_is_told(known: Dex) -> None:
    ran = known("import", "-", input=gzip.compress(CARD.encode()))
    assert (ran.code, ran.err) == (2, "dex: stdin is compressed with gzip\n     ... | gzip -dc | dex import -\n")


def test_a_compressed_folder_is_unpacked_as_its_error_says(known: Dex, tmp_path: Path) -> None:
    (tmp_path / "Contacts").mkdir()
    (tmp_path / "Contacts/people.vcf").write_text(CARD)
    subprocess.run(["tar", "-czf", "takeout.tgz", "Contacts"], cwd=tmp_path, check=True)
    run_as_told(known("import", tmp_path / "takeout.tgz", "--json").error["hint"], tmp_path)
    assert known("show", "emmy").code == 0


def test_what_zstd_wrote_is_told_and_a_text_that_begins_alike_is_not(known: Dex, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"\x28\xb5\x2f\xfd\x24\x00")
    assert "is compressed with zstd" in known("import", path).err
    path.write_text("BZh,Name,Email\n1,Emmy Noether,emmy@example.org\n")
    assert known("import", path).code == 0
