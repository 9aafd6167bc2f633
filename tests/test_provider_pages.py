"""The pages about providers are true: every account of theirs can be added as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from dexcli.config.account_keys import KEYS
from dexcli.config.providers import PROVIDERS
from support.program import Dex
from support.readme import ROOT

FOLDER = ROOT / "docs/providers"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page.name != "README.md")


def commands(page: Path) -> list[list[str]]:
    """What stands in the console blocks of a page, word by word."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_account_of_a_page_can_be_added(page: Path, dex: Dex, home: Path) -> None:
    (home / "cert.pem").write_text("")
    found = commands(page)
    added: set[str] = set()
    for program, *words in found:
        assert program == "dex"
        if words[:2] == ["account", "add"]:
            ran = dex(*(word.replace("~", str(home)) for word in words), "--json")
            if ran.code == 2 and "there is an account" in ran.error["message"]:  # another way to say the same
                name = ran.error["message"].split()[4]
                assert dex("account", "remove", name).code == 0
                ran = dex(*(word.replace("~", str(home)) for word in words), "--json")
            assert ran.code == 0, ran.err
            added.add(ran.json["data"]["accounts"][0]["name"])
        elif words[:2] == ["account", "login"]:
            assert words[2] in added
            ran = dex(
                *words,
                "--dry-run",
                "--json",
                env={"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
                input="x",
            )
            assert ran.code == 0, ran.err
        else:
            assert words[:2] == ["account", "test"]
            assert set(words[2:]) <= added
    assert added


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_says_what_was_tried_and_when(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert lines[0].startswith("# ")
    first = " ".join(lines[2:5])
    assert re.match(r"\*(Not tried|Tried)", first)
    assert "November 2026" in first


def test_every_page_stands_in_the_index_and_every_link_leads_somewhere() -> None:
    for page in FOLDER.glob("*.md"):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text("utf-8")):
            assert (FOLDER / link).exists(), f"{page.name}: {link}"
    index = (FOLDER / "README.md").read_text("utf-8")
    assert [page.name for page in PAGES if f"({page.name})" not in index] == []
    assert [one.page for one in PROVIDERS if one.page is not None and not (ROOT / one.page).exists()] == []


def test_the_page_about_ones_own_server_names_every_key() -> None:
    text = (FOLDER / "own-server.md").read_text("utf-8")
    assert [key for key in KEYS["imap"] if key.startswith("oauth_") and f"| `{key}` |" not in text] == []
