"""Export: what other programs read, in khal and todoman themselves, and what becomes of the file."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from support.program import Dex, Terminal

BIN = Path(sys.executable).parent

KHAL = """
[calendars]
[[people]]
path = {folder}/calendar
[default]
default_calendar = people
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
TODOMAN = 'path = "{folder}/tasks"\ndate_format = "%Y-%m-%d"\ntime_format = ""\ncache_path = "{folder}/todoman.db"\n'


class Readers:
    """The calendar and the to-do list of somebody who uses khal and todoman."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "calendar").mkdir()
        (folder / "tasks").mkdir()
        (folder / "khal.conf").write_text(KHAL.format(folder=folder))
        (folder / "todoman.py").write_text(TODOMAN.format(folder=folder))

    def _run(self, *words: str | Path) -> str:
        ran = subprocess.run([BIN / words[0], *words[1:]], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        assert "rror" not in ran.stderr, ran.stderr
        return ran.stdout

    def take(self, data: str) -> None:
        """Give both the file: khal imports it, todoman finds it."""
        (self.folder / "tasks/people.ics").write_bytes(data.encode())
        self._run("khal", "-c", self.folder / "khal.conf", "import", "--batch", self.folder / "tasks/people.ics")

    def events(self, first: str, span: str = "1d") -> list[str]:
        """What khal shows from that day on: day and title."""
        form = ("--day-format", "", "--format", "{start-date} {title}{alarm-symbol}")
        return self._run("khal", "-c", self.folder / "khal.conf", "list", *form, first, span).splitlines()

    def tasks(self) -> list[dict[str, Any]]:
        """What todoman has to do."""
        told = json.loads(self._run("todo", "--config", self.folder / "todoman.py", "--porcelain", "list"))
        return sorted(told, key=lambda one: str(one["summary"]))


@pytest.fixture
def readers(tmp_path: Path) -> Readers:
    return Readers(tmp_path)


def ics(dex: Dex, *words: str, **given: Any) -> str:
    """The calendar that is exported to standard output."""
    ran = dex("export", "--as", "ics", *words, **given)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def components(text: str, kind: str) -> list[Any]:
    """The events or tasks of a calendar."""
    return list(Calendar.from_ical(text).walk(kind))


# -- what it says -------------------------------------------------------------------------------------------


def test_yearly_dates_stand_in_khal_on_their_days(known: Dex, readers: Readers) -> None:
    known("edit", "grace", "--birthday", "1996-02-29", "--anniversary", "12-31", "-q")
    readers.take(ics(known))
    assert readers.events("2026-12-10") == ["2026-12-10 Ada Lovelace: birthday (born 1815) ⏰"]
    assert readers.events("2030-03-12") == ["2030-03-12 Alan Turing: birthday ⏰"]
    assert readers.events("2027-12-31") == ["2027-12-31 Grace Hopper: anniversary ⏰"]
    for year, day in ((2026, "03-01"), (2027, "03-01"), (2028, "02-29"), (2029, "03-01")):
        shown = readers.events(f"{year}-02-27", "4d")
        assert shown == [f"{year}-{day} Grace Hopper: birthday (born 1996) ⏰"]


def test_who_is_due_and_what_is_promised_stand_in_todoman(known: Dex, readers: Readers) -> None:
    known("remind", "grace", "the exam", "--on", "2026-03-20", "-q")
    known("log", "ada", "tea", "--promise", "the loom cards", "--theirs", "--on", "2026-02-01", "-q")
    readers.take(ics(known))
    tasks = readers.tasks()
    assert [(one["summary"], one["priority"]) for one in tasks] == [
        ("Ada Lovelace owes you: the loom cards", 0),
        ("Get in touch with Ada Lovelace", 1),
        ("Get in touch with Alan Turing", 4),
        ("Get in touch with Grace Hopper", 4),
        ("Grace Hopper: the exam", 0),
        ("You owe Ada Lovelace: the paper on Bernoulli numbers", 0),
    ]
    days = [one["due"] and f"{datetime.fromtimestamp(one['due'], UTC):%Y-%m-%d}" for one in tasks]
    assert days == [None, "2026-02-15", "2026-01-08", "2026-02-28", "2026-03-20", "2026-03-01"]
    assert tasks[1]["description"].splitlines() == [
        "every 2 weeks",
        "last contact Sun 1 Feb 2026, note: tea",
        "ada@example.org",
        "countess@example.com",
        "+442079460958",
        "dex log ada-lovelace ...",
    ]


def test_reading_it_again_doubles_nothing(known: Dex, readers: Readers) -> None:
    for _ in range(2):
        readers.take(ics(known))
    known("edit", "ada", "--name", "Ada King", "--birthday", "1815-12-11", "-q")
    readers.take(ics(known, now="2026-03-09T09:00:00+00:00"))
    assert readers.events("2026-12-10", "2d") == ["2026-12-11 Ada King: birthday (born 1815) ⏰"]
    assert len(readers.tasks()) == 4


def test_equal_data_is_equal_bytes_and_the_uids_outlive_what_changes(known: Dex) -> None:
    first = ics(known)
    assert ics(known) == first

    def uids(text: str) -> set[str]:
        return {str(one["uid"]) for kind in ("VEVENT", "VTODO") for one in components(text, kind)}

    assert len(uids(first)) == 6
    known("edit", "ada", "--name", "Ada King", "--birthday", "1815-12-11", "--handle", "countess", "-q")
    assert uids(ics(known, now="2026-03-20T09:00:00+00:00")) >= uids(first)


def test_an_alarm_rings_in_the_morning_as_long_before_as_due_tells(known: Dex) -> None:
    known("cadence", "--tag", "friend", "--lead", "30d", "-q")
    known("remind", "grace", "the exam", "--on", "2026-03-20", "-q")
    text = ics(known)
    triggers = {
        str(entry["summary"]): [alarm["trigger"].to_ical().decode() for alarm in entry.walk("VALARM")]
        for kind in ("VEVENT", "VTODO")
        for entry in components(text, kind)
    }
    assert triggers["Ada Lovelace: birthday (born 1815)"] == ["-P29DT15H"]
    assert triggers["Alan Turing: birthday"] == ["-P6DT15H"]
    assert triggers["Grace Hopper: the exam"] == ["PT9H"]
    assert "TRIGGER;RELATED=END:PT9H\r\n" in text
    assert triggers["Get in touch with Grace Hopper"] == []


def test_an_age_is_told_only_where_the_year_is_known(known: Dex) -> None:
    known("edit", "ada", "--anniversary", "1835-07-08", "-q")
    told = {str(one["summary"]): str(one.get("description")) for one in components(ics(known), "VEVENT")}
    assert told["Ada Lovelace: birthday (born 1815)"].splitlines()[0] == "turns 211 on 10 Dec 2026"
    assert told["Ada Lovelace: anniversary (since 1835)"].splitlines()[0] == "191 years on 8 Jul 2026"
    assert told["Alan Turing: birthday"] == "alan@example.com"


def test_only_those_whom_a_query_finds(known: Dex) -> None:
    assert {str(one["summary"]) for one in components(ics(known, "tag:navy"), "VTODO")} == {
        "Get in touch with Grace Hopper"
    }
    known("archive", "ada", "--deceased", "-q")
    assert [str(one["summary"]) for one in components(ics(known), "VEVENT")] == ["Alan Turing: birthday"]
    (event,) = components(ics(known, "state:deceased"), "VEVENT")
    assert "turns" not in str(event["description"])
    assert "Ada" not in ics(known)


def test_nobody_is_an_empty_calendar(dex: Dex, home: Path) -> None:
    assert ics(dex).splitlines()[0] == "BEGIN:VCALENDAR"
    assert components(ics(dex), "VEVENT") == []
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("day", ["0001-01-01T12:00:00+00:00", "9999-12-31T12:00:00+00:00"])
def test_at_the_ends_of_the_calendar(known: Dex, day: str) -> None:
    for birthday in ("0001-01-01", "9999-12-31"):
        known("edit", "ada", "--birthday", birthday, "-q")
        text = ics(known, now=day)
        assert f"DTSTART;VALUE=DATE:{birthday.replace('-', '')}" in text


# -- what comes from outside --------------------------------------------------------------------------------

HOSTILE = (
    "x\nEND:VEVENT\r\nBEGIN:VEVENT\nSUMMARY:other;a,b\\n\\",
    '"quoted": x;VALUE=DATE:20260101',
    "\x1b[31mred\x1b[0m \x9b2J \u202eabc\x07\x00",
    "漢字" * 100,
    "é" * 74 + "👩\u200d🔬" * 10,
    "BEGIN:VCALENDAR",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_name_says_it_is_a_name(known: Dex, readers: Readers, text: str) -> None:
    text = text.replace("\x00", "")
    known("add", "--force", "--birthday", "03-09", "--every", "1d", "--anniversary", "03-09", "-q", "--", text)
    known("log", "grace", "-", "--on", "2026-01-29", "--promise", text, "-q", input=text)
    exported = ics(known)
    assert all(len(line.encode()) <= 75 for line in exported.split("\r\n"))
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in exported.replace("\r\n", ""))
    assert "\u202e" not in exported
    assert len(components(exported, "VEVENT")) == 4
    assert len(components(exported, "VTODO")) == 5
    readers.take(exported)
    assert len(readers.events("2026-03-09")) == 2
    assert len(readers.tasks()) == 5


# -- where it goes ------------------------------------------------------------------------------------------


def test_a_file_is_the_same_and_for_its_owner_alone(known: Dex, terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "people.ics"
    path.write_text("old")
    path.chmod(0o644)
    ran = known("export", "--as", "ics", "-o", path, "--json")
    assert ran.json["data"] == {
        "report": {"format": "ics", "output": str(path), "people": 3, "events": 2, "tasks": 4, "entries": 0},
        "done": f"exported 2 dates and 4 tasks of 3 people to {path}",
    }
    assert path.read_bytes().decode() == ics(known)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    shown = terminal("export", "--as", "ics", "tag:navy", "--output", "p.ics", cwd=tmp_path)
    assert shown.text == " exported 0 dates and 1 task of 1 person to p.ics\n"
    assert ics(known, "--output", "-") == ics(known)


def test_a_link_stays_one_and_a_pipe_is_written_to(known: Dex, tmp_path: Path) -> None:
    kept, link = tmp_path / "kept.ics", tmp_path / "link.ics"
    link.symlink_to(kept)
    assert known("export", "--as", "ics", "-o", link).code == 0
    assert (link.is_symlink(), kept.read_bytes().decode()) == (True, ics(known))
    assert known("export", "--as", "ics", "-o", "/dev/stdout", "-q").out.startswith("BEGIN:VCALENDAR")
    assert Path("/dev/stdout").exists()


@pytest.mark.parametrize("place", ["nowhere/people.ics", "folder", "file/people.ics"])
def test_a_place_that_cannot_be_written_is_an_error_with_a_remedy(known: Dex, tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    ran = known("export", "--as", "ics", "-o", tmp_path / place)
    assert (ran.code, ran.out) == (2, "")
    assert str(tmp_path / place) in ran.err
    assert len(ran.err.splitlines()) == 2
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]  # noqa: PTH208 - names alone


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--as"),
        (["--as", "pdf"], "there is no format 'pdf' to export"),
        (["--as", "ics", "--json"], "--output FILE"),
        (["--as", "ics", "tag:("], "Query"),
    ],
)
def test_what_cannot_be_exported_is_said(known: Dex, words: list[str], said: str) -> None:
    ran = known("export", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_the_encoding_of_the_terminal_does_not_matter(known: Dex) -> None:
    known("edit", "emilie", "--birthday", "12-17", "-q")
    plain = ics(known)
    assert "Émilie du Châtelet" in plain
    assert ics(known, env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}) == plain


def test_the_library_is_loaded_for_nothing_else() -> None:
    script = "import sys; from dexcli.cli.app import run; run(sys.argv[1:]); print('icalendar' in sys.modules)"
    python = Dex((sys.executable, "-c", script))
    for words, loaded in ((["list"], False), (["dates"], False), (["export", "--as", "ics"], True)):
        assert python(*words).out.splitlines()[-1] == str(loaded)


def test_an_export_takes_the_place_of_nothing_that_dex_works_with(dex: Dex, home: Path) -> None:
    assert dex("add", "Ada Lovelace", "--email", "ada@example.org").code == 0
    database = home / ".local/share/dexcli/dex.db"
    config = home / ".config/dexcli/config.toml"
    assert dex("config", "set", "due.limit", "5").code == 0
    (home / "link.db").symlink_to(database)
    (home / "other.db").write_bytes(b"SQLite format 3\0" + bytes(84))
    for target in (
        database,
        Path(f"{database}-wal"),
        Path(f"{database}.lock"),
        config,
        home / "link.db",
        home / "other.db",
    ):
        for as_ in ("vcard", "csv", "jsonl", "ics"):
            ran = dex("export", "--as", as_, "-o", target)
            assert (ran.code, ran.out) == (2, ""), (target, as_)
            assert "name another file" in ran.err
    assert dex("list", "--json").json["data"]["total"] == 1
    assert "limit = 5" in config.read_text()


def test_a_missing_format_is_asked_for_with_all_there_are(dex: Dex) -> None:
    ran = dex("export")
    assert (ran.code, ran.out) == (2, "")
    assert "--as takes one of: vcard, vcard3, csv, ics, jsonl" in ran.err
    assert "--as takes one of: vcard, vcard3, csv, ics, jsonl" in dex("export", "--as", "foo").err


def test_a_query_that_finds_nobody_leaves_a_file_alone(dex: Dex, home: Path) -> None:
    assert dex("add", "Ada Lovelace", "--tag", "friend").code == 0
    for as_ in ("vcard", "vcard3", "csv", "ics"):
        kept = home / f"kept.{as_}"
        kept.write_text("what was there")
        ran = dex("export", "--as", as_, "tag:frend", "-o", kept)
        assert (ran.code, ran.out, kept.read_text()) == (4, "", "what was there")
        assert f"the query 'tag:frend' finds nobody; {kept} stays as it is" in ran.err
        assert "nobody has the tag frend; did you mean tag:friend?" in ran.err
        ran = dex("export", "--as", as_, "quux", "-o", kept, "--json")
        assert (ran.code, ran.error["hint"]) == (4, "dex list shows whom a query finds")
    assert dex("export", "--as", "vcard", "tag:frend", "-o", home / "new.vcf").code == 0
    assert dex("export", "--as", "ics", "tag:friend", "-o", home / "kept.ics").code == 0
    assert "VEVENT" not in (home / "kept.ics").read_text()


def test_a_table_of_our_own_is_not_read_back_as_other_people(dex: Dex, home: Path) -> None:
    assert dex("add", "Ada Lovelace", "--email", "ada@example.org", "--every", "2w").code == 0
    assert dex("export", "--as", "csv", "-o", home / "people.csv").code == 0
    ran = dex("import", home / "people.csv")
    assert (ran.code, "is a table that dex has exported" in ran.err, "--as jsonl" in ran.err) == (2, True, True)
    assert dex("list", "--json").json["data"]["total"] == 1
