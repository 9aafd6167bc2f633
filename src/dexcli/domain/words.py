"""Words of any text, as they are looked for: folded like names, and where each of them stands in the original."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from msgspec import Struct

from dexcli.domain.names import fold

WHOLE = 2
"""Letters up to which a word is looked for as it is: more begin a word of the text."""

_APOSTROPHES = "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u2018\u2019\u201b\u2032"


@cache  # of large sets of letters, which most texts never ask for
def _unspaced() -> re.Pattern[str]:
    """A letter of the scripts that write no spaces: Thai, Lao, Burmese, Khmer, kana, Han.

    Each is a word; what is looked for is a sequence of them, anywhere in a text.
    """
    return re.compile(
        "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
        "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
    )


@cache
def _symbol() -> re.Pattern[str]:
    """An emoji or dingbat, which folding takes for punctuation: each is a word, and stands behind the others."""
    return re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")


LONGEST = 1_000
"""Characters of a word."""


def index_form(text: str | None) -> str:
    """A text as it is indexed: folded, but for what the tokenizer of the index does to ASCII on its own.

    Of a text without a blank for long only the beginning: the index itself cuts words of 32 KB.
    """
    if not text:
        return ""
    if len(text) > LONGEST and any(len(word) > LONGEST for word in text.split()):
        text = " ".join(word[:LONGEST] for word in text.split())
    if text.isascii():
        return text.replace("'", "").replace("`", "") if "'" in text or "`" in text else text
    symbols = _symbol().findall(text)
    folded = fold(_symbol().sub(" ", text) if symbols else text)
    if not folded.isascii():
        folded = _unspaced().sub(r" \1 ", folded)
    return " ".join([folded, *symbols]) if symbols else folded


_WORD = re.compile(r"[^\x00-/:-@\[-`{-\x7f]+")
"""What the tokenizer takes for a word: all that is not ASCII is a part of one."""


def words(text: str) -> list[str]:
    """The words of a text as the index has them; none where it holds neither letters, numbers nor symbols."""
    return cut(index_form(text))


def cut(form: str) -> list[str]:
    """The words of a text that has the form in which it is indexed."""
    return _WORD.findall(form.lower())


class Wanted(Struct, frozen=True):
    """Words that are looked for, one after another."""

    words: tuple[str, ...]
    """Folded, at least one."""
    begins: bool
    """Whether the last of them may go on."""

    def fits(self, found: Sequence[str], at: int) -> bool:
        """Whether these words stand in a row of words from a position on."""
        last = at + len(self.words) - 1
        if last >= len(found) or any(found[at + n] != word for n, word in enumerate(self.words[:-1])):
            return False
        return found[last].startswith(self.words[-1]) if self.begins else found[last] == self.words[-1]


def wanted(text: str, *, phrase: bool) -> Wanted | None:
    """What a word or phrase of a query looks for; None where that is nothing."""
    found = tuple(words(text))
    if not found:
        return None
    return Wanted(found, not phrase and len(found[-1]) > WHOLE)


Mark = tuple[int, int]
"""Where a hit begins in a text, and where it ends."""


def marks(text: str, looked_for: Sequence[Wanted]) -> list[Mark]:
    """Where a text holds what is looked for, from left to right, none within another."""
    found, places = [], []
    for start, end in _spans(text):
        for word in words(text[start:end]):
            found.append(word)
            places.append((start, end))
    marked: list[Mark] = []
    at = 0
    while at < len(found):
        lengths = [len(one.words) for one in looked_for if one.fits(found, at)]
        if not lengths:
            at += 1
            continue
        start, end = places[at][0], places[at + max(lengths) - 1][1]
        if marked and start <= marked[-1][1]:  # letters of a script without spaces
            start = marked.pop()[0]
        marked.append((start, end))
        at += max(lengths)
    return marked


def _spans(text: str) -> Iterator[Mark]:
    """Where words stand in a text that is as it was written."""
    import unicodedata

    start: int | None = None
    for at, character in enumerate(text):
        if character.isascii():
            inside = character.isalnum() or (character in _APOSTROPHES and start is not None)
        elif character.isalnum():
            inside = True
        elif character in _APOSTROPHES:
            inside = start is not None
        else:
            category = unicodedata.category(character)
            inside = category[0] in "LMN" or (category == "Cf" and start is not None)
        alone = not character.isascii() and (_symbol() if not inside else _unspaced()).match(character)
        if alone:
            if start is not None:
                yield start, at
            yield at, at + 1
            start = None
        elif inside:
            start = at if start is None else start
        elif start is not None:
            yield start, at
            start = None
    if start is not None:
        yield start, len(text)


class Snippet(Struct, frozen=True):
    """A part of a text with the hits in it."""

    text: str
    """One line as it was written; cut ends are `...`."""
    marks: list[Mark]


SNIPPET = 160
"""Characters of a snippet, more or less a word."""

_BEFORE = 40
"""Characters that stand before the first hit."""

_LONGEST_LOOK = 100_000
"""Characters of a text in which hits are marked: what is longer was pasted."""

_SPACE = re.compile(r"\s+")
CUT = "\u2026"


def snippet(text: str, looked_for: Sequence[Wanted]) -> Snippet:
    """The part of a text round its first hit, or its beginning where there is none."""
    text = _SPACE.sub(" ", text[:_LONGEST_LOOK]).strip()
    found = marks(text, looked_for)
    start = 0
    if found and found[0][1] > SNIPPET - _BEFORE:
        start = max(0, found[0][0] - _BEFORE)
        space = text.find(" ", start, found[0][0])
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + SNIPPET)
    if end < len(text):
        space = text.rfind(" ", start + SNIPPET // 2, end)
        end = space if space > 0 else end
    before, behind = CUT if start else "", CUT if end < len(text) else ""
    shift = len(before) - start
    return Snippet(
        before + text[start:end] + behind,
        [(a + shift, min(b, end) + shift) for a, b in found if start <= a < end],
    )
