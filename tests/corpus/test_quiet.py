"""Whom triage offers in real archives, whoever of them is taken for the owner."""

from __future__ import annotations

from pathlib import Path

import quiet


def test_no_list_or_machine_is_offered_and_nobody_who_was_answered_is_missed(corpus: Path) -> None:
    found = list(quiet.archives(corpus / "email"))
    assert {name for name, _, result in found if result.answered} == {"mikel-mail", "notmuch-default"}
    assert [(name, owner, result.wrong) for name, owner, result in found if result.wrong] == []
    assert [(name, owner, result.missed) for name, owner, result in found if result.missed] == []
