"""`dex list`: how many, and what is said where there is nobody."""

from __future__ import annotations

import pytest

from support.program import Dex, Terminal


@pytest.mark.parametrize("command", [("list",), ("list", "--fields", "handle"), ("dates",)])
def test_no_more_are_listed_than_were_asked_for(known: Dex, terminal: Terminal, command: tuple[str, ...]) -> None:
    everybody = known(*command, "--json").json["data"]
    first = known(*command, "--limit", "1", "--json").json["data"]
    assert everybody["total"] > 1
    assert (first["items"], first["total"]) == (everybody["items"][:1], everybody["total"])
    assert known(*command, "-n", "1").out == known(*command).out.splitlines(keepends=True)[0]
    assert known(*command, "--limit", "0").out == known(*command).out
    assert terminal(*command, "-n", "1").text.splitlines()[-1].startswith(f" 1 of {everybody['total']} ")
