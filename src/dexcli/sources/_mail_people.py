"""Whom a mail header names: names and addresses by RFC 5322 and in every form that is found in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from dexcli.domain import identifiers
from dexcli.sources import _mail_words

MOST = 100_000
"""Characters of one header that are looked at: more than two thousand recipients."""

_NAME = 200
"""Characters of a name."""

_CACHED = 1_000
"""A value longer than this is not likely to come again."""

Person = tuple[str | None, str]
"""Name and normalised address."""

_ATOM = r"""[^<>()@,:;\\"\s\[\]]++@[^<>()@,:;\\"\s\[\]]++"""
_MAILBOX = re.compile(rf"""[ ,]*+(?:(?:"([^"\\]*+)" ?|([^<>()@,:;\\"\[\]]*+))<({_ATOM})>|({_ATOM})) ?(?=,|\Z)""")
"""`"Doe, John" <john@example.org>`, `John <john@example.org>`, `john@example.org`, and white space made one."""

_PIECE = re.compile(r"""[,;:]|\s++|[^\s"(<,;:]++""")
_IN_COMMENT = re.compile(r"[()\\]")
_ESCAPE = re.compile(r"\\(.)")
_AT = re.compile(r"(\S+) at (\S+\.\S+)")
"""How archives of mailing lists write addresses, against those who collect them."""
_AROUND = re.compile(r"\s*+([@.])\s*+")
"""White space that RFC 822 allowed within an address."""


def people(value: str) -> tuple[Person, ...]:
    """The people of an unfolded address header, in its order; groups are taken apart, what is no address left out.

    Bytes in it that are no UTF-8 are surrogates (`surrogateescape`).
    """
    return _cached(value) if len(value) <= _CACHED else _people(value[:MOST])


def _people(value: str) -> tuple[Person, ...]:
    value = " ".join((value if value.isascii() else _mail_words.raw(value)).split())
    found: list[Person] = []
    at = 0
    while at < len(value):
        mailbox = _MAILBOX.match(value, at)
        if mailbox is None:
            return tuple(_all(value))
        quoted, phrase, angle, bare = mailbox.groups()
        address = _address(angle or bare)
        if address is not None:
            name = quoted or phrase
            found.append((_name(name[: _NAME * 20], address) if name else None, address))
        at = mailbox.end()
    return tuple(found)


_cached = lru_cache(maxsize=5_000)(_people)


@lru_cache(maxsize=50_000)
def _address(text: str) -> str | None:
    found = identifiers.email(text)
    return found.value if found else None


@lru_cache(maxsize=10_000)
def _name(text: str, address: str) -> str | None:
    name = _mail_words.text(text).strip("\"' ")[:_NAME].strip()
    return None if not name or name.lower() == address else name


class _Draft:
    """What was read of one mailbox."""

    def __init__(self) -> None:
        self.raw: list[str] = []
        """As written, without comments."""
        self.phrase: list[str] = []
        """The same, without quotes."""
        self.comments: list[str] = []
        self.angle: str | None = None
        self.named = 0
        """Pieces of the phrase before the angle."""

    def person(self) -> Person | None:
        phrase, comment = "".join(self.phrase).strip(), " ".join(self.comments)
        if self.angle is not None:
            address = _address(self.angle)
            return (_name((phrase or comment)[: _NAME * 20], address), address) if address else None
        raw = _AROUND.sub(r"\1", " ".join("".join(self.raw).split()))
        if "@" not in raw:
            found = _AT.match(raw)
            address = _address(f"{found[1]}@{found[2]}") if found else None
            return (_name(comment[: _NAME * 20], address), address) if address else None
        address = _address(raw)
        if address is not None:
            return _name(comment[: _NAME * 20], address), address
        # `John Doe john@example.org` and the like
        for word in raw.split():
            address = _address(word.strip("[]'\"")) if "@" in word else None
            if address is not None:
                return _name((raw.replace(word, " ").strip() or comment)[: _NAME * 20], address), address
        return None


def _all(text: str) -> Iterator[Person]:
    """Every mailbox of a list that is not simple: with groups, comments, routes, escapes, or mistakes."""
    draft = _Draft()
    at = 0
    closed = True
    """False: a quote is open to the end, and so are all that follow."""
    while at < len(text):
        character = text[at]
        if character == '"' and closed and (end := _end_of_quote(text, at + 1)) is not None:
            draft.raw.append(text[at:end])
            draft.phrase.append(_ESCAPE.sub(r"\1", text[at + 1 : end - 1]))
            at = end
        elif character == '"':
            closed = False
            at += 1
        elif character == "(":
            comment, at = _comment(text, at + 1)
            draft.comments.append(comment)
        elif character == "<":
            if draft.angle is not None:  # no comma before the next one, whose name is what follows the first
                following = draft.phrase[draft.named :]
                del draft.phrase[draft.named :]
                if person := draft.person():
                    yield person
                draft = _Draft()
                draft.phrase = following
            draft.angle, comments, at = _angle(text, at + 1)
            draft.comments += comments
            draft.named = len(draft.phrase)
        else:
            piece = _PIECE.match(text, at)
            word = piece[0] if piece else character
            at += len(word)
            if word in ",;":
                if person := draft.person():
                    yield person
                draft = _Draft()
            elif word == ":":
                draft = _Draft()  # it was the name of a group, or `mailto`
            else:
                draft.raw.append(word)
                draft.phrase.append(word)
    if person := draft.person():
        yield person


def _end_of_quote(text: str, at: int) -> int | None:
    """Where what follows a quoted string begins; None: it has no end."""
    while (end := text.find('"', at)) >= 0:
        backslashes = end - len(text[at:end].rstrip("\\")) - at
        if backslashes % 2 == 0:
            return end + 1
        at = end + 1
    return None


def _comment(text: str, at: int) -> tuple[str, int]:
    """The text of a comment, parentheses within it included, and where it ends."""
    depth, start, kept = 1, at, []
    while found := _IN_COMMENT.search(text, at):
        at = found.end()
        if found[0] == "\\":
            kept.append(text[start : found.start()])
            start, at = at, at + 1
            continue
        depth += 1 if found[0] == "(" else -1
        if depth == 0:
            return "".join([*kept, text[start : found.start()]]).strip(), at
    return "".join([*kept, text[start:]]).strip(), len(text)


def _angle(text: str, at: int) -> tuple[str, list[str], int]:
    """The address of an angle, the comments in it, and where it ends; a route before the address is dropped."""
    end = text.find(">", at)
    after = end + 1
    if end < 0:
        end = after = min((place for mark in ",;" if (place := text.find(mark, at)) >= 0), default=len(text))
    inner = text[at:end]
    comments: list[str] = []
    while (opening := inner.find("(")) >= 0 and len(comments) < 10:  # noqa: PLR2004 - more are no comments
        comment, rest = _comment(inner, opening + 1)
        comments.append(comment)
        inner = inner[:opening] + inner[rest:]
    if "@" not in inner and (found := _AT.fullmatch(inner.strip())):
        inner = f"{found[1]}@{found[2]}"
    if inner.lstrip().startswith("@"):
        inner = inner.rpartition(":")[2]
    return inner if '"' in inner else "".join(inner.split()), comments, after
