"""Completion: what is generated is current, and what is offered; never an error, never a file, never a wait.

How the shells put it into a line is tried at terminals, in tests/shells.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dexcli.cli import completion, grammar, vocabulary
from dexcli.cli.table import COMMANDS
from dexcli.store.version import SCHEMA_VERSION
from support.program import DEX, Dex

SCRIPTS = Path(__file__).parents[2] / "completions"

PERSON = ("show", "timeline", "log", "edit", "rm", "archive", "ignore", "snooze", "unsnooze", "remind", "open", "call")
"""Commands whose first word names somebody who is there."""
PERSONS = ("tag", "cadence", "mail")
"""Commands whose every word may name a person."""


def answer(dex: Dex, *words: str, by: str = "zsh", **environment: str) -> list[str]:
    """The lines that the script of a shell is told for the last word behind `dex`."""
    ran = dex(env={"_DEX_COMPLETE": "\t".join((by, *words)), **environment})
    assert (ran.code, ran.err) == (0, "")
    return ran.out.splitlines()


def offers(dex: Dex, *words: str, by: str = "zsh", **environment: str) -> list[str]:
    """What is offered for the last word behind `dex`."""
    lines = answer(dex, *words, by=by, **environment)
    return [line.split("\t")[0] for line in lines if not line.startswith("\t")]


def marks(dex: Dex, *words: str) -> list[str]:
    """What else the script is told to do."""
    return [line[1:] for line in answer(dex, *words) if line.startswith("\t")]


def in_bash(
    line: str,
    text: str | None = None,
    environment: dict[str, str] | None = None,
    prepare: str = "",
    cwd: Path | None = None,
) -> list[str]:
    """What bash puts into COMPREPLY when the cursor stands behind `line`, where it is going to replace `text`."""
    script = "\n".join(
        [
            "set -eu",
            prepare,
            f"source {shlex.quote(str(SCRIPTS / 'dex.bash'))}",
            f"COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}",
            "COMPREPLY=()",
            "complete -p dex dexcli >/dev/null",
            f"_dex {shlex.quote(str(DEX))} {shlex.quote(line.rpartition(' ')[2] if text is None else text)} y",
            'for offer in ${COMPREPLY[@]+"${COMPREPLY[@]}"}; do printf "%s\\n" "$offer"; done',
        ]
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


# -- what is generated ---------------------------------------------------------------------------------------


def test_the_scripts_that_are_checked_in_are_current(dex: Dex) -> None:
    written = dict(completion.SCRIPTS.values()) | completion.ALIASES
    assert {path.name: path.read_text() for path in SCRIPTS.iterdir()} == written, "make completions"
    for shell, (_, text) in completion.SCRIPTS.items():
        assert dex("completions", shell).out == text


def test_what_is_known_of_the_commands_is_current() -> None:
    assert grammar.OUTPUT.read_text() == grammar.vocabulary(), "make completions"


def test_every_option_and_every_word_of_every_command_is_known() -> None:
    assert list(vocabulary.COMMANDS) == list(vocabulary.OPTIONS) == list(COMMANDS)
    wanted = {wants for told in vocabulary.OPTIONS.values() for wants, _ in told.values()}
    wanted |= {wants for words in vocabulary.WORDS.values() for wants in words if wants != "..."}
    from dexcli.cli.offers import SOURCES

    assert {wants for wants in wanted if isinstance(wants, str)} - {"text"} <= SOURCES.keys()
    assert set(vocabulary.WORDS) >= {*PERSON, *PERSONS, "unarchive", "unignore"}


@pytest.mark.parametrize(
    "shell",
    [
        pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason=f"{name} is not installed"))
        for name in ("bash", "zsh", "fish", "pwsh")
    ],
)
def test_a_script_can_be_read_by_its_shell(shell: str) -> None:
    file = SCRIPTS / completion.SCRIPTS[shell][0]
    check: list[str | Path] = ["pwsh", "-NoProfile", "-File", file] if shell == "pwsh" else [shell, "-n", file]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_script_of_powershell_is_powershell() -> None:
    import tree_sitter_powershell
    from tree_sitter import Language, Parser

    parser = Parser(Language(tree_sitter_powershell.language()))
    script = (SCRIPTS / completion.SCRIPTS["pwsh"][0]).read_bytes()
    assert not parser.parse(script).root_node.has_error
    assert parser.parse(script.rpartition(b"}")[0]).root_node.has_error


# -- commands and options ------------------------------------------------------------------------------------


def test_commands_are_offered(dex: Dex) -> None:
    assert offers(dex, "") == list(COMMANDS)
    assert offers(dex, "un") == ["unsnooze", "unarchive", "unignore", "undo"]
    assert offers(dex, "-q", "--db", "x.db", "sh") == ["show"]
    assert offers(dex, "--db=x.db", "sh") == ["show"]
    assert offers(dex, "help", "sc") == ["schema"]
    assert offers(dex, "help", "qu") == ["query"]
    assert offers(dex, "schema", "tr") == ["triage"]
    assert offers(dex, "nonsense") == offers(dex, "nonsense", "") == offers(dex, "nonsense", "x", "") == []


def test_options_are_offered_with_what_they_mean(dex: Dex) -> None:
    assert answer(dex, "log", "ada", "--wi") == ["--with\tWho else was there."]
    assert {"--json", "--version", "--help"} <= set(offers(dex, "-"))
    assert {"--within", "--as-of", "--db"} <= set(offers(dex, "due", "--"))
    assert "--dry-run" not in offers(dex, "due", "--")
    assert offers(dex, "due", "--", "--wi") == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["due", "--color", ""], ["auto", "always", "never"]),
        (["--color", "a"], ["auto", "always"]),
        (["due", "--color=n"], ["--color=never"]),
        (["log", "ada", "--direction", ""], ["in", "out", "both"]),
        (["log", "ada", "--kind", "me"], ["meeting", "message", "meal"]),
        (["account", "add", "x", "--type", ""], ["imap", "caldav", "carddav", "vdir"]),
        (["account", "add", "x", "--auth", "b"], ["bearer"]),
        (["import", "--as", "v"], ["vcard"]),
        (["cadence", "--tag", "friend", "month"], ["monthly"]),
        (["cadence", "ada", "month"], ["monthly"]),
        (["add", "Bob", "--every", "qu"], ["quarterly"]),
        (["completions", "f"], ["fish"]),
        (["config", ""], ["get", "set", "unset"]),
        (["config", "get", "due.l"], ["due.limit", "due.lead"]),
        (["config", "set", "dates.order", ""], ["DMY", "MDY", "YMD"]),
        (["config", "set", "policy.cc", "t"], ["true"]),
        (["config", "set", "me.emails", ""], []),
        (["account", ""], ["list", "add", "test", "login", "logout", "remove"]),
        (["me", ""], ["add", "remove"]),
        (["list", "--fields", "handle,com"], ["handle,company"]),
        (["edit", "ada", "--remove", "met"], ["met", "met-on"]),
    ],
    ids=str,
)
def test_the_values_of_what_has_choices_are_offered(dex: Dex, words: list[str], expected: list[str]) -> None:
    assert offers(dex, *words) == expected


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        (["import", ""], "files"),
        (["import", "x"], "files"),
        (["list", "--db", ""], "files"),
        (["list", "--db=x"], "files"),
        (["--config", ""], "files"),
        (["export", "--as", "ics", "-o", ""], "files"),
        (["export", "--output="], "files"),
        (["log", "--mail", ""], "files"),
        (["account", "add", "x", "--path", ""], "folders"),
        (["list", "ta"], "nospace"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_the_shell_completes_names_of_files_where_one_is_asked_for(dex: Dex, words: list[str], mark: str) -> None:
    assert marks(dex, *words) == [mark]


# -- people --------------------------------------------------------------------------------------------------


def test_handles_are_offered_by_any_word_of_the_name(known: Dex) -> None:
    assert offers(known, "show", "ada") == ["ada-lovelace"]
    assert offers(known, "show", "lov") == ["ada-lovelace"]
    assert offers(known, "show", "john") == ["john-backus", "john-von-neumann"]
    assert offers(known, "show", "john-b") == ["john-backus"]
    assert offers(known, "show", "ADA") == ["ada-lovelace"]
    assert offers(known, "show", "émi") == offers(known, "show", "emi") == ["emilie-du-chatelet"]
    assert offers(known, "show", "ada lo") == offers(known, "show", "lo ad") == ["ada-lovelace"]
    assert offers(known, "show", "emilie du") == offers(known, "show", "Émilie-du") == ["emilie-du-chatelet"]
    known("add", "Grace O'Malley", "-q")
    assert offers(known, "show", "o'm") == offers(known, "show", "omal") == ["grace-omalley"]
    assert "mary-somerville" in offers(known, "show", "")
    assert "sales-robot" not in offers(known, "show", "")
    for hostile in ("%", "_", "\\", "'", '"', "*", "$(date)", "\udcff", "a" * 10_000):
        assert offers(known, "show", hostile) in ([], offers(known, "show", ""))


def test_the_beginning_of_a_handle_goes_before_other_words_of_a_name(known: Dex) -> None:
    known("add", "Mary Ada", "-q")
    assert offers(known, "show", "ada") == ["ada-lovelace"]
    assert answer(known, "show", "lov")[-1] == "\treplace"


@pytest.mark.parametrize("command", [*PERSON, *PERSONS])
def test_people_are_offered_where_a_person_is_named(known: Dex, command: str) -> None:
    assert offers(known, command, "gra") == ["grace-hopper"]
    assert offers(known, command, "-q", "gra") == ["grace-hopper"]
    assert offers(known, command, "--", "gra") == ["grace-hopper"]
    assert (offers(known, command, "ada", "gra") == ["grace-hopper"]) == (command in PERSONS)


def test_whom_a_command_brings_back_is_offered_there(known: Dex) -> None:
    assert offers(known, "unarchive", "") == ["mary-somerville"]
    assert offers(known, "unignore", "") == ["sales-robot"]


def test_people_are_offered_for_others_who_were_there(known: Dex) -> None:
    assert offers(known, "log", "ada", "--with", "gra") == ["grace-hopper"]
    assert offers(known, "log", "ada", "--with", "grace-hopper,al") == ["grace-hopper,alan-turing"]
    assert offers(known, "log", "ada", "--with=grace-hopper,al") == ["--with=grace-hopper,alan-turing"]


@pytest.mark.parametrize("command", ["show", "timeline", "rm", "forget", "archive", "ignore"])
def test_a_name_may_go_on_without_quotes(known: Dex, command: str) -> None:
    assert answer(known, command, "emilie", "du") == ["du\tÉmilie du Châtelet"]
    assert offers(known, command, "Émilie", "du", "cha") == ["Châtelet"]
    assert offers(known, command, "john", "") == ["Backus", "von", "Neumann"]
    assert offers(known, command, "ada", "hop") == []
    assert offers(known, command, "emilie", "cha", by="fish") == ["chatelet"]


def test_what_goes_wrong_is_shown_to_whoever_works_on_it_alone(dex: Dex, home: Path) -> None:
    (home / ".config/dexcli").mkdir(parents=True)
    (home / ".config/dexcli/config.toml").write_text('[accounts."""\n')
    asked = {"_DEX_COMPLETE": "zsh\tsync\t"}
    assert dex(env=asked).err == ""
    assert "TOMLDecodeError" in dex(env={**asked, "DEXCLI_COMPLETE_DEBUG": "1"}).err


