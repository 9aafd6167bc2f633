"""Beside vdirsyncer, khal, todoman and khard themselves: the folders that they keep say what the server says, and they
read what is exported after it went to a server and came back.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.calendars import ME, calendar, event
from support.dav_servers import DavServer
from support.importing import card, said
from support.program import NOW, Dex
from support.servers import PASSWORD

BIN = Path(sys.executable).parent

GENERAL = '[general]\nstatus_path = "{folder}/status"\n'
PAIR = """
[pair {name}]
a = "{name}_here"
b = "{name}_there"
collections = {collections}
conflict_resolution = "a wins"
[storage {name}_here]
type = "{kind}"
path = "{path}"
{more}
[storage {name}_there]
type = "{remote}"
url = "{url}"
username = "{user}"
password = "{password}"
"""
KHAL = """
[calendars]
[[people]]
path = {path}
readonly = True
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/khal.db
"""
TODOMAN = 'path = "{path}"\ndate_format = "%Y-%m-%d"\ntime_format = ""\ncache_path = "{folder}/todoman.db"\n'
KHARD = """
[addressbooks]
[[people]]
path = {path}
[general]
default_action = list
[contact table]
display = formatted_name
"""

ORIGINS = {"interaction_origin": None, "person_origin": None}
"""Tables in which a folder says something else than its server."""


def run(*words: str | Path, input: str = "") -> str:  # noqa: A002 - subprocess's name
    """What a program beside this one says; it must not fail."""
    ran = subprocess.run(
        [BIN / words[0], *words[1:]], input=input, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, (ran.stdout, ran.stderr)
    return ran.stdout


class Vdirsyncer:
    """Keeps folders as the server has them: `calendars/work` and `contacts/people`."""

    def __init__(self, folder: Path, server: DavServer) -> None:
        self.folder, self.server, self.user = folder, server, server.user()
        self.calendar, self.book = server.calendar(self.user), server.book(self.user)
        self._config = GENERAL.format(folder=folder)
        self._pair("calendars", "caldav", self.calendar, 'fileext = ".ics"')
        self._pair("contacts", "carddav", self.book, 'fileext = ".vcf"')

    def _pair(self, name: str, remote: str, path: str, more: str) -> None:
        """A folder for a collection."""
        own = path.rstrip("/").rpartition("/")[2]
        (self.folder / name / own).mkdir(parents=True)
        self.add(name, "filesystem", self.folder / name, remote, path.removesuffix(f"{own}/"), more, [[own, own, own]])

    def add(
        self, name: str, kind: str, path: Path, remote: str, url: str, more: str = "", collections: Any = None
    ) -> None:
        """One more pair."""
        self._config += PAIR.format(
            name=name, kind=kind, path=path, remote=remote, url=self.server.url.rstrip("/") + url, more=more,
            user=self.user, password=PASSWORD, collections=json.dumps(collections),
        )  # fmt: skip
        (self.folder / "config").write_text(self._config)
        self._is_new = True

    def run(self, *words: str) -> None:
        run("vdirsyncer", "-c", self.folder / "config", *words, input="y\ny\n")

    def sync(self, *pairs: str) -> None:
        if self._is_new:
            self.run("discover", *pairs)
            self._is_new = False
        self.run("sync", *pairs)

    def meet(self, name: str, *components: str) -> None:
        self.server.put(self.user, f"{self.calendar}{name}.ics", calendar(*components))

    def know(self, name: str, *lines: str, called: str | None = None) -> None:
        self.server.put(self.user, f"{self.book}{name}.vcf", card(called or name.title(), *lines, uid=name))

    def delete(self, path: str) -> None:
        self.server.delete(self.user, path)


@pytest.fixture
def vdirsyncer(tmp_path: Path, radicale: DavServer) -> Vdirsyncer:
    return Vdirsyncer(tmp_path, radicale)


def account(dex: Dex, vdirsyncer: Vdirsyncer, kind: str) -> None:
    """An account at the server, or at the folder."""
    if kind == "vdir":
        ran = dex("account", "add", kind, ME, "--type", kind, "--path", vdirsyncer.folder / "calendars")
        assert ran.code == 0, ran.err
        ran = dex("account", "add", "contacts", "--type", kind, "--path", vdirsyncer.folder / "contacts")
    else:
        place = vdirsyncer.calendar if kind == "caldav" else vdirsyncer.book
        url = vdirsyncer.server.url.rstrip("/") + place
        ran = dex(
            *("account", "add", kind, ME, "--type", kind, "--url", url, "--user", vdirsyncer.user),
            *("--password-command", f"echo {PASSWORD}"),
        )
    assert ran.code == 0, ran.err


def told(database: Path) -> dict[str, list[Any]]:
    """All that is kept but where it is from."""
    rows = {table: rows for table, rows in said(database).items() if table not in ORIGINS}
    return {**rows, "claim": sorted(([*row[:5], *row[6:]] for row in rows["claim"]), key=repr)}


def synced(dex: Dex, database: Path, *names: str) -> Any:
    ran = dex("sync", *names, "--json", "--db", database)
    assert ran.code == 0, (ran.out, ran.err)
    return ran.json["data"]["report"]


def test_a_folder_says_what_its_server_says(dex: Dex, vdirsyncer: Vdirsyncer, tmp_path: Path) -> None:
    for kind in ("caldav", "carddav", "vdir"):
        account(dex, vdirsyncer, kind)
    vdirsyncer.meet("a", event("a@x"))
    vdirsyncer.meet("b", event("b@x", people=["grace@example.org"], title="Über Größen; ganz, genau"))
    vdirsyncer.meet("w", event("w@x", "RRULE:FREQ=WEEKLY;COUNT=3", start="DTSTART:20260201T090000Z"))
    vdirsyncer.know("ada", "EMAIL:ada@example.org", "BDAY:1815-12-10", "TEL:+44 20 7946 0958", "ORG:Engines;Looms")
    vdirsyncer.know("grace", "EMAIL;TYPE=WORK:grace@example.org", "NOTE:Compilers\\, and more", called="Grace Hopper")
    vdirsyncer.know("emmy", "EMAIL:emmy@example.org")
    vdirsyncer.know("navy", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:grace")
    server, folder, both = (tmp_path / f"{name}.db" for name in ("server", "folder", "both"))
    for turn in ("first", "later"):
        vdirsyncer.sync()
        synced(dex, server, "caldav", "carddav")
        synced(dex, folder, "vdir", "contacts")
        synced(dex, both)

        assert told(folder) == told(server), turn
        assert len(told(server)["interaction"]) == (5 if turn == "first" else 6)
        assert len(told(server)["person"]) == (3 if turn == "first" else 4)
        # As one, with an origin from each.
        assert told(both)["interaction"] == told(server)["interaction"], turn
        assert told(both)["person"] == told(server)["person"], turn
        assert told(both)["question"] == [], turn
        for table in ORIGINS:
            each = [sorted(row[1:] for row in said(database)[table]) for database in (server, folder)]
            assert len(said(both)[table]) == sum(map(len, each)), (turn, table)

        if turn == "first":
            vdirsyncer.meet("a", event("a@x", "SEQUENCE:1", title="Moved", start="DTSTART:20260306T090000Z"))
            vdirsyncer.meet("n", event("n@x", title="New"))
            vdirsyncer.meet("m", event("m@x", title="Another"))
            vdirsyncer.delete(f"{vdirsyncer.calendar}b.ics")
            vdirsyncer.know("ada", "EMAIL:ada@example.org", "EMAIL:ada@king.example", called="Ada King")
            vdirsyncer.know("alan", "EMAIL:alan@example.org")
            vdirsyncer.delete(f"{vdirsyncer.book}emmy.vcf")


def khard(vdirsyncer: Vdirsyncer, *words: str | Path, input: str = "") -> str:  # noqa: A002 - as above
    config = vdirsyncer.folder / "khard.conf"
    (path,) = (vdirsyncer.folder / "contacts").iterdir()
    config.write_text(KHARD.format(path=path))
    return run("khard", "-c", config, *words, input=input)


def test_khard_and_dex_see_the_same_people_and_whom_khard_adds(
    dex: Dex, vdirsyncer: Vdirsyncer, tmp_path: Path
) -> None:
    account(dex, vdirsyncer, "vdir")
    account(dex, vdirsyncer, "carddav")
    names = {"ada": "Ada Lovelace", "emilie": "Émilie du Châtelet", "grace": "Grace Brewster Murray Hopper"}
    for name, full in names.items():
        vdirsyncer.know(name, f"EMAIL:{name}@example.org", called=full)
    vdirsyncer.sync()
    synced(dex, tmp_path / "dex.db", "contacts")

    def both() -> tuple[list[str], list[str]]:
        ran = dex("list", "--json", "--db", tmp_path / "dex.db").json["data"]["items"]
        lines = khard(vdirsyncer, "list", "--parsable").splitlines()
        return sorted(line.split("\t")[1] for line in lines), sorted(person["name"] for person in ran)

    assert both() == (sorted(names.values()), sorted(names.values()))
    new = "First name: Mary\nLast name: Somerville\nEmail:\n  home: mary@example.org\nBirthday: 1780-12-26\n"
    khard(vdirsyncer, "new", "-a", "people", input=new)
    synced(dex, tmp_path / "dex.db", "contacts")
    theirs, ours = both()
    assert theirs == ours
    assert "Mary Somerville" in ours
    # And from the folder to the server, and from there to dex: nobody is doubled.
    vdirsyncer.sync()
    synced(dex, tmp_path / "dex.db", "carddav")
    assert both() == (theirs, ours)
    assert told(tmp_path / "dex.db")["question"] == []
    birthdays = dex("dates", "--json", "--db", tmp_path / "dex.db").json["data"]["items"]
    assert [one["person"]["name"] for one in birthdays] == ["Mary Somerville"]


class Readers:
    """khal and todoman over a folder."""

    def __init__(self, folder: Path, path: Path) -> None:
        self.folder, self.path = folder, path
        (folder / "khal.conf").write_text(KHAL.format(folder=folder, path=path))
        (folder / "todoman.py").write_text(TODOMAN.format(folder=folder, path=path))

    def events(self, first: str) -> list[str]:
        """What khal shows of three days."""
        form = ("--day-format", "", "--format", "{start-date} {title}")
        return run("khal", "-c", self.folder / "khal.conf", "list", *form, first, "3d").splitlines()

    def tasks(self) -> list[str]:
        """What todoman has to do."""
        told = json.loads(run("todo", "--config", self.folder / "todoman.py", "--porcelain", "list"))
        return sorted(one["summary"] for one in told)


def test_what_is_exported_goes_to_a_server_and_comes_back_once(
    known: Dex, vdirsyncer: Vdirsyncer, tmp_path: Path
) -> None:
    exported, folder = tmp_path / "people.ics", tmp_path / "back"
    folder.mkdir()
    place = vdirsyncer.server.calendar(vdirsyncer.user, "dex")

    def export(now: str = NOW) -> None:
        ran = known("export", "--as", "ics", "-o", exported, now=now)
        assert ran.code == 0, ran.err

    export()
    vdirsyncer.add("out", "singlefile", exported, "caldav", place)
    vdirsyncer.add("back", "filesystem", folder, "caldav", place, 'fileext = ".ics"')

    def there_and_back() -> None:
        vdirsyncer.sync("out", "back")
        vdirsyncer.sync("out", "back")

    there_and_back()
    readers = Readers(tmp_path, folder)
    first = {path.name for path in folder.iterdir()}
    assert len(first) == 6
    assert readers.events("2026-12-09") == ["2026-12-10 Ada Lovelace: birthday (born 1815)"]
    assert readers.tasks() == [
        "Get in touch with Ada Lovelace",
        "Get in touch with Alan Turing",
        "Get in touch with Grace Hopper",
        "You owe Ada Lovelace: the paper on Bernoulli numbers",
    ]

    for _ in range(2):  # the second changes nothing
        known("edit", "ada", "--name", "Ada King", "--birthday", "1815-12-11", "-q")
        known("done", "c1", "-q")
        export(now="2026-03-09T09:00:00+00:00")
        there_and_back()
        now = {path.name for path in folder.iterdir()}
        assert (now < first, len(now)) == (True, 5), "what is done is gone, and the rest keeps its names"
        assert readers.events("2026-12-09") == ["2026-12-11 Ada King: birthday (born 1815)"]
        assert [task for task in readers.tasks() if "Ada" in task] == ["Get in touch with Ada King"]

    # What dex reads there of its own tells it nothing.
    assert known("account", "add", "back", "--type", "vdir", "--path", folder).code == 0
    report = known("sync", "--json").json["data"]["report"]
    assert (report["read"], report["skipped"], report["people"]["added"]) == (0, [], 0)
