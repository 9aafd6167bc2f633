"""People and entries of a search that names no word: all that its keys leave, those of the last days first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from dexcli.store.connection import Connection
from dexcli.store.search import Span
from dexcli.store.texts import ID_BITS, ID_MASK, INTERACTIONS, explained, listed


def people(conn: Connection, among: Collection[int], limit: int) -> list[int]:
    """These people in the order in which a search lists them, at most so many (0: all)."""
    rows = conn.execute(
        "select p.id from person p left join standing s on s.person_id = p.id"
        " where p.id in (select value from json_each(?))"
        " order by p.state = 'active' desc, s.last_contact_on desc, p.name_folded, p.id limit ?",
        (listed(among), limit or -1),
    )
    return [row[0] for row in rows]


class Latest:
    """Entries with any of these people, whatever is in them; `conditions` are on `interaction i`."""

    def __init__(
        self, conn: Connection, among: Collection[int] | None, conditions: Sequence[tuple[str, list[object]]]
    ) -> None:
        self._conn = conn
        self._among = among
        self._sql = "".join(f" and {sql}" for sql, _ in conditions)
        self._values = [value for _, said in conditions for value in said]

    def entries(self, span: Span, *, oldest: bool, most: int) -> list[tuple[date, int]]:
        """Their days and ids, newest day first, at most so many (0: all)."""
        order = "asc" if oldest else "desc"
        return self._of_anybody(span, order, most) if self._among is None else self._with_some(span, order, most)

    def _of_anybody(self, span: Span, order: str, most: int) -> list[tuple[date, int]]:
        # The index of words has every entry under its day: no other table is in this order.
        table = INTERACTIONS.table
        with explained(self._conn):
            found = self._conn.execute(
                f"select t.rowid from {table} t cross join interaction i on i.id = (t.rowid & ?)"
                f" where t.rowid between ? and ?{self._sql} order by t.rowid {order} limit ?",
                [ID_MASK, *span.docids, *self._values, most or -1],
            ).fetchall()
        return [(date.fromordinal(row[0] >> ID_BITS), row[0] & ID_MASK) for row in found]

    def _with_some(self, span: Span, order: str, most: int) -> list[tuple[date, int]]:
        found = self._conn.execute(
            "select distinct p.happened_on, p.interaction_id from identifier f"
            " join participant p on p.identifier_id = f.id join interaction i on i.id = p.interaction_id"
            " where f.person_id in (select value from json_each(?)) and p.happened_on between ? and ?"
            f"{self._sql} order by p.happened_on {order}, p.interaction_id {order} limit ?",
            [listed(self._among or ()), str(span.first), str(span.last), *self._values, most or -1],
        ).fetchall()
        return [(date.fromisoformat(row[0]), row[1]) for row in found]
