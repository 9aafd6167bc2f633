"""Names and subjects that came by mail, onto a terminal: whatever they hold, it is text and one line long."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from imapclient import imap_utf7

from support.harmless import assert_harmless
from support.program import COLUMNS, Dex, Terminal
from support.scripted import Folder, scripted

ME = "me@example.org"
ESCAPES = (
    "\x1b[31mred\x1b[0m \x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\ \x1b]0;owned\x07 \x9b2J \u202eabc\u2066"
)
MARKUP = "[bold]b[/bold] [/x] [link=https://example.org]l[/link] :smile: =1+1 %s {0} $(reboot)"
LONG = "0123456789 " * 13_200
"""145 KB."""


def encoded(text: str) -> str:
    """As an encoded word (RFC 2047), which hides what it holds from every server on the way."""
    return f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="


TEXTS = {
    "escape sequences": ESCAPES,
    "escape sequences within encoded words": encoded(ESCAPES),
    "a line end and a header within an encoded word": encoded("one\r\nSubject: two\r\n\r\nthree"),
    "markup": MARKUP,
    "145 KB": LONG,
    "145 KB without a blank": "x" * len(LONG),
    "145 KB of escape sequences": "\x1b[31m\x9b" * 20_000,
    "145 KB in encoded words": " ".join([encoded(ESCAPES)] * 700),
    "raw bytes": "Zo\udceb \udc9b31m\udcff",
}


def mail(number: int, sender: str, to: str, subject: str, *, day: int, more: str = "") -> bytes:
    text = (
        f"From: {sender}\r\nTo: {to}\r\nDate: {day} Feb 2026 09:00:00 +0000\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}@example.org>\r\n{more}Content-Type: text/plain\r\n\r\n"
    )
    return text.encode("utf-8", "surrogateescape")


def quoted(text: str) -> str:
    """As a phrase before an address, without what ends a phrase of any kind, and no longer than is looked at."""
    return text if text.startswith("=?") else '"' + re.sub(r'["\\\r\n]', "", text)[:50_000] + '"'


@pytest.fixture(params=TEXTS)
def text(request: pytest.FixtureRequest) -> str:
    return TEXTS[request.param]


@pytest.fixture
def read(text: str, dex: Dex, tmp_path: Path) -> Dex:
    """A database into which a mailbox with the text was read: as name, as subject, as both in mail by a list."""
    name = quoted(text)
    mails = [
        mail(1, f"{name} <kurt@example.net>", ME, text, day=1),
        mail(2, ME, f"{name} <kurt@example.net>", f"Re: {text}", day=2),
        mail(3, f"{name} <kurt@example.net>", ME, text, day=3),
        mail(4, f"{name} <weekly@example.net>", ME, text, day=4, more=f"List-Id: {name} <weekly.example.net>\r\n"),
        mail(5, ME, f"{name} <emmy@example.net>", text, day=5),
    ]
    box = b"".join(b"From mail@example.org Mon Feb  2 09:00:00 2026\r\n" + one + b"Hello.\r\n\r\n" for one in mails)
    (tmp_path / "mail.mbox").write_bytes(box)
    assert dex("me", "add", ME).code == 0
    report = dex("import", tmp_path / "mail.mbox", "--json").json["data"]["report"]
    assert (report["interactions"]["added"], report["interactions"]["bulk"], report["skipped"]) == (4, 1, [])
    return dex


def on_the_screen(shown: str) -> None:
    """Nothing is obeyed, nothing is wider than the terminal, and no subject floods it."""
    shown = shown.replace("\r\x1b[K", "\n")  # a line of progress is wiped
    assert_harmless(shown)
    lines = shown.split("\n")
    assert len(lines) < 60
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines) <= COLUMNS


def test_what_a_mail_says_is_text_on_every_screen(read: Dex, terminal: Terminal) -> None:
    asked = terminal("triage", keys="aq", after="[q]uit")
    assert asked.code == 0
    on_the_screen(asked.raw)
    found = read("triage", "--json").json["data"]
    assert found["total"] == 1
    person = read("list", "--json").json["data"]["items"][0]
    assert person["emails"] == ["kurt@example.net"]
    number = str(person["id"])
    for words in (
        ("triage", "--link", f"emmy@example.net={number}"),
        ("show", number),
        ("show", "i1"),
        ("why", "i1"),
        ("why", "1@example.org"),
        ("why", "4@example.org"),
        ("due",),
        ("due", "--digest"),
        ("list",),
        ("history",),
    ):
        shown = terminal(*words)
        assert shown.code == 0, shown.text
        on_the_screen(shown.raw)
        piped = read(*words)
        assert_harmless(piped.out + piped.err)


def test_markup_is_shown_as_it_was_written(dex: Dex, terminal: Terminal) -> None:
    dex("me", "add", ME)
    dex("add", "Kurt", "--email", "kurt@example.net")
    dex("log", "--mail", "-", input=mail(1, f'"{MARKUP}" <kurt@example.net>', ME, MARKUP[:40], day=1))
    assert MARKUP[:40] in terminal("show", "kurt").text


def in_utf7(folder: str) -> str:
    """As a server names a folder (RFC 3501, section 5.1.3)."""
    return bytes(imap_utf7.encode(folder)).decode()


@pytest.fixture
def hostile_server() -> Iterator[int]:
    """A server whose folders and answers are as hostile as the mail in them; the port."""
    refused = "[red]x[/red] \x1b]0;owned\x07\x1b[2J"

    def twist(_: int, command: str, answer: bytes) -> bytes:
        if "closed" in command and command.startswith(("STATUS", "EXAMINE")):
            return f"<tag> NO {refused}\r\n".encode()
        return answer

    folders = {
        "INBOX": Folder(
            {1: mail(1, "\x1b[31mnobody\x07", "[bold]", ESCAPES, day=1), 2: mail(2, "x@example.net", ME, LONG, day=2)}
        ),
        in_utf7("[bold]b[/bold] \x1b[31m\x07\x9b\u202e"): Folder({1: mail(3, "nobody", "\x1b[2J", MARKUP, day=3)}),
        in_utf7("closed \x1b]0;owned\x07"): Folder({1: mail(4, "x@example.net", ME, "closed", day=4)}),
    }
    with scripted(folders, twist=twist) as server:
        yield server.port


def test_what_a_server_says_is_text_too(dex: Dex, terminal: Terminal, hostile_server: int) -> None:
    where = ("--host", "127.0.0.1", "--port", str(hostile_server), "--security", "none", "--user", "me")
    assert dex("account", "add", "home", ME, *where).code == 0
    environment = {"DEXCLI_PASSWORD_HOME": "x"}
    shown = terminal("sync", "--dry-run", env=environment)
    on_the_screen(shown.raw)
    assert "skipped" in shown.text
    for words in (("account", "test"), ("sync",), ("account",), ("due",)):
        shown = terminal(*words, env=environment)
        on_the_screen(shown.raw)
    piped = dex("sync", "--full", env=environment)
    assert_harmless(piped.out + piped.err)
    assert piped.err.count("dex: skipped ") >= 2, piped.err
