from __future__ import annotations

import os
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dexcli.domain.records import Checkpoint, Gone, InteractionRecord, PersonRecord, Skipped
from dexcli.errors import ServerError
from dexcli.sources import vdir
from dexcli.sources.vdir import VdirAccount
from support.calendars import calendar, event
from support.importing import card
from support.source_contract import SourceContract

TODAY = date(2026, 3, 8)
Item = str | tuple[str, tuple[str, ...]]


def account(folder: Path, **said: Any) -> VdirAccount:
    return VdirAccount(**{"name": "files", "path": folder, "today": TODAY, "zone": UTC, **said})


def read(folder: Path, cursor: str | None = None, **said: Any) -> tuple[list[Item], str]:
    """What is read, in short, and the cursor behind it."""
    items = list(vdir.open_account(account(folder, **said)).read(cursor))
    last = items[-1]
    assert isinstance(last, Checkpoint)
    told: list[Item] = []
    for item in items:
        if isinstance(item, PersonRecord):
            told.append(" +".join([item.name, *item.tags]))
        elif isinstance(item, InteractionRecord):
            told.append(item.key.removeprefix("event:"))
        elif isinstance(item, Gone):
            keys = tuple(sorted(key.removeprefix("event:") for key in item.keys))
            told.append((f"{item.origin.folder}/{item.origin.ref}", keys))
        elif isinstance(item, Skipped):
            told.append(f"{item.where}: {item.reason}")
    return told, last.cursor


