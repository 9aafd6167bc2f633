r"""What can be typed next behind `dex`: the answer to the shells' scripts of `cli/completion.py`.

They ask by `_DEX_COMPLETE`: the shell's name and the words behind `dex` up to the cursor, with tabs between them; bash
instead of words the text that it is going to replace, and the line. The answer has a line for each offer: the offer, a
tab, what it means. A line that begins with a tab says what else there is to do:

    files      complete names of files instead         nospace   something follows the offer within its word
    folders    the same of folders                      replace   the offers do not begin with what was typed

For bash the offers are what is put into the line, quoted; for the others they are words, which those quote themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from dexcli.cli import vocabulary

Offer = tuple[str, str]
"""A word and what it means."""

CADENCES = ("weekly", "biweekly", "monthly", "quarterly", "yearly", "never")
ACCOUNT = {
    "list": "the accounts",
    "add": "add one",
    "test": "log in, and show what would be read",
    "login": "keep its secret, or log in by OAuth",
    "logout": "take a login by OAuth back",
    "remove": "take one out of the settings",
}
CONFIG = {"get": "show a setting", "set": "change one", "unset": "back to what it is without the file"}
ME = {"add": "an address or number", "remove": "one of them"}
"""The words behind `account`, `config` and `me`."""

QUERY_VALUES = {"every": ("none", "any", *CADENCES), "due": ("now", "7d", "30d"), "kind": vocabulary.KINDS}
"""Values of a query's keys that are as good as any other."""

STATES = {"unarchive": ("archived", "deceased"), "unignore": ("ignored",)}
"""Whom a command brings back; every other one is about those who are there."""

_JOINERS = "\u200c\u200d"
_MOST_OF_A_FILE = 1_000_000
"""Bytes of a configuration file that are read."""


def answer(asked: str) -> str:
    """What a script is told: never an error, never a change of anything."""
    try:
        return _answer(asked.encode(errors="replace").decode())
    except Exception:
        if os.environ.get("DEXCLI_COMPLETE_DEBUG"):  # whoever works on this has
            raise
        return ""  # whoever presses a key has not asked for an error


def _answer(asked: str) -> str:
    shell, _, rest = asked.partition("\t")
    if shell == "bash":
        text, _, line = rest.partition("\t")
        return _for_bash(text, line)
    *before, word = rest.split("\t")
    if shell != "zsh":
        from dexcli.cli.typed_line import read

        word = read(word)[1]
    reply = Reply(shell, before, word)
    offers = reply.offers
    if shell != "fish":  # which decides by itself
        likely = [offer for offer in offers if offer[0].startswith(word)]
        offers = likely or offers
        reply.marks += ["replace"] if offers and not likely else []
    return _lines((f"{offer}\t{_printable(meaning)}" for offer, meaning in offers), reply.marks)


def _for_bash(text: str, line: str) -> str:
    """Offers without their beginning that stands before `text`, which bash replaces, as bash reads them there."""
    from dexcli.cli.typed_line import quoted, read

    if not line.endswith(text):
        return ""
    words, word, _ = read(line)
    _, kept, quote = read(line[: len(line) - len(text)])
    reply = Reply("bash", words[1:], word)
    values = [offer for offer, _ in reply.offers if offer.startswith(kept)]
    likely = [value for value in values if value.startswith(word)]
    lines = [quoted(value[len(kept) :], quote) for value in likely or values]
    if len(lines) > 1 and not likely:
        lines.append(" ")  # or else bash puts the beginning that all have in common in the place of what was typed
    return _lines(lines, reply.marks)


def _lines(lines: Iterable[str], marks: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in (*lines, *(f"\t{mark}" for mark in marks)))


