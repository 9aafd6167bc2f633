"""What a query that finds nobody may have meant, as it can be typed."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest

from dexcli.cli import offers
from dexcli.domain import query
from dexcli.services import near_misses, people
from dexcli.services.invocation import Invocation
from dexcli.services.people import Details
from support.world import in_memory

CALL = Invocation(now=datetime(2026, 3, 8, 9, tzinfo=UTC), command="test")
COMPANIES = ("Acme", "Acme Labs", 'Acme "Labs" Ltd', "a\\b Works", "(Brackets)", "Æther & Co.")


@pytest.mark.parametrize("company", COMPANIES)
def test_what_was_meant_can_be_typed(company: str) -> None:
    with closing(in_memory()) as conn:
        people.add(conn, CALL, Details(name="Ada Lovelace", company=company, tags=["friend"]))
        (told,) = near_misses.of_query(conn, f"company:{query.quoted(company + 'x')}")
        _, _, meant = told.removesuffix("?").partition("did you mean ")
        assert query.parse(meant) == query.Term("company", company)
        assert near_misses.of_query(conn, meant) == []
        assert near_misses.of_tag(conn, "frend") == ["nobody has the tag frend; did you mean friend?"]


@pytest.mark.parametrize("value", [*COMPANIES, "", " ", "x", '"', "\\"])
def test_completion_quotes_as_a_query_does(value: str) -> None:
    assert offers._query_value(value) == query.quoted(value)
