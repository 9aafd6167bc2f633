"""The text of a draft as it comes back from an editor."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.draft import ACTIONS, Head, change_refused, parse
from dexcli.errors import UsageError
from dexcli.render.draft_file import text_of
from dexcli.results.draft import DraftRow

HEAD = Head(
    source="file:///home/ada/contacts.vcf",
    digest="0f" * 32,
    made=date(2026, 3, 8),
    rules="ab" * 16,
    count=1,
    rows="cd" * 8,
)
ROW = DraftRow(
    row="3fa91c0",
    action="add",
    person=None,
    name="Ada Lovelace",
    where="contacts.vcf:1",
    confidence="sure",
    reason="new",
    entries=None,
)
WORDS = st.text(min_size=1).filter(str.isprintable) | st.sampled_from(["a  b", "#", " # ", "a=b", "\udcff"])
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    columns=st.dictionaries(WORDS, WORDS, max_size=4),
    as_=st.sampled_from([None, "csv"]),
    name=ANYTHING,
    reason=ANYTHING,
    what=ANYTHING,
    file=ANYTHING,
)
def test_what_is_written_is_read_back_whatever_anybody_is_called(
    columns: dict[str, str],
    as_: str | None,
    name: str,
    reason: str,
    what: str,
    file: str,
) -> None:
    head = msgspec.structs.replace(HEAD, columns=columns, format=as_)
    rows = [
        msgspec.structs.replace(ROW, name=name, reason=reason),
        msgspec.structs.replace(ROW, row="77ab120", action="link", person="ada-lovelace", name=name),
        msgspec.structs.replace(ROW, row="a150217", name="meeting", reason=reason, entries=30),
    ]
    draft = parse(text_of(head, rows, what=what, file=file), "a.draft")
    assert draft.head == head
    assert [(one.action, one.row, one.person) for one in draft.lines.values()] == [
        ("add", "3fa91c0", ""),
        ("link", "77ab120", "ada-lovelace"),
        ("add", "a150217", ""),
    ]


@given(st.text() | st.lists(st.sampled_from(text_of(HEAD, [ROW], what="x", file="y").split())).map(" ".join))
def test_any_text_is_a_draft_or_is_refused(text: str) -> None:
    try:
        parse(text, "a.draft")
    except UsageError as error:
        assert error.code == "draft"  # noqa: PT017 - whether it raises is for the text to say


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("wanted", ACTIONS)
def test_people_may_change_between_add_link_and_skip_alone(action: str, wanted: str) -> None:
    allowed = wanted in ("skip", action) or "update" not in (action, wanted)
    assert (change_refused(action, wanted, entries=False, fixed=False) is None) == allowed
    assert (change_refused(action, wanted, entries=True, fixed=False) is None) == (wanted in ("skip", action))
    assert (change_refused(action, wanted, entries=False, fixed=True) is None) == (wanted in ("skip", action))
