"""Schema version 5: notice of yearly dates by person and by kind. Released schemas are never edited."""

from __future__ import annotations

STATEMENTS = (
    # Days of notice before the person's occasions; NULL: by tag, by kind, or the setting.
    "alter table person add column lead integer",
    # The due list asks for the longest notice of anybody.
    "create index person_by_lead on person(lead) where lead is not null",
    """create table occasion_kind(
        id integer primary key autoincrement,
        name text not null unique,              -- birthday | anniversary | another name, as in occasion.kind
        lead integer,                           -- days before an occasion
        operation_id integer not null
    ) strict""",
    "create index occasion_by_kind on occasion(kind)",
)
