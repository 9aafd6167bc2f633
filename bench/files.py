"""Files: `dex import` of vCards beside vobject, of an mbox beside `mailbox`, of a table beside sqlite-utils.

vCards and mail are timed in process: vobject only parses and `mailbox.mbox` only iterates, the import recognises,
reads, decides who it is, writes with the journal, and derives. Tables are timed as whole programs: `dex import` into a
database without people, and `sqlite-utils insert --csv`, which writes the rows as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import generate
from measure import Cost, Program, Row, Watch, apart, at_most, compare, environment, judged
from tools import Tools
from writing import NOW

VOBJECT = 0.7
MAILBOX = 1.0
SQLITE_UTILS = 6.0
RUNS = 3


def rows(folder: Path, tools: Tools, cards: int, people: int, mails: int) -> Iterator[Row]:
    """A row for each format; CSV in three pairs of runs."""
    book = folder / "people.vcf"
    generate.write_cards(book, cards)
    parsed, read = apart(parse, book), apart(import_file, folder / "vcard.db", book)
    yield Row(
        work=f"dex import, {cards:,} vCards",
        measured=f"{cards / read.wall:,.0f}/s",
        beside=f"vobject, parsing only {cards / parsed.wall:,.0f}/s",
        ratio=f"{parsed.wall / read.wall:.2f}",
        cpu_ratio=f"{parsed.cpu / read.cpu:.2f}",
        goal=f">= {VOBJECT:g} x",
        verdict=judged(parsed.wall / read.wall >= VOBJECT),
    )
    yield from _mail(folder, mails, people)
    sheet = folder / "people.csv"
    generate.write_people(sheet, people)
    env = environment(folder)
    mine, other, empty = folder / "csv.db", folder / "plain.db", folder / "empty.db"
    apart(make, empty)
    found = compare(
        Program((tools.dex, "--db", mine, "import", "--quiet", sheet), env, writes=mine, template=empty),
        Program((tools.sqlite_utils, "insert", other, "people", sheet, "--csv"), env, writes=other),
        RUNS,
    )
    yield at_most(f"dex import, CSV of {people:,} people with phones", "sqlite-utils insert", found, SQLITE_UTILS)


def _mail(folder: Path, mails: int, people: int) -> Iterator[Row]:
    box = folder / "mail.mbox"
    generate.write_mailbox(box, mails, people)
    walked, read = apart(iterate, box), apart(read_file, box)
    whole = apart(import_file, folder / "mbox.db", box)
    for work, cost in (("read, mbox of", read), ("dex import, mbox of", whole)):
        yield Row(
            work=f"{work} {mails:,} messages",
            measured=f"{mails / cost.wall:,.0f}/s",
            beside=f"mailbox.mbox, iterating only {mails / walked.wall:,.0f}/s",
            ratio=f"{walked.wall / cost.wall:.2f}",
            cpu_ratio=f"{walked.cpu / cost.cpu:.2f}",
            goal=f">= {MAILBOX:g} x",
            verdict=judged(walked.wall / cost.wall >= MAILBOX),
        )


# -- each of these runs in a process of its own ---------------------------------------------------------


def parse(book: Path) -> Cost:
    """Every card by vobject."""
    import vobject

    watch = Watch()
    with watch.running(), book.open(encoding="utf-8", newline="") as file:
        for _ in vobject.readComponents(file):
            pass
    return watch.cost


def iterate(box: Path) -> Cost:
    """Every message by the standard library."""
    import mailbox

    watch = Watch()
    with watch.running():
        for _ in mailbox.mbox(box, create=False):
            pass
    return watch.cost


def read_file(box: Path) -> Cost:
    """Every message as the source reads it, with nowhere to put it."""
    from dexcli.sources import mbox
    from dexcli.sources.archive import file_at
    from dexcli.sources.base import ReadOptions

    watch = Watch()
    with watch.running():
        for _ in mbox.open_file(file_at(box), ReadOptions()).read(None):
            pass
    return watch.cost


def make(db: Path) -> None:
    """An empty database, as `dex init` leaves it."""
    from dexcli.store.connection import open_for_writing

    open_for_writing(db).close()


def import_file(db: Path, file: Path) -> Cost:
    """The file as `dex import` reads it; a skipped record is a mistake of the benchmark."""
    from dexcli.services.importing import import_path
    from dexcli.services.invocation import Invocation
    from dexcli.store.connection import open_for_writing

    conn = open_for_writing(db)
    watch = Watch()
    with watch.running():
        result = import_path(conn, Invocation(now=NOW, command="import", region="GB"), file)
        conn.close()
    if result.report.skipped:
        raise ValueError(result.report.skipped[0].reason)
    return watch.cost
