"""A small network of people, written through the services, and a look at all that a database holds."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

from dexcli.services import logbook, people
from dexcli.services.invocation import Invocation
from dexcli.services.logbook import Entry, Promise
from dexcli.services.people import Details
from dexcli.store import connection

SUNDAY = Invocation(now=datetime(2026, 3, 8, 9, tzinfo=UTC), command="add", region="GB", date_order="DMY")
"""The day on which every test of the command line takes place."""

PEOPLE = (
    Details(
        name="Ada Lovelace",
        emails=["ada@example.org", "countess@example.com"],
        phones=["+44 20 7946 0958"],
        urls=["https://www.linkedin.com/in/ada-lovelace"],
        aliases=["Enchantress"],
        tags=["friend", "maths"],
        company="Analytical Engines",
        location="London",
        met_where="Royal Society",
        met_on="2025-06-01",
        every="2w",
        birthday="1815-12-10",
    ),
    Details(name="Grace Hopper", emails=["grace@example.com"], tags=["navy"], every="1m", fields=["coffee=black"]),
    Details(name="Alan Turing", emails=["alan@example.com"], birthday="03-12", importance="high"),
    Details(name="Émilie du Châtelet", emails=["emilie@example.org"]),
    Details(name="John von Neumann"),
    Details(name="John Backus", company="Speedcoding"),
    Details(name="Mary Somerville", tags=["friend"], every="1m"),
    Details(name="Sales Robot", every="1w"),
)
ADA, GRACE, ALAN, EMILIE, VON_NEUMANN, BACKUS, MARY, ROBOT = range(1, 9)
"""Their numbers."""


def write(path: Path) -> None:
    """Write the network: Ada and Grace are late, Alan's birthday is near, Mary is archived, the robot ignored."""
    conn = connection.open_for_writing(path)
    for details in PEOPLE:
        people.add(conn, SUNDAY, details)
    paper = Promise(text="the paper on Bernoulli numbers", by=date(2026, 3, 1))
    coffee = "coffee, her new job\nasked about the loom cards"
    for entry in (
        Entry(person_ids=[ADA], text=coffee, on=date(2026, 2, 1), promises=[paper]),
        Entry(person_ids=[GRACE, BACKUS], text="call: compiler course", on=date(2026, 1, 28)),
        Entry(person_ids=[ALAN], text="letter, on morphogenesis", on=date(2026, 1, 5), direction="in"),
    ):
        logbook.log(conn, SUNDAY, entry)
    people.set_state(conn, SUNDAY, MARY, "archive")
    people.set_state(conn, SUNDAY, ROBOT, "ignore")
    conn.close()


def dump(path: Path) -> list[str]:
    """All that a database holds, as SQL."""
    conn = sqlite3.connect(path)
    try:
        return list(conn.iterdump())
    finally:
        conn.close()
