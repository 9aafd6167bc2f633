"""The query language as SQL: from the tree that `domain.query` reads to a condition on people."""

from __future__ import annotations

import json
import re
from datetime import date
from itertools import chain

from dexcli.domain import identifiers
from dexcli.domain.cadence import NEVER, parse_cadence
from dexcli.domain.dates import read_date, read_partial, read_period, read_span, shift
from dexcli.domain.names import fold, tag_form
from dexcli.domain.query import And, Node, Not, Or, Term, Text
from dexcli.errors import UsageError
from dexcli.store.claims import read_yearly
from dexcli.store.connection import Connection
from dexcli.store.due import DueView, suspects
from dexcli.store.settings import DueSettings
from dexcli.store.standing import derive

Condition = tuple[str, list[object]]
"""An SQL expression that is never NULL, so that `not` is its opposite, and the values of its marks."""

_CLAIMED = {
    "company": ("company",),
    "title": ("title",),
    "location": ("location", "address"),
    "met": ("met_where",),
}
"""Keys that look for a part of any current claim: what lost against another claim is still said."""

_KNOWN = {
    "email": ("email",),
    "phone": ("phone",),
    "url": ("url",),
    "company": ("company",),
    "title": ("title",),
    "location": ("location",),
    "met": ("met_where", "met_on"),
    "note": ("note",),
}
"""What `has:` finds among the claims."""

_FREE = ("company", "title", "location", "note")
"""The claims that free words are looked for in, besides name and tags."""

_DURATION_HINT = "write 30d, 2w, 3m or 1y"
_LONGEST_ID = 18
"""Digits; what is longer is beyond SQLite's integers."""


def select_ids(
    conn: Connection,
    node: Node | None,
    *,
    today: date,
    settings: DueSettings,
    order: str | None,
    region: str | None,
) -> list[int]:
    """The people whom a query finds, by name.

    `settings` are those in force, `order` (`DMY`, `MDY`, `YMD`) says how 03/04/2026 is meant, `region` (`DE`) how a
    phone number without calling code is. Raises UsageError for a value that its key cannot read.
    """
    condition, values = where(conn, node, today=today, settings=settings, order=order, region=region)
    rows = conn.execute(
        "select p.id from person p left join standing s on s.person_id = p.id"
        f" where {condition} order by p.name_folded, p.id",
        values,
    )
    return [row[0] for row in rows]


def where(
    conn: Connection,
    node: Node | None,
    *,
    today: date,
    settings: DueSettings,
    order: str | None,
    region: str | None,
) -> Condition:
    """Compile a query to a condition on `person p left join standing s on s.person_id = p.id`.

    Only the active are found unless the query names a state, and never those merged into others. The
    condition is good for this connection, whose functions it calls, until the next write: who is due, and
    what derived rows do not know yet, is looked up here. Arguments and errors are those of `select_ids`.
    """
    add_functions(conn)
    conditions: list[Condition] = [("p.state <> 'merged'", [])]
    if node is None or not names_state(node):
        conditions.append(("p.state = 'active'", []))
    if node is not None:
        conditions.append(_Compiler(conn, today, settings, order, region).compile(node))
    return _joined(" and ", conditions)


def values(conn: Connection, key: str) -> list[str]:
    """What there is to ask for by `tag:`, whoever has it, by `company:` or by `kind:`."""
    sql = {
        "tag": "select name from tag t where exists(select 1 from person_tag pt where pt.tag_id = t.id) order by 1",
        "company": "select distinct value from claim where field = 'company' and current = 1 order by 1",
        "kind": "select distinct kind from interaction order by 1",
    }[key]
    return [row[0] for row in conn.execute(sql)]


def add_functions(conn: Connection) -> None:
    """Let SQL call what compares texts as the domain does: `fold`, `spelling`, `digits`."""
    # SQLite refuses to replace a function while a statement runs: what is there stays.
    known = {row[0] for row in conn.execute("select name from pragma_function_list where not builtin")}
    for function in (fold, _spelling, _digits):
        name = function.__name__.strip("_")
        if name not in known:
            conn.create_function(name, 1, function, deterministic=True)


_LETTERS = re.compile(r"[^\W_]+")


def _spelling(text: str) -> str:
    """Take case and accents off a text and nothing else: what is left of `C++` is not `C`."""
    if text.isascii():
        return text.lower()
    import unicodedata

    return _LETTERS.sub(lambda letters: fold(letters[0]), unicodedata.normalize("NFC", text))


def _digits(text: str) -> str:
    return "".join(str(int(character)) for character in text if character.isdecimal())


