"""Schema version 1, one statement an entry. Released schemas are never edited: add a migration instead."""

from __future__ import annotations

STATEMENTS = (
    # -- bookkeeping ---------------------------------------------------------------------------------
    """create table meta(
        key text primary key, value text not null
    ) strict, without rowid""",
    """create table operation(
        id integer primary key autoincrement,
        uid text not null unique,
        device text not null,
        at text not null,                       -- instant with offset
        origin text not null check(origin in ('hand', 'import', 'sync', 'mcp')),
        command text not null,
        summary text not null default '',
        state text not null default 'done' check(state in ('running', 'done', 'undone')),
        undoes integer references operation(id),
        undone_by integer references operation(id)
    ) strict""",
    """create table change(
        id integer primary key,
        operation_id integer not null references operation(id) on delete cascade,
        tbl text not null,
        lo integer not null,                    -- insert: first id of a range; else: the row
        hi integer not null,
        op text not null check(op in ('insert', 'update', 'delete')),
        image text                              -- update, delete: the columns before, as JSON
    ) strict""",
    "create index change_by_operation on change(operation_id)",
    "create index change_by_row on change(tbl, lo)",
    # -- people --------------------------------------------------------------------------------------
    """create table person(
        id integer primary key autoincrement,
        uid text not null unique,
        handle text not null unique,
        name text not null check(name <> ''),
        name_folded text not null,
        company text, title text, location text,
        met_where text, met_on text,
        cadence text, cadence_set_on text,
        cadence_spread integer not null default 0,  -- given to many at once: first dates are spread
        importance integer check(importance between -1 and 1),
        state text not null default 'active'
            check(state in ('active', 'archived', 'ignored', 'deceased', 'merged')),
        state_on text,
        merged_into integer references person(id),
        snoozed_until text,
        notes text,
        created_at text not null, updated_at text not null,
        operation_id integer not null
    ) strict""",
    "create index person_by_name on person(name_folded)",
    """create table standing(
        -- Where a person stands. Derived from everything else, kept by the store: never edit by hand.
        person_id integer primary key references person(id) on delete cascade,
        last_contact_on text,
        last_interaction_id integer,
        reply_owed_on text,                     -- day of their oldest unanswered message
        rhythm_days integer,                    -- median gap between days of contact
        drifts_on text,                         -- first day on which the silence is unusual for them
        cadence text, cadence_source text,      -- person | tag:NAME | default
        cadence_days integer,                   -- of the average month or year
        next_due_on text,
        weight real not null default 1,         -- from importance
        extra integer not null default 0,       -- anything beside the cadence can add to the score
        surfaces_on text,                       -- first day on the due list
        recheck_on text,                        -- from this day on the row may no longer hold
        stale integer not null default 0        -- written to, not yet derived again
    ) strict""",
    "create index standing_by_surfaces on standing(surfaces_on)",
    "create index standing_by_recheck on standing(recheck_on) where recheck_on is not null",
    "create index standing_stale on standing(stale) where stale = 1",
    "create index standing_by_drift on standing(drifts_on) where drifts_on is not null",
    """create table feed(
        id integer primary key,
        source text not null, account text not null, folder text not null,
        epoch text not null default '',
        cursor text,
        unique(source, account, folder, epoch)
    ) strict""",
    """create table person_origin(
        id integer primary key autoincrement,
        feed_id integer not null references feed(id),
        ref text not null,
        person_id integer not null references person(id),
        digest text not null,                   -- of the record: equal means nothing to do
        operation_id integer not null,
        unique(feed_id, ref)
    ) strict""",
    "create index person_origin_by_person on person_origin(person_id)",
    """create table identifier(
        id integer primary key autoincrement,
        kind text not null,
        value text not null,
        person_id integer references person(id),
        shared integer not null default 0,      -- found on two people: identifies nobody
        mine integer not null default 0,
        operation_id integer not null,
        unique(kind, value)
    ) strict""",
    "create index identifier_by_person on identifier(person_id) where person_id is not null",
    """create table claim(
        id integer primary key autoincrement,
        person_id integer not null references person(id),
        field text not null,
        value text not null,
        label text,
        identifier_id integer references identifier(id),
        person_origin_id integer references person_origin(id),  -- NULL: typed by the user
        seen_on text not null,
        current integer not null default 1       -- 1 | 0 ended by its source | -1 taken off by the user
            check(current in (1, 0, -1)),
        operation_id integer not null
    ) strict""",
    "create index claim_by_person on claim(person_id, field)",
    "create index claim_by_identifier on claim(identifier_id) where identifier_id is not null",
    "create index claim_by_origin on claim(person_origin_id) where person_origin_id is not null",
    """create table tag(
        id integer primary key autoincrement,
        name text not null unique,
        cadence text, cadence_set_on text,
        lead integer,                           -- days before an occasion
        importance integer check(importance between -1 and 1),
        operation_id integer not null
    ) strict""",
    """create table person_tag(
        id integer primary key autoincrement,
        person_id integer not null references person(id),
        tag_id integer not null references tag(id),
        given_on text not null,
        operation_id integer not null,
        unique(person_id, tag_id)
    ) strict""",
    "create index person_tag_by_tag on person_tag(tag_id)",
    """create table occasion(
        id integer primary key autoincrement,
        person_id integer not null references person(id),
        kind text not null,                     -- birthday | anniversary | another label
        month integer not null check(month between 1 and 12),
        day integer not null check(day between 1 and 31),
        year integer,                           -- NULL: unknown
        operation_id integer not null,
        unique(person_id, kind)
    ) strict""",
    """create table commitment(
        id integer primary key autoincrement,
        person_id integer not null references person(id),
        kind text not null check(kind in ('promise', 'reminder')),
        direction text not null default 'mine' check(direction in ('mine', 'theirs')),
        text text not null,
        due_on text,
        every text,                             -- cadence of a repeated reminder
        first_on text,                          -- its first day, from which the later ones are counted
        interaction_id integer references interaction(id),
        state text not null default 'open' check(state in ('open', 'done')),
        done_on text,
        created_on text not null,
        operation_id integer not null
    ) strict""",
    "create index commitment_open on commitment(person_id) where state = 'open'",
    """create table question(
        -- Two records that may be one person; an import never decides.
        id integer primary key autoincrement,
        person_id integer not null references person(id),
        other_id integer not null references person(id),
        reason text not null,
        state text not null default 'open' check(state in ('open', 'same', 'different')),
        created_on text not null,
        operation_id integer not null,
        unique(person_id, other_id)
    ) strict""",
    "create index question_by_other on question(other_id)",
    """create table tombstone(
        -- Keys of removed people and interactions: no importer brings them back unasked.
        id integer primary key autoincrement,
        key text not null unique,
        created_on text not null,
        operation_id integer not null
    ) strict""",
    # -- what happened -------------------------------------------------------------------------------
    """create table interaction(
        id integer primary key autoincrement,
        key text not null unique,
        kind text not null,
        direction text check(direction in ('in', 'out', 'both')),
        happened_at integer,                    -- seconds since 1970 UTC; NULL: only the day is known
        happened_on text not null,              -- local calendar date
        minutes integer,
        title text, body text, place text, thread text, status text,
        operation_id integer not null
    ) strict""",
    """create table participant(
        interaction_id integer not null references interaction(id),
        identifier_id integer not null references identifier(id),
        happened_on text not null,
        role text not null,
        counts integer not null,                -- verdict of the contact policy
        why text not null,                      -- its reason code
        primary key(interaction_id, identifier_id)
    ) strict, without rowid""",
    """create index participant_by_day
        on participant(identifier_id, happened_on desc, interaction_id desc, counts)""",
    """create table interaction_origin(
        feed_id integer not null references feed(id),
        ref text not null,
        interaction_id integer not null references interaction(id),
        operation_id integer not null,
        primary key(feed_id, ref)
    ) strict, without rowid""",
    "create index interaction_origin_by_interaction on interaction_origin(interaction_id)",
    # -- marks of `due --new`: no part of the journal ------------------------------------------------
    """create table shown(
        person_id integer not null references person(id) on delete cascade,
        reason text not null,
        shown_on text not null,
        primary key(person_id, reason)
    ) strict, without rowid""",
)
