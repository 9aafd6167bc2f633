r"""The query language of `list`, `search`, `export`, `tag`, `stats` and others: from text to a tree, and back.

    query   = all { "or" all }
    all     = item { [ "and" ] item }
    item    = "!" item | "(" query ")" | KEY ":" value | value
    value   = WORD | '"' text with \" and \\ '"'

Values stay text: dates and durations need to know what day it is, so the compiler in `store` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from dexcli.errors import UsageError

MAX_DEPTH = 40
"""How deep parentheses and negations may nest: the stack is finite."""

MAX_TERMS = 200
"""How many terms a query may have: SQLite's expressions nest at most 1,000 deep."""

CHOICES = {
    "state": ("active", "archived", "ignored", "deceased", "all"),
    "has": (
        "email",
        "phone",
        "url",
        "birthday",
        "company",
        "title",
        "location",
        "met",
        "tag",
        "note",
        "cadence",
        "contact",
    ),
}
"""The values of the keys that have a fixed set of them."""

KEYS = {
    "tag": "has this tag",
    "company": "works there (part of the name)",
    "title": "job title (part of it)",
    "location": "lives or works there (part of it)",
    "met": "where we met (part of it)",
    "name": "name (part of it)",
    "email": "an e-mail address (part of it: email:example.org)",
    "phone": "a phone number, in any form",
    "handle": "the handle, exactly",
    "id": "the number of a person",
    "state": f"one of {', '.join(CHOICES['state'])}; active unless told",
    "every": "cadence: every:2w, every:none, every:any",
    "quiet": "no contact for so long: quiet:90d",
    "recent": "contact within: recent:30d",
    "since": "contact on this day or later: since:2026-01-01",
    "due": "due:now, or within: due:7d",
    "birthday": "month or day: birthday:march, birthday:03-14",
    "has": "something is known: has:email",
}
"""Every key with its meaning."""

ENTRY_KEYS = {
    "kind": "what it was: kind:meeting, kind:mail",
    "on": "on this day, or in this month: on:2026-03-08",
    "since": "on this day or later: since:2026-01",
    "until": "on this day or earlier: until:yesterday",
}
"""The keys of `dex search` that ask for entries of the logbook instead of people."""

HELP = "\n".join(
    (
        "A query is a list of terms; a person must fit them all.",
        "",
        *(f"  {key + ':':<10} {meaning}" for key, meaning in KEYS.items()),
        "",
        "What `has:` can ask for:",
        f"  {' '.join(CHOICES['has'])}",
        "",
        "  word       begins a word of the name, company, title, location, tags or notes",
        '  "a phrase" these words in this order; values too: company:"Acme Corp"',
        "  a or b     either; `and` may be left out, and binds more tightly than `or`",
        "  !a         not; quote it from the shell: '!tag:work'",
        "  ( )        groups",
        "",
        "`dex search` looks for the words in your history too. What a query says about",
        "people means there: with somebody whom it finds. Its own keys ask for entries,",
        "and with one of them no people are found:",
        "",
        *(f"  {key + ':':<10} {meaning}" for key, meaning in ENTRY_KEYS.items()),
        "",
        "Case and accents do not matter. Examples:",
        "",
        "  tag:friend quiet:90d",
        "  'company:acme (tag:work or met:berlin) !has:cadence'",
        "  'every:none recent:30d'",
    )
)
"""What `dex help query` prints."""


class Term(Struct, frozen=True):
    """A key and its value: `company:acme`."""

    key: str
    """One of `KEYS`."""
    value: str
    """As written, never empty; lower case where the key is one of `CHOICES`."""


class Text(Struct, frozen=True):
    """A free word, or a phrase in quotes."""

    value: str
    phrase: bool = False
    """In quotes: these words in this order, rather than the beginning of a word."""


class Not(Struct, frozen=True):
    """Everybody else."""

    item: Node


class And(Struct, frozen=True):
    """Those who fit all items: two or more, none of them an `And`."""

    items: tuple[Node, ...]


class Or(Struct, frozen=True):
    """Those who fit any item: two or more, none of them an `Or`."""

    items: tuple[Node, ...]


Node: TypeAlias = And | Or | Not | Term | Text


class _Token(Struct, frozen=True):
    kind: str
    """`(`, `)`, `!`, `or`, `and`, `node`, or `` at the end."""
    at: int
    """Position of the first character in the query."""
    node: Term | Text | None = None


def parse(text: str, *, entries: bool = False) -> Node | None:
    """Read a query; None for a blank one, which means everybody. `entries`: it may ask for entries of the logbook.

    Raises `UsageError` with the position of what cannot be understood, and nothing else.
    """
    tokens = _tokens(text, KEYS | ENTRY_KEYS if entries else KEYS)
    if len(tokens) == 1:
        return None
    if sum(token.kind == "node" for token in tokens) > MAX_TERMS:
        raise UsageError(f"The query has more than {MAX_TERMS} terms.", hint="Tag the people, and ask for the tag.")
    reader = _Reader(text, tokens)
    node = reader.read_or(0)
    if reader.next.kind:
        raise _refusal(text, reader.next.at, "this `)` closes nothing")
    return node