def test_fish_is_offered_a_name_where_the_handle_has_not_what_was_typed(known: Dex) -> None:
    assert answer(known, "show", "lov", by="fish") == ["ada-lovelace\tAda Lovelace"]
    assert answer(known, "show", "'Ada L", by="fish") == ["Ada Lovelace\tada-lovelace"]
    assert answer(known, "show", "Émi", by="fish") == ["Émilie du Châtelet\temilie-du-chatelet"]
    assert answer(known, "show", "'emilie du", by="fish") == ["emilie du Châtelet\temilie-du-chatelet"]
    assert answer(known, "show", "'Émilie du cha", by="fish") == ["Émilie du chatelet\temilie-du-chatelet"]
    assert answer(known, "show", "'du cha", by="fish") == ["Emilie du Chatelet\temilie-du-chatelet"]
    for called in ("emilie du Châtelet", "Émilie du chatelet", "Emilie du Chatelet"):
        assert known("show", called, "--plain").out.startswith("id\t4\n")


def test_backups_are_offered_to_be_restored_and_files_where_there_is_none(known: Dex, db: Path) -> None:
    assert marks(known, "restore", "") == ["files"]
    known("backup")
    (db.parent / "backups/.dex.x1.part").touch()
    (db.parent / "backups/notes.txt").touch()
    assert offers(known, "restore", "") == offers(known, "restore", "dex-20") == ["dex-2026-03-08T090000.db"]
    assert marks(known, "restore", "") == []
    assert marks(known, "restore", "./") == ["files"]


