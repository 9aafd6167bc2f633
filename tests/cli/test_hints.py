"""What a hint says can be copied into a shell as it stands, whatever files and addresses are called."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from dexcli.config.settings import why_untrusted
from dexcli.errors import CredentialsError
from support.program import Dex

NAME = 'it\'s "here"; $(touch owned) `touch owned` &'


@pytest.fixture
def folder(home: Path) -> Path:
    """A folder that a shell would not take as it is called."""
    made = home / NAME
    made.mkdir()
    return made


def words(text: str) -> list[str]:
    """What a shell would take it for, were there nothing else."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(lexer)


def test_a_path_is_one_word(dex: Dex, folder: Path, home: Path) -> None:
    db = folder / "dex.db"
    hint = dex("list", "--db", folder, "--json").error["hint"]
    assert words(hint.partition(": ")[2]) == ["--db", str(db)]

    dex("add", "Ada Lovelace", "--db", db)
    dex("--db", db, "backup", home / "copy.db")
    other = folder / "other.db"
    other.write_bytes(b"something else" * 100)
    hint = dex("--db", other, "restore", home / "copy.db", "--json").error["hint"]
    assert words(hint.partition(": ")[2]) == ["mv", str(other), f"{other}.damaged"]

    everything = folder / "it's all.jsonl"
    everything.write_text(dex("--db", db, "export", "--as", "jsonl").out)
    hint = dex("--db", db, "import", everything, "--json").error["hint"]
    assert words(hint.splitlines()[0].partition(": ")[2])[-2:] == ["import", everything.name]

    data = db.read_bytes()
    db.write_bytes(data[: len(data) // 2])
    checks = dex("--db", db, "doctor", "--json").json["data"]["report"]["checks"]
    remedy = next(one["remedy"] for one in checks if one["state"] == "problem")
    assert words(remedy.partition("; ")[2].partition(": ")[2])[:3] == ["sqlite3", str(db), ".recover"]


def test_a_configuration_that_others_can_write_is_one_word(folder: Path) -> None:
    config = folder / "config.toml"
    config.touch()
    config.chmod(0o666)
    told = why_untrusted(config)
    assert told is not None
    assert words(told[1]) == ["chmod", "go-w", str(config)]


def test_a_login_that_others_can_read_is_one_word(folder: Path) -> None:
    from dexcli.config import tokens

    kept = folder / "dexcli" / "tokens" / "work.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    kept.chmod(0o644)
    with pytest.raises(CredentialsError) as caught:
        tokens._read(kept, "work")
    assert words(str(caught.value.hint).partition(", or")[0]) == ["chmod", "600", str(kept)]


def test_an_address_from_a_mail_is_one_word(dex: Dex, home: Path) -> None:
    folder = home / "Mail" / "Sent"
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    (folder / "cur" / "1:2,S").write_text(
        "From: x'`touch_owned`&@example.org\nTo: ada@example.org\nSubject: x\n"
        "Date: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <1@example.org>\n\nhi\n"
    )
    dex("me", "add", "me@example.org")
    (note,) = dex("import", folder, "--json").json["data"]["report"]["notes"]
    assert words(note.partition("is you, ")[2]) == ["dex", "me", "add", "x'`touch_owned`&@example.org"]


@pytest.mark.parametrize(
    "command",
    [
        ["forget", NAME],
        ["cadence", "--tag", NAME],
        ["cadence", "--kind", NAME],
    ],
)
def test_what_was_typed_is_one_word(known: Dex, command: list[str]) -> None:
    hint = known(*command, "--json").error["hint"]
    assert NAME in words(hint)
