"""Whom triage offers, in a mailbox of which everything is known: nobody is missed, no list or machine is among them."""

from __future__ import annotations

from pathlib import Path

import life
import quiet
from support.program import Dex


def test_everybody_who_wrote_and_was_answered_is_offered_and_no_list_or_machine(tmp_path: Path) -> None:
    found = quiet.synthetic(tmp_path)
    assert found.messages > 700
    assert len(found.answered) > 50
    assert (found.wrong, quiet.precision([found])) == (frozenset(), 1.0)
    assert (found.missed, quiet.recall([found])) == (frozenset(), 1.0)
    known = life.write(tmp_path / "again.mbox")
    assert {known[address].kind for address in found.candidates if not known[address].answered} == {"never answered me"}


def test_the_headers_tell_without_dexcli_what_is_known(tmp_path: Path) -> None:
    known = life.write(tmp_path / "life.mbox")
    true = quiet.truth(quiet.letters(tmp_path / "life.mbox"), frozenset(life.MINE))
    assert true.answered == set(life.addresses(known, answered=True))
    commands = {one.address for one in known.values() if one.kind == "command of a list"}
    assert true.quiet | commands == set(life.addresses(known, quiet=True))


def test_mail_by_lists_that_is_kept_changes_nothing(dex: Dex, tmp_path: Path) -> None:
    known = life.write(tmp_path / "life.mbox")
    dex("me", "add", *life.MINE)
    dex("config", "set", "policy.lists", "store")
    assert dex("import", tmp_path / "life.mbox").code == 0
    offered = {one["address"] for one in dex("triage", "--limit", "0", "--json").json["data"]["items"]}
    assert offered & set(life.addresses(known, quiet=True)) == set()
    assert offered >= set(life.addresses(known, answered=True))
