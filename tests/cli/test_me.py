"""My own addresses: one that is somebody's is asked about where it is typed, and told of where a file says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.program import Dex


@pytest.mark.parametrize(
    "words",
    [
        ("me", "add", "GRACE@example.com"),
        ("init", "--email", "grace@example.com", "--region", "GB"),
        ("account", "add", "grace@example.com", "--host", "imap.example.org"),
    ],
)
def test_an_address_that_somebody_has_is_mine_by_force_only(dex: Dex, words: tuple[str, ...]) -> None:
    dex("add", "Grace Hopper", "--email", "grace@example.com")

    ran = dex(*words, "--json")
    assert (ran.code, ran.out) == (5, "")
    assert ran.error["message"] == "grace@example.com is Grace Hopper's (grace-hopper)"
    assert "--force" in ran.error["hint"]
    assert [one["handle"] for one in ran.error["candidates"]] == ["grace-hopper"]
    assert dex("me", "--json").json["data"]["me"]["emails"] == []
    assert dex("config", "--json").json["data"]["exists"] is False

    assert dex(*words, "--force").code == 0
    assert dex("me", "--json").json["data"]["me"]["emails"] == ["grace@example.com"]
    assert dex("me", "add", "grace@example.com").code == 0  # it is mine: there is nothing to ask


@pytest.mark.parametrize("by_hand", [True, False])
def test_an_address_that_the_configuration_takes_is_told(by_hand: bool, dex: Dex, home: Path) -> None:
    dex("add", "Grace Hopper", "--email", "grace@example.com")
    if by_hand:
        (home / ".config/dexcli").mkdir(parents=True)
        (home / ".config/dexcli/config.toml").write_text('[me]\nemails = ["grace@example.com"]\n')
        ran = dex("add", "Ada Lovelace", "--json")
    else:
        ran = dex("config", "set", "me.emails", "grace@example.com", "--json")

    assert ran.json["warnings"] == [
        "grace@example.com is yours from now on (config.toml); it was Grace Hopper's (grace-hopper)"
    ]
    assert dex("add", "Alan Turing", "--json").json["warnings"] == []
