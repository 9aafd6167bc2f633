"""`dex sync` with real servers: what is new becomes history, whatever fails keeps what was read."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from support import letters
from support.importing import DATABASE
from support.program import DEX, Dex, Terminal
from support.servers import PASSWORD, Dovecot, MailServer, free_ports

SYNCED = ("read", "added", "updated", "unchanged", "bulk", "skipped")


class Account:
    """An account that dex knows, and the mailbox behind it."""

    def __init__(self, dex: Dex, server: MailServer, name: str = "home") -> None:
        self.dex, self.server, self.name = dex, server, name
        self.user = server.user()
        self.environment = {f"DEXCLI_PASSWORD_{name.upper()}": PASSWORD}
        added = dex(
            *("account", "add", name, letters.ME, "--host", "127.0.0.1", "--port", str(server.port)),
            *("--security", "none", "--user", self.user),
        )
        assert added.code == 0, added.err

    def receive(self, *numbers: int, folder: str = "INBOX") -> None:
        self.server.fill(
            self.user, folder, [letters.message(number).replace("\n", "\r\n").encode() for number in numbers]
        )

    def sync(self, *words: str, code: int = 0, **run: Any) -> Any:
        ran = self.dex("sync", *words, "--json", env=self.environment, **run)
        assert ran.code == code, ran.err
        return ran.json["data"] if ran.out else ran.error


def counts(data: Any) -> dict[str, int]:
    report = data["report"]
    found = {"read": report["read"], "skipped": len(report["skipped"]), **report["interactions"]}
    return {name: found[name] for name in SYNCED}


@pytest.fixture(params=["dovecot", "pymap"])
def account(request: pytest.FixtureRequest, dex: Dex) -> Account:
    account = Account(dex, request.getfixturevalue(request.param))
    account.receive(1, 4, 5, 6)
    account.receive(2, 3, folder="Sent")
    return account


@pytest.fixture
def post(dovecot: Dovecot, dex: Dex) -> Account:
    account = Account(dex, dovecot)
    account.receive(1, 4, 5, 6)
    account.receive(2, 3, folder="Sent")
    return account


def timeline() -> list[tuple[str, str | None, str]]:
    """Key, direction and verdicts of every entry."""
    with closing(sqlite3.connect(Path(os.environ["XDG_DATA_HOME"]) / "dexcli/dex.db")) as conn:
        rows = conn.execute(
            "select i.key, i.direction, i.happened_at, i.title, group_concat(f.value || ' ' || p.role || ' ' || p.why)"
            " from interaction i join (select * from participant order by identifier_id) p on p.interaction_id = i.id"
            " join identifier f on f.id = p.identifier_id group by i.id"
        ).fetchall()
    return sorted((row[0], row[1], ",".join(sorted(str(row[4]).split(","))) + str(row[2:4])) for row in rows)


def test_mail_becomes_history_and_a_second_sync_finds_nothing_new(account: Account, dex: Dex) -> None:
    data = account.sync()

    assert counts(data) == {"read": 6, "added": 4, "updated": 0, "unchanged": 0, "bulk": 2, "skipped": 0}
    Draft202012Validator(dex("schema", "sync", "--json").json["data"]["schemas"]["sync"]).validate(
        {"version": 1, "command": "sync", "data": data, "warnings": []}
    )
    assert data["accounts"][0]["ok"] is True
    again = account.sync()
    assert (counts(again)["read"], again["report"]["operation_id"]) == (0, None)
    account.receive(7)
    assert counts(account.sync())["added"] == 1


def test_the_same_mail_by_a_file_is_the_same_history(account: Account, dex: Dex, tmp_path: Path) -> None:
    account.receive(7)
    account.sync()
    by_server = timeline()
    (tmp_path / "mail.mbox").write_text(letters.mbox())

    report = dex("import", tmp_path / "mail.mbox", "--json").json["data"]["report"]

    assert (report["interactions"]["added"], report["interactions"]["unchanged"]) == (0, 5)
    assert timeline() == by_server
    other = tmp_path / "other.db"
    dex("me", "add", letters.ME, "--db", other)
    dex("import", tmp_path / "mail.mbox", "--db", other)
    os.environ["XDG_DATA_HOME"] = str(tmp_path)
    (tmp_path / "dexcli").mkdir()
    other.rename(tmp_path / "dexcli" / "dex.db")
    assert [line[:2] for line in timeline()] == [line[:2] for line in by_server]


def test_the_story_of_a_mailbox(account: Account, dex: Dex) -> None:
    """sync, triage, cadence, due, and the line of cron."""
    account.sync()
    assert dex("triage", "--add", "emmy@example.org").code == 0
    assert dex("cadence", "emmy", "2w").code == 0
    (item,) = dex("due", "--json").json["data"]["items"]
    assert (item["person"]["handle"], item["last_contact"]["kind"], item["last_contact"]["source"]) == (
        "emmy-noether", "mail", "imap",
    )  # fmt: skip
    account.receive(7)
    cron = dex("sync", "-q", "--tolerate", "24h", env=account.environment)
    assert (cron.code, cron.out, cron.err) == (0, "", "")
    digest = dex("due", "--digest", "--new").out
    assert digest.startswith("Emmy Noether, ")
    assert "every 2 weeks" in digest
    assert "you owe a reply" in digest


def test_a_sync_is_taken_back_by_its_number_and_kept_taken_back(post: Account, dex: Dex) -> None:
    operation = post.sync()["report"]["operation_id"]

    passed = dex("undo", "--json").json["data"]["passed_over"]  # by hand the address became mine, and that alone
    assert [one["id"] for one in passed] == [operation]
    assert len(timeline()) == 4
    undone = dex("undo", operation, "--json").json["data"]
    assert undone["hint"] == "dex sync passes this mail over from now on; to have it again: dex sync --full"
    assert timeline() == []
    assert counts(post.sync())["read"] == 0
    assert counts(post.sync("--full"))["added"] == 4


@pytest.mark.parametrize("by", ["commands", "hand"])
def test_an_account_that_was_replaced_is_read_from_the_beginning(post: Account, dex: Dex, home: Path, by: str) -> None:
    """Under its name another mailbox may have the same UIDVALIDITY, and as many messages."""
    post.sync()
    other = post.server.user()
    post.server.fill(other, "INBOX", _many(3))
    if by == "commands":
        assert dex("account", "remove", post.name).code == 0
        added = dex(
            *("account", "add", post.name, letters.ME, "--host", "127.0.0.1", "--port", str(post.server.port)),
            *("--security", "none", "--user", other),
        )
        assert added.code == 0, added.err
    else:
        config = home / ".config/dexcli/config.toml"
        config.write_text(config.read_text().replace(f'"{post.user}"', f'"{other}"'))
    with closing(sqlite3.connect(home / DATABASE)) as conn, conn:
        conn.execute("update feed set cursor = replace(cursor, ?, ?)", _same_uidvalidity(conn, post.server, other))

    assert counts(post.sync())["added"] == 3
    assert counts(post.sync())["read"] == 0


def _same_uidvalidity(conn: sqlite3.Connection, server: MailServer, user: str) -> tuple[str, str]:
    """What the cursor says of the inbox, and what it would say if that of another mailbox had always been the same."""
    (cursor,) = conn.execute("select cursor from feed where cursor is not null").fetchone()
    known = json.loads(cursor)["folders"]["INBOX"]["uidvalidity"]
    with server.client(user) as client:
        (now,) = client.folder_status("INBOX", ["UIDVALIDITY"]).values()
    return f'"uidvalidity":{known}', f'"uidvalidity":{now}'


def test_a_dry_run_tells_and_changes_nothing(post: Account) -> None:
    data = post.sync("--dry-run")

    assert (counts(data)["added"], data["report"]["dry_run"], data["report"]["operation_id"]) == (4, True, None)
    assert timeline() == []
    assert counts(post.sync())["added"] == 4


def test_a_first_sync_reads_as_far_back_as_it_is_told(post: Account) -> None:
    assert counts(post.sync("--since", "2030-01-01"))["read"] == 0
    later = post.sync("--since", "2020-01-01")
    assert counts(later)["read"] == 0
    assert later["report"]["notes"] == [
        "account home was read before: dex sync home --full --since 2020-01-01 reads what is older"
    ]
    assert post.sync()["report"]["notes"] == []
    assert counts(post.sync("--full", "--since", "2020-01-01"))["added"] == 4


def test_a_wrong_password_fails_at_once_and_says_what_to_do(post: Account, dex: Dex) -> None:
    post.environment = {"DEXCLI_PASSWORD_HOME": "wrong"}

    for words in ((), ("--tolerate", "24h")):
        error = post.sync(*words, code=6)
        assert error["code"] == "credentials"
        assert "dex account login home" in error["hint"]
        assert "wrong" not in str(error)
    assert dex("account", "--json").json["data"]["accounts"][0]["last_error"]


def test_without_a_terminal_or_a_keyring_the_other_ways_are_named(post: Account) -> None:
    post.environment = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}

    error = post.sync(code=6)
    assert "password_command" in error["hint"]
    assert "DEXCLI_PASSWORD_HOME" in error["hint"]


def test_a_network_failure_is_told_once_it_has_lasted(dex: Dex) -> None:
    (port,) = free_ports(1)
    account = Account(dex, MailServer(port))

    def sync(now: str) -> tuple[int, str]:
        ran = dex("sync", "-q", "--tolerate", "24h", env=account.environment, now=now)
        return ran.code, ran.err

    assert account.sync(code=6)["code"] == "network"
    assert sync("2026-03-08T12:00:00+00:00") == (0, "")
    assert sync("2026-03-09T08:00:00+00:00") == (0, "")
    code, told = sync("2026-03-09T10:00:00+00:00")
    assert (code, "127.0.0.1" in told) == (6, True)
    due = dex("due", "--json", now="2026-03-12T09:00:00+00:00").json["data"]
    assert [(one["name"], one["last_synced_at"]) for one in due["accounts_stale"]] == [("home", None)]


def test_one_account_that_fails_keeps_no_other_from_being_read(post: Account, dex: Dex) -> None:
    (port,) = free_ports(1)
    dex("account", "add", "away", "me@away.example", "--host", "127.0.0.1", "--port", str(port), "--security", "none")
    post.environment |= {"DEXCLI_PASSWORD_AWAY": PASSWORD}

    ran = dex("sync", "--json", env=post.environment)

    assert ran.code == 7
    assert [(one["name"], one["ok"], one["error_code"]) for one in ran.json["data"]["accounts"]] == [
        ("home", True, None), ("away", False, "network"),
    ]  # fmt: skip
    assert counts(ran.json["data"])["added"] == 4
    assert ran.err.startswith("dex: away: ")
    assert dex("sync", "away", env=post.environment).code == 6
    assert dex("sync", "nowhere", env=post.environment).code == 4


def test_an_account_that_fails_is_told_once_with_its_remedy(post: Account, dex: Dex, terminal: Terminal) -> None:
    (port,) = free_ports(1)
    dex("account", "add", "away", "me@away.example", "--host", "127.0.0.1", "--port", str(port), "--security", "none")
    post.environment |= {"DEXCLI_PASSWORD_AWAY": PASSWORD}
    post.sync("home")
    error, hint = f"127.0.0.1:{port}: Connection refused", "is the network there, are host, port and security right?"

    shown = terminal("sync", env=post.environment)
    assert shown.code == 7
    blocks = [shown.text.rindex(f"mail of {address}") for address in (letters.ME, "me@away.example")]
    assert "nothing new" in shown.text[blocks[0] : blocks[1]]
    assert shown.text[blocks[1] :] == (
        "mail of me@away.example  away\n"
        f" not read: {error}\n"
        " is the network there, are host, port and security right? otherwise run it again\n"
        " later\n"
    )
    assert shown.text.count(error) == 1
    shown = terminal("sync", "-q", env=post.environment)
    assert shown.text == f"dex: away: {error}\n     {hint} otherwise run it\n     again later\n"
    ran = dex("sync", "--json", env=post.environment)
    assert [run["hint"] for run in ran.json["data"]["accounts"]] == [None, f"{hint} otherwise run it again later"]
    assert ran.err == f"dex: away: {error}\n     {hint} otherwise run it again later\n"


def test_the_remedy_of_each_of_several_accounts_says_whose_it_is(
    dovecot: Dovecot, dex: Dex, terminal: Terminal
) -> None:
    (closed,) = free_ports(1)

    def add(name: str, port: int) -> None:
        dex(
            "account", "add", name, f"{name}@example.org", "--host", "127.0.0.1", "--port", str(port), "--security=none"
        )

    add("one", closed)
    add("three", closed)
    passwords = {f"DEXCLI_PASSWORD_{name}": "wrong" for name in ("ONE", "TWO", "THREE")}
    refused = "is the network there, are host, port and security right? otherwise run it again later"
    assert dex("sync", "--json", env=passwords).error["hint"] == refused, "it is everybody's"

    add("two", dovecot.port)
    hints = dex("sync", "--json", env=passwords).error["hint"].splitlines()
    assert hints[0] == f"one, three: {refused}"
    assert len(hints) > 1
    assert all(hint.startswith("two: ") for hint in hints[1:])
    assert max(map(len, terminal("sync", "-q", env=passwords).text.splitlines())) < 80


def test_the_totals_of_several_accounts_are_of_none_of_them(post: Account, dex: Dex) -> None:
    other = Account(dex, post.server, "work")
    other.receive(7)
    environment = post.environment | other.environment

    ran = dex("sync", "--json", env=environment)
    report, parts = ran.json["data"]["report"], ran.json["data"]["parts"]
    assert (report["source"], report["what"], report["account"]) == ("all accounts", "2 accounts", "")
    assert report["operation_id"] is None
    assert len({part["operation_id"] for part in parts} - {None}) == 2

    other.server.fill(other.user, "INBOX", _many(2))
    ran = dex("sync", "--plain", env=environment)
    told = dict(line.split("\t") for line in ran.out.splitlines())
    assert (told["what"], told["account"]) == ("2 accounts", "")
    assert dex("undo", told["operation_id"]).code == 0, "only one has written"


def test_a_person_at_a_terminal_sees_one_calm_block(post: Account, terminal: Terminal) -> None:
    shown = terminal("sync", env=post.environment)

    assert shown.code == 0
    assert "imap" not in shown.text
    assert "mail of me@example.org  home" in shown.text
    assert "4 added" in shown.text
    assert "2 by lists, machines or yourself, not kept" in shown.text
    assert "nothing new" in terminal("sync", env=post.environment).text
    post.server.fill(post.user, "INBOX", [_many(1)[0].replace(b"Subject", b"List-Id: <list.example.org>\r\nSubject")])
    shown = terminal("sync", env=post.environment)
    assert "\n interactions       1 by lists, machines or yourself, not kept\n" in shown.text


def test_there_may_be_no_account(dex: Dex) -> None:
    ran = dex("sync", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "dex account add" in ran.error["hint"]


def test_two_syncs_at_once_read_everything_once(post: Account) -> None:
    post.server.fill(post.user, "INBOX", _many(600))
    environment = {**os.environ, **post.environment, "DEXCLI_NOW": "2026-03-08T09:00:00+00:00"}
    both = [subprocess.Popen([DEX, "sync", "-q"], env=environment, stdout=subprocess.DEVNULL) for _ in range(2)]

    assert [one.wait(60) for one in both] == [0, 0]
    assert len(timeline()) == 604


def test_a_sync_that_is_killed_goes_on_where_it_stopped(post: Account, dex: Dex, dovecot: Dovecot) -> None:
    dovecot.deliver(post.user, "Large", _many(6_000))
    environment = {**os.environ, **post.environment, "DEXCLI_NOW": "2026-03-08T09:00:00+00:00"}
    for least in (1, 1_500, 3_000):
        started = subprocess.Popen([DEX, "sync", "-q"], env=environment, stdout=subprocess.DEVNULL)
        while started.poll() is None and _entries() < least:
            time.sleep(0.002)
        started.send_signal(signal.SIGKILL)
        assert started.wait() == -signal.SIGKILL
        assert least <= _entries() < 6_004

    report = post.sync()["report"]

    assert _entries() == 6_004
    assert report["notes"][0].startswith("continued: ")
    assert dex("history", "--json").json["data"]["operations"][0]["state"] == "done"
    again = counts(post.sync("--full"))
    assert again == {"read": 6_006, "added": 0, "updated": 0, "unchanged": 6_004, "bulk": 2, "skipped": 0}


def _entries() -> int:
    with closing(sqlite3.connect(Path(os.environ["XDG_DATA_HOME"]) / "dexcli/dex.db", timeout=20)) as conn:
        return int(conn.execute("select count(*) from interaction").fetchone()[0])


def _many(number: int) -> list[bytes]:
    return [
        f"From: Emmy Noether <emmy@example.org>\r\nTo: {letters.ME}\r\nDate: Mon, 2 Feb 2026 09:00 +0000\r\n"
        f"Subject: Letter {one}\r\nMessage-ID: <many{one}@example.org>\r\n\r\nHello.\r\n".encode()
        for one in range(number)
    ]


def test_a_sync_that_takes_an_address_from_somebody_says_so(account: Account) -> None:
    account.dex("me", "remove", letters.ME)
    account.dex("add", "Grace Hopper", "--email", letters.ME)

    taken = f"{letters.ME} is yours from now on (account home); it was Grace Hopper's (grace-hopper)"
    assert account.sync()["parts"][0]["notes"] == [taken]
    assert taken not in account.sync()["parts"][0]["notes"]