def test_nothing_is_offered_where_a_text_is_typed(known: Dex) -> None:
    for words in (
        *(["log", "ada", "gra"], ["log", "--on", "gra"], ["due", "--tag", "gra"], ["add", "gra"]),
        *(["remind", "ada", "gra"], ["show", "ada", "gra"], ["triage", "--add", "gra"], ["sync", "gra"]),
    ):
        assert answer(known, *words) == []


def test_an_offer_says_who_it_is_and_obeys_nobody(known: Dex) -> None:
    known("add", "Eve \x1b]8;;https://example.org\x1b\\Link\x1b]8;;\x1b\\ \x1b[31mred\x07", "--handle", "eve", "-q")
    assert answer(known, "show", "eve") == ["eve\tEve Link red"]


def test_what_a_terminal_would_obey_is_not_offered(known: Dex, db: Path) -> None:
    """However it came into the database: the program keeps it out."""
    with closing(sqlite3.connect(db)) as conn:
        for name in ("a\x1b[2J", "b\nrm -rf x", "c\td", "d\u202egnp", "e\x00", "fine"):
            conn.execute("insert into tag(name, operation_id) values(?, 1)", (name,))
        conn.execute("update person set handle = 'x' || char(27) || 'y', name = 'Ada' || char(10, 8238) where id = 1")
        conn.commit()
    assert offers(known, "due", "--tag", "") == ["fine", "friend", "maths", "navy"]
    assert "ada" not in "".join(answer(known, "show", ""))


