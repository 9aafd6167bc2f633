"""Schema version 4: what calendars need. Released schemas are never edited: add a migration instead."""

from __future__ import annotations

STATEMENTS = (
    # Of an event: by which of two copies is the newer (SEQUENCE, then DTSTAMP). NULL: it does not change by copies.
    "alter table interaction add column revision text",
)
