"""Calendars of many programs: nothing fails, all that the corpus counts is there, and is read or it says why not."""

from __future__ import annotations

import os
import re
from datetime import UTC, date
from pathlib import Path

import pytest

from dexcli.domain.records import InteractionRecord, Skipped, SourceItem
from dexcli.sources import _ical_cuts, ics
from dexcli.sources.base import Input, ReadOptions
from support.source_contract import assert_well_formed

ROOT = Path(os.environ.get("DEXCLI_CORPUS", "/nowhere")) / "ics"

pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason="DEXCLI_CORPUS names no folder with the corpus")


def files() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*") if path.suffix in (".ics", ".vcs"))


def read(path: Path) -> list[SourceItem]:
    file = Input(name=path.name, open=lambda: path.open("rb"))
    items = list(ics.open_file(file, ReadOptions(today=date(2026, 3, 8), zone=UTC)).read(None))
    assert_well_formed(items)
    return items


def stated() -> list[tuple[Path, dict[str, int]]]:
    """What COUNTS.tsv says of each file."""
    found = []
    for table in sorted(ROOT.rglob("COUNTS.tsv")):
        header, *rows = [line.split("\t") for line in table.read_text("utf-8").splitlines()]
        for row in rows:
            said = dict(zip(header, row, strict=False))
            path = table.parent / said["file"]
            if path.suffix in (".ics", ".vcs"):
                found.append((path, {name: int(said[name]) for name in header[1:7] if name in said}))
    return found


def test_every_file_is_read_without_an_exception() -> None:
    assert len(files()) > 200
    for path in files():
        read(path)


def test_events_are_cut_out_as_often_as_the_corpus_counts_them() -> None:
    differing = []
    for path, said in stated():
        with path.open("rb") as stream:
            cut = sum(kind == b"VEVENT" for kind, *_ in _ical_cuts._components(stream))
        if cut != said["vevent"]:
            differing.append((path.name, cut, said["vevent"]))
    assert differing == []


def test_whatever_names_somebody_is_read_or_says_why_not() -> None:
    """An event whose attendees or organizer have an address is a record or a Skipped."""
    silent = []
    for path, said in stated():
        text = re.sub(r"\r?\n[ \t]", "", path.read_bytes().decode("utf-8", "replace"))
        text = re.sub("BEGIN:VALARM.*?END:VALARM", "", text, flags=re.DOTALL)  # whom an alarm writes to
        people = re.findall(r"^(?:ATTENDEE|ORGANIZER)[^\n]*mailto:([^\s]+@[^\s]+)", text, re.IGNORECASE | re.MULTILINE)
        named = [one for one in people if not one.endswith("calendar.google.com")]  # a calendar is nobody
        if said["vevent"] and named and re.search("METHOD:(REPLY|COUNTER|REFRESH|DECLINECOUNTER)", text) is None:
            items = [item for item in read(path) if isinstance(item, InteractionRecord | Skipped)]
            if not items:
                silent.append(path.name)
    assert silent == []


def test_known_events_are_read_as_their_programs_wrote_them() -> None:
    (meeting,) = [
        item for item in read(ROOT / "biweekly/io/text/outlook-2010.ics") if isinstance(item, InteractionRecord)
    ]
    assert meeting.title == "Team Meeting"
    assert [(who.value, who.role) for who in meeting.participants] == [
        ("bobsmith@example.com", "organizer"),
        ("johndoe@example.com", "attendee"),
        ("janedoe@example.com", "attendee"),
    ]
    (partstat,) = [item for item in read(ROOT / "khal/event_dt_partstat.ics") if isinstance(item, InteractionRecord)]
    assert [who.role for who in partstat.participants].count("declined") == 1