def test_another_database_may_be_named(known: Dex, home: Path) -> None:
    other = home / "other.db"
    known("add", "Emmy Noether", "--db", other, "-q")
    assert offers(known, "--db", str(other), "show", "") == ["emmy-noether"]
    assert offers(known, "show", f"--db={other}", "") == ["emmy-noether"]
    assert offers(known, "show", "--db", "~/other.db", "") == ["emmy-noether"]
    assert offers(known, "show", "", DEXCLI_DB=str(other)) == ["emmy-noether"]


# -- tags, queries, numbers, accounts ------------------------------------------------------------------------


def test_tags_are_offered_with_how_many_have_them(known: Dex) -> None:
    assert answer(known, "due", "--tag", "") == ["friend\t2 people", "maths\t1 person", "navy\t1 person"]
    assert offers(known, "tag", "ada", "+ma") == ["+maths"]
    assert offers(known, "tag", "ada", "--remove", "FR") == ["friend"]
    assert offers(known, "edit", "ada", "--remove-tag", "n") == ["navy"]


def test_queries_are_offered_their_keys_and_values(known: Dex) -> None:
    assert answer(known, "list", "qu") == ["quiet:\tno contact for so long: quiet:90d", "\tnospace"]
    assert offers(known, "export", "--as", "ics", "tag:f") == ["tag:friend"]
    assert offers(known, "list", "state:a") == ["state:active", "state:archived", "state:all"]
    assert offers(known, "list", "has:ph") == ["has:phone"]
    assert offers(known, "list", "every:n") == ["every:none", "every:never"]
    assert offers(known, "list", "company:s") == ["company:Speedcoding"]
    assert offers(known, "list", "met:") == ['met:"Royal Society"']
    assert offers(known, "list", 'met:"roy') == offers(known, "list", "met:royal so") == ['met:"Royal Society"']
    assert offers(known, "list", "handle:gra") == ["handle:grace-hopper"]
    assert offers(known, "list", "!tag:m") == ["!tag:maths"]
    assert offers(known, "list", "(tag:friend or ta") == ["(tag:friend or tag:"]
    assert offers(known, "tag", "--query", "tag:friend company:an") == ['tag:friend company:"Analytical Engines"']
    for word in ("quiet:9", "nokey:x", "http://x"):
        assert offers(known, "list", word) == []


