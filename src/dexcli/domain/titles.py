"""Who may be named in the title of a meeting: pure. What is found is asked about, never taken for true."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dexcli.domain.names import fold

MOST_NAMESAKES = 3
"""Whoever shares a name with more people is not asked about: a question with many answers helps nobody."""

SHORT_TITLE = 3
"""A title of at most so many words may name somebody by a given name alone: `Lunch Grace`, `1:1 Grace`."""

_WITH = frozenset(["with", "w", "mit", "avec", "con", "com", "met", "med"])
"""Behind these words a given name alone is a person; further ones follow behind those below."""

_AND = frozenset(["and", "und", "et", "y", "e", "og", "och", "en"])

_BETWEEN = re.compile(r"<->|<>|[/&+\u2194]")
"""`Grace / Alan`, `Grace <> Alan`: each side is somebody."""


class KnownNames:
    """The names that somebody may be called by in a title, to be looked for in many."""

    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        """`names` are ids of people with a folded name or alias each; somebody may have several."""
        self._whole: dict[tuple[str, ...], list[int]] = {}
        """Names of several words."""
        self._lengths: dict[str, set[int]] = {}
        """Of how many words names are, by their first."""
        self._given: dict[str, list[int]] = {}
        for id_, name in names:
            words = tuple(name.split())
            if len(words) > 1:
                _put(self._whole.setdefault(words, []), id_)
                self._lengths.setdefault(words[0], set()).add(len(words))
            if words:
                _put(self._given.setdefault(words[0], []), id_)

    def named_in(self, title: str) -> list[tuple[int, ...]]:
        """Whom a title names: for each name in it, the ids of the one to three people who may be meant.

        A whole name counts wherever it stands; a given name alone behind `with`, on a side of `/`, `&` or `<>`, or in
        a title of a few words.
        """
        found = dict.fromkeys(self._in_words(fold(title).split()))
        if _BETWEEN.search(title):
            found |= dict.fromkeys(self._in_sides(title))
        certain = {ids[0] for ids in found if len(ids) == 1}
        return [ids for ids in found if len(ids) == 1 or not certain.intersection(ids)]

    def _in_words(self, words: list[str]) -> Iterator[tuple[int, ...]]:
        place = 0
        behind = len(words) <= SHORT_TITLE  # a given name alone is somebody here
        while place < len(words):
            ids, length = self._whole_at(words, place)
            if not ids and behind:
                ids, length = self._given.get(words[place], []), 1
            if 0 < len(ids) <= MOST_NAMESAKES:
                yield tuple(ids)
            word = words[place]
            behind = len(words) <= SHORT_TITLE or bool(ids) or word in _WITH or (behind and word in _AND)
            place += length if ids else 1

    def _in_sides(self, title: str) -> Iterator[tuple[int, ...]]:
        for side in _BETWEEN.split(title):
            ids = self._given.get(fold(side), [])
            if 0 < len(ids) <= MOST_NAMESAKES:
                yield tuple(ids)

    def _whole_at(self, words: list[str], place: int) -> tuple[list[int], int]:
        """Whose whole name begins here, and of how many words it is: the longest that fits."""
        for length in sorted(self._lengths.get(words[place], ()), reverse=True):
            ids = self._whole.get(tuple(words[place : place + length]))
            if ids is not None:
                return ids, length
        return [], 1


def _put(ids: list[int], id_: int) -> None:
    """Add somebody once; of more than are asked about nobody needs to know how many."""
    if len(ids) <= MOST_NAMESAKES and id_ not in ids:
        ids.append(id_)
