"""Peers over 10,000 people each: their list or "who next?" beside `dex due`.

Every peer gets the same people in its own form: an overdue task, a contact, a todo or ten journal entries for each.
dex does its work on the large database, history included.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import generate
from measure import Program, Row, compare, environment, faster
from tools import Tools

PEOPLE = 10_000
ENTRIES = 10
"""In the journal, for each person: a tenth of what dex holds."""


def rows(folder: Path, tools: Tools, runs: int) -> Iterator[Row]:
    """A row for each peer; slow ones are run less often."""
    mine = Program((tools.dex, "due"), environment(folder, DEXCLI_DB=folder / "large.db", DEXCLI_NOW=generate.TODAY))
    for name, words, goal, prepare in _PEERS:
        program = tools.peers[name]
        work = f"dex due, {PEOPLE:,} people"
        if program is None:
            yield Row(work, "", f"{name}: not installed", goal=_goal(goal))
            continue
        place = folder / name
        place.mkdir(exist_ok=True)
        theirs = Program((program, *words), prepare(place, program))
        yield faster(
            work,
            f"{name} {' '.join(words)}",
            compare(mine, theirs, runs if name == "task" else max(3, runs // 5)),
            goal,
        )


def _goal(goal: float) -> str:
    return f"{goal:g} x faster" if goal > 1 else "faster"


def _taskwarrior(place: Path, program: Path) -> dict[str, str]:
    (place / "taskrc").write_text(f"data.location={place}\nconfirmation=no\nverbose=nothing\n")
    env = environment(place, TASKRC=place / "taskrc", TASKDATA=place)
    tasks = [
        {
            "description": f"write to {one.name}",
            "due": f"{generate.TODAY - timedelta(days=one.number % 90):%Y%m%d}T090000Z",
            "entry": "20260101T090000Z",
            "status": "pending",
            **({"tags": [one.tag]} if one.tag else {}),
        }
        for one in generate.people(PEOPLE)
    ]
    (place / "tasks.json").write_text(json.dumps(tasks))
    if not (place / "pending.data").exists():
        subprocess.run((program, "import", place / "tasks.json"), env=env, check=True, capture_output=True)
    return env


def _khard(place: Path, program: Path) -> dict[str, str]:  # noqa: ARG001 - nothing to run
    book = place / "book"
    book.mkdir(exist_ok=True)
    whole = place / "all.vcf"
    generate.write_cards(whole, PEOPLE)
    for number, card in enumerate(whole.read_bytes().split(b"END:VCARD\r\n")[:-1]):
        (book / f"{number}.vcf").write_bytes(card + b"END:VCARD\r\n")
    (place / "khard.conf").write_text(f"[addressbooks]\n[[all]]\npath = {book}\n")
    return environment(place, KHARD_CONFIG=place / "khard.conf")


def _todoman(place: Path, program: Path) -> dict[str, str]:  # noqa: ARG001 - nothing to run
    todos = place / "todos" / "people"
    todos.mkdir(parents=True, exist_ok=True)
    for one in generate.people(PEOPLE):
        due = generate.TODAY - timedelta(days=one.number % 90)
        lines = (
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//bench//EN", "BEGIN:VTODO", f"UID:{one.number}",
            "DTSTAMP:20260101T090000Z", f"SUMMARY:write to {one.name}", f"DUE;VALUE=DATE:{due:%Y%m%d}", "END:VTODO",
            "END:VCALENDAR", "",
        )  # fmt: skip
        (todos / f"{one.number}.ics").write_bytes("\r\n".join(lines).encode())
    settings = f'path = "{place}/todos/*"\ncache_path = "{place}/cache.sqlite3"\ndate_format = "%Y-%m-%d"\n'
    (place / "config.py").write_text(settings + 'time_format = "%H:%M"\ndefault_list = "people"\n')
    return environment(place, TODOMAN_CONFIG=place / "config.py")


def _jrnl(place: Path, program: Path) -> dict[str, str]:  # noqa: ARG001 - nothing to run
    people = list(generate.people(PEOPLE))
    begin, step = datetime(2021, 3, 8, 9, tzinfo=UTC), timedelta(days=5 * 365) / (ENTRIES * PEOPLE)
    with (place / "journal.txt").open("w") as journal:
        for number in range(ENTRIES * PEOPLE):
            one = people[number * 7 % PEOPLE]
            at = begin + number * step
            journal.write(f"[{at:%Y-%m-%d %H:%M}] coffee with {one.name}.\nWe spoke about engines.\n\n")
    settings = (
        f"version: v4.2\njournals:\n  default:\n    journal: {place}/journal.txt\ntimeformat: '%Y-%m-%d %H:%M'\n"
        "default_hour: 9\ndefault_minute: 0\neditor: ''\nencrypt: false\nhighlight: false\nindent_character: '|'\n"
        "linewrap: 79\ntagsymbols: '@'\ntemplate: false\n"
        "colors:\n  body: none\n  date: none\n  tags: none\n  title: none\n"
    )
    folder = place / ".config" / "jrnl"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jrnl.yaml").write_text(settings)
    return environment(place)


_PEERS: tuple[tuple[str, tuple[str, ...], float, Callable[[Path, Path], dict[str, str]]], ...] = (
    ("task", ("next",), 1.0, _taskwarrior),
    ("khard", ("list",), 10.0, _khard),
    ("todo", ("list",), 10.0, _todoman),
    ("jrnl", ("-n", "20"), 10.0, _jrnl),
)
"""Program, words, how many times faster dex has to be, and what prepares its data and environment."""
