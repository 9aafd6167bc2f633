"""Which addresses may be people's, and what they are called."""

from __future__ import annotations

import pytest

from dexcli.domain.triage import guess_name, may_be_a_person


@pytest.mark.parametrize(
    "local",
    ["leave-5f3a91c2", "looms-request", "looms-unsubscribe-ada=example.org", "owner-looms", "unsubscribe", "opt-out",
     "looms-bounces+ada=example.org", "looms-confirm+1a2b", "info", "no-reply", "sales-uk", "join", "looms-admin",
     "looms-errors", "errors-looms", "looms-return-17-ada=example.org", "nicht-antworten"],
)  # fmt: skip
def test_a_command_of_a_list_or_a_function_is_nobody(local: str) -> None:
    assert not may_be_a_person(f"{local}@lists.example.org")


@pytest.mark.parametrize(
    "local", ["ada", "owner.smith", "joinville", "sub.rosa", "leavers", "ada-king", "request", "arno.reply"]
)
def test_whoever_only_looks_a_little_like_it_may_be_a_person(local: str) -> None:
    assert may_be_a_person(f"{local}@example.org")


def test_a_long_local_part_takes_no_time() -> None:
    assert may_be_a_person("a-" * 100_000 + "@example.org")


@pytest.mark.parametrize(
    ("name", "address", "guess"),
    [
        ("Noether, Emmy", "e@example.org", "Emmy Noether"),
        ("'Emmy Noether' (Bryn Mawr)", "e@example.org", "Emmy Noether"),
        ("emmy@example.org", "emmy.noether+lists@example.org", "Emmy Noether"),
        (None, "emmy_noether7@example.org", "Emmy Noether7"),
        (None, "42@example.org", "42@example.org"),
    ],
)
def test_a_name_is_offered(name: str | None, address: str, guess: str) -> None:
    assert guess_name(name, address) == guess
