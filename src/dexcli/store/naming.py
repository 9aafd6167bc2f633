"""Looking people up by what a person types: each level of the contract is one function here."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from dexcli.domain.identifiers import Identifier
from dexcli.domain.names import fold, words_match
from dexcli.results.reach import EmailMatch
from dexcli.store.claims import claimants, find_identifier
from dexcli.store.connection import Connection
from dexcli.store.people import BEST_FIRST

KNOWN = "state <> 'merged'"

_NEAR, _NEAR_SHORT, _SHORT = 67, 75, 4
"""Percent of likeness from which on a spelling is near; of words of so many letters one other letter is much."""


def by_id(conn: Connection, text: str) -> list[int]:
    """By number or uid."""
    column = "id" if text.isdigit() else "uid"
    if column == "id" and len(text) > 18:  # noqa: PLR2004 - beyond SQLite's integers
        return []
    return _ids(conn, f"select id from person where {column} = ? and {KNOWN}", text.lower())


def by_handle(conn: Connection, text: str) -> list[int]:
    """By handle or alias."""
    found = _ids(conn, f"select id from person where handle = ? and {KNOWN}", text.casefold())
    return found or by_identifier(conn, Identifier("alias", fold(text)))


def by_identifier(conn: Connection, identifier: Identifier) -> list[int]:
    """By e-mail, phone or profile; everybody of whom it is said, where it is shared."""
    known = find_identifier(conn, identifier)
    if known is None:
        return []
    if known.person_id is not None:
        return [known.person_id]
    return claimants(conn, known.id)


def by_full_name(conn: Connection, text: str) -> list[int]:
    """By the whole name; case and accents do not matter."""
    return _ids(conn, f"select id from person where name_folded = ? and {KNOWN} order by id", fold(text))


def by_words(conn: Connection, text: str) -> list[int]:
    """Every word begins a word of the name."""
    folded = fold(text)
    words = folded.split()
    if not words:
        return []
    # The longest word narrows the search; the rule itself is the domain's.
    pattern = _like(max(words, key=len))
    rows = conn.execute(
        f"select id, name_folded from person where {KNOWN}"
        " and (name_folded like ? escape '\\' or name_folded like ? escape '\\') order by id",
        (f"{pattern}%", f"% {pattern}%"),
    )
    return [row[0] for row in rows if words_match(folded, row[1])]


def by_part(conn: Connection, text: str, limit: int = 20) -> list[int]:
    """The text is somewhere in name, handle or address: candidates only, never acted on."""
    pattern = f"%{_like(fold(text))}%"
    raw = f"%{_like(text.casefold())}%"
    return _ids(
        conn,
        f"select id from person p where {KNOWN} and (name_folded like ?1 escape '\\' or handle like ?2 escape '\\'"
        " or exists(select 1 from identifier f where f.person_id = p.id and f.kind in ('email', 'alias', 'linkedin')"
        " and f.value like ?2 escape '\\')) order by id limit ?3",
        pattern,
        raw,
        limit,
    )


def near(conn: Connection, text: str, limit: int = 3) -> list[int]:
    """People with a word in their name, or a whole name, that is spelled almost like the text."""
    from rapidfuzz import fuzz, process

    folded = fold(text)
    cutoff = _NEAR if len(folded) > _SHORT else _NEAR_SHORT
    best: dict[int, float] = {}
    spelled: dict[str, list[int]] = {}
    for id_, name in conn.execute(f"select id, name_folded from person where {KNOWN}"):
        for part in {name, *name.split()}:
            spelled.setdefault(part, []).append(id_)
    for part, score, _ in process.extract(folded, spelled.keys(), scorer=fuzz.ratio, score_cutoff=cutoff, limit=None):
        for id_ in spelled[part]:
            best[id_] = max(score, best.get(id_, 0.0))
    return sorted(best, key=lambda id_: (-best[id_], id_))[:limit]


def addresses(conn: Connection, words: Sequence[str], *, strangers: bool) -> list[EmailMatch]:
    """Addresses that have every word: in the name, handle, company or a tag of their person, or in themselves.

    A word is looked for as it was typed, in any case, and folded: `ada.k` is in an address, `peter` in Péter. Whom I
    was in touch with last comes first, of one person the address that is theirs first; those ignored and dead are
    left out. `strangers`: addresses that I have written to and nobody has claimed come as well.
    """
    from dexcli.store.query import add_functions

    add_functions(conn)
    company = "coalesce(p.company, '')"
    said = f"p.name_folded || ' ' || p.handle || ' ' || fold({company}) || ' ' || lower({company} || ' ' || c.value)"
    tagged = (
        "exists(select 1 from person_tag g join tag t on t.id = g.tag_id where g.person_id = p.id"
        f" and {_has('t.name || char(10) || fold(t.name)')})"
    )
    sql = (
        "select c.value as email, p.name, p.id as person_id, p.handle, p.company, s.last_contact_on,"
        f" row_number() over (order by {BEST_FIRST}) as place"
        " from claim c join person p on p.id = c.person_id left join standing s on s.person_id = p.id"
        " left join person_origin o on o.id = c.person_origin_id"
        " where c.field = 'email' and c.current = 1 and p.state in ('active', 'archived')"
        f" and not exists(select 1 from json_each(?1) w where not {_has(said)} and not {tagged})"
    )
    if strangers:
        known = "fold(coalesce(f.name, '')) || ' ' || lower(coalesce(f.name, '') || ' ' || f.value)"
        sql += (
            " union all select f.value, coalesce(f.name, ''), null, null, null, max(i.happened_on), f.id"
            " from identifier f join participant i on i.identifier_id = f.id"
            " where f.kind = 'email' and f.person_id is null and f.mine = 0 and f.shared = 0 and f.ignored = 0"
            f" and not exists(select 1 from json_each(?1) w where not {_has(known)})"
            " group by f.id having sum(i.role <> 'from' and i.counts) > 0"
        )
    wanted = msgspec.json.encode([[_like(word.casefold()), _like(fold(word))] for word in words]).decode()
    ordered = f"select * from ({sql}) order by person_id is null, last_contact_on desc, name, person_id, place"
    rows = conn.execute(ordered, (wanted,))
    found: dict[str, EmailMatch] = {}
    for row in rows:
        found.setdefault(
            row["email"].casefold(),
            EmailMatch(
                email=row["email"],
                name=row["name"],
                person_id=row["person_id"],
                handle=row["handle"],
                company=row["company"],
            ),
        )
    return list(found.values())


def _has(text: str) -> str:
    """The condition that a text has the word `w` in it, as typed or folded."""
    typed, folded = (f"({text}) like '%' || json_extract(w.value, '$[{form}]') || '%' escape '\\'" for form in (0, 1))
    return f"({typed} or {folded})"


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _ids(conn: Connection, sql: str, *values: object) -> list[int]:
    return [row[0] for row in conn.execute(sql, values)]