def names_state(node: Node) -> bool:
    """Whether a query says in which state people are to be."""
    match node:
        case And() | Or():
            return any(map(names_state, node.items))
        case Not():
            return names_state(node.item)
        case _:
            return isinstance(node, Term) and node.key == "state"


def _joined(word: str, conditions: list[Condition]) -> Condition:
    values = list(chain.from_iterable(values for _, values in conditions))
    return f"({word.join(sql for sql, _ in conditions)})", values


class _Compiler:
    """Compiles the nodes of one query."""

    def __init__(
        self, conn: Connection, today: date, settings: DueSettings, order: str | None, region: str | None
    ) -> None:
        self.conn = conn
        self.today = today
        self.settings = settings
        self.order = order
        self.region = region

    def compile(self, node: Node) -> Condition:
        match node:
            case And():
                return _joined(" and ", [self.compile(item) for item in node.items])
            case Or():
                return _joined(" or ", [self.compile(item) for item in node.items])
            case Not():
                sql, values = self.compile(node.item)
                return f"not {sql}", values
            case Text():
                return self.words(node)
            case Term():
                return self.term(node)

    def words(self, text: Text) -> Condition:
        """A word or phrase of name, claims or tags. Spaces round both sides make words begin and end."""
        wanted = f" {_folded(text)} " if text.phrase else f" {_folded(text)}"
        conditions: list[Condition] = [
            ("instr(' ' || p.name_folded || ' ', ?)", [wanted]),
            _claim(_FREE, "instr(' ' || fold(c.value) || ' ', ?)", wanted),
            _tag("instr(' ' || fold(t.name) || ' ', ?)", wanted),
        ]
        return _joined(" or ", conditions)

    def term(self, term: Term) -> Condition:
        match term.key:
            case "tag":
                return self.tag(term)
            case "company" | "title" | "location" | "met":
                return _claim(_CLAIMED[term.key], "instr(fold(c.value), ?)", _folded(term))
            case "name":
                return "instr(p.name_folded, ?) > 0", [_folded(term)]
            case "email":
                return _claim(("email",), "instr(spelling(c.value), ?)", _spelling(_encodable(term)))
            case "phone":
                return self.phone(term)
            case "handle":
                return "p.handle = ?", [_spelling(_encodable(term))]
            case "id":
                digits = term.value.lstrip("0")
                return "p.id = ?", [int(digits) if 0 < len(digits) <= _LONGEST_ID else 0]
            case "state":
                return ("1", []) if term.value == "all" else ("p.state = ?", [term.value])
            case "every":
                return self.every(term)
            case "quiet":
                sql, values = self.contact(self.moved(term, -1))
                return f"not {sql}", values
            case "recent":
                return self.contact(self.moved(term, -1))
            case "since":
                return self.contact(self.since(term))
            case "due":
                return self.due(term)
            case "birthday":
                return self.birthday(term)
            case "has":
                return self.has(term)
        raise _refusal(term, "there is no such key", "`dex help query` lists the keys")

    def tag(self, term: Term) -> Condition:
        written = _encodable(term)
        # As it was written, and as it is stored.
        stored = tag_form(written)
        return _tag("spelling(t.name) in (?, ?)", _spelling(written), _spelling(stored))

    def phone(self, term: Term) -> Condition:
        """The same number; what cannot be read as one, on either side, by the digits it contains."""
        digits = _digits(term.value).lstrip("0")
        if not digits:
            raise _refusal(term, "this is no phone number", "write it in any form: phone:+442079460958")
        number = identifiers.phone(term.value, self.region)
        if number is None:
            return _claim(("phone",), "instr(digits(c.value), ?)", digits)
        return _claim(
            ("phone",),
            "(c.value = ? or instr(c.value, ?) = 1 or (c.value not glob '+*' and instr(digits(c.value), ?)))",
            number.value,
            f"{number.value};ext=",
            digits,
        )

    def every(self, term: Term) -> Condition:
        """By the cadence in force; `never` is the one that somebody was given on purpose."""
        wanted = term.value.casefold()
        if wanted not in ("none", "any"):
            cadence = parse_cadence(term.value)
            if cadence == NEVER:
                return "p.cadence is ?", [NEVER.text]
            wanted = cadence.text
        comparison = {"none": "is null", "any": "is not null"}.get(wanted, "is ?")
        values: list[object] = [wanted] if comparison == "is ?" else []
        underived = self.underived()
        unsure, unsure_ids = _among(list(underived))
        found, found_ids = _among(
            [id_ for id_, cadence in underived.items() if wanted in (cadence, "none" if cadence is None else "any")]
        )
        return f"((not {unsure} and s.cadence {comparison}) or {found})", [*unsure_ids, *values, *found_ids]

    def underived(self) -> dict[int, str | None]:
        """People whose derived row may not hold, with the cadence they have."""
        found: dict[int, str | None] = {}
        for person_id in suspects(self.conn, today=self.today, settings=self.settings, until=self.today):
            derived = derive(self.conn, person_id, self.today, self.settings)
            cadence = derived.facts.cadence if derived else None
            found[person_id] = cadence.text if cadence else None
        return found

    def contact(self, since: date) -> Condition:
        """Contact from that day to today. The derived row would not do: meetings pass without a write."""
        sql = (
            "exists(select 1 from identifier f join participant pt on pt.identifier_id = f.id"
            " where f.person_id = p.id and pt.counts = 1 and pt.happened_on between ? and ?)"
        )
        return sql, [since.isoformat(), self.today.isoformat()]

    def moved(self, term: Term, direction: int) -> date:
        """The day that lies a duration before (-1) or after (1) today."""
        span = read_span(term.value)
        if span is None:
            raise _refusal(term, "this is no duration", _DURATION_HINT)
        try:
            return shift(self.today, direction * span[0], span[1])
        except OverflowError:
            raise _refusal(term, "this lies beyond the calendar", _DURATION_HINT) from None

    def since(self, term: Term) -> date:
        period = read_period(term.value)
        day = period[0] if period else read_date(term.value, today=self.today, prefer="past", order=self.order)
        if day is None:
            raise _refusal(term, "this is no date", "write since:2026-01-01, since:2026-01, since:monday or since:30d")
        return day

    def due(self, term: Term) -> Condition:
        horizon = self.today if term.value.casefold() == "now" else self.moved(term, 1)
        view = DueView(self.conn, today=self.today, horizon=horizon, settings=self.settings)
        return _among(view.ids())

    def birthday(self, term: Term) -> Condition:
        sql = "exists(select 1 from occasion o where o.person_id = p.id and o.kind = 'birthday' and {})"
        day = read_partial(term.value, order=self.order)
        if day is not None:
            year, month, day_of_month = read_yearly(day)
            if year is None:
                return sql.format("o.month = ? and o.day = ?"), [month, day_of_month]
            return sql.format("o.month = ? and o.day = ? and o.year is ?"), [month, day_of_month, year]
        # The domain reads days: a month is what the first may be put before.
        first = read_partial(f"1 {term.value}") if term.value.isalpha() else None
        if first is None:
            raise _refusal(term, "this is no birthday", "write birthday:march or birthday:03-14")
        return sql.format("o.month = ?"), [int(first[-5:-3])]

    def has(self, term: Term) -> Condition:
        match term.value:
            case "birthday":
                kind = "o.kind = 'birthday'"
                return f"exists(select 1 from occasion o where o.person_id = p.id and {kind})", []
            case "tag":
                return "exists(select 1 from person_tag pt where pt.person_id = p.id)", []
            case "cadence":
                return self.every(Term("every", "any"))
            case "contact":
                return self.contact(date.min)
        return _claim(_KNOWN[term.value], "1")


