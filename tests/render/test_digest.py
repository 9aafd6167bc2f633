from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import msgspec
import pytest
from rich.cells import cell_len

from dexcli.render import digest
from dexcli.results.due import DueList, StaleAccount

Golden = Callable[[str, Iterable[str]], None]
STALE = [
    StaleAccount(name="work", last_synced_at=datetime(2026, 3, 1, 5, tzinfo=UTC)),
    StaleAccount(name="home", last_synced_at=None),
]


def test_the_digest_is_fit_for_a_mail(due: DueList, golden: Golden) -> None:
    never = msgspec.structs.replace(due.items[1], last_contact=None, overdue_days=-3)
    shown = msgspec.structs.replace(due, items=[*due.items, never], total=9, accounts_stale=STALE)
    golden("digest", digest.lines(shown))


def test_nobody_due_is_no_mail_at_all(due: DueList) -> None:
    assert list(digest.lines(msgspec.structs.replace(due, items=[], total=0, accounts_stale=STALE))) == []


@pytest.mark.parametrize("name", ["x" * 300, "漢字" * 50, "\x1b[31mred\u202e\n.\n", "word " * 50])
def test_hostile_text_stays_within_72_columns_and_one_line(due: DueList, name: str) -> None:
    item = due.items[0]
    contact = msgspec.structs.replace(due.drifting[0].last_contact, title=name, kind=name)
    reason = msgspec.structs.replace(item.reasons[0], text=name)
    person = msgspec.structs.replace(item.person, name=name)
    hostile = msgspec.structs.replace(item, person=person, last_contact=contact, reasons=[reason])
    shown = msgspec.structs.replace(
        due,
        items=[hostile],
        drifting=[msgspec.structs.replace(due.drifting[0], person=person)],
        accounts_stale=[StaleAccount(name=name, last_synced_at=None)],
    )
    for line in digest.lines(shown):
        assert cell_len(line) <= 72
        assert line == "" or line.isprintable()


def test_a_narrow_terminal_has_lines_of_its_width(due: DueList) -> None:
    shown = msgspec.structs.replace(due, total=9, accounts_stale=STALE)
    for width in (20, 40):
        assert max(map(cell_len, digest.lines(shown, width))) <= width
    assert any("last contact" in line for line in digest.lines(shown, 40))
