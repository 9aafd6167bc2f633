"""Full-text search: the people and entries that words find, by the index of `store/texts.py`."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import msgspec

from dexcli.domain.query import And, Node, Not, Or, Term, Text
from dexcli.domain.search import check as checked
from dexcli.domain.search import compile_words
from dexcli.domain.words import Wanted
from dexcli.errors import UsageError
from dexcli.results.search import SearchWho
from dexcli.store import texts
from dexcli.store.connection import Connection, Row
from dexcli.store.texts import ID_BITS, ID_MASK, INTERACTIONS, PEOPLE, WHO, explained, listed

BOUND = 1_000
"""Hits that are counted and compared: the newest ones. What is further back is not looked at."""

MOST_WORDS = 24
"""Words of the index that the beginning of one may be looked for as."""

MOST_IDENTIFIERS = 1_000
"""Identifiers that a word may be the name of, or that a filter may leave; more are met by reading entries."""


def people(conn: Connection, words: Node, among: Collection[int] | None, limit: int) -> tuple[list[int], int]:
    """The people in whose words it fits, at most so many (0: all), and how many there are; `among`: only of these.

    First whose name it is, then by the latest contact.
    """
    expression = compile_words(words, _leaf)
    filtered, values = "", list[object]()
    if among is not None:
        # +: not a look-up of the words for each of them
        filtered, values = " and +rowid in (select value from json_each(?))", [listed(among)]
    sql = f"select rowid from {PEOPLE.table} where {PEOPLE.table} match ?{filtered}"
    with _understood(conn):
        found = [row[0] for row in conn.execute(sql, [expression, *values])]
        named = {row[0] for row in conn.execute(sql, [f"{{name}} : {expression}", *values])} if found else set()
    total = len(found)
    if limit and total > BOUND:
        found = sorted(found, key=lambda id_: (id_ not in named, id_))[:BOUND]
        named &= set(found)
    ranked = conn.execute(
        "select p.id from person p left join standing s on s.person_id = p.id"
        " where p.id in (select value from json_each(?1))"
        " order by p.id in (select value from json_each(?2)) desc, p.state = 'active' desc,"
        " s.last_contact_on desc, p.name_folded, p.id limit ?3",
        (listed(found), listed(named), limit or -1),
    )
    return [row[0] for row in ranked], total


class Span(msgspec.Struct, frozen=True):
    """Days, both included."""

    first: date = date.min
    last: date = date.max

    @property
    def docids(self) -> tuple[int, int]:
        """The numbers under which entries of these days may stand in the index."""
        return self.first.toordinal() << ID_BITS, (self.last.toordinal() << ID_BITS) | ID_MASK


def newest(conn: Connection) -> date:
    """The last day on which there is an entry."""
    with _understood(conn):
        row = conn.execute(f"select rowid from {INTERACTIONS.table} order by rowid desc limit 1").fetchone()
    return date.fromordinal(row[0] >> ID_BITS) if row else date.min


class History:
    """The entries in whose words or participants it fits; `among`: only those with one of these people.

    `conditions` are on `interaction i`.
    """

    def __init__(
        self,
        conn: Connection,
        words: Node,
        among: Collection[int] | None,
        conditions: Sequence[tuple[str, list[object]]],
    ) -> None:
        self._conn = conn
        self._expression = compile_words(words, lambda text: _leaf_of_entries(conn, text))
        self._sql, self._values = "", list[object]()
        if among is not None:
            mine = _identifiers_of(conn, among)
            if len(mine) <= MOST_IDENTIFIERS:
                self._expression = f"({self._expression}) AND {_who(mine)}"
            else:
                self._sql += (
                    f" and exists(select 1 from participant p where p.interaction_id = ({INTERACTIONS.table}.rowid & ?)"
                    " and +p.identifier_id in (select value from json_each(?)))"  # +: not a seek for each of them
                )
                self._values += [ID_MASK, listed(mine)]
        if conditions:
            joined = " and ".join(sql for sql, _ in conditions)
            self._sql += (
                f" and exists(select 1 from interaction i where i.id = ({INTERACTIONS.table}.rowid & ?) and {joined})"
            )
            self._values += [ID_MASK, *(value for _, said in conditions for value in said)]

    def entries(self, span: Span, *, oldest: bool, most: int) -> list[tuple[date, int]]:
        """Their days and ids, newest day first, at most so many (0: all)."""
        with _understood(self._conn):
            found = self._conn.execute(
                f"select rowid from {INTERACTIONS.table} where {INTERACTIONS.table} match ? and rowid between ? and ?"
                f"{self._sql} order by rowid {'asc' if oldest else 'desc'} limit ?",
                [self._expression, *span.docids, *self._values, most or -1],
            ).fetchall()
        return [(date.fromordinal(row[0] >> ID_BITS), row[0] & ID_MASK) for row in found]


def condition(node: Node, days: dict[Term, date]) -> tuple[str, list[object]]:
    """The keys of entries as a condition on `interaction i`; `days` are those that the terms name."""
    match node:
        case And() | Or():
            parts = [condition(item, days) for item in node.items]
            word = " and " if isinstance(node, And) else " or "
            return f"({word.join(sql for sql, _ in parts)})", [value for _, values in parts for value in values]
        case Not():
            sql, values = condition(node.item, days)
            return f"not {sql}", values
        case Term("kind"):
            return "(i.kind = ?)", [node.value.casefold()]
        case Term():
            sign = {"on": "=", "since": ">=", "until": "<="}[node.key]
            return f"(i.happened_on {sign} ?)", [days[node].isoformat()]
        case Text():
            raise TypeError(node.value)


def _quoted(looked_for: Wanted) -> str:
    """Words as FTS5 reads them: between quotes nothing is a sign, and no word holds a quote."""
    return f'"{" ".join(looked_for.words)}"{" *" if looked_for.begins else ""}'


def _leaf(text: Text) -> str:
    looked_for = checked(text)
    # Among people the shortest beginning will do: there are not so many of them.
    return _quoted(looked_for if text.phrase else Wanted(looked_for.words, begins=True))


def _leaf_of_entries(conn: Connection, text: Text) -> str:
    """In the words of an entry, or in the name of somebody who took part."""
    looked_for = checked(text)
    said = _quoted(looked_for)
    with _understood(conn):
        words = _spelled_out(conn, looked_for)
        if found := _named(conn, text, said):
            words = [*words, _who(found)]
    return f"({' OR '.join(words)})" if words else said


def _spelled_out(conn: Connection, looked_for: Wanted) -> list[str]:
    """The beginning of a word as the words that the index of entries has of it: none, several, or itself if too many.

    FTS5 reads all that there is of a beginning before the first hit, and of words no more than what is asked for.
    """
    if not looked_for.begins:
        return [_quoted(looked_for)]
    conn.execute(
        f"create virtual table if not exists temp.entry_word using fts5vocab(main, {INTERACTIONS.table}, instance)"
    )
    *before, beginning = looked_for.words
    known: list[str] = []
    behind = beginning
    while row := conn.execute("select term from temp.entry_word where term >= ? limit 1", (behind,)).fetchone():
        if not row[0].startswith(beginning):
            break
        if len(known) == MOST_WORDS:
            return [_quoted(looked_for)]
        known.append(row[0])
        behind = row[0] + "\x01"  # before every word that is longer, since none holds a control character
    return [_quoted(Wanted((*before, word), begins=False)) for word in known]


def _named(conn: Connection, text: Text, said: str) -> list[int]:
    """The identifiers of those whose name, alias or address it is, my own left out; none where they are too many."""
    also, of_people = ("{name value}", "{name reach}") if "@" in text.value else ("{name}", "{name}")
    rows = conn.execute(
        "select f.id from identifier f where f.mine = 0 and f.id in ("
        f"select rowid from identifier_text where identifier_text match ?1"
        " union select g.id from identifier g where g.person_id in ("
        f"select rowid from {PEOPLE.table} where {PEOPLE.table} match ?2)) limit ?3",
        (f"{also} : {said}", f"{of_people} : {said}", MOST_IDENTIFIERS + 1),
    ).fetchall()
    return [] if len(rows) > MOST_IDENTIFIERS else [row[0] for row in rows]


def _who(identifier_ids: Collection[int]) -> str:
    marks = " OR ".join(f'"{WHO}{id_}"' for id_ in identifier_ids)
    return f"who : ({marks})" if marks else f'who : "{WHO}"'


def _identifiers_of(conn: Connection, person_ids: Collection[int]) -> list[int]:
    rows = conn.execute(
        "select id from identifier where person_id in (select value from json_each(?))", (listed(person_ids),)
    )
    return [row[0] for row in rows]


# -- reading what was found ------------------------------------------------------------------------


def rows_of(conn: Connection, interaction_ids: Sequence[int]) -> dict[int, Row]:
    """The rows of entries by id."""
    rows = conn.execute(
        "select id, kind, direction, happened_on, happened_at, title, body, place from interaction"
        " where id in (select value from json_each(?))",
        (listed(interaction_ids),),
    )
    return {row["id"]: row for row in rows}


def participants(conn: Connection, interaction_ids: Sequence[int]) -> dict[int, list[SearchWho]]:
    """Who took part in each of these besides me: people first."""
    found: dict[int, list[SearchWho]] = {}
    for row in conn.execute(
        "select p.interaction_id, f.kind, f.value, f.person_id, coalesce(q.name, f.name) as name, q.handle, q.state"
        " from participant p join identifier f on f.id = p.identifier_id left join person q on q.id = f.person_id"
        " where p.interaction_id in (select value from json_each(?)) and f.mine = 0"
        " order by f.person_id is null, f.person_id, f.value",
        (listed(interaction_ids),),
    ):
        who = found.setdefault(row["interaction_id"], [])
        if row["person_id"] is None or all(one.person_id != row["person_id"] for one in who):
            who.append(
                SearchWho(
                    person_id=row["person_id"],
                    handle=row["handle"],
                    name=row["name"],
                    identifier=row["value"] if row["kind"] != "uid" else "",
                    state=row["state"],
                )
            )
    return found


def said_of(conn: Connection, person_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """What the index has of people, as (field, value): names first, then tags, then what is said of them."""
    wanted = listed(person_ids)
    found: dict[int, list[tuple[str, str]]] = {}
    for sql in (
        "select id, 'name', name from person where id in (select value from json_each(?))",
        "select id, 'handle', handle from person where id in (select value from json_each(?))",
        (
            "select pt.person_id, 'tag', t.name from person_tag pt join tag t on t.id = pt.tag_id"
            " where pt.person_id in (select value from json_each(?)) order by t.name"
        ),
        (
            "select person_id, field, value from claim where current = 1"
            " and person_id in (select value from json_each(?)) order by field = 'note', id"
        ),
    ):
        for person_id, field, value in conn.execute(sql, (wanted,)):
            said = found.setdefault(person_id, [])
            if field not in texts.NO_WORDS and (field, value) not in said:
                said.append((field, value))
    return found


@contextmanager
def _understood(conn: Connection) -> Iterator[None]:
    """Say what is wrong where the index cannot be asked."""
    with explained(conn):
        try:
            yield
        except sqlite3.OperationalError as error:
            if "parser stack" not in str(error) and "expression tree" not in str(error):
                raise
            raise UsageError(
                "Query: this is nested too deeply.", hint="leave parentheses out, or search for less at once"
            ) from error
