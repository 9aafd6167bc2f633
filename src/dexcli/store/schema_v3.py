"""Schema version 3: what mail needs. Released schemas are never edited: add a migration instead."""

from __future__ import annotations

STATEMENTS = (
    # Of a mail: distinct recipients, mine included; of anything else whoever took part. NULL: written by hand, or
    # brought by an earlier schema, where it is the number of participants.
    "alter table interaction add column named integer",
    # Why a list or machine is behind it; NULL: a person.
    "alter table interaction add column automatic text",
    # As a source called whoever has it, the first time that it did.
    "alter table identifier add column name text",
    # Looked at in triage: not a person (1), or to be asked about again from that day on.
    "alter table identifier add column ignored integer not null default 0",
    "alter table identifier add column later_on text",
    """create table bulk(
        -- Mail by lists and machines: seen and not kept. Enough to say why, no part of the journal.
        key integer primary key,                -- 63 bits of a hash of the interaction's key
        reason text not null,                   -- code of the policy
        address text not null,                  -- whose it is: the sender's or the list's; no person's
        run integer not null                    -- a number of the run that saw it first
    ) strict""",
    """create table account_state(
        -- How the last runs of `sync` went. No part of the journal.
        account text primary key,
        ran_at text,                            -- instant of the last run, with offset
        synced_at text,                         -- instant of the last run that went well
        failing_since text,                     -- instant of the first failure since then
        error text                              -- what the last run said, NULL where it went well
    ) strict, without rowid""",
)
