"""A sample network of people from the history of science, as four programs would export it.

It is as it was on `TODAY`: a tour takes that day for today.
"""

from __future__ import annotations

from pathlib import Path

TODAY = "2026-03-08"
"""Birthdays, debts and silences of the sample are seen from this day."""

FILES = tuple(
    Path(__file__).with_name(name)
    for name in (
        "phone.vcf",  # an iPhone's and an Android phone's address book
        "Connections.csv",  # of a LinkedIn export
        "interactions.csv",  # a table kept by hand
        "mail.mbox",  # a mailbox, with three who are in no address book
    )
)
"""What to import, in this order: the people first, then what happened."""

TAG_CADENCES = {"friend": "2w", "navy": "monthly", "nasa": "6w", "expedition": "2m", "mentor": "quarterly"}
"""What the owner of the sample has settled on: no format carries it."""
