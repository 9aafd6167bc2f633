"""Names of people: what may be stored, what is compared, what is typed on a command line."""

from __future__ import annotations

import re

from msgspec import Struct

MAX_NAME = 300
"""Longest name in characters: sources cut what is longer, a name typed by hand is refused."""

MAX_HANDLE = 60
"""Longest handle in characters."""

_APOSTROPHES = "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u2018\u2019\u201b\u2032"
_ASCII = {code: " " for code in range(128) if not chr(code).isalnum()} | {ord("'"): None, ord("`"): None}

# Letters that Unicode does not decompose into a plain letter and an accent.
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "\u0131": "i",
        "ŧ": "t",
        "ŋ": "n",
        "ĸ": "k",
        "ə": "e",
        "ɛ": "e",
        "ɔ": "o",
        "ƒ": "f",
    }
)

# Accents of Latin, Greek and Cyrillic, and the points of Hebrew and Arabic, which writers leave out. The
# vowel signs of other scripts (and the voicing marks of kana) make another letter and stay.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
)


class _Words(dict[int, str | None]):
    """A table for `str.translate` that keeps letters, marks and numbers, filled as characters are met."""

    def __missing__(self, code: int) -> str | None:
        import unicodedata

        character = chr(code)
        category = unicodedata.category(character)
        if character in _APOSTROPHES or category == "Cf":
            self[code] = None
        else:
            self[code] = character if category[0] in "LMN" else " "
        return self[code]


_WORDS = _Words()


def fold(text: str) -> str:
    """Reduce a name to what is compared: no case, no accents, no punctuation, single spaces.

    Apostrophes join (`O'Brien` is found as `obrien`), other punctuation parts words. Text without any letter
    or number keeps its symbols, so that only blank text folds to nothing. Folding twice changes nothing.
    """
    if text.isascii():
        return " ".join(text.translate(_ASCII).lower().split()) or _symbols(text)
    import unicodedata

    # Decomposing may bring capitals back (the letters of mathematics) and folding may bring accents.
    plain = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(_LETTERS)
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
    words = unicodedata.normalize("NFC", plain.translate(_WORDS))
    return " ".join(words.split()) or unicodedata.normalize("NFC", _symbols(plain))


def _symbols(text: str) -> str:
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


_ID = re.compile(r"[ico]?\d+")


def handle_for(name: str) -> str:
    """Propose the handle of a person of this (clean) name: `Ada Lovelace` is `ada-lovelace`.

    Letters of any script, numbers and single hyphens only, never empty, at most `MAX_HANDLE` characters, and
    never what could be read as an id (`123`, `i123`), which becomes `p-123`. Uniqueness is the store's.
    """
    handle = _cut("-".join(fold(name).translate(_WORDS).split()))
    if _ID.fullmatch(handle):
        handle = f"p-{handle}"[:MAX_HANDLE]
    return handle or "person"


def _cut(handle: str) -> str:
    """Cut a handle to `MAX_HANDLE` characters, between words where the first of them allows it."""
    if len(handle) <= MAX_HANDLE:
        return handle
    whole, hyphen, _ = handle[: MAX_HANDLE + 1].rpartition("-")
    return whole if hyphen else handle[:MAX_HANDLE]