def test_a_value_that_a_query_has_to_quote_finds_who_has_it(known: Dex) -> None:
    known("add", "Emmy Noether", "--company", 'Sons \\ "Daughters" (Ltd)', "-q")
    (offer,) = offers(known, "list", "company:so")
    assert known("list", offer, "--fields", "name").out == "Emmy Noether\n"


def test_numbers_are_offered_with_what_they_are(known: Dex) -> None:
    assert answer(known, "done", "") == ["c1\tAda Lovelace: the paper on Bernoulli numbers"]
    known("log", "ada", "tea", "-q")
    first = answer(known, "undo", "")[0]
    assert first.startswith("o")
    assert "\tlogged" in first
    assert offers(known, "undo", "o1")[-1] == "o1"
    assert offers(known, "show", "c1") == ["c1"]
    assert "o1" in offers(known, "show", "o1")


def test_my_own_addresses_are_offered_to_be_taken_away(known: Dex) -> None:
    known("me", "add", "me@example.org", "-q")
    assert offers(known, "me", "remove", "m") == ["me@example.org"]
    assert offers(known, "me", "add", "m") == []


def test_accounts_are_offered_from_the_configuration(dex: Dex, home: Path) -> None:
    dex("account", "add", "work", "me@example.org", "--host", "imap.example.org", "-q")
    dex("account", "add", "cards", "--type", "vdir", "--path", str(home), "-q")
    assert answer(dex, "sync", "") == ["work\tme@example.org", f"cards\t{home}"]
    assert offers(dex, "sync", "work", "") == ["cards"]
    for verb in ("test", "login", "remove"):
        assert offers(dex, "account", verb, "w") == ["work"]
    assert offers(dex, "account", "add", "w") == offers(dex, "account", "test", "work", "") == []
    other = home / "other.toml"
    other.write_text("[accounts]\nhome.address = 'x@example.org'\nodd = 3\n")
    assert offers(dex, "--config", str(other), "sync", "") == ["home"]


@pytest.mark.parametrize(
    "text",
    [
        '[accounts.work]\naddress = "me@example.org"\n\n[due]\naddress = "x"\n',
        '[ accounts . work ] # mine\naddress = "me@example.org"\n',
        "[accounts.\"work\"]\naddress = 'me@example.org' # mine\n",
        'accounts = {work = {address = "me@example.org"}}\n',
        'accounts.work.address = "me@example.org"\n',
        '"accounts".work.address = "me\\u0040example.org"\n',
        '[accounts]\nwork.address = "me@example.org"\n',
        '[me]\nnames = [\n"""\n[accounts.no]\n"""]\n[accounts.work]\naddress = "me@example.org"\n',
    ],
)
def test_accounts_are_found_however_the_file_says_them(dex: Dex, home: Path, text: str) -> None:
    file = home / "some.toml"
    file.write_text(text)
    assert answer(dex, "--config", str(file), "sync", "") == ["work\tme@example.org"]


# -- never an error, never a file, never a wait --------------------------------------------------------------

ASKED = (
    *([""], ["show", ""], ["log", "--with", ""], ["--db", "", "show", ""], ["--db"], ["-", "-"]),
    *(["undo", ""], ["done", ""], ["due", "--tag", ""], ["list", "tag:"], ["list", "company:x"], ["sync", ""]),
    *(
        ["me", "remove", ""],
        ["dates", "--kind", ""],
        ["list", "--fields", ""],
        ["config", "set", ""],
        ["=", "--="],
        ["--color=", ""],
    ),
)


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_no_database_is_created_and_none_is_needed(dex: Dex, home: Path, words: list[str]) -> None:
    for shell in ("zsh", "fish", "pwsh", "bash"):
        offers(dex, *words, by=shell)
    assert [path for path in home.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "asked", ["", "\t", "\t\t", "bash", "bash\t", "bash\tx\ty", "zsh", "nosh\tshow\t", f"zsh\t{'(' * 5000}"]
)
def test_nonsense_is_answered_with_nothing_or_with_what_there_is(dex: Dex, asked: str) -> None:
    ran = dex(env={"_DEX_COMPLETE": asked})
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("content", [b"", b"no database" * 100, None])
def test_a_database_that_is_none_offers_nothing(dex: Dex, home: Path, content: bytes | None) -> None:
    place = home / "x.db"
    if content is None:
        place.mkdir()
    else:
        place.write_bytes(content)
    assert offers(dex, "--db", str(place), "show", "") == []
    assert content is None or place.read_bytes() == content