class Reply:
    """What is offered for the last of the words behind `dex`."""

    def __init__(self, shell: str, before: Sequence[str], word: str) -> None:
        self.shell = shell
        self.word = word
        self.marks: list[str] = []
        self.command = ""
        self.words: list[str] = []
        """Behind the command, without options."""
        self.named: dict[str, str] = {}
        """Values of options, by their names as typed."""
        self.of_entries = False
        """Whether a query asks for entries as well as for people."""
        waiting = self._read(before)
        self.offers = [offer for offer in self._offered(waiting) if _can_be_typed(offer[0])]

    # -- the line --------------------------------------------------------------------------------------

    def _read(self, before: Sequence[str]) -> str:
        """Tell the words apart; returns the option whose value is the word at the cursor."""
        waiting = ""
        self.only_words = False
        for word in before:
            if waiting:
                self.named[waiting], waiting = word, ""
            elif self.only_words or not word.startswith("-") or word == "-":
                if self.command:
                    self.words.append(word)
                else:
                    self.command = word
            elif word == "--":
                self.only_words = True
            else:
                name, equals, value = word.partition("=")
                if equals:
                    self.named[name] = value
                elif self._wants(name) is not None:
                    waiting = name
        return waiting

    def _options(self) -> dict[str, tuple[str | tuple[str, ...] | None, str]]:
        own = vocabulary.OPTIONS.get(self.command, {}) if self.command else vocabulary.ROOT
        return {**own, **vocabulary.SHARED, "--help": (None, "Say what there is.")}

    def _wants(self, option: str) -> str | tuple[str, ...] | None:
        """What completes the value of an option; None where it has none."""
        return self._options().get(option, (None,))[0]

    def _offered(self, waiting: str) -> Iterable[Offer]:
        if waiting:
            return self._of(self._wants(waiting), self.word)
        if self.word.startswith("-") and not self.only_words:
            name, equals, value = self.word.partition("=")
            if not equals:
                return self._beginning(
                    (option, told[1]) for option, told in self._options().items() if option.startswith("--")
                )
            return [(f"{name}={offer}", told) for offer, told in self._of(self._wants(name), value)]
        if not self.command:
            return self._beginning(vocabulary.COMMANDS.items())
        wanted: tuple[str | tuple[str, ...], ...] = vocabulary.WORDS.get(self.command, ())
        if wanted[-1:] == ("...",):
            wanted = wanted[:-1]
            place = min(len(self.words), len(wanted) - 1)
        else:
            place = len(self.words)
        return self._of(wanted[place], self.word) if place < len(wanted) else ()

    # -- what completes a value ------------------------------------------------------------------------

    def _of(self, wants: str | tuple[str, ...] | None, word: str) -> Iterable[Offer]:
        if isinstance(wants, tuple):
            return [(one, "") for one in wants if one.startswith(word)]
        return SOURCES[wants](self, word) if wants in SOURCES else ()

    def _beginning(self, pairs: Iterable[Offer], word: str | None = None) -> list[Offer]:
        beginning = self.word if word is None else word
        return [(one, told) for one, told in pairs if one.startswith(beginning)]

    def _path(self) -> str | None:
        from dexcli.config import paths

        named = self.named.get("--db")
        return paths.database(named and os.path.expanduser(named), os.environ)  # noqa: PTH111 - pathlib is slow to load

    def people(self, word: str) -> Iterable[Offer]:
        """Somebody whom the command may name."""
        from dexcli.store import quick

        path = self._path()
        states = STATES.get(self.command, ("active", "archived"))
        found = quick.people(path, _folded(word), states) if path else []
        if self.shell != "fish":
            return found
        offered = [(_for_fish(word, handle, name), handle, name) for handle, name in found]
        return [(offer, name if offer == handle else handle) for offer, handle, name in offered]

    def further_words(self, word: str) -> Iterable[Offer]:
        """The next word of a name whose first words stand on the line, where those need no quotes."""
        from dexcli.store import quick

        path = self._path()
        states = STATES.get(self.command, ("active", "archived"))
        found = quick.people(path, _folded(" ".join([*self.words, word])), states) if path else []
        there, beginning = set(map(_folded, self.words)), _folded(word)
        offered = dict[str, str]()
        for _, name in found:
            for one in name.split():
                folded = _folded(one)
                if folded.startswith(beginning) and folded not in there:
                    offered.setdefault(_with_letters_of(word, one) if self.shell == "fish" else one, name)
        return offered.items()

    def some_people(self, word: str) -> Iterable[Offer]:
        """Several people, with commas between them."""
        others, comma, beginning = word.rpartition(",")
        return [(others + comma + person, told) for person, told in self.people(beginning)]

    def things(self, word: str) -> Iterable[Offer]:
        """Somebody, or the number of a promise or a change."""
        if word[:1] in ("c", "o") and word[1:].isdigit():
            return [*self.people(word), *self.commitments(word), *self.operations(word)]
        return self.people(word)

    def people_or_tags(self, word: str) -> Iterable[Offer]:
        """Somebody, or behind a plus a tag."""
        if word.startswith("+"):
            return [(f"+{tag}", told) for tag, told in self.tags(word[1:])]
        return self.people(word)

    def people_or_cadences(self, word: str) -> Iterable[Offer]:
        """Somebody, and behind them how often."""
        is_for_all = "--tag" in self.named or "--query" in self.named
        cadences = self._beginning([(one, "a cadence") for one in CADENCES], word)
        if is_for_all:
            return cadences
        return [*self.people(word), *(cadences if self.words else ())]

    def tags(self, word: str) -> Iterable[Offer]:
        """A tag that somebody has."""
        from dexcli.store import quick

        path = self._path()
        return quick.tags(path, word.lower()) if path else ()

    def values(self, column: str, word: str) -> Iterable[Offer]:
        """What is said of people, in a column."""
        from dexcli.store import quick

        path = self._path()
        return [(value, "") for value in quick.values(path, column, word)] if path else ()

    def commitments(self, word: str) -> Iterable[Offer]:
        """A promise or reminder that is open."""
        from dexcli.store import quick

        path = self._path()
        return self._beginning(quick.commitments(path) if path else (), word)

    def operations(self, word: str) -> Iterable[Offer]:
        """A change that can be taken back."""
        from dexcli.store import quick

        path = self._path()
        return self._beginning(quick.operations(path) if path else (), word)

    def accounts(self, word: str) -> Iterable[Offer]:
        """An account that the line does not name yet."""
        return [one for one in self._accounts() if one[0].startswith(word) and one[0] not in self.words]

    def _accounts(self) -> Iterable[Offer]:
        """The accounts of the configuration, and whose or what they are; none where it cannot be read."""
        from dexcli.config import paths

        named = self.named.get("--config")
        path = paths.config(named and os.path.expanduser(named), os.environ)  # noqa: PTH111 - as above
        if path is None or not os.path.isfile(path):  # noqa: PTH113 - as above; a pipe would wait for ever
            return
        with open(path, "rb") as file:  # noqa: PTH123 - as above
            text = file.read(_MOST_OF_A_FILE).decode()
        tables = _plain_tables(text)
        if tables is None:
            import tomllib

            tables = tomllib.loads(text).get("accounts", {})
        for name, table in tables.items():
            if isinstance(table, dict):
                yield name, str(table.get("address") or table.get("path") or table.get("type") or "")

    def account(self, word: str) -> Iterable[Offer]:
        """What `dex account` does, and to which."""
        match self.words:
            case []:
                return self._beginning(ACCOUNT.items(), word)
            case ["test" | "login" | "logout" | "remove"]:
                return self.accounts(word)
            case _:
                return ()

    def config(self, word: str) -> Iterable[Offer]:
        """What `dex config` does, with which setting, and its value."""
        match self.words:
            case []:
                return self._beginning(CONFIG.items(), word)
            case ["get" | "set" | "unset"]:
                return self._beginning(vocabulary.SETTINGS.items(), word)
            case ["set", key]:
                return self._of(vocabulary.SETTING_VALUES.get(key, ()), word)
            case _:
                return ()

    def me(self, word: str) -> Iterable[Offer]:
        """What `dex me` does, and which address of mine it takes away."""
        match self.words:
            case []:
                return self._beginning(ME.items(), word)
            case ["remove", *_]:
                from dexcli.store import quick

                path = self._path()
                return self._beginning(quick.mine(path) if path else (), word)
            case _:
                return ()

    def query(self, word: str) -> Iterable[Offer]:
        """The term at the end of a query: a key, or a value of one, also with spaces that should be quoted there."""
        offers = self._term(word, _term_at(word))
        spaced = word.rfind(":") if not offers else -1
        return self._term(word, _term_at(word[:spaced])) if spaced >= 0 else offers

    def search(self, word: str) -> Iterable[Offer]:
        """The same for a search, which asks for entries as well."""
        self.of_entries = True
        return self.query(word)

    def _term(self, word: str, at: int) -> Sequence[Offer]:
        before, term = word[:at], word[at:]
        key, colon, value = term.partition(":")
        if not colon:
            known_keys = vocabulary.QUERY | (vocabulary.ENTRY_QUERY if self.of_entries else {})
            keys = [(f"{before}{name}:", told) for name, told in self._beginning(known_keys.items(), term)]
            self.marks += ["nospace"] if keys else []
            return keys
        known = (*vocabulary.QUERY_VALUES.get(key, ()), *QUERY_VALUES.get(key, ()))
        open_quote = value.startswith('"')
        value = value[open_quote:]
        offers: Iterable[Offer]
        if known:
            offers = [(one, "") for one in known if one.startswith(value)]
        elif key == "tag":
            offers = self.tags(value)
        elif key == "handle":
            offers = self.people(value)
        elif key in _COLUMNS:
            offers = self.values(_COLUMNS[key], value)
        else:
            return ()
        if self.shell == "fish":  # which takes only what has the typed letters in it; to a query, case is all the same
            offers = [(value + one[len(value) :], told) for one, told in offers]
        return [(f"{before}{key}:{_query_value(one)}", told) for one, told in offers]

    def companies(self, word: str) -> Iterable[Offer]:
        """Where somebody works."""
        return self.values("company", word)

    def fields(self, word: str) -> Iterable[Offer]:
        """Several fields of a person, with commas between them."""
        others, comma, beginning = word.rpartition(",")
        taken = others.split(",")
        return [
            (f"{others}{comma}{field}", "")
            for field in vocabulary.FIELDS
            if field.startswith(beginning) and field not in taken
        ]

    def occasions(self, word: str) -> Iterable[Offer]:
        """A kind of yearly dates."""
        from dexcli.store import quick

        path = self._path()
        known = dict.fromkeys(("birthday", "anniversary", *(quick.occasions(path) if path else ())))
        return [(one, "") for one in known if one.startswith(word)]

    def topics(self, word: str) -> Iterable[Offer]:
        """What there is help on."""
        return self._beginning([*vocabulary.COMMANDS.items(), ("query", "how to ask for people")], word)

    def backups(self, word: str) -> Iterable[Offer]:
        """A backup in the usual place, by its name; else a file."""
        path = self._path()
        folder = os.path.join(os.path.dirname(path), "backups") if path else ""  # noqa: PTH118, PTH120 - as above
        try:
            names = sorted(os.listdir(folder), reverse=True) if folder else []  # noqa: PTH208 - as above
        except OSError:
            names = []
        offers = [(name, "") for name in names if name.endswith(".db") and not name.startswith(".")]
        offers = self._beginning(offers, word)
        return offers or self.files(word)

    def files(self, _word: str) -> Iterable[Offer]:
        """A file: the shell knows how."""
        self.marks.append("files")
        return ()

    def folders(self, _word: str) -> Iterable[Offer]:
        """A folder: likewise."""
        self.marks.append("folders")
        return ()