# Colours, cursor movements (CSI) and titles, links (OSC) of terminals: ECMA-48.
_ESCAPE_SEQUENCES = re.compile("(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
# Invisible ways to turn text round, to hide text in it, or to make two names look alike; and halves of
# surrogate pairs, which cannot be stored. Joiners stay: Persian and emoji are written with them.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def clean_name(text: str) -> str:
    """Make a name fit to be stored and shown: one line, composed (NFC), nothing invisible.

    Terminal sequences, bidirectional overrides and other hidden characters go; markup and formulas are text
    like any other. The result may be empty, or longer than `MAX_NAME`: what then is the caller's decision.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    import unicodedata

    text = _CONTROLS.sub(" ", _ESCAPE_SEQUENCES.sub("", text))
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


def tag_form(text: str) -> str:
    """A tag as it is stored, typed or imported: one word in lower case, without `+` or `#`; may be empty.

    `Book Club` is `book-club`, so that it can be typed.
    """
    return "-".join(clean_name(text).lstrip("+#").casefold().split())


def words_match(query_folded: str, name_folded: str) -> bool:
    """Tell whether every word of the query begins a word of the name, each another one.

    Both are given folded. A query without words matches nobody.
    """
    left = name_folded.split()
    # A longer word fits fewer words of the name: served first, it leaves the rest to the shorter ones.
    wanted = sorted(query_folded.split(), key=len, reverse=True)
    for word in wanted:
        found = next((candidate for candidate in left if candidate.startswith(word)), None)
        if found is None:
            return False
        left.remove(found)
    return bool(wanted)


class Parts(Struct, frozen=True, kw_only=True):
    """A name as address books divide it; put together in this order it is the name again."""

    prefix: str = ""
    given: str = ""
    family: str = ""
    suffix: str = ""


def parts(name: str) -> Parts:
    """Divide a clean name as other programs want it: the last word is the family's, with the particles before it.

    Programs that show the parts and not the name put them together again, so a wrong guess is not seen.
    """
    words = name.split()
    first, last = 0, len(words)
    while first < last - 1 and _bare(words[first]) in _BEFORE:
        first += 1
    while last - 1 > first and _bare(words[last - 1]) in _BEHIND:
        last -= 1
    family = last - 1 if last - first > 1 else last
    while family - 1 > first and family < last and _bare(words[family - 1]) in _PARTICLES:
        family -= 1
    return Parts(
        prefix=" ".join(words[:first]),
        given=" ".join(words[first:family]),
        family=" ".join(words[family:last]),
        suffix=" ".join(words[last:]),
    )


def _bare(word: str) -> str:
    return word.lower().strip(".,")


_PARTICLE_WORDS = "van von de der den del della di da do dos das du des la le ter ten zu zum zur af av al el ibn bin"
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_WORDS_BEFORE = "mr mrs ms miss mx dr prof professor herr frau mme mlle sir dame"
_BEFORE = frozenset(_WORDS_BEFORE.split())
_WORDS_BEHIND = "phd md mba msc jr sr ii iii iv"
_BEHIND = frozenset(_WORDS_BEHIND.split())

_TITLES = _BEFORE | _BEHIND
_MAX_COMPARED = 20


def compatible(a: str, b: str) -> bool:
    """Tell whether two names may be those of one person, for linking by a phone number.

    They are when every word of the shorter name has a word of its own in the longer one that is equal, or
    that begins with it or begins it (`A. Lovelace`, `Al Turing`, `Lovelace, Ada`, `Ada`). The order of words,
    titles and degrees do not matter. A missing name contradicts nothing; different given names do.
    """
    shorter, longer = sorted((_compared_words(a), _compared_words(b)), key=len)
    if shorter == longer:
        return True
    taken: dict[int, int] = {}
    return all(_find_partner(index, shorter, longer, taken, set()) for index in range(len(shorter)))


def _compared_words(name: str) -> list[str]:
    words = fold(name).split()
    return ([word for word in words if word not in _TITLES] or words)[:_MAX_COMPARED]


def _find_partner(index: int, shorter: list[str], longer: list[str], taken: dict[int, int], tried: set[int]) -> bool:
    """Find a word of `longer` for one of `shorter`, moving earlier choices (Kuhn's augmenting path)."""
    word = shorter[index]
    for place, other in enumerate(longer):
        if place in tried or not (other.startswith(word) or word.startswith(other)):
            continue
        tried.add(place)
        if place not in taken or _find_partner(taken[place], shorter, longer, taken, tried):
            taken[place] = index
            return True
    return False
