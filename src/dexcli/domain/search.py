"""What a search asks for: the words, and beside them whom or which entries it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from dexcli.domain import query
from dexcli.domain.query import ENTRY_KEYS, And, Node, Not, Or, Term, Text
from dexcli.domain.words import Wanted, wanted
from dexcli.errors import UsageError


class Asked(Struct, frozen=True, kw_only=True):
    """A line of `dex search`, sorted out."""

    words: Node | None
    """Of `Text` alone, `Not` right before one; something has to be there for it to be true. None: only keys."""
    people: Node | None
    """Whom it is about."""
    entries: tuple[Node, ...]
    """Which entries, of `ENTRY_KEYS` alone; where there are any, no people are asked for."""

    @property
    def looked_for(self) -> list[Wanted]:
        """What is to be marked in what is found."""
        if self.words is None:
            return []
        return [looked for text in _positive(self.words) if (looked := wanted(text.value, phrase=text.phrase))]


def read(line: str) -> Asked:
    """Read the line of a search; raises UsageError for one that looks for nothing."""
    node = query.parse(line, entries=True)
    parts = node.items if isinstance(node, And) else () if node is None else (node,)
    words, people, entries = list[Node](), list[Node](), list[Node]()
    for part in parts:
        kinds = set(_kinds(part))
        if len(kinds) > 1:
            raise UsageError(
                "Query: words and keys cannot be alternatives of each other in a search.",
                hint="put what belongs together into parentheses: lunch (tag:navy or tag:friend)",
            )
        {"words": words, "people": people, "entries": entries}[kinds.pop()].append(part)
    if not parts:
        raise UsageError(
            "nothing to search for: name a word, or what it was",
            hint="dex search restaurant; dex search kind:meeting since:2026-01",
        )
    filters: Node | None = None
    if people:
        filters = people[0] if len(people) == 1 else And(tuple(people))
    return Asked(words=_together(words) if words else None, people=filters, entries=tuple(entries))


def _together(words: list[Node]) -> Node:
    """All the words as one node, fit for an index."""
    for leaf in _leaves(And(tuple(words))):
        check(leaf)
    together = _pushed(words[0] if len(words) == 1 else And(tuple(words)))
    if not _is_positive(together):
        raise UsageError(
            "nothing to search for: only what is not to be there",
            hint="name a word that is: dex search restaurant '!pizza'; in each part of an or",
        )
    return together


def check(text: Text) -> Wanted:
    """What a word looks for; raises UsageError where that is nothing."""
    try:
        text.value.encode()
    except UnicodeEncodeError:
        shown = text.value.encode(errors="replace").decode()
        raise UsageError(f"Query: this is no text in UTF-8: `{shown[:40]}`.", hint="type it again") from None
    looked_for = wanted(text.value, phrase=text.phrase)
    if looked_for is None:
        raise UsageError(
            f"nothing to search for in `{text.value[:40]}`", hint="a search finds words and numbers, not punctuation"
        )
    return looked_for


def compile_words(node: Node, leaf: Callable[[Text], str]) -> str:
    """The words as an expression of FTS5, where `leaf` says how each is looked for."""
    match node:
        case Text():
            return leaf(node)
        case Or():
            return f"({' OR '.join(compile_words(item, leaf) for item in node.items)})"
        case And():
            wanted_ones = [compile_words(item, leaf) for item in node.items if _is_positive(item)]
            others = [compile_words(_opposite(item), leaf) for item in node.items if not _is_positive(item)]
            together = f"({' AND '.join(wanted_ones)})"
            return f"({together} NOT ({' OR '.join(others)}))" if others else together
        case Not() | Term():
            raise TypeError("this is nothing that can be there")


def _kinds(node: Node) -> Iterator[str]:
    match node:
        case And() | Or():
            for item in node.items:
                yield from _kinds(item)
        case Not():
            yield from _kinds(node.item)
        case Text():
            yield "words"
        case Term():
            yield "entries" if node.key in ENTRY_KEYS else "people"


def _leaves(node: Node) -> Iterator[Text]:
    match node:
        case And() | Or():
            for item in node.items:
                yield from _leaves(item)
        case Not():
            yield from _leaves(node.item)
        case Text():
            yield node
        case Term():
            return


def _positive(node: Node) -> Iterator[Text]:
    """The words that are to be there."""
    match node:
        case And() | Or():
            for item in node.items:
                yield from _positive(item)
        case Text():
            yield node
        case Not() | Term():
            return


def _is_positive(node: Node) -> bool:
    """Whether something has to be there for it to be true: an index finds nothing else."""
    match node:
        case And():
            return any(map(_is_positive, node.items))
        case Or():
            return all(map(_is_positive, node.items))
        case _:
            return isinstance(node, Text)


def _pushed(node: Node, *, opposite: bool = False) -> Node:
    """The same, or its opposite, with every `not` right before a word (De Morgan)."""
    match node:
        case And() | Or():
            items = tuple(_pushed(item, opposite=opposite) for item in node.items)
            return And(items) if isinstance(node, And) is not opposite else Or(items)
        case Not():
            return _pushed(node.item, opposite=not opposite)
        case _:
            return Not(node) if opposite else node


def _opposite(node: Node) -> Node:
    """What is true where a node is not. Of what is not positive it is."""
    return _pushed(node, opposite=True)