def _claim(fields: tuple[str, ...], test: str, *values: object) -> Condition:
    """Any current claim of these fields that passes a test."""
    marks = ", ".join("?" * len(fields))
    # One pass over all claims takes half the time of a seek for each person.
    sql = f"p.id in (select c.person_id from claim c where c.current = 1 and c.field in ({marks}) and {test})"
    return sql, [*fields, *values]


def _tag(test: str, *values: object) -> Condition:
    """Any tag that passes a test."""
    sql = f"p.id in (select pt.person_id from person_tag pt where pt.tag_id in (select t.id from tag t where {test}))"
    return sql, list(values)


def _among(person_ids: list[int]) -> Condition:
    return "p.id in (select value from json_each(?))", [json.dumps(person_ids)]


def _encodable(term: Term | Text) -> str:
    """The value; raises UsageError for bytes that a terminal passed on and that are no text."""
    try:
        term.value.encode()
    except UnicodeEncodeError:
        raise _refusal(term, "this is no text in UTF-8") from None
    return term.value


def _folded(term: Term | Text) -> str:
    """The value as it is compared; raises UsageError where that is nothing, which is in every text."""
    folded = fold(term.value)
    if not folded:
        raise _refusal(term, "there is nothing to look for")
    return folded


def _refusal(term: Term | Text, problem: str, hint: str = "`dex help query` explains queries.") -> UsageError:
    text = f"{term.key}:{term.value}" if isinstance(term, Term) else term.value
    shown = text[:40].encode(errors="replace").decode()
    return UsageError(f"Query: {problem}: `{shown}`.", hint=hint)
