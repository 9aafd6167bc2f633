"""IMAP: reading a mailbox of a private Dovecot, beside IMAPClient with BytesHeaderParser, which stores nothing.

All in processes of their own, in turns, on the same mailbox; Dovecot has been asked once before, so that its caches are
warm for both. Then mbsync fetches the mailbox as often. Round trips are counted by a relay between client and server.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import generate
from measure import Cost, Program, Row, Watch, apart, environment, judged
from writing import synced

SYNC = 0.6
MBSYNC = 3.0
TRIPS = 3
RUNS = 3
FOLDER = "Large"
PEOPLE = 2_000
BATCH = 500
TESTS = Path(__file__).resolve().parents[1] / "tests"


def rows(folder: Path, messages: int) -> Iterator[Row]:
    """The first reading, alone and with everything stored, and what it costs when nothing is new."""
    sys.path.append(str(TESTS))
    from support import servers

    if reason := servers.why_no_dovecot():
        yield Row(work="IMAP", measured=reason)
        return
    with servers.dovecot() as dovecot:
        user = dovecot.user()
        generate.write_mailbox(folder / "imap.mbox", messages, PEOPLE)
        apart(deliver, folder / "imap.mbox", dovecot.folder, user)
        where = (dovecot.port, user)
        apart(peer, *where)
        costs = [
            (apart(peer, *where), apart(read, *where), apart(sync, *where, folder / f"imap{turn}.db"))
            for turn in range(RUNS)
        ]
        for index, work in ((1, "source.read()"), (2, "first sync, everything stored")):
            mine = median(turn[index].wall for turn in costs)
            ratio = median(turn[0].wall / turn[index].wall for turn in costs)
            yield Row(
                work=f"IMAP, {work}, {messages:,} messages",
                measured=f"{messages / mine:,.0f}/s",
                beside=f"imapclient + BytesHeaderParser {messages / median(turn[0].wall for turn in costs):,.0f}/s",
                ratio=f"{ratio:.2f}",
                cpu_ratio=f"{median(turn[0].cpu / turn[index].cpu for turn in costs):.2f}",
                goal=f">= {SYNC:g} x" if index == 2 else "",  # noqa: PLR2004  # the goal is for what is stored
                verdict=judged(ratio >= SYNC) if index == 2 else "",  # noqa: PLR2004  # as above
            )
        yield mbsync(folder, dovecot.port, user, messages, median(turn[2].wall for turn in costs))
        taken, trips, folders = apart(nothing_new, *where)
        yield Row(
            work=f"IMAP, nothing new among {messages:,} messages",
            measured=f"{taken * 1000:.0f} ms, {trips} round trips for {folders} folders",
            beside="after login",
            goal=f"<= {TRIPS} a folder",
            verdict=judged(trips <= TRIPS * folders),
        )


def mbsync(folder: Path, port: int, user: str, messages: int, mine: float) -> Row:
    """A first sync beside mbsync, which fetches the whole messages into an empty Maildir; `mine` is in seconds."""
    work = f"IMAP, first sync beside mbsync, {messages:,} messages"
    program = shutil.which("mbsync")
    if program is None:
        return Row(work, "", "mbsync: not installed", goal=f"{MBSYNC:g} x faster")
    from support.servers import PASSWORD

    costs = []
    for turn in range(RUNS):
        place = folder / f"mbsync{turn}"
        place.mkdir()
        config = place / "mbsyncrc"
        config.write_text(_MBSYNC.format(port=port, user=user, password=PASSWORD, place=place, folder=FOLDER))
        costs.append(Program((program, "-q", "-c", config, "all"), environment(place)).run())
        fetched = sum(1 for _ in (place / FOLDER).glob("*/*,U=*"))
        shutil.rmtree(place)
        if fetched != messages:
            raise ValueError(f"mbsync fetched {fetched:,} messages")
    theirs = median(cost.wall for cost in costs)
    return Row(
        work=work,
        measured=f"{messages / mine:,.0f}/s",
        beside=f"mbsync, whole messages {messages / theirs:,.0f}/s",
        ratio=f"{theirs / mine:.1f}",
        goal=f"{MBSYNC:g} x faster",
        verdict=judged(theirs / mine >= MBSYNC),
    )


_MBSYNC = """\
IMAPAccount far
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account far

