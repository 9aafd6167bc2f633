"""The same invitation by mail, as a file, from a server and from a folder: one meeting, in whatever order they come."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from datetime import datetime
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from dexcli.config import accounts
from dexcli.config.accounts import Account
from dexcli.config.credentials import Secret
from dexcli.domain.identifiers import Identifier
from dexcli.errors import UndoConflictError
from dexcli.services import history, importing, syncing
from dexcli.services.invocation import Invocation
from dexcli.services.people import Details, add
from dexcli.store import me
from dexcli.store.connection import open_for_writing
from dexcli.store.journal import operation
from support.calendars import ME, calendar, event
from support.dav_servers import DavServer
from support.importing import integrity, said
from support.program import NOW
from support.servers import PASSWORD

ROADS = ("mail", "ics", "caldav", "vdir")
KEY = "event:a@x"


def meeting(*lines: str, **said: Any) -> str:
    """Ada's invitation, which I accepted."""
    return event("a@x", *lines, organizer="ada@example.org", people=[f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{ME}"], **said)


def invitation() -> bytes:
    """The mail with it, as programs send it."""
    part = MIMEText(calendar(meeting(), lines=("METHOD:REQUEST",)), "calendar", "utf-8")
    part.set_param("method", "REQUEST")
    mail = MIMEMultipart("alternative", _subparts=[MIMEText("Come!"), part])
    mail["From"], mail["To"] = "Ada Lovelace <ada@example.org>", ME
    mail["Subject"], mail["Message-ID"] = "Invitation: Engine review", "<1@example.org>"
    mail["Date"] = "Sun, 1 Mar 2026 09:00:00 +0000"
    return mail.as_bytes()


class Roads:
    """The four roads, and databases that they lead to."""

    def __init__(self, folder: Path, server: DavServer) -> None:
        self.folder, self.server, self.user = folder, server, server.user()
        self.calendar = server.calendar(self.user)
        self._numbers = itertools.count()
        (folder / "1.eml").write_bytes(invitation())
        (folder / "a.ics").write_text(calendar(meeting()), newline="")
        (folder / "vdir").mkdir()
        (folder / "vdir/a.ics").write_text(calendar(meeting()), newline="")
        self.put(meeting())
        self._empty = folder / "empty.db"
        with closing(open_for_writing(self._empty)) as conn:
            with operation(conn, now=datetime.fromisoformat(NOW), command="me") as op:
                me.add(op, Identifier("email", ME))
            add(conn, self._call("add"), Details(name="Ada Lovelace", emails=("ada@example.org",)))
            add(conn, self._call("add"), Details(name="Grace Hopper", emails=("grace@example.org",)))

    def put(self, components: str) -> None:
        """What the calendar on the server says from now on."""
        self.server.put(self.user, f"{self.calendar}a.ics", calendar(components))

    def _call(self, command: str) -> Invocation:
        return Invocation(now=datetime.fromisoformat(NOW), command=command)

    def copy(self, database: Path | None = None) -> Path:
        """A database of its own, with the people whom I know alone or as it is."""
        path = self.folder / f"{next(self._numbers)}.db"
        copyfile(database or self._empty, path)
        return path

    def come(self, database: Path, road: str) -> None:
        """What one of them brings."""
        with closing(open_for_writing(database)) as conn:
            if road in ("mail", "ics"):
                path = self.folder / ("1.eml" if road == "mail" else "a.ics")
                importing.import_path(conn, self._call("import"), path)
            else:
                secret = Secret(kind="password", value=PASSWORD, source="typed")
                syncing.sync(conn, self._call("sync"), [self._account(road)], lambda _: secret)

    def _account(self, road: str) -> Account:
        if road == "vdir":
            return accounts.read("files", {"type": "vdir", "address": ME, "path": str(self.folder / "vdir")})
        place = {"url": self.server.url, "user": self.user, "calendars": [self.calendar]}
        return accounts.read("work", {"type": "caldav", "address": ME, **place})

    def undo(self, database: Path, number: int) -> None:
        """Take an operation back."""
        with closing(open_for_writing(database)) as conn:
            history.undo(conn, self._call("undo"), number)


def brought(database: Path) -> list[tuple[int, str]]:
    """The operations of the four, oldest first, and the road of each."""
    words = {"1.eml": "mail", "a.ics": "ics", "calendars of": "caldav", "cards and events in": "vdir"}
    with closing(sqlite3.connect(database)) as conn:
        rows = conn.execute("select id, summary from operation where command in ('import', 'sync') order by id")
        return [(number, road) for number, text in rows for word, road in words.items() if word in text]


def origins(database: Path) -> list[str]:
    """Where the meeting was seen."""
    with closing(sqlite3.connect(database)) as conn:
        rows = conn.execute(
            "select d.source from interaction_origin o join interaction i on i.id = o.interaction_id"
            " join feed d on d.id = o.feed_id where i.key = ? order by d.source",
            (KEY,),
        )
        return [row[0] for row in rows]


def test_in_every_order_it_is_one_meeting_which_moves_and_is_taken_back_by_itself(
    tmp_path: Path, radicale: DavServer
) -> None:
    roads = Roads(tmp_path, radicale)
    nothing = said(roads.copy())
    databases = {order: roads.copy() for order in itertools.permutations(ROADS)}
    expected: dict[str, list[Any]] = {}
    for order, database in databases.items():
        for road in order:
            roads.come(database, road)
        told = said(database)
        assert [row[0] for row in told["interaction"]] == [KEY, "mail:1@example.org"], order
        assert origins(database) == sorted(ROADS), order
        expected = expected or told
        assert told == expected, order
        assert integrity(database) == "ok", order

    roads.put(meeting("SEQUENCE:1", start="DTSTART:20260306T100000Z", title="Looms"))
    moved: dict[str, list[Any]] = {}
    for order, database in databases.items():
        once = roads.copy(database)
        roads.come(once, "caldav")
        told = said(once)
        moved = moved or told
        assert told == moved, order
        ((title, on),) = [(row[6], row[4]) for row in told["interaction"] if row[0] == KEY]
        assert (title, on) == ("Looms", "2026-03-06"), order
        for road in ROADS:  # what the others say is older, or was read
            roads.come(once, road)
        assert said(once) == moved, order
        (*_, (latest, road)) = brought(once)
        assert road == "caldav", order
        roads.undo(once, latest)
        assert said(once) == expected, order

    for order, database in databases.items():
        done = brought(database)
        assert tuple(road for _, road in done) == order
        # Whoever brought it first cannot go before those who found it there, and says so.
        with pytest.raises(UndoConflictError, match="depend"):
            roads.undo(database, done[0][0])
        assert said(database) == expected, order
        # Whoever made an invitation by mail a meeting of a calendar's cannot go before other calendars that have it.
        for number, road in (
            (done[3], done[2], done[1], done[0]) if order[0] == "mail" else (done[1], done[3], done[2], done[0])
        ):
            before = origins(database)
            roads.undo(database, number)
            assert origins(database) == [one for one in before if one != road], (order, road)
            mails = [row[0] for row in said(database)["interaction"] if row[0].startswith("mail:")]
            assert len(mails) == ("mail" in origins(database)), (order, road)
        assert said(database) == nothing, order