def test_a_database_of_another_version_offers_nothing(known: Dex, db: Path) -> None:
    for version in (0, SCHEMA_VERSION - 1, SCHEMA_VERSION + 1):
        with closing(sqlite3.connect(db)) as conn:
            conn.execute(f"pragma user_version = {version}")
        assert offers(known, "show", "") == []


def test_a_damaged_database_offers_nothing_or_what_is_left(known: Dex, db: Path) -> None:
    whole = db.read_bytes()
    for at in range(100, len(whole), len(whole) // 12):
        db.write_bytes(whole[:at] + b"\xff" * 3000 + whole[at + 3000 :])
        for words in (["show", ""], ["due", "--tag", ""], ["undo", ""], ["list", "company:"]):
            answer(known, *words)
    db.write_bytes(whole[: len(whole) // 2])
    answer(known, "show", "")


@pytest.fixture
def busy(db: Path) -> Iterator[None]:
    """Another program has the database for itself."""
    with closing(sqlite3.connect(db, isolation_level=None)) as conn:
        conn.execute("pragma journal_mode = delete")
        conn.execute("begin exclusive")
        conn.execute("update person set handle = 'ada' where id = 1")
        conn.execute("pragma locking_mode = exclusive")
        yield


@pytest.mark.usefixtures("busy")
def test_nobody_waits_for_a_database_that_is_busy(known: Dex) -> None:
    assert len(offers(known, "show", "ada")) <= 1


def test_what_others_write_meanwhile_is_seen(known: Dex, db: Path) -> None:
    with closing(sqlite3.connect(db, isolation_level=None)) as conn:
        conn.execute("begin immediate")
        conn.execute("update person set handle = 'countess' where id = 1")
        assert offers(known, "show", "countess") == []
        conn.execute("commit")
        assert offers(known, "show", "countess") == ["countess"]


def test_a_database_is_only_read(known: Dex, db: Path) -> None:
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in db.parent.iterdir()}
    db.parent.chmod(0o500)
    try:
        for words in (["show", ""], ["due", "--tag", ""], ["undo", ""], ["list", "company:"]):
            assert offers(known, *words) != []
    finally:
        db.parent.chmod(0o700)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in db.parent.iterdir()} == before


@pytest.mark.parametrize("content", [b"[accounts", b"\xff\xfe", b"accounts = 3", b"[accounts]\nx = 3", None])
def test_a_configuration_that_cannot_be_read_offers_nothing(dex: Dex, home: Path, content: bytes | None) -> None:
    file = home / ".config/dexcli/config.toml"
    file.parent.mkdir(parents=True)
    if content is None:
        os.mkfifo(file)
    else:
        file.write_bytes(content)
    assert offers(dex, "sync", "") == []


def test_there_need_be_no_home(known: Dex, db: Path) -> None:
    nowhere = {"HOME": "", "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}
    assert offers(known, "show", "ada", **nowhere) == offers(known, "sync", "", **nowhere) == []
    assert offers(known, "show", "ada", DEXCLI_DB=str(db), **nowhere) == ["ada-lovelace"]


@pytest.mark.parametrize("mode", [{}, {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"}])
def test_a_locale_without_letters_is_offered_none(known: Dex, mode: dict[str, str]) -> None:
    known("add", "李 小龍", "-q")
    locale = {"LC_ALL": "C", **mode}
    assert answer(known, "show", "emi", **locale) == ["emilie-du-chatelet\tEmilie du Chatelet"]
    assert "".join(answer(known, "show", "", **locale)).isascii()
    assert "李-小龍" in offers(known, "show", "", **mode)


def test_a_variable_that_was_left_behind_stops_no_command(known: Dex) -> None:
    ran = known("list", "--fields", "name", env={"_DEX_COMPLETE": "zsh\tshow\t"})
    assert "Ada Lovelace" in ran.out.splitlines()


# -- bash, whose words have to be quoted for it --------------------------------------------------------------


def test_bash_completes_people_and_commands(known: Dex) -> None:
    assert in_bash("dex sh") == ["show"]
    assert in_bash("dex show lov") == ["ada-lovelace"]
    assert in_bash("dex show ") == offers(known, "show", "")
    assert in_bash("dex tag ada-lovelace gra") == ["grace-hopper"]
    assert in_bash("dex due --wi") == ["--within"]
    assert in_bash("dex import ") == []


@pytest.mark.usefixtures("known")
def test_bash_replaces_only_what_stands_behind_its_last_break() -> None:
    assert in_bash("dex list tag:fr", "fr") == ["friend"]
    assert in_bash("dex list tag:", "") == ["friend", "maths", "navy"]
    assert in_bash("dex list tag:fr", "tag:fr") == ["tag:friend"], "as where : breaks no words"
    assert in_bash("dex log ada --with=grace-hopper,al", "grace-hopper,al") == ["grace-hopper,alan-turing"]
    assert in_bash("dex list --color=a", "a") == ["auto", "always"]


@pytest.mark.usefixtures("known")
def test_bash_keeps_what_was_typed_where_the_offers_have_less_in_common(dex: Dex) -> None:
    dex("add", "Greta Hopkins", "-q")
    assert in_bash("dex show hop") == ["grace-hopper", "greta-hopkins", " "]
    assert in_bash("dex show gr") == ["grace-hopper", "greta-hopkins"]


HOSTILE = "$(touch pwned) `touch pwned` \"x\" 'y' ; touch pwned & ! * ? [a] {a,b} ~ # \\ ü |"
"""No program that reads a line may take any of it for anything but letters."""


@pytest.mark.parametrize(("quote", "at"), [("", ""), ("'", "company:"), ('"', "company:"), ("", "company:"), ('"', "")])
def test_bash_reads_every_offer_as_the_word_that_was_meant(dex: Dex, tmp_path: Path, quote: str, at: str) -> None:
    """With a quote open before the key or behind it, and with none."""
    dex("add", "Emmy Noether", "--company", HOSTILE, "-q")
    (meant,) = offers(dex, "list", "company:")
    typed = f"{at}{quote}" if at else f"{quote}company:"
    (offer,) = in_bash(f"dex list {typed}", "" if at or not quote else "company:", cwd=tmp_path)
    closed = "" if quote and offer.endswith(quote) else quote
    line = f"{typed if at or not quote else quote}{offer}{closed}"
    read = subprocess.run(["bash", "-c", f"printf %s {line}"], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert (read.stdout, read.stderr) == (meant, "")
    assert list(tmp_path.iterdir()) == []


def test_bash_completes_words_with_spaces_and_quotes(known: Dex) -> None:
    known("add", 'Grace O\'Malley $(touch pwned) `touch pwned` "x" *', "--handle", "omalley", "-q")
    assert in_bash('dex show "ada lo', "ada lo") == ["ada-lovelace"]
    assert in_bash("dex show 'grace o", "grace o") == ["omalley"]
    assert in_bash("dex show ada\\ lo", "ada\\ lo") == ["ada-lovelace"]
    assert in_bash("dex log ada --with grace-hopper,oma") == ["grace-hopper,omalley"]
    assert in_bash("dex show ") == offers(known, "show", "")
    assert not Path("pwned").exists()


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("option", ["", "shopt -s nullglob", "shopt -s failglob", "set -f", "IFS=a-"])
@pytest.mark.parametrize("others", ["a*", "[ag]*", "?", "[x"])
def test_bash_takes_no_offer_for_a_pattern(tmp_path: Path, option: str, others: str) -> None:
    for name in ("a,grace-hopper", "x"):
        (tmp_path / name).touch()
    (found,) = in_bash(f"dex log ada --with {others},gra", prepare=option, cwd=tmp_path)
    assert found.replace("\\", "") == f"{others},grace-hopper"


def test_bash_is_told_nothing_where_nothing_is_known(home: Path) -> None:
    assert in_bash("dex show ") == []
    assert in_bash("dex show a", environment={"HOME": "", "XDG_DATA_HOME": ""}) == []
    assert [path for path in home.rglob("*") if path.is_file()] == []