MaildirStore near
Path {place}/
Inbox {place}/INBOX

Channel all
Far :far:{folder}
Near :near:{folder}
Create Near
Sync Pull
SyncState *
"""


# -- each of these runs in a process of its own ---------------------------------------------------------


def deliver(mbox: Path, folder: Path, user: str) -> None:
    """Fill the mailbox with the messages of a file, each without its From_ line."""
    sys.path.append(str(TESTS))
    from support.servers import Dovecot

    mails = mbox.read_bytes().removeprefix(b"From ").split(b"\nFrom ")
    messages = (mail.partition(b"\n")[2].replace(b"\n", b"\r\n") for mail in mails)
    Dovecot(folder, 0, 0).deliver(user, FOLDER, messages)


def peer(port: int, user: str) -> Cost:
    """What a script would do: search, fetch header fields by hundreds, parse each header; nothing is kept."""
    sys.path.append(str(TESTS))
    from email.parser import BytesHeaderParser

    from dexcli.sources import _mail
    from support.servers import MailServer

    watch = Watch()
    item = f"BODY.PEEK[HEADER.FIELDS ({' '.join(_mail.HEADERS)})]"
    with watch.running(), MailServer(port).client(user) as client:
        client.select_folder(FOLDER, readonly=True)
        uids = client.search("ALL")
        parser = BytesHeaderParser()
        for start in range(0, len(uids), BATCH):
            for answer in client.fetch(uids[start : start + BATCH], [item, "INTERNALDATE"]).values():
                block = next(value for name, value in answer.items() if name.startswith(b"BODY["))
                dict(parser.parsebytes(block).items())
    return watch.cost


def read(port: int, user: str) -> Cost:
    """The records, which are thrown away."""
    watch = Watch()
    with watch.running():
        for _ in _source(port, user).read(None):
            pass
    return watch.cost


def sync(port: int, user: str, db: Path) -> Cost:
    """The whole pipeline into a new database."""
    from dexcli.store.connection import open_for_writing

    return synced(open_for_writing(db), _source(port, user), "imap")[0]


def nothing_new(port: int, user: str) -> tuple[float, int, int]:
    """Seconds, commands after the login, and folders, when a mailbox is read to its end and then again."""
    from dexcli.domain.records import Checkpoint

    with _relay(port, connections=2) as (between, commands):
        *_, last = _source(between, user).read(None)  # through the relay too: another port would be another account
        if not isinstance(last, Checkpoint):
            raise TypeError(last)
        first = len(commands)
        watch = Watch()
        with watch.running():
            items = list(_source(between, user).read(last.cursor))
        if len(items) != 1:
            raise ValueError(len(items))
        after = next(index for index, command in enumerate(commands[first:], first) if b" LOGIN " in command) + 1
        asked = [command for command in commands[after:] if b" LOGOUT" not in command]
    return watch.wall, len(asked), last.cursor.count("uidvalidity")


def _source(port: int, user: str) -> Any:
    sys.path.append(str(TESTS))
    from dexcli.sources.imap import open_account
    from support.servers import MailServer

    return open_account(MailServer(port).account(user))


@contextlib.contextmanager
def _relay(port: int, *, connections: int) -> Iterator[tuple[int, list[bytes]]]:
    """A port that leads to another for so many connections, and the lines that went there."""
    lines: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for _ in range(connections):
                client, _ = listener.accept()
                with client, socket.create_connection(("127.0.0.1", port)) as server:
                    back = threading.Thread(target=_copy, args=(server, client, []))
                    back.start()
                    _copy(client, server, lines)
                    back.join()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], lines
        thread.join()


def _copy(source: socket.socket, target: socket.socket, seen: list[bytes]) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            seen.extend(data.splitlines())
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