SOURCES: dict[str | None, Callable[[Reply, str], Iterable[Offer]]] = {
    "people": Reply.people,
    "some people": Reply.some_people,
    "things": Reply.things,
    "further words": Reply.further_words,
    "people or tags": Reply.people_or_tags,
    "people or cadences": Reply.people_or_cadences,
    "tags": Reply.tags,
    "query": Reply.query,
    "search": Reply.search,
    "cadences": lambda _, word: [(one, "") for one in CADENCES if one.startswith(word)],
    "kinds": lambda _, word: [(one, "") for one in vocabulary.KINDS if one.startswith(word)],
    "fields": Reply.fields,
    "companies": Reply.companies,
    "occasions": Reply.occasions,
    "commitments": Reply.commitments,
    "operations": Reply.operations,
    "accounts": Reply.accounts,
    "account": Reply.account,
    "config": Reply.config,
    "me": Reply.me,
    "schemas": lambda _, word: [(one, vocabulary.COMMANDS[one]) for one in vocabulary.SCHEMAS if one.startswith(word)],
    "topics": Reply.topics,
    "backups": Reply.backups,
    "files": Reply.files,
    "folders": Reply.folders,
}
"""What completes a value, by the names that `cli/grammar.py` gives."""

_COLUMNS = {"company": "company", "title": "title", "location": "location", "met": "met_where", "name": "name"}
"""The columns of a person in which a key of a query looks."""


