"""What schema version 2 adds, one statement an entry."""

from __future__ import annotations

STATEMENTS = (
    # Whoever deletes a row has SQLite look for rows that refer to it: without these, among all people and promises.
    "create index person_by_merged on person(merged_into) where merged_into is not null",
    "create index commitment_by_person on commitment(person_id)",
    "create index commitment_by_interaction on commitment(interaction_id) where interaction_id is not null",
)
