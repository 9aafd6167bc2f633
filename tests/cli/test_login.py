"""Logging in by OAuth, as a person does it: from `account login` to a synced mailbox, and every way in which it fails.

The authorization server is on this machine, Dovecot takes its tokens, and `$BROWSER` is a program that says yes.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, build_opener, urlopen

import pytest
from jsonschema_rs import Draft202012Validator

from support.authorization import CLIENT, SECRET, AuthorizationServer, Reply, authorization_server, browser
from support.program import DEX, Dex, Terminal
from support.scripted_dav import HOME, Request, collection, data_of, multistatus, scripted
from support.scripted_dav import Reply as DavReply
from support.servers import GOOD_TOKEN, Dovecot, free_ports

TESTS = Path(__file__).parents[1]
LETTER = (
    b"From: Grace <grace@example.com>\r\nTo: %s@example.org\r\nDate: Sun, 1 Mar 2026 12:00:00 +0000\r\n"
    b"Message-ID: <1@example.com>\r\nSubject: compilers\r\n\r\nhello\r\n"
)


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with authorization_server() as running:
        yield running


@pytest.fixture
def tokens(home: Path) -> Path:
    """Where logins are kept that no keyring keeps."""
    return home / ".local/state/dexcli/tokens"


@pytest.fixture
def yes(home: Path) -> dict[str, str]:
    """An environment with a browser whose user says yes."""
    return {"BROWSER": browser(home)}


def add(dex: Dex, server: AuthorizationServer, *words: str) -> None:
    """An account that nobody needs to be able to read."""
    where = ("--host", "127.0.0.1", "--security", "none", "--port", "1")
    ran = dex("account", "add", "work", "ada@example.org", *where, *server.options(), *words)
    assert ran.code == 0, ran.err


def add_mailbox(dex: Dex, server: AuthorizationServer, dovecot: Dovecot) -> str:
    """An account with a letter in it, whose server takes the tokens that are granted; returns its user."""
    user = dovecot.user()
    dovecot.fill(user, "INBOX", [LETTER % user.encode()])
    server.access = lambda _: GOOD_TOKEN + user
    where = ("--host", "127.0.0.1", "--security", "none", "--port", str(dovecot.port), "--user", user)
    ran = dex("account", "add", "work", f"{user}@example.org", *where, *server.options())
    assert ran.code == 0, ran.err
    return user


def no_secret_in(text: str, server: AuthorizationServer, *more: str) -> None:
    """Nothing that was granted, nor any code, stands in a text."""
    secrets = {value for asked in server.tokens() for key, value in asked.fields.items()
               if key in ("code", "code_verifier", "refresh_token", "client_secret", "device_code")}  # fmt: skip
    for secret in (*secrets, *more):
        assert secret not in text


# -- from end to end ---------------------------------------------------------------------------------------


def test_a_login_by_browser_and_then_the_mail(
    dex: Dex, terminal: Terminal, server: AuthorizationServer, dovecot: Dovecot, yes: dict[str, str], tokens: Path
) -> None:
    user = add_mailbox(dex, server, dovecot)
    (before,) = dex("account", "--json").json["data"]["accounts"]
    shown = terminal("account", "login", "work", env=yes)
    assert shown.code == 0, shown.text
    assert before["secret"] == "not logged in"  # noqa: S105 - there is none
    assert shown.text.startswith(" Your browser should open this page now:\n\nhttp://127.0.0.1:")
    assert re.search(r"^http://127\.0\.0\.1:\d+/authorize\?\S+$", shown.text, re.MULTILINE), (
        "in one piece, to be copied"
    )
    assert "\n logged in to account work; the login is kept in\n" in shown.text
    assert " It is in a file, as no keyring keeps it (there is no keyring).\n" in shown.text
    assert " next: dex account test work\n undo: dex account logout work\n" in shown.text
    no_secret_in(shown.raw, server, GOOD_TOKEN)
    (kept,) = tokens.glob("*.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert GOOD_TOKEN not in kept.read_text(), "access tokens are in memory only"
    assert dex("account", "test", "--json").json["data"]["accounts"][0]["secret"] == "OAuth login (file)"  # noqa: S105
    ran = dex("sync", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["data"]["report"]["interactions"]["added"] == 1
    no_secret_in(ran.out + ran.err, server, GOOD_TOKEN)
    assert dex("account", "--json").json["data"]["accounts"][0]["secret"] == "OAuth login"  # noqa: S105
    assert server.tokens()[0].fields["grant_type"] == "authorization_code"
    assert f"login_hint={user}%40example.org" in shown.text


def test_calendars_are_read_with_a_login_too(
    dex: Dex, terminal: Terminal, server: AuthorizationServer, yes: dict[str, str]
) -> None:
    event = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1@example.org\nDTSTART:20260301T100000Z\n"
        "DTEND:20260301T110000Z\nSUMMARY:Engine review\nORGANIZER:mailto:ada@example.org\n"
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:grace@example.com\nEND:VEVENT\nEND:VCALENDAR\n"
    )

    def calendars(request: Request) -> DavReply:
        if request.headers.get("Authorization") != "Bearer access-3":  # the second has expired
            return DavReply(401)
        if "sync-collection" in request.body or "calendar-query" in request.body or "multiget" in request.body:
            return DavReply(body=multistatus(data_of("/home/meetings/1.ics", event), sync="t2"))
        if request.path == "/home/":
            return DavReply(body=multistatus(collection("/home/meetings/")))
        return DavReply(body=multistatus(HOME))

    with scripted(calendars) as dav:
        ran = dex("account", "add", "cal", "ada@example.org", "--type", "caldav", "--url", dav.url, *server.options())
        assert ran.code == 0, ran.err
        assert terminal("account", "login", "cal", env=yes).code == 0
        ran = dex("sync", "--json")
        assert ran.code == 0, ran.err
        assert ran.json["data"]["report"]["interactions"]["added"] == 1
    assert len(server.tokens()) == 3, "one for the login, one for the sync, one where that was not taken"


def test_a_token_that_the_mail_server_does_not_take_is_renewed_once(
    dex: Dex, terminal: Terminal, server: AuthorizationServer, dovecot: Dovecot, yes: dict[str, str]
) -> None:
    user = add_mailbox(dex, server, dovecot)
    assert terminal("account", "login", "work", env=yes).code == 0
    server.access = lambda number: "stale-one" if number == 2 else GOOD_TOKEN + user
    ran = dex("sync", "--json")
    assert (ran.code, len(server.tokens())) == (0, 3), ran.err
    server.access = lambda number: f"stale-{number}"
    ran = dex("sync", "--json", "--tolerate", "24h")
    assert (ran.code, ran.error["code"], len(server.tokens())) == (6, "credentials", 5)
    assert ran.error["hint"].endswith("To log in again: dex account login work")
    assert "stale-" not in ran.err


def test_a_login_on_another_device(dex: Dex, terminal: Terminal, server: AuthorizationServer, tokens: Path) -> None:
    add(dex, server)
    server.device = ["authorization_pending", "granted"]
    shown = terminal("account", "login", "work", "--device")
    assert shown.code == 0, shown.text
    assert shown.text.startswith(
        f" On any device, open {server.url}type\n and type the code      ABCD-EFGH\n"
        " dex goes on by itself once you have. The code is good for 15 minutes.\n"
    )
    assert (tokens / "work.json").exists()
    no_secret_in(shown.raw, server)


def test_two_syncs_at_a_time_lose_no_rotation(
    dex: Dex, terminal: Terminal, server: AuthorizationServer, dovecot: Dovecot, yes: dict[str, str], tokens: Path
) -> None:
    add_mailbox(dex, server, dovecot)
    server.rotates = True
    assert terminal("account", "login", "work", env=yes).code == 0
    with ThreadPoolExecutor(3) as pool:
        ran = list(pool.map(lambda words: dex(*words), [("sync",), ("account", "test"), ("account", "test", "work")]))
    assert [one.code for one in ran] == [0, 0, 0], [one.err for one in ran]
    assert server.valid == {json.loads((tokens / "work.json").read_text())["refresh_token"]}
    assert len(server.tokens()) == 4


# -- how it fails ------------------------------------------------------------------------------------------


def test_who_denies_gets_exit_code_6(
    dex: Dex, terminal: Terminal, server: AuthorizationServer, yes: dict[str, str]
) -> None:
    add(dex, server)
    server.denies = True
    shown = terminal("account", "login", "work", env=yes)
    assert shown.code == 6
    assert "the login of account work was denied: The user said no" in shown.text.replace("\n     ", " ")


@pytest.mark.parametrize("kind", ["imap", "caldav", "carddav"])
def test_before_anybody_has_logged_in_a_sync_names_the_command_also_without_a_network(
    dex: Dex, server: AuthorizationServer, kind: str
) -> None:
    where = ("--host", "127.0.0.1", "--security", "none", "--port", "1") if kind == "imap" else (
        "--url", "http://127.0.0.1:1/", "--type", kind)  # fmt: skip
    ran = dex("account", "add", "work", "ada@example.org", *where, *server.options())
    assert ran.code == 0, ran.err
    ran = dex("sync", "--tolerate", "24h", "--json")
    assert (ran.code, ran.error["code"]) == (6, "credentials")
    assert ran.error["message"] == "nobody has logged in to account work yet"
    assert ran.error["hint"] == "dex account login work"
    assert server.asked == []


@pytest.mark.parametrize(
    ("said", "code", "told"),
    [
        (["authorization_pending", "access_denied"], 6, "the login of account work was denied"),
        (["authorization_pending", "expired_token"], 1, "nobody typed the code of account work in time"),
        (["invalid_grant"], 6, "the login of account work has expired or was taken back"),
    ],
)
def test_how_a_login_on_another_device_ends_that_is_none(
    dex: Dex, server: AuthorizationServer, tokens: Path, said: list[str], code: int, told: str
) -> None:
    add(dex, server)
    server.device = said
    ran = dex("account", "login", "work", "--device", "--json")
    assert (ran.code, ran.out) == (code, "")
    assert told in ran.error["message"]
    assert "dex account login work" in ran.error["hint"]
    assert not list(tokens.glob("*.json"))
    no_secret_in(ran.err, server)


@pytest.mark.parametrize("program", ["no-such-program", "false"])
def test_where_no_browser_opens_the_page_can_be_opened_by_hand(
    dex: Dex, server: AuthorizationServer, tokens: Path, program: str
) -> None:
    add(dex, server)
    running = OnTerminal(env={"BROWSER": program})
    assert "Your browser should open this page now:" in running.said
    urlopen(running.page, timeout=10).read()  # noqa: S310 - on this machine
    running.hear("logged in to account work")
    assert running.end() == 0
    assert (tokens / "work.json").exists()


def test_a_login_of_another_device_that_was_taken_back_names_the_command(
    dex: Dex, terminal: Terminal, server: AuthorizationServer, dovecot: Dovecot
) -> None:
    add_mailbox(dex, server, dovecot)
    server.device = ["granted"]
    assert terminal("account", "login", "work", "--device").code == 0
    assert dex("sync", "-q").code == 0
    server.revoke_all()
    ran = dex("sync", "--json", "--tolerate", "24h")
    assert (ran.code, ran.error["code"], ran.error["hint"]) == (
        6,
        "credentials",
        "log in again: dex account login work",
    )


def test_a_run_that_is_killed_before_it_could_use_a_new_refresh_token_has_kept_it(
    dex: Dex, terminal: Terminal, server: AuthorizationServer, yes: dict[str, str], tokens: Path
) -> None:
    add(dex, server)  # nobody answers at its mail server, where the run tries again for seconds
    server.rotates = True
    assert terminal("account", "login", "work", env=yes).code == 0
    before = json.loads((tokens / "work.json").read_text())["refresh_token"]
    with subprocess.Popen([DEX, "account", "test", "work"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        deadline = time.monotonic() + 30
        while json.loads((tokens / "work.json").read_text())["refresh_token"] == before:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        running.kill()
    assert server.valid == {json.loads((tokens / "work.json").read_text())["refresh_token"]}


def test_an_expired_login_fails_at_once_and_names_the_command(
    dex: Dex, terminal: Terminal, server: AuthorizationServer, dovecot: Dovecot, yes: dict[str, str]
) -> None:
    add_mailbox(dex, server, dovecot)
    before = dex("sync", "-q", "--tolerate", "24h")
    assert (before.code, before.err) == (
        6, "dex: nobody has logged in to account work yet\n     dex account login work\n",
    )  # fmt: skip
    assert terminal("account", "login", "work", env=yes).code == 0
    assert dex("sync", "-q", "--tolerate", "24h").code == 0
    server.revoke_all()
    ran = dex("sync", "-q", "--tolerate", "24h")
    assert (ran.code, ran.out) == (6, "")
    assert ran.err.endswith(
        "the login of account work has expired or was taken back: Token has been expired or revoked.\n"
        "     log in again: dex account login work\n"
    )
    no_secret_in(ran.err, server)
    assert terminal("account", "login", "work", env=yes).code == 0
    assert dex("sync", "-q").code == 0


def test_a_server_that_is_down_is_a_network_failure_that_can_be_tolerated(
    dex: Dex, terminal: Terminal, server: AuthorizationServer, dovecot: Dovecot, yes: dict[str, str]
) -> None:
    add_mailbox(dex, server, dovecot)
    assert terminal("account", "login", "work", env=yes).code == 0
    server.script = lambda _: Reply(503)
    ran = dex("sync", "-q", "--tolerate", "24h")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert dex("sync", "-q").code == 6
    late = dex("sync", "-q", "--tolerate", "24h", now="2026-03-10T09:00:00+00:00")
    assert (late.code, "answers 503" in late.err) == (6, True)


def test_a_port_that_is_taken_is_told(dex: Dex, server: AuthorizationServer) -> None:
    import socket

    add(dex, server)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ran = dex("account", "login", "work", "--port", port, "--json")
    assert (ran.code, ran.error["code"]) == (1, "port")
    assert ran.error["message"] == f"port {port} of this machine cannot be opened: another program has it"
    assert "--port N" in ran.error["hint"]


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def address_of(page: str) -> str:
    """Where a browser on another machine would end."""
    try:
        build_opener(_Stay).open(page, timeout=10)
    except HTTPError as error:
        with error:
            return str(error.headers["Location"])
    raise AssertionError(page)


class Running:
    """`dex account login` while it waits."""

    def __init__(self, *words: str, input: int = subprocess.PIPE) -> None:  # noqa: A002 - as subprocess has it
        self.process = subprocess.Popen(
            [DEX, "account", "login", "work", *words],
            stdin=input,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "DEXCLI_NOW": "2026-03-08T09:00:00+00:00"},
        )
        assert self.process.stdout
        assert self.process.stderr
        self.out, self.err = self.process.stdout, self.process.stderr
        self.said = ""
        self.page = self.hear(r"(?m)^http\S+$")
        self.hear("Ctrl-C gives up")

    def hear(self, pattern: str) -> str:
        """Read standard error up to what is wanted there."""
        deadline = time.monotonic() + 30
        while (found := re.search(pattern, self.said)) is None:
            ready, _, _ = select.select([self.err], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self.err.fileno(), 65_536) if ready else b""
            if not data:
                raise AssertionError(self.said)
            self.said += data.decode()
        return found[0]

    def paste(self, text: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def end(self) -> int:
        """Wait for the end, with all streams read."""
        out, err = self.process.communicate(timeout=30)
        self.said += err.decode() + out.decode()
        return self.process.returncode


def test_over_ssh_the_address_is_pasted_and_one_of_another_login_is_not_taken(
    dex: Dex, server: AuthorizationServer, tokens: Path
) -> None:
    add(dex, server)
    running = Running("--no-browser")
    assert running.said.startswith("dex: ") is False
    address = address_of(running.page)
    running.paste(re.sub("state=[^&]+", "state=of-another", address))
    running.hear("the address of another login")
    assert not tokens.exists()
    running.paste("http://127.0.0.1/")
    running.hear("no address with a code and a state in it")
    running.paste(address)
    assert running.end() == 0
    assert "logged in to account work" in running.said
    assert (tokens / "work.json").exists()
    no_secret_in(running.said, server)


def test_who_denies_in_a_browser_on_another_machine_pastes_that_and_is_done(
    dex: Dex, server: AuthorizationServer, tokens: Path
) -> None:
    add(dex, server)
    server.denies = True
    running = Running("--no-browser")
    running.paste(address_of(running.page).partition("&state=")[0])
    assert running.end() == 6
    assert "the login of account work was denied: The user said no" in running.said
    assert not tokens.exists()


def test_a_program_that_says_rubbish_is_not_asked_for_ever(dex: Dex, server: AuthorizationServer, tokens: Path) -> None:
    add(dex, server)
    running = Running("--no-browser")
    for number in range(1, 6):
        running.paste("y")
        running.hear(f"(?s)(no address with a code.*){{{number}}}")
    assert running.end() == 2
    assert "no address with a code and a state in it, the 5th time" in running.said
    assert not tokens.exists()


class OnTerminal:
    """`dex account login` on a terminal of its own, while it waits."""

    def __init__(self, *, env: dict[str, str] | None = None) -> None:
        self.ours, theirs = os.openpty()
        self.process = subprocess.Popen(
            [DEX, "account", "login", "work", *(() if env else ("--no-browser",))],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - Ctrl-C has to reach it
            env={**os.environ, "DEXCLI_NOW": "2026-03-08T09:00:00+00:00", "TERM": "xterm-256color", **(env or {})},
        )
        os.close(theirs)
        self.said = ""
        self.page = self.hear(r"http\S+/authorize\S+(?=\r)")
        self.hear(r"gives\s+up")

    def hear(self, pattern: str) -> str:
        """Read the terminal up to what is wanted there."""
        while (found := re.search(pattern, self.said)) is None:
            assert select.select([self.ours], [], [], 30)[0], self.said
            self.said += os.read(self.ours, 65_536).decode()
        return found[0]

    def shows_what_is_typed(self) -> bool:
        """Whether the terminal is as programs expect it."""
        flags = int(termios.tcgetattr(self.ours)[3])
        return bool(flags & termios.ECHO and flags & termios.ICANON)

    def end(self) -> int:
        """Wait for the end."""
        code = self.process.wait(30)
        assert self.shows_what_is_typed()
        os.close(self.ours)
        return code


def test_what_is_pasted_at_a_terminal_is_not_shown_and_may_be_long(
    dex: Dex, server: AuthorizationServer, tokens: Path
) -> None:
    add(dex, server)
    running = OnTerminal()
    assert not running.shows_what_is_typed()
    address = address_of(running.page) + "&session_state=" + "x" * 6_000
    os.write(running.ours, b"nonsense\x7f\x7f\x15")
    for at in range(0, len(address), 1_000):
        os.write(running.ours, address[at : at + 1_000].encode())
        time.sleep(0.01)
    os.write(running.ours, b"\r")
    running.hear("logged in to account work")
    assert running.end() == 0
    no_secret_in(running.said, server)
    assert "session_state" not in running.said
    assert (tokens / "work.json").exists()


def test_ctrl_c_at_a_terminal_leaves_it_as_it_was(dex: Dex, server: AuthorizationServer, tokens: Path) -> None:
    add(dex, server)
    running = OnTerminal()
    os.write(running.ours, b"http://half-pasted\x03")
    running.hear("dex: interrupted")
    assert running.end() == 130
    assert not tokens.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_gives_up_leaves_nothing(
    dex: Dex, server: AuthorizationServer, tokens: Path, number: signal.Signals
) -> None:
    add(dex, server)
    running = Running()
    running.process.send_signal(number)
    assert running.end() == (130 if number == signal.SIGINT else 143)
    assert "Traceback" not in running.said
    assert not tokens.exists()


def test_where_nobody_is_at_a_terminal_a_login_is_refused_at_once_with_what_helps(
    dex: Dex, server: AuthorizationServer, tokens: Path
) -> None:
    add(dex, server)
    ran = subprocess.run(
        [DEX, "account", "login", "work"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20,
        check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        "dex: there is no terminal here at which somebody could log in\n"
        "     run it at one; --no-browser writes the page to standard error and waits for its browser on this machine,"
        " --device waits for another device\n"
    )
    assert server.asked == []
    assert not tokens.exists()


def test_who_means_it_waits_without_a_terminal_and_says_for_what_and_for_how_long(
    dex: Dex, server: AuthorizationServer, tokens: Path
) -> None:
    add(dex, server)
    running = Running("--no-browser", input=subprocess.DEVNULL)
    assert "dex goes on by itself; it waits for 10 minutes. The browser has to be on this machine: it comes back" in (
        running.said
    )
    assert "paste" not in running.said
    urlopen(running.page, timeout=10).read()  # noqa: S310 - on this machine
    assert running.end() == 0
    assert (tokens / "work.json").exists()


# -- where it is kept --------------------------------------------------------------------------------------


def test_a_login_in_the_keyring_is_forgotten_there_and_at_the_server(
    dex: Dex, terminal: Terminal, server: AuthorizationServer, yes: dict[str, str], home: Path, tokens: Path
) -> None:
    keyring = home / "keyring.json"
    env = {
        **yes,
        "PYTHONPATH": f"{TESTS / 'support/sealed'}:{TESTS}",
        "PYTHON_KEYRING_BACKEND": "support.file_keyring.FileKeyring",
        "KEYRING_FILE": str(keyring),
    }
    add(dex, server)
    shown = terminal("account", "login", "work", env=env)
    assert shown.code == 0, shown.text
    assert "the login is kept in the keyring (file keyring of\n" in shown.text
    assert [key.split("/") for key in json.loads(keyring.read_text())] == [["dexcli", "work", "oauth"]]
    assert list(tokens.glob("*.json")) == []
    assert len(server.valid) == 1
    dry = dex("account", "logout", "work", "--dry-run", env=env)
    assert (dry.code, len(server.valid)) == (0, 1)
    ran = dex("account", "logout", "work", "--json", env=env)
    assert ran.json["data"]["done"] == "account work: forgot its login"
    assert (json.loads(keyring.read_text()), server.valid) == ({}, set())
    assert dex("account", "logout", "work", "--json", env=env).json["data"]["done"] == (
        "nothing was kept to log in to account work"
    )
    assert terminal("account", "login", "work", "--store", "file", env=env).code == 0
    assert (json.loads(keyring.read_text()), len(list(tokens.glob("*.json")))) == ({}, 1)
    removed = dex("account", "remove", "work", "--json", env=env).json["data"]
    assert removed["done"] == "removed account work and its login; what was synced from it stays"
    assert (list(tokens.iterdir()), server.valid) == ([], set())


def test_the_list_tells_who_is_not_logged_in_and_which_login_cannot_be_read(
    dex: Dex, terminal: Terminal, server: AuthorizationServer, yes: dict[str, str], tokens: Path
) -> None:
    def secrets(env: dict[str, str] | None = None) -> dict[str, str]:
        found = dex("account", "--json", env=env or {}).json["data"]["accounts"]
        return {one["name"]: one["secret"] for one in found}

    add(dex, server)
    where = ("--host", "127.0.0.1", "--security", "none")
    assert dex("account", "add", "more", "grace@example.org", *where, *server.options()).code == 0
    assert terminal("account", "login", "work", env=yes).code == 0
    assert secrets() == {"work": "OAuth login", "more": "not logged in"}
    assert secrets({"DEXCLI_PASSWORD_MORE": "a-token"})["more"] == "environment (DEXCLI_PASSWORD_MORE)"
    (tokens / "work.json").chmod(0o644)
    assert secrets() == {"work": "OAuth login that cannot be read", "more": "not logged in"}
    silent = {"PYTHON_KEYRING_BACKEND": "no.such.Keyring"}
    assert secrets(silent) == dict.fromkeys(("work", "more"), "OAuth login that cannot be read")
    assert dex("account", "logout", "work").code == 0
    assert secrets()["work"] == "not logged in"


def test_the_secret_of_a_client_is_asked_for_and_not_shown(
    dex: Dex, terminal: Terminal, server: AuthorizationServer, home: Path
) -> None:
    add(dex, server)
    server.secret = SECRET
    shown = terminal(
        "account", "login", "work", "--device", "--client-secret", keys=f"{SECRET}\n", after="dex-of-ada: "
    )
    assert shown.code == 0, shown.text
    assert f" {SECRET}" not in shown.raw
    config = (home / ".config/dexcli/config.toml").read_text()
    assert (SECRET in config, CLIENT in config) == (False, True)
    wrong = dex("account", "login", "work", "--device", env={"DEXCLI_CLIENT_SECRET_WORK": "wrong"})
    assert wrong.code == 6
    assert "does not take the client of account work (invalid_client)" in wrong.err
    nobody = dex("account", "login", "work", "--device", "--client-secret", "--json")
    assert (nobody.code, nobody.error["hint"]) == (2, "set DEXCLI_CLIENT_SECRET_WORK for this command")


def test_a_trial_asks_nobody(dex: Dex, server: AuthorizationServer, tokens: Path) -> None:
    add(dex, server)
    ran = dex("account", "login", "work", "--dry-run", "--json")
    assert (ran.code, ran.json["data"]["done"]) == (0, "would log in to account work")
    schema = Draft202012Validator(dex("schema", "account").json)
    for words in (("login", "work", "--dry-run"), ("logout", "work", "--dry-run"), ("logout", "work")):
        schema.validate(dex("account", *words, "--json").json)
    assert server.asked == []
    assert not tokens.exists()


def test_a_token_in_the_environment_comes_before_the_login(
    dex: Dex, server: AuthorizationServer, dovecot: Dovecot
) -> None:
    user = add_mailbox(dex, server, dovecot)
    ran = dex("account", "test", "work", "--json", env={"DEXCLI_PASSWORD_WORK": GOOD_TOKEN + user})
    assert ran.json["data"]["accounts"][0]["secret"] == "environment (DEXCLI_PASSWORD_WORK)"  # noqa: S105
    assert dex("sync", env={"DEXCLI_PASSWORD_WORK": GOOD_TOKEN + user}).code == 0, "nobody has to log in"
    assert server.asked == []


# -- what is said wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["account", "test", "work", "--device"], "dex account test takes no such options"),
        (["account", "login", "work", "--host", "x"], "dex account login takes no such options"),
        (["account", "login", "work", "--store", "pocket"], "--store is 'pocket', not keyring or file"),
        (["account", "login", "work", "--device", "--port", "8765"], "a login on another device opens no port"),
        (["account", "login", "plain", "--device"], "plain does not log in by OAuth"),
        (["account", "login", "plain", "--store", "file"], "plain does not log in by OAuth"),
        (["account", "add", "a@outlook.com", "--type", "caldav"],
         "the account outlook-calendar: Microsoft has no calendars that dex can read"),
        (["account", "add", "a@outlook.com", "--oauth-client-id", "x", "--token-command", "y"],
         "the account outlook has a token_command and an oauth_client_id"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_an_error(
    dex: Dex, server: AuthorizationServer, words: list[str], message: str
) -> None:
    add(dex, server)
    dex("account", "add", "plain", "b@example.org", "--host", "imap.example.org")
    ran = dex(*words, "--json")
    assert (ran.code, ran.error["message"]) == (2, message)
    assert ran.error["hint"]


def test_a_great_provider_needs_the_client_alone(dex: Dex, home: Path) -> None:
    data = dex("account", "add", "ada@outlook.com", "--oauth-client-id", "of-mine", "--json").json["data"]
    assert (data["hint"], data["next"][0]) == (None, "dex account login outlook")
    assert (home / ".config/dexcli/config.toml").read_text() == (
        '[accounts.outlook]\ntype = "imap"\naddress = "ada@outlook.com"\nhost = "outlook.office365.com"\n'
        'oauth_client_id = "of-mine"\n'
    )


def test_the_port_that_a_client_is_registered_with_stands_in_the_file(dex: Dex, server: AuthorizationServer) -> None:
    (port,) = free_ports(1)
    add(dex, server, "--oauth-redirect-port", str(port))
    running = Running("--no-browser")
    assert f"redirect_uri=http%3A%2F%2F127.0.0.1%3A{port}%2F" in running.page
    running.process.send_signal(signal.SIGINT)
    assert running.end() == 130