def _plain_tables(text: str) -> dict[str, dict[str, str]] | None:
    """The accounts of a file as `dex` writes it: a line for each table and each key. None: ask a reader of TOML.

    That one takes as long to load as all else together.
    """
    tables: dict[str, dict[str, str]] = {}
    table: dict[str, str] = {}
    if '"""' in text or "'''" in text:
        return None
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            name = line.removeprefix("[accounts.").removesuffix("]")
            is_account = len(line) == len(name) + len("[accounts.]")
            if not is_account and "accounts" in line:
                return None
            if is_account and not name.replace("-", "").replace("_", "").isalnum():
                return None
            table = tables.setdefault(name, {}) if is_account else {}
        elif line.startswith(("accounts", '"accounts', "'accounts")):
            return None
        else:
            key, _, value = map(str.strip, line.partition("="))
            if value[:1] == value[-1:] == '"' and "\\" not in value and value.count('"') == 2:  # noqa: PLR2004 - quotes
                table[key] = value[1:-1]
    return tables


def _term_at(query: str) -> int:
    """Where the last term of a query begins, behind a space, a bracket or a `!` outside of quotes."""
    at, in_quotes = 0, False
    for place, character in enumerate(query, 1):
        if character == '"':
            in_quotes = not in_quotes
        elif character in " (!" and not in_quotes:
            at = place
    return at


