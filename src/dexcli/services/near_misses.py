"""Why a query may find nothing: tags, companies and kinds in it that there are not, and what comes near them."""

from __future__ import annotations

from collections.abc import Iterator

from dexcli.domain.names import fold
from dexcli.domain.query import And, Node, Not, Or, Term, Text, parse, quoted
from dexcli.store import query as store
from dexcli.store.connection import Connection

_SAID = {"tag": "nobody has the tag {}", "company": "nobody works at {}", "kind": "nothing is of the kind {}"}


def of_query(conn: Connection, text: str) -> list[str]:
    """A sentence for each tag and company of a query that nobody has, and for each kind of which there is nothing."""
    terms = dict.fromkeys(_asked_for(parse(text, entries=True)))
    return [told for term in terms if (told := _told(conn, term, f"{term.key}:"))]


def of_tag(conn: Connection, tag: str) -> list[str]:
    """The same of one tag, which stands by itself."""
    told = _told(conn, Term("tag", tag), "")
    return [told] if told else []


def _asked_for(node: Node | None) -> Iterator[Term]:
    match node:
        case And() | Or():
            for item in node.items:
                yield from _asked_for(item)
        case Term() if node.key in _SAID:
            yield node
        case Term() | Text() | Not() | None:  # what is not to be there need not be known
            return


def _told(conn: Connection, term: Term, before: str) -> str | None:
    import difflib

    known = {fold(value): value for value in store.values(conn, term.key)}
    wanted = fold(term.value)
    if wanted in known or (term.key == "company" and any(wanted in value for value in known)):
        return None
    near = difflib.get_close_matches(wanted, known, n=1)
    told = _SAID[term.key].format(term.value)
    return f"{told}; did you mean {before}{quoted(known[near[0]])}?" if near else told
