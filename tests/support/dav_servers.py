"""Servers of calendars and address books on this machine, for tests: Radicale and Xandikos, both from pip.

They listen on 127.0.0.1, on ports that were free, keep all they have in a temporary folder, and end with the test.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

import requests

from dexcli.sources._dav_client import DavAccount, Patience
from dexcli.sources.caldav import CaldavAccount
from support.servers import PASSWORD, _process, free_ports

NOW = datetime(2026, 3, 8, 9, tzinfo=UTC)
NO_PATIENCE = Patience(connect=5, read=20, pauses=())

_RADICALE = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {folder}/collections
[logging]
level = error
"""


class DavServer:
    """A server that runs; every test takes a user, or a collection, of its own."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}/"
        self._users = itertools.count(1)

    def user(self, domain: str = "") -> str:
        """Somebody who has nothing yet; in a domain, their name is an address."""
        user = f"user{os.getpid()}x{next(self._users)}{'@' if domain else ''}{domain}"
        with (self.folder / "users").open("a") as users:
            users.write(f"{user}:{PASSWORD}\n")
        return user

    def home(self, user: str) -> str:
        """The path of a user's collections."""
        return f"/{user}/"

    def calendar(self, user: str, name: str = "work") -> str:
        """Make a calendar; returns its path."""
        path = f"{self.home(user)}{name}/"
        self.request(
            "MKCALENDAR", path, user,
            '<?xml version="1.0"?><c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop>'
            f"<d:displayname>{escape(name.title())}</d:displayname></d:prop></d:set></c:mkcalendar>",
        )  # fmt: skip
        return path

    def book(self, user: str, name: str = "people") -> str:
        """Make an address book; returns its path."""
        path = f"{self.home(user)}{name}/"
        self.request(
            "MKCOL", path, user,
            '<?xml version="1.0"?><d:mkcol xmlns:d="DAV:" xmlns:a="urn:ietf:params:xml:ns:carddav"><d:set><d:prop>'
            "<d:resourcetype><d:collection/><a:addressbook/></d:resourcetype>"
            f"<d:displayname>{escape(name.title())}</d:displayname></d:prop></d:set></d:mkcol>",
        )  # fmt: skip
        return path

    def put(self, user: str, path: str, data: str) -> None:
        """Store an object."""
        kind = "text/vcard" if path.endswith(".vcf") else "text/calendar"
        self.request("PUT", path, user, data, kind)

    def fill(self, user: str, path: str, data: str) -> None:
        """Make a calendar or address book of many objects at once, as only Radicale takes them."""
        self.request("PUT", path, user, data, "text/vcard" if data.startswith("BEGIN:VCARD") else "text/calendar")

    def delete(self, user: str, path: str) -> None:
        """Delete an object or a collection."""
        self.request("DELETE", path, user)

    def request(self, method: str, path: str, user: str, data: str = "", kind: str = "application/xml") -> None:
        """Do what a program of the user's would."""
        answer = requests.request(
            method,
            self.url + path.lstrip("/"),
            data=data.encode(),
            headers={"Content-Type": f"{kind}; charset=utf-8"},
            auth=(user, PASSWORD),
            timeout=120,
        )
        answer.raise_for_status()

    def account(self, user: str, **said: Any) -> CaldavAccount:
        """The account of that user."""
        return CaldavAccount(**{**self._said(user), "today": NOW.date(), "zone": UTC, **said})

    def people(self, user: str, **said: Any) -> DavAccount:
        """The account of their address books."""
        return DavAccount(**{**self._said(user), **said})

    def _said(self, user: str) -> dict[str, Any]:
        return {
            "name": "test",
            "url": self.url,
            "user": user,
            "auth": "basic",
            "secret": lambda: ("password", PASSWORD),
        }


class Xandikos(DavServer):
    """It has one user, with any password."""

    def user(self, domain: str = "") -> str:  # noqa: ARG002 - of whatever domain
        return "user"

    def home(self, user: str) -> str:
        return f"/{user}/calendars/"

    def calendar(self, user: str, name: str = "work") -> str:
        return super().calendar(user, f"{name}{next(self._users)}")

    def book(self, user: str, name: str = "people") -> str:
        path = f"/{user}/contacts/{name}{next(self._users)}/"
        self.request(
            "MKCOL", path, user,
            '<?xml version="1.0"?><d:mkcol xmlns:d="DAV:" xmlns:a="urn:ietf:params:xml:ns:carddav"><d:set><d:prop>'
            "<d:resourcetype><d:collection/><a:addressbook/></d:resourcetype></d:prop></d:set></d:mkcol>",
        )  # fmt: skip
        return path


@contextlib.contextmanager
def radicale() -> Iterator[DavServer]:
    """Radicale while it is needed."""
    with TemporaryDirectory(prefix="dexcli-radicale-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        (port,) = free_ports(1)
        (folder / "users").touch()
        config = folder / "config"
        config.write_text(_RADICALE.format(port=port, folder=folder))
        with _process([sys.executable, "-m", "radicale", "--config", str(config)], port):
            yield DavServer(port, folder)


@contextlib.contextmanager
def xandikos() -> Iterator[DavServer]:
    """Xandikos while it is needed."""
    with TemporaryDirectory(prefix="dexcli-xandikos-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        (port,) = free_ports(1)
        said = [
            "serve",
            "--defaults",
            "-d",
            str(folder / "data"),
            "--state-dir",
            str(folder / "state"),
            "--no-detect-systemd",
        ]
        with _process([sys.executable, "-m", "xandikos", *said, "-l", "127.0.0.1", "-p", str(port)], port):
            yield Xandikos(port, folder)


def on(day: str) -> date:
    """A day, as a test writes it."""
    return date.fromisoformat(day)