def _query_value(value: str) -> str:
    if value and not any(character in ' ()"\\' for character in value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _for_fish(word: str, handle: str, name: str) -> str:
    """A handle or a name, by which a person may be called as well: fish takes only what has the typed letters in it."""
    return handle if word.lower() in handle or name.startswith("-") else _with_letters_of(word, name)


def _with_letters_of(word: str, name: str) -> str:
    """A name so that it has the letters in it that were typed."""
    typed = word.lower()
    if typed in name.lower():
        return name
    from dexcli.cli.letters import spelled

    if spelled(name[: len(word)]).lower() == spelled(word).lower():
        return word + name[len(word) :]  # accents do not matter to dex, nor what is written instead of them
    plain = spelled(name)
    return plain if typed in plain.lower() else name


def _folded(word: str) -> str:
    if not word or (word.isascii() and word.replace(" ", "a").replace("-", "a").isalnum()):
        return word.lower()
    from dexcli.domain.names import fold

    return fold(word)


def _can_be_typed(offer: str) -> bool:
    """Whether a terminal shows all of a word, and obeys none of it."""
    if offer.isascii():
        return offer.isprintable()
    from dexcli.cli.letters import only_ascii

    return not only_ascii(os.environ) and all(one.isprintable() or one in _JOINERS for one in offer)


def _printable(text: str) -> str:
    """A text without anything that a terminal obeys or does not know."""
    text = "".join(character for character in text if character.isprintable())
    if text.isascii():
        return text
    from dexcli.cli.letters import only_ascii, spelled

    return spelled(text) if only_ascii(os.environ) else text