_SPACE = re.compile(r"\s*")
_WORD = re.compile(r'[^\s()"]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_KEY = re.compile(r"([A-Za-z]+):")


def _tokens(text: str, keys: Mapping[str, str]) -> list[_Token]:
    """Cut a query into tokens; the last one is the end."""
    tokens = []
    at = _skip_space(text, 0)
    while at < len(text):
        token, end = _read_token(text, at, keys)
        tokens.append(token)
        at = _skip_space(text, end)
    return [*tokens, _Token("", at)]


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _read_token(text: str, at: int, keys: Mapping[str, str]) -> tuple[_Token, int]:
    """Read the token that begins at `at`; also give the position after it."""
    if text[at] in "()!":
        return _Token(text[at], at), at + 1
    found = _KEY.match(text, at)
    key = found[1].lower() if found else ""
    if found and (key in keys or not text.startswith("//", found.end())):
        if key not in keys:
            hint = _did_you_mean(key, tuple(keys)) or "`dex help query` lists the keys."
            if key in ENTRY_KEYS:
                hint = "`dex search` asks for entries of the logbook."
            raise _refusal(text, at, f"no key `{found[1]}:`", hint=f"{hint} Quote it to search for the text.")
        value, _, end = _read_value(text, found.end())
        return _Token("node", at, _term(text, at, key, value)), end
    value, phrase, end = _read_value(text, at)
    if not phrase and value.lower() in ("or", "and"):
        return _Token(value.lower(), at), end
    return _Token("node", at, Text(value, phrase)), end


def _read_value(text: str, at: int) -> tuple[str, bool, int]:
    """Read a word or a quoted text; give it, whether it was quoted, and the position after it."""
    if text.startswith('"', at):
        found = _QUOTED.match(text, at)
        if not found:
            raise _refusal(text, at, "this quote is not closed")
        value = _ESCAPED.sub(r"\1", found[1])
        if not value.strip():
            raise _refusal(text, at, "there is nothing between these quotes")
        return value, True, found.end()
    found = _WORD.match(text, at)
    if not found:
        raise _refusal(text, at, "a value is missing")
    return found[0], False, found.end()


def quoted(value: str) -> str:
    """A value as it is written in a query, between quotes where it has to be."""
    if value and not any(character in ' ()"\\' for character in value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _term(text: str, at: int, key: str, value: str) -> Term:
    choices = CHOICES.get(key)
    if choices:
        value = value.lower()
        if value not in choices:
            hint = _did_you_mean(value, choices) or f"It is one of: {', '.join(choices)}."
            raise _refusal(text, at, f"`{key}:` does not know `{value}`", hint=hint)
    if key == "id" and not (value.isascii() and value.isdigit()):
        raise _refusal(text, at, "`id:` needs a number")
    return Term(key, value)


class _Reader:
    """Recursive descent over the tokens; `next` is the one not yet read."""

    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self.text = text
        self.tokens = iter(tokens)
        self.next = next(self.tokens)

    def step(self) -> _Token:
        """Go past a token and return it."""
        token, self.next = self.next, next(self.tokens, self.next)
        return token

    def read_or(self, depth: int) -> Node:
        items = [self.read_and(depth)]
        while self.next.kind == "or":
            self.step()
            items.append(self.read_and(depth))
        flat = [part for item in items for part in (item.items if isinstance(item, Or) else (item,))]
        return Or(tuple(flat)) if len(flat) > 1 else flat[0]

    def read_and(self, depth: int) -> Node:
        items = [self.read_item(depth)]
        while self.next.kind in ("(", "!", "node", "and"):
            if self.next.kind == "and":
                self.step()
            items.append(self.read_item(depth))
        flat = [part for item in items for part in (item.items if isinstance(item, And) else (item,))]
        return And(tuple(flat)) if len(flat) > 1 else flat[0]

    def read_item(self, depth: int) -> Node:
        token = self.step()
        if depth > MAX_DEPTH:
            raise _refusal(self.text, token.at, "this is nested too deeply")
        if token.node is not None:
            return token.node
        if token.kind == "!":
            return Not(self.read_item(depth + 1))
        if token.kind == "(":
            node = self.read_or(depth + 1)
            if self.next.kind != ")":
                raise _refusal(self.text, token.at, "this `(` is not closed")
            self.step()
            return node
        what = f"before `{token.kind}`" if token.kind else "at the end"
        hint = f'To search for the word itself, quote it: "{token.kind}".' if token.kind in ("or", "and") else None
        raise _refusal(self.text, token.at, f"a term is missing {what}", hint=hint)


def _refusal(text: str, at: int, problem: str, *, hint: str | None = None) -> UsageError:
    rest = text[at : at + 20]
    place = f" at character {at + 1}" + (f", `{rest}`" if rest else "")
    return UsageError(f"Query: {problem}{place}.", hint=hint or "`dex help query` explains queries.")


def _did_you_mean(word: str, known: tuple[str, ...]) -> str | None:
    import difflib

    close = difflib.get_close_matches(word.lower(), known, n=1)
    return f"Did you mean `{close[0]}`?" if close else None