def put(folder: Path, name: str, data: str, later: int = 0) -> None:
    """Write a file, changed so many seconds later."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data, newline="")
    changed = 1_770_000_000 + later
    os.utime(path, (changed, changed))


def test_cards_and_events_of_all_folders_are_read_and_then_what_is_new_changed_or_deleted(tmp_path: Path) -> None:
    put(tmp_path, "people/ada.vcf", card("Ada"))
    put(tmp_path, "people/grace.vcf", card("Grace"))
    put(tmp_path, "work/a.ics", calendar(event("a@x")))
    put(tmp_path, "work/b.ics", calendar(event("b@x")))
    put(tmp_path, ".hidden/c.ics", calendar(event("c@x")))
    put(tmp_path, "people/notes.txt", "nothing")
    items, cursor = read(tmp_path)
    assert items == ["Ada", "Grace", "a@x", "b@x"]
    assert read(tmp_path, cursor) == ([], cursor)

    put(tmp_path, "people/ada.vcf", card("Ada King"), later=1)
    (tmp_path / "people/grace.vcf").unlink()
    put(tmp_path, "work/a.ics", calendar(event("a@x", title="Changed")), later=1)
    (tmp_path / "work/b.ics").unlink()
    items, later = read(tmp_path, cursor)

    assert items == ["Ada King", "a@x", ("work/a.ics", ("a@x",)), ("work/b.ics", ())]
    assert read(tmp_path, later) == ([], later)


def test_a_file_that_was_only_touched_says_nothing_new(tmp_path: Path) -> None:
    put(tmp_path, "ada.vcf", card("Ada"))
    put(tmp_path, "a.ics", calendar(event("a@x")))
    _, cursor = read(tmp_path)
    put(tmp_path, "ada.vcf", card("Ada"), later=5)
    put(tmp_path, "a.ics", calendar(event("a@x")), later=5)

    items, later = read(tmp_path, cursor)

    assert items == []
    assert later != cursor
    assert read(tmp_path, later, full=True)[0] == ["Ada", "a@x", ("/a.ics", ("a@x",))]


def test_a_group_is_a_tag_and_whoever_joins_or_leaves_it_is_read_again(tmp_path: Path) -> None:
    def group(*members: str, later: int) -> None:
        lines = [f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{member}" for member in members]
        put(tmp_path, "navy.vcf", card("Navy", "X-ADDRESSBOOKSERVER-KIND:group", *lines), later)

    put(tmp_path, "ada.vcf", card("Ada"))
    put(tmp_path, "grace.vcf", card("Grace"))
    group("Grace", later=0)
    items, cursor = read(tmp_path)
    assert items == ["Ada", "Grace +Navy"]

    group("Ada", later=1)
    assert read(tmp_path, cursor)[0] == ["Ada +Navy", "Grace"]


def test_a_series_is_followed_as_the_years_go_by(tmp_path: Path) -> None:
    put(tmp_path, "w.ics", calendar(event("w@x", "RRULE:FREQ=MONTHLY")))
    items, cursor = read(tmp_path)
    assert len(items) == 14

    assert read(tmp_path, cursor, today=TODAY + timedelta(days=100))[0] == []
    later, cursor = read(tmp_path, cursor, today=TODAY + timedelta(days=300))
    assert len(later) == 14 + 10 + 1
    assert read(tmp_path, cursor, today=TODAY + timedelta(days=310))[0] == []


def test_a_folder_that_vanishes_or_is_emptied_takes_nothing_with_it(tmp_path: Path) -> None:
    put(tmp_path, "work/a.ics", calendar(event("a@x")))
    put(tmp_path, "home/b.ics", calendar(event("b@x")))
    _, cursor = read(tmp_path)
    (tmp_path / "work").rename(tmp_path / ".away")
    (tmp_path / "home/b.ics").unlink()

    items, cursor = read(tmp_path, cursor)

    assert items == []
    (tmp_path / ".away").rename(tmp_path / "work")
    assert read(tmp_path, cursor)[0] == ["a@x"]


def test_an_event_that_was_cut_off_is_skipped_and_what_was_known_of_it_stays(tmp_path: Path) -> None:
    put(tmp_path, "a.ics", calendar(event("a@x")))
    put(tmp_path, "b.ics", calendar(event("b@x")))
    _, cursor = read(tmp_path)
    whole = calendar(event("a@x", title="Changed"))
    put(tmp_path, "a.ics", whole[: len(whole) // 2], later=1)
    put(tmp_path, "b.ics", "garbage", later=1)

    assert read(tmp_path, cursor)[0] == [f"files/{name}.ics: it is no calendar, or was cut off" for name in "ab"]


def test_what_cannot_be_read_is_skipped_and_named(tmp_path: Path) -> None:
    put(tmp_path, "ada.vcf", "garbage")
    put(tmp_path, "a.ics", calendar(event("a@x", start="DTSTART:soon")))
    (tmp_path / "nowhere.vcf").symlink_to(tmp_path / "missing")
    os.mkfifo(tmp_path / "pipe.ics")
    (tmp_path / "line\nend.ics").write_text("x")
    (tmp_path / os.fsdecode(b"\xff.ics")).write_text("x")

    items, _ = read(tmp_path)

    assert len(items) == 6
    assert all(isinstance(item, str) and item.startswith("files/") for item in items)


def test_what_becomes_a_pipe_meanwhile_is_not_waited_for(tmp_path: Path) -> None:
    put(tmp_path, "ada.vcf", card("Ada"))
    put(tmp_path, "grace.vcf", card("Grace"))
    reading = vdir._Reading(account(tmp_path), vdir._known(None, account(tmp_path)))
    (tmp_path / "ada.vcf").unlink()
    os.mkfifo(tmp_path / "ada.vcf")

    assert reading._read("ada.vcf") == Skipped(where="files/ada.vcf", reason="it is no file that can be read")
    assert isinstance(reading._read("grace.vcf"), bytes)


def test_no_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="there is no folder"):
        read(tmp_path / "missing")


def test_another_folder_is_read_from_the_beginning(tmp_path: Path) -> None:
    put(tmp_path, "one/ada.vcf", card("Ada"))
    put(tmp_path, "two/ada.vcf", card("Ada"))
    _, cursor = read(tmp_path / "one")

    assert read(tmp_path / "two", cursor)[0] == ["Ada"]


def test_the_collections_are_the_folders_with_cards_or_events(tmp_path: Path) -> None:
    put(tmp_path, "people/ada.vcf", card("Ada"))
    put(tmp_path, "a.ics", calendar(event("a@x")))

    assert vdir.check(account(tmp_path)) == [".", "people"]


class TestVdirSource(SourceContract):
    @pytest.fixture(autouse=True)
    def _folders(self, tmp_path: Path) -> None:
        self._small, self._large = tmp_path / "small", tmp_path / "large"
        put(self._small, "people/ada.vcf", card("Ada"))
        put(self._small, "work/a.ics", calendar(event("a@x")))

    def source(self) -> vdir.VdirSource:
        return vdir.open_account(account(self._small))

    def large_source(self) -> vdir.VdirSource:
        if not self._large.exists():
            for number in range(2_100):
                put(self._large, f"people/{number}.vcf", card(f"Ada {number}", uid=str(number)))
                put(self._large, f"work/{number}.ics", calendar(event(f"{number}@x")))
        return vdir.open_account(account(self._large))
