"""`dex account`: what it writes into the configuration and the keyring, what it shows, and that it shows no secret."""

from __future__ import annotations

import fcntl
import inspect
import json
import os
import shutil
import subprocess
import sys
import termios
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

from dexcli.cli import login, offers
from dexcli.cli.commands.account import verbs
from dexcli.config import accounts, settings
from dexcli.errors import DexError
from support.network import dump
from support.program import DEX, Dex, Terminal

TESTS = Path(__file__).parents[1]
PASSWORD = "correct horse"  # noqa: S105 - of the tests


@pytest.fixture
def config(home: Path) -> Path:
    """The configuration file, which is not there yet."""
    return home / ".config/dexcli/config.toml"


@pytest.fixture
def keyring(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a keyring that programs under test use."""
    monkeypatch.setenv("PYTHONPATH", f"{TESTS / 'support/sealed'}:{TESTS}")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "support.file_keyring.FileKeyring")
    file = home / "keyring.json"
    monkeypatch.setenv("KEYRING_FILE", str(file))
    return file


def kept(keyring: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(keyring.read_text())
    return found


@pytest.mark.usefixtures("keyring")
def test_a_great_provider_needs_the_address_alone(terminal: Terminal, config: Path) -> None:
    shown = terminal("account", "add", "Ada@Gmail.com")
    assert shown.code == 0
    assert shown.text == (
        " added account gmail: ada@gmail.com at imap.gmail.com; the address is yours\n"
        " Gmail wants an app password, which needs 2-Step Verification:\n"
        " myaccount.google.com/apppasswords (docs/providers/gmail.md).\n"
        " next: dex account login gmail · dex account test gmail · dex sync\n"
        " undo: dex account remove gmail · dex undo o1\n"
    )
    assert config.read_text() == (
        '[accounts.gmail]\ntype = "imap"\naddress = "ada@gmail.com"\nhost = "imap.gmail.com"\n'
    )
    assert config.stat().st_mode & 0o777 == 0o600


def test_where_there_is_no_keyring_what_works_without_is_named(dex: Dex, config: Path) -> None:
    data = dex("account", "add", "ada@gmail.com", "--json").json["data"]
    assert data["next"] == ["dex account test gmail", "dex sync"]
    assert data["hint"].endswith(
        "myaccount.google.com/apppasswords (docs/providers/gmail.md). No password can be kept here (there is no"
        " keyring): name a program as"
        f" password_command in [accounts.gmail] of {config}, set DEXCLI_PASSWORD_GMAIL, or type it at each sync."
    )
    known = dex("account", "add", "work", "ada@me.com", "--json", env={"DEXCLI_PASSWORD_WORK": "x"}).json["data"]
    assert "keyring" not in known["hint"]


def test_everything_that_is_said_is_written_where_it_can_be_read(dex: Dex, config: Path, tmp_path: Path) -> None:
    config.parent.mkdir(parents=True)
    config.write_text("# mine\n[due]\nlead = 3\n")
    (tmp_path / "ca.pem").write_text("")
    ran = dex(
        *("account", "add", "work", "ada@example.org", "--host", "127.0.0.1", "--port", "1143", "--user", "ada"),
        *("--security", "none", "--password-command", "pass show 'my work'", "--folder", "INBOX", "--folder", "Sent"),
        *("--store-bodies", "--since", "2015-01-01", "--ca-file", "ca.pem", "--json"),
        cwd=tmp_path,
    )
    assert ran.code == 0, ran.err
    data = ran.json["data"]
    assert (data["next"], data["hint"]) == (["dex account test work", "dex sync"], None)
    assert data["undo"] == ["dex account remove work", f"dex undo {data['operation_id']}"]
    (account,) = data["accounts"]
    assert account == dex("account", "--json").json["data"]["accounts"][0]
    assert account == {
        "name": "work",
        "type": "imap",
        "address": "ada@example.org",
        "url": None,
        "path": None,
        "host": "127.0.0.1",
        "port": 1143,
        "security": "none",
        "user": "ada",
        "auth": "password",
        "secret": "password_command (pass)",
        "folders": ["INBOX", "Sent"],
        "store_bodies": True,
        "since": "2015-01-01",
        "last_synced_at": None,
        "last_error": None,
    }
    text = config.read_text()
    assert text.startswith("# mine\n[due]\nlead = 3\n\n[accounts.work]\n")
    assert 'password_command = ["pass", "show", "my work"]\n' in text
    assert f'ca_file = "{tmp_path / "ca.pem"}"\n' in text
    assert dex("config", "get", "due.lead").out == "3\n"


def test_a_domain_of_ones_own_gives_the_name_and_its_server_the_hint(dex: Dex, config: Path) -> None:
    data = dex("account", "add", "ada@example.org", "--host", "outlook.office365.com", "--json").json["data"]
    assert data["accounts"][0]["name"] == "example-org"
    assert data["accounts"][0]["auth"] == "xoauth2"
    assert data["hint"].startswith("Microsoft takes no passwords, only tokens")
    assert data["hint"].endswith(f"It goes into [accounts.example-org] of {config}.")


def test_the_address_becomes_mine_in_one_operation_that_can_be_undone(known: Dex, db: Path) -> None:
    data = known("account", "add", "ada@gmail.com", "--json").json["data"]
    assert data["operation_id"] is not None
    assert known("me", "--json").json["data"]["me"]["emails"] == ["ada@gmail.com"]
    assert (
        known("history", "--json").json["data"]["operations"][0]["summary"] == "ada@gmail.com is yours (account gmail)"
    )
    assert known("undo").code == 0
    assert known("me", "--json").json["data"]["me"]["emails"] == []
    assert known("account", "--plain").out.startswith("gmail\timap\tada@gmail.com\timap.gmail.com\t993\t")
    before = dump(db)
    assert known("account", "remove", "gmail").code == 0
    assert dump(db) == before, "the database is none of its business"


def test_an_address_that_is_mine_already_is_no_change(dex: Dex) -> None:
    dex("me", "add", "ada@gmail.com")
    data = dex("account", "add", "ada@gmail.com", "--json").json["data"]
    assert (data["operation_id"], data["undo"]) == (None, ["dex account remove gmail"])
    assert data["done"] == "added account gmail: ada@gmail.com at imap.gmail.com"


def test_a_name_that_is_taken_asks_for_another(dex: Dex, config: Path) -> None:
    assert dex("account", "add", "ada@gmail.com").code == 0
    before = config.read_text()
    ran = dex("account", "add", "augusta@gmail.com", "--json")
    assert (ran.code, ran.error["message"]) == (2, "there is an account gmail already: ada@gmail.com")
    assert "augusta@gmail.com" not in dex("me").out
    assert config.read_text() == before
    assert dex("account", "add", "augusta", "augusta@gmail.com").code == 0


def test_changes_of_the_file_at_once_are_all_in_it(known: Dex, config: Path) -> None:
    config.parent.mkdir(parents=True)
    config.write_text("# mine\n")
    plain = ("--host", "127.0.0.1", "--security", "none")
    commands = [
        *(["account", "add", f"a{number}", f"me{number}@example.org", *plain] for number in range(6)),
        ["config", "set", "due.lead", "3"],
        ["init", "--region", "GB"],
    ]
    with ThreadPoolExecutor(len(commands)) as pool:
        ran = list(pool.map(lambda words: known(*words), commands))
    assert [one.code for one in ran] == [0] * len(commands), [one.err for one in ran]
    assert config.read_text().startswith("# mine\n")
    assert {one.name for one in accounts.load(config)} == {f"a{number}" for number in range(6)}
    assert (settings.load(config).due_lead, settings.load(config).phone_region) == (3, "GB")
    assert len(known("me", "--json").json["data"]["me"]["emails"]) == 6
    with ThreadPoolExecutor(6) as pool:
        ran = list(pool.map(lambda number: known("account", "remove", f"a{number}"), range(6)))
    assert [one.code for one in ran] == [0] * 6, [one.err for one in ran]
    assert accounts.load(config) == []
    assert sorted(config.parent.iterdir()) == [config]


def test_of_two_accounts_of_one_name_at_once_one_is_told_so(known: Dex, config: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        ran = list(pool.map(lambda one: known("account", "add", "gmail", f"{one}@gmail.com"), "abcd"))
    assert sorted(one.code for one in ran) == [0, 2, 2, 2], [one.err for one in ran]
    (account,) = accounts.load(config)
    for one in ran:
        assert one.code == 0 or f"there is an account gmail already: {account.address}" in one.err
    assert known("me", "--json").json["data"]["me"]["emails"] == [account.address]


def test_a_bad_line_of_an_account_stops_only_what_needs_accounts(known: Dex, config: Path) -> None:
    config.parent.mkdir(parents=True)
    config.write_text('[accounts.gmail]\ntype = "imap"\naddress = "ada@gmail.com"\nfolder = ["INBOX"]\n')
    error = known("account", "--json").error
    assert error["message"] == f"{config}: accounts.gmail has no key 'folder'"
    assert error["hint"] == "did you mean folders?"
    assert known("due").code == 0
    assert known("log", "ada", "tea").code == 0


def test_the_list_fits_the_screen(dex: Dex, terminal: Terminal) -> None:
    assert terminal("account").text == " No account yet: dex account add ADDRESS\n"
    dex("account", "add", "ada@gmail.com")
    dex("account", "add", "work", "ada@example.org", "--host", "imap.example.org", "--password-command", "pass x")
    assert terminal("account").text == (
        " Name   Address          Server            Secret                   Synced\n"
        " gmail  ada@gmail.com    imap.gmail.com    keyring or prompt        never\n"
        " work   ada@example.org  imap.example.org  password_command (pass)  never\n"
    )
    assert terminal("account", env={"DEXCLI_PASSWORD_GMAIL": PASSWORD}).text == (
        " gmail  ada@gmail.com at imap.gmail.com\n"
        "        environment (DEXCLI_PASSWORD_GMAIL) · never synced\n"
        " work   ada@example.org at imap.example.org\n"
        "        password_command (pass) · never synced\n"
    ), "nothing is cut"


def test_every_verb_has_its_module_its_word_for_the_shells_and_no_option_of_nobodys() -> None:
    assert list(verbs.VERBS) == list(offers.ACCOUNT)
    for verb in verbs.VERBS.values():
        assert callable(import_module(f"dexcli.cli.commands.account.{verb.module}").run)
    options = set(inspect.signature(import_module("dexcli.cli.commands.account").account).parameters) - {"ctx", "words"}
    assert options == frozenset().union(*(verb.options for verb in verbs.VERBS.values()))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["frob"], "dex account does not know 'frob'"),
        (["add"], "dex account does not know 'add'"),
        (["add", "a", "b@example.org", "c"], "dex account does not know 'add a b@example.org c'"),
        (["remove"], "dex account does not know 'remove'"),
        (["list", "x"], "dex account does not know 'list x'"),
    ],
)
def test_what_is_no_verb_names_those_that_are(dex: Dex, words: list[str], told: str) -> None:
    ran = dex("account", *words, "--json")
    assert (ran.code, ran.error["message"]) == (2, told)
    assert ran.error["hint"] == ("list, add [NAME] ADDRESS, test [NAME], login NAME, logout NAME, remove NAME")


# -- the keyring -------------------------------------------------------------------------------------------


def test_login_asks_without_showing_and_remove_forgets(dex: Dex, terminal: Terminal, keyring: Path) -> None:
    dex("account", "add", "ada@gmail.com")
    shown = terminal("account", "login", "gmail", "-v", keys=f"{PASSWORD}\n", after="Password of ada@gmail.com")
    assert shown.code == 0, shown.text
    assert "Password of ada@gmail.com at imap.gmail.com:\n" in shown.text
    assert " kept the password of gmail in the keyring (file keyring of the tests)\n" in shown.text
    assert " next: dex account test gmail\n" in shown.text
    assert PASSWORD not in shown.raw
    assert kept(keyring) == {"dexcli/gmail": PASSWORD}
    removed = dex("account", "remove", "gmail", "--json").json["data"]
    assert removed["done"] == ("removed account gmail and its password in the keyring; what was synced from it stays")
    assert kept(keyring) == {}
    assert dex("account").out == ""


def test_login_reads_a_line_where_nobody_can_be_asked(dex: Dex, keyring: Path) -> None:
    dex("account", "add", "ada@gmail.com")
    assert dex("account", "login", "gmail", "--dry-run", input=PASSWORD).code == 0
    assert not keyring.exists()
    ran = dex("account", "login", "gmail", input=f"{PASSWORD}\n", env={"DEXCLI_PASSWORD_GMAIL": "x"})
    assert (ran.code, kept(keyring)) == (0, {"dexcli/gmail": PASSWORD})
    assert "hint\tDEXCLI_PASSWORD_GMAIL is set, and comes before the keyring\n" in ran.out
    assert PASSWORD not in ran.out + ran.err
    assert dex("account", "login", "gmail").code == 2


def test_login_without_a_keyring_names_the_other_ways(dex: Dex, terminal: Terminal) -> None:
    dex("account", "add", "ada@gmail.com")
    ran = dex("account", "login", "gmail", "--json", input=f"{PASSWORD}\n")
    assert (ran.code, ran.out, ran.error["code"]) == (6, "", "credentials")
    assert ran.error["message"] == "the password cannot be kept: there is no keyring"
    assert "password_command" in ran.error["hint"]
    assert "DEXCLI_PASSWORD_GMAIL" in ran.error["hint"]
    assert PASSWORD not in ran.err
    shown = terminal("account", "login", "gmail")
    assert (shown.code, "Password of" in shown.text) == (6, False), "nobody is asked for what cannot be kept"


def test_nobody_who_types_nothing_is_logged_in(dex: Dex, terminal: Terminal, keyring: Path) -> None:
    dex("account", "add", "ada@gmail.com")
    for keys in ("\n", "\x04"):
        assert terminal("account", "login", "gmail", keys=keys, after="Password of").code == 130
    assert not keyring.exists()


def test_where_a_command_or_a_token_is_used_there_is_nothing_to_keep(dex: Dex, keyring: Path) -> None:
    dex("account", "add", "gmail", "ada@gmail.com", "--password-command", "pass x")
    dex("account", "add", "outlook", "ada@outlook.com")
    for name in ("gmail", "outlook"):
        assert dex("account", "login", name, input=f"{PASSWORD}\n").code == 2
    assert not keyring.exists()


# -- without a secret --------------------------------------------------------------------------------------


def test_cron_without_a_keyring_is_told_the_two_other_ways(dex: Dex, config: Path, tmp_path: Path) -> None:
    dex("account", "add", "ada@gmail.com")
    file = tmp_path / "config.toml"
    shutil.copy(config, file)
    ran = subprocess.run(
        ["env", "-i", f"DEXCLI_DB={tmp_path / 'dex.db'}", f"DEXCLI_CONFIG={file}", DEX, "account", "test", "gmail"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (6, "")
    assert ran.stderr == (
        "dex: there is no password for the account gmail: there is no keyring, and nobody can be asked here\n"
        f"     give it a password_command in {file}, or set DEXCLI_PASSWORD_GMAIL\n"
        "     at a terminal, dex account login gmail keeps it in the keyring\n"
    )


def test_a_password_that_does_not_come_is_waited_for_aloud(dex: Dex, keyring: Path) -> None:
    dex("account", "add", "ada@gmail.com")
    with subprocess.Popen(
        [DEX, "account", "login", "gmail"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdin
        assert running.stderr
        assert running.stderr.readline() == (
            b" Password of ada@gmail.com at imap.gmail.com: dex waits for it on standard input, 10 minutes at most.\n"
        )
        running.stdin.write(PASSWORD[:5].encode())
        running.stdin.flush()
        running.stdin.write(PASSWORD[5:].encode() + b"\nand what else stands in the entry\n")
        running.stdin.close()
        assert running.wait(30) == 0
    assert kept(keyring) == {"dexcli/gmail": PASSWORD}


def test_a_terminal_asks_and_shows_nothing_also_where_standard_error_goes_elsewhere(dex: Dex, keyring: Path) -> None:
    dex("account", "add", "ada@gmail.com")
    ours, theirs = os.openpty()
    running = subprocess.Popen(
        [DEX, "account", "login", "gmail"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - it is asked on its own terminal
    )
    os.close(theirs)
    shown = b""
    while b"Password of ada@gmail.com at imap.gmail.com: " not in shown:
        shown += os.read(ours, 4_096)
    os.write(ours, f"{PASSWORD}\n".encode())
    assert running.communicate(timeout=30)[1].startswith(b"dex: kept the password of gmail in the keyring")
    with suppress(OSError):  # nobody holds the other end any more
        shown += os.read(ours, 4_096)
    os.close(ours)
    assert PASSWORD.encode() not in shown
    assert kept(keyring) == {"dexcli/gmail": PASSWORD}


def test_nobody_waits_for_ever_for_a_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there = os.pipe()
    with os.fdopen(here) as stdin, os.fdopen(there, "w"):
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(login, "_GRACE", 0.01)
        monkeypatch.setattr(login, "_PATIENCE", 0.1)
        with pytest.raises(DexError) as caught:
            login.said_by_a_program("Password of ada: ")
    assert (caught.value.code, caught.value.exit_code) == ("timeout", 1)
    assert "Password of ada: dex waits for it on standard input" in capsys.readouterr().err


@pytest.mark.usefixtures("keyring")
def test_standard_input_that_says_nothing_or_no_text_is_an_error_at_once(dex: Dex) -> None:
    dex("account", "add", "ada@gmail.com")
    nothing = dex("account", "login", "gmail", "--json")
    assert (nothing.code, nothing.error["message"]) == (2, "nobody can be asked for a password here")
    ran = subprocess.run(
        [DEX, "account", "login", "gmail"], input=b"\xff\xfe\n", capture_output=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr.splitlines()[0]) == (2, b"dex: what came on standard input is no text")


def test_a_command_is_not_run_from_a_file_that_others_can_write(dex: Dex, config: Path, tmp_path: Path) -> None:
    dex("account", "add", "ada@gmail.com", "--password-command", f"{sys.executable} -c \"open('made', 'w')\"")
    config.chmod(0o666)
    error = dex("account", "test", "gmail", "--json", cwd=tmp_path)
    assert (error.code, error.error["code"]) == (6, "credentials")
    assert error.error["hint"] == f"chmod go-w {config}"
    assert not (tmp_path / "made").exists()


def test_accounts_that_all_fail_are_one_error_that_names_each(dex: Dex) -> None:
    dex("account", "add", "ada@gmail.com")
    dex("account", "add", "work", "ada@me.com", "--password-command", "no-such-program-of-dex")
    ran = dex("account", "test", "--json")
    assert (ran.code, ran.out, ran.error["code"]) == (6, "", "credentials")
    assert [line.partition(":")[0] for line in ran.error["message"].splitlines()] == ["gmail", "work"]
