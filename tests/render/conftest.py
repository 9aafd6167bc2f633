from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from dexcli.render import envelope
from dexcli.results.accounts import AccountChange, AccountCheck, AccountInfo, AccountList, AccountTests, FolderInfo
from dexcli.results.dates import DateItem, DateList
from dexcli.results.draft import DraftInfo, DraftResult, DraftRow
from dexcli.results.due import Drifting, DueCount, DueItem, DueList, DueReason, LastContact, StaleAccount
from dexcli.results.export import ExportReport, ExportResult
from dexcli.results.history import History, OperationInfo, UndoResult
from dexcli.results.interactions import (
    CommitmentInfo,
    CommitmentResult,
    FirstSeen,
    Interaction,
    InteractionResult,
    LogResult,
    OccasionInfo,
    OriginInfo,
    ParticipantInfo,
    PersonDue,
    PersonPage,
    Rhythm,
)
from dexcli.results.people import (
    ClaimInfo,
    KindResult,
    KindRule,
    PeopleResult,
    Person,
    PersonBrief,
    PersonFields,
    PersonList,
    PersonResult,
    TagResult,
    TagRule,
)
from dexcli.results.reach import EmailList, EmailMatch, Reach
from dexcli.results.report import (
    Conflict,
    ImportResult,
    InteractionCounts,
    PeopleCounts,
    Question,
    Report,
    SkippedItem,
)
from dexcli.results.search import SearchItem, SearchList, SearchWho, SnippetInfo
from dexcli.results.setup import ConfigInfo, MeInfo, MeResult, SchemaResult
from dexcli.results.stats import Coverage, DayCount, GroupCount, KindCount, MonthCount, PersonCount, Stats
from dexcli.results.sync import AccountRun, SyncResult
from dexcli.results.timeline import Milestone, Timeline, TimelineYear
from dexcli.results.triage import Decision, NamedInTitle, TriageItem, TriageList, TriageResult
from dexcli.results.upkeep import (
    BackupInfo,
    BackupList,
    BackupReport,
    BackupResult,
    Check,
    DoctorReport,
    DoctorResult,
    ForgetReport,
    ForgetResult,
    RestoreReport,
    RestoreResult,
    UnreadableBackup,
)
from dexcli.results.why import Why, WhyResult

RESTORED = RestoreResult(
    report=RestoreReport(
        dry_run=False,
        file="dex-2026-03-01T090000.db",
        database="/home/charles/.local/share/dexcli/dex.db",
        people=22,
        interactions=401,
        changed_at=datetime(2026, 2, 28, 21, 0, tzinfo=UTC),
        schema_version=5,
        kept="/home/charles/.local/share/dexcli/backups/dex-2026-03-08T090000-replaced.db",
        replaced_people=23,
        replaced_interactions=412,
        replaced_changed_at=datetime(2026, 3, 8, 8, 30, tzinfo=UTC),
    ),
    done="restored 22 people and 401 entries from dex-2026-03-01T090000.db, as of Sat 28 Feb 2026 21:00",
    undo=["dex restore dex-2026-03-08T090000-replaced.db"],
)


def a_backup(name: str, **changes: object) -> BackupInfo:
    plain = BackupInfo(
        name=name,
        file=f"/home/charles/.local/share/dexcli/backups/{name}",
        at=datetime(2026, 3, 8, 9, 0, tzinfo=UTC),
        made_by="backup",
        bytes=266_240,
        people=23,
        interactions=412,
        changed_at=datetime(2026, 3, 8, 8, 30, tzinfo=UTC),
        schema_version=5,
    )
    return msgspec.structs.replace(plain, **changes)


CUT_OFF = UnreadableBackup(
    name="dex-2026-03-08T090000.db",
    file="/home/charles/.local/share/dexcli/backups/dex-2026-03-08T090000.db",
    at=datetime(2026, 3, 8, 9, 0, tzinfo=UTC),
    bytes=20_000,
)

EXAMINED = DoctorResult(
    report=DoctorReport(
        dry_run=False,
        database="/home/charles/.local/share/dexcli/dex.db",
        problems=2,
        fixed=1,
        checks=[
            Check(
                code="integrity", state="ok", text="every page, table and index is sound", found=[], remedy=None,
                fixable=False,
            ),
            Check(
                code="references", state="problem", text="3 in claim without their person",
                found=["3 in claim without their person"], remedy="dex restore dex-2026-03-01T090000.db", fixable=False,
            ),
            Check(
                code="derived", state="fixed", text="of 3 people it is not what follows from their history",
                found=["of 3 people it is not what follows from their history"], remedy=None, fixable=True,
            ),
            Check(
                code="permissions", state="problem", text="two files",
                found=[
                    "/home/charles/.local/share/dexcli/dex.db is open to others (644)",
                    "/home/charles/.config/dexcli/config.toml is open to others (644)",
                ],
                remedy="dex doctor --fix", fixable=True,
            ),
            Check(
                code="backups", state="ok", text="there is none yet", found=[], remedy="dex backup", fixable=False
            ),
        ],
    ),
)  # fmt: skip

FORGOTTEN = ForgetResult(
    report=ForgetReport(
        dry_run=False,
        person="Grace Hopper",
        interactions=12,
        kept_interactions=3,
        operations=7,
        mentions=[*(f"i{number}" for number in range(1, 13)), "ada-lovelace"],
        backups=["/home/charles/.local/share/dexcli/backups/dex-2026-03-01T090000.db"],
        searches=["dex search Grace", "dex search Hopper"],
        erased_bytes=False,
    ),
    done="forgot Grace Hopper and 12 entries, for good",
)

Golden = Callable[[str, Iterable[str]], None]

GOLDENS = Path(__file__).parent / "goldens"
TODAY = date(2026, 3, 8)
NOW = datetime(2026, 3, 8, 14, 5, tzinfo=UTC)


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture
def golden() -> Golden:
    """Compares with a file of `goldens/`; UPDATE_GOLDENS=1 writes the file instead."""

    def compare(name: str, lines: Iterable[str]) -> None:
        path = GOLDENS / f"{name}.txt"
        text = "".join(f"{line}\n" for line in lines)
        if os.environ.get("UPDATE_GOLDENS") == "1":
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


def brief(number: int, handle: str, name: str, *tags: str) -> PersonBrief:
    return PersonBrief(
        id=number,
        uid=f"00000000-0000-4000-8000-00000000000{number}",
        handle=handle,
        name=name,
        emails=[f"{handle}@example.org"],
        phones=[],
        tags=list(tags),
        state="active",
    )


ADA = brief(1, "ada", "Ada Lovelace", "friend", "maths")
GRACE = brief(2, "grace-hopper", "Grace Hopper", "navy")
ALAN = brief(3, "alan-turing", "Alan Turing")
BARBARA = brief(4, "barbara-liskov", "Barbara Liskov")


def contact(on: date, kind: str, title: str | None, source: str | None = None) -> LastContact:
    return LastContact(on=on, kind=kind, title=title, interaction_id="i7", source=source)


@pytest.fixture
def due() -> DueList:
    return DueList(
        as_of=TODAY,
        total=3,
        items=[
            DueItem(
                person=ADA,
                due_on=date(2026, 2, 15),
                overdue_days=21,
                cadence="P2W",
                cadence_source="person",
                last_contact=contact(date(2026, 2, 1), "coffee", "her new job"),
                score=3.0,
                reasons=[
                    DueReason(code="cadence", value=1.5, text="every 2 weeks", ref=None, due_on=date(2026, 2, 15)),
                    DueReason(code="reply_owed", value=4, text="you owe a reply", ref=None, due_on=date(2026, 3, 7)),
                ],
                snoozed_until=None,
            ),
            DueItem(
                person=GRACE,
                due_on=date(2026, 2, 26),
                overdue_days=10,
                cadence="P1M",
                cadence_source="tag:navy",
                last_contact=contact(date(2026, 1, 26), "call", "compiler course"),
                score=1.3,
                reasons=[
                    DueReason(
                        code="cadence", value=0.32, text="monthly (tag navy)", ref="tag:navy", due_on=date(2026, 2, 26)
                    )
                ],
                snoozed_until=None,
            ),
            DueItem(
                person=ALAN,
                due_on=date(2026, 3, 12),
                overdue_days=-4,
                cadence=None,
                cadence_source=None,
                last_contact=contact(date(2025, 12, 20), "mail", "Re: Bletchley", "mail"),
                score=1.0,
                reasons=[
                    DueReason(code="birthday", value=4, text="birthday on Thursday", ref=None, due_on=date(2026, 3, 12))
                ],
                snoozed_until=None,
            ),
        ],
        drifting=[
            Drifting(
                person=BARBARA,
                last_contact=contact(date(2026, 1, 2), "mail", None),
                silent_days=65,
                usual_days=21,
            )
        ],
        accounts_stale=[],
    )


def person(**changes: object) -> Person:
    ada = Person(
        id=1,
        uid=ADA.uid,
        handle="ada",
        name="Ada Lovelace",
        emails=["ada@example.org"],
        phones=["+442079460958"],
        tags=["friend", "maths"],
        state="active",
        state_on=None,
        aliases=[],
        urls=[],
        company="Analytical Engines",
        title="Analyst",
        location="London",
        addresses=[],
        met_where="Royal Society, introduced by Mary Somerville",
        met_on=date(2025, 6, 1),
        birthday=None,
        dates={},
        cadence="P2W",
        cadence_source="person",
        importance=None,
        lead_days=None,
        snoozed_until=None,
        notes=None,
        fields={},
        last_contact_on=date(2026, 2, 1),
        next_due_on=date(2026, 2, 15),
        created_at=NOW,
        updated_at=NOW,
        claims=[
            ClaimInfo(
                field="company",
                value="Analytical Engines",
                label=None,
                source="vcard",
                seen_on=TODAY,
                current=True,
                shared=False,
            )
        ],
    )
    return msgspec.structs.replace(ada, **changes)


def interaction(number: int, on: date, kind: str, title: str | None, **changes: object) -> Interaction:
    plain = Interaction(
        id=f"i{number}",
        kind=kind,
        direction=None,
        on=on,
        at=None,
        title=title,
        body=None,
        place=None,
        minutes=None,
        participants=[],
        key=f"hand:{number}",
        origins=[],
    )
    return msgspec.structs.replace(plain, **changes)


PAPER = CommitmentInfo(
    id="c45",
    kind="promise",
    direction="mine",
    text="the paper on Bernoulli numbers",
    due_on=None,
    every=None,
    state="open",
    done_on=None,
    created_on=date(2026, 2, 1),
    person_id=1,
    interaction_id="i9",
)
COFFEE = interaction(
    9,
    date(2026, 2, 1),
    "coffee",
    "her new job",
    body="asked about the loom cards\nand about the weather",
    participants=[
        ParticipantInfo(person_id=1, name="Ada Lovelace", role="with", identifier="ada", counts=True, why="logged")
    ],
    origins=[OriginInfo(source="", account="", ref="")],
)
REVIEW = interaction(11, date(2026, 3, 12), "meeting", "Engine review", at=datetime(2026, 3, 12, 10, 0, tzinfo=UTC))
NOTES = interaction(
    5,
    date(2026, 1, 5),
    "mail",
    "Re: notes on the engine",
    direction="in",
    body="Dear Ada",
    origins=[OriginInfo(source="mail", account="home", ref="INBOX/1/7")],
)


@pytest.fixture
def page() -> PersonPage:
    return PersonPage(
        person=person(),
        due=date(2026, 2, 15),
        overdue_days=21,
        rhythm=Rhythm(usual_days=13, months=[0, 2, 4, 1, 0, 0, 2, 7, 1, 0, 0, 0], kept=True),
        first_seen=FirstSeen(on=date(2025, 5, 3), kind="mail", title="Hello", interaction_id="i1"),
        occasions=[],
        commitments=[PAPER],
        upcoming=[REVIEW],
        timeline=[COFFEE, NOTES],
        timeline_total=2,
    )


@pytest.fixture
def full_page(page: PersonPage) -> PersonPage:
    """A person of whom everything is known, and nothing typed about how we met."""
    reminder = msgspec.structs.replace(
        PAPER,
        id="c46",
        kind="reminder",
        text="ask about the translation",
        due_on=date(2026, 3, 20),
        every="P1M",
    )
    return PersonPage(
        person=person(
            state="deceased",
            state_on=date(2026, 3, 1),
            aliases=["Countess of Lovelace", "A. A. L."],
            urls=["https://example.org/ada"],
            addresses=["12 St James's Square, London"],
            emails=["ada@example.org", "lovelace@example.com", "a.a.lovelace@engines.example.org"],
            met_where=None,
            met_on=None,
            cadence="P1M",
            cadence_source="tag:maths",
            snoozed_until=date(2026, 4, 1),
            importance="high",
            lead_days=14,
            dates={"anniversary": "1835-07-08", "name day": "--09-12"},
            notes="Likes:\n- music\n- figures",
            fields={"favourite tea": "Darjeeling", "horse": "Tam"},
        ),
        due=date(2026, 4, 2),
        overdue_days=-25,
        rhythm=Rhythm(usual_days=30, months=[0, 1, 0, 1, 12, 0, 1, 0, 1, 0, 1, 1], kept=False),
        first_seen=page.first_seen,
        occasions=[OccasionInfo(kind="birthday", on=date(2026, 12, 10), year=1986, turns=40)],
        commitments=[
            msgspec.structs.replace(PAPER, due_on=date(2026, 3, 3)),
            msgspec.structs.replace(PAPER, id="c44", state="done", text="never seen"),
            msgspec.structs.replace(PAPER, id="c47", direction="theirs", text="the loom cards"),
            reminder,
        ],
        upcoming=[REVIEW, interaction(12, date(2026, 3, 20), "call", None)],
        timeline=[
            COFFEE,
            msgspec.structs.replace(NOTES, direction="out", title="An answer " + "that goes on " * 20),
            interaction(2, date(2024, 7, 1), "note", None, body="A first line\nand a second"),
        ],
        timeline_total=40,
    )


@pytest.fixture
def dates() -> DateList:
    leap = DateItem(
        person=GRACE, kind="birthday", on=date(2027, 3, 1), days=358, year=1996, turns=31, month_day="02-29"
    )
    return DateList(
        as_of=TODAY,
        until=None,
        total=5,
        items=[
            DateItem(person=ADA, kind="birthday", on=TODAY, days=0, year=None, turns=None),
            DateItem(person=ADA, kind="wedding", on=date(2026, 3, 9), days=1, year=2025, turns=1),
            DateItem(person=ALAN, kind="the day on which we moved to Manchester", on=date(2026, 3, 20), days=12,
                     year=2014, turns=12),
            leap,
            msgspec.structs.replace(leap, person=ALAN, year=None, turns=None),
        ],
    )  # fmt: skip


@pytest.fixture
def stats() -> Stats:
    """A busy year."""
    days = [date(2025, 3, 9) + timedelta(days=number) for number in range(365)]
    people = [(number * number % 11) * (number % 4 > 0) // 2 for number in range(365)]
    return Stats(
        as_of=TODAY,
        query="",
        year=None,
        found=1240,
        states={"active": 1240, "archived": 12, "ignored": 3},
        coverage=Coverage(
            with_cadence=45, without_cadence=1195, in_time=31, late=14, late_snoozed=2, contacted_30=61,
            contacted_90=140, contacted_365=402, never=310, email=1100, phone=512, address=33, birthday=214,
        ),
        since=date(2025, 3, 9),
        until=TODAY,
        before_since=date(2024, 3, 9),
        before_until=date(2025, 3, 8),
        days=sum(count > 0 for count in people),
        people=402,
        before_days=1,
        before_people=1,
        kinds=[
            *(KindCount(kind=kind, count=count, before=before) for kind, count, before in (
                ("mail", 1234, 980), ("meeting", 96, 120), ("coffee", 41, 38), ("call", 30, 22), ("message", 12, 0),
                ("meal", 9, 9), ("letter", 2, 1), ("a-kind-with-a-name-that-is-longer-than-kinds-are", 1, 0),
                ("gift", 1, 4), ("sauna", 0, 1),
            )),
        ],
        directions={"in": 700, "out": 534, "both": 150, "none": 41},
        calendar=[DayCount(on=day, people=count) for day, count in zip(days, people, strict=True) if count],
        levels=[1, 2, 4, 5],
        weekdays=[96, 80, 102, 77, 60, 31, 1028],
        months=[MonthCount(month=date(2025, 3, 1), contacts=40), MonthCount(month=date(2025, 11, 1), contacts=141)],
        weeks=53,
        weeks_with_contact=50,
        weeks_in_a_row=23,
        top=[PersonCount(person=ADA, days=41), PersonCount(person=GRACE, days=30), PersonCount(person=ALAN, days=1)],
        tags=[
            GroupCount(name="friend", people=60, contacted=41, contacts=1203),
            GroupCount(name="the people of the Royal Society of London", people=9, contacted=2, contacts=2),
        ],
        companies=[GroupCount(name="Analytical Engines", people=3, contacted=2, contacts=44)],
    )  # fmt: skip


@pytest.fixture
def accounts() -> AccountList:
    return ACCOUNTS


@pytest.fixture
def timeline() -> Timeline:
    """A page in the middle of three years."""
    theirs = ParticipantInfo(person_id=1, name="Ada", role="from", identifier="ada@example.org", counts=True, why="")
    counting = {"participants": [theirs, msgspec.structs.replace(theirs, person_id=2, counts=False)]}
    another = {"participants": [msgspec.structs.replace(theirs, counts=False)]}
    return Timeline(
        person=ADA,
        as_of=TODAY,
        since=date(2023, 5, 1),
        until=None,
        kind=None,
        oldest_first=False,
        total=1306,
        years=[
            TimelineYear(year=2026, days=2, contacts={"coffee": 1, "mail": 1}, others={}),
            TimelineYear(
                year=2025,
                days=140,
                contacts={"mail": 1234, "coffee": 12, "meal": 9, "call": 3, "letter": 2, "gift": 1},
                others={"invitation": 41},
            ),
            TimelineYear(year=2023, days=0, contacts={}, others={"connection": 1}),
        ],
        items=[
            msgspec.structs.replace(COFFEE, **counting),
            msgspec.structs.replace(NOTES, **counting),
            interaction(
                4, date(2025, 12, 24), "mail", "An answer " + "that goes on " * 20, direction="out", **counting
            ),
            interaction(3, date(2025, 12, 24), "invitation", "Engine review", **another),
            interaction(2, date(2025, 12, 1), "meal", None, **counting),
            interaction(1, date(2023, 5, 7), "connection", None, **another),
        ],
        milestones=[
            Milestone(on=date(2025, 12, 3), kind="met", text="Royal Society, introduced by Mary Somerville"),
            Milestone(on=date(2023, 5, 7), kind="first", text=None),
        ],
        next="2023-05-07:1683450000:1",
    )


@pytest.fixture
def people() -> PersonList:
    return PersonList(
        total=12,
        items=[
            person(),
            person(
                id=2,
                handle="grace-brewster-murray-hopper",
                name="Grace Brewster Murray Hopper",
                company="Eckert-Mauchly Computer Corporation",
                last_contact_on=None,
                next_due_on=date(2026, 4, 1),
            ),
            person(id=3, handle="mozi", name="墨子", company=None, next_due_on=None),
        ],
    )


def operation(number: int, summary: str, **changes: object) -> OperationInfo:
    plain = OperationInfo(
        id=f"o{number}",
        uid=f"00000000-0000-4000-9000-0000000000{number}",
        at=NOW,
        origin="hand",
        command="log",
        summary=summary,
        state="done",
        undoes=None,
        undone_by=None,
    )
    return msgspec.structs.replace(plain, **changes)


@pytest.fixture
def history() -> History:
    return History(
        total=90,
        operations=[
            operation(68, "undid o67", command="undo", undoes="o67"),
            operation(67, "logged coffee with Ada Lovelace", state="undone", undone_by="o68"),
            operation(
                66,
                "imported Connections.csv",
                origin="import",
                command="import",
                at=datetime(2024, 2, 29, 8, 0, tzinfo=UTC),
            ),
            operation(65, "synced home", origin="sync", state="running"),
            operation(64, "forgot a person for good, and 2 entries", command="forget", undoable=False),
        ],
    )


def report(**changes: object) -> Report:
    plain = Report(
        source="Connections.csv",
        account="",
        format="linkedin",
        what="LinkedIn connections",
        dry_run=False,
        read=1234,
        people=PeopleCounts(
            added=1012,
            updated=3,
            unchanged=219,
            questions=2,
            asked=[
                Question(person="ada-king", other="ada", reason="name"),
                Question(person="grace-hopper-2", other="grace-hopper", reason="identifier"),
            ],
            conflicts=[Conflict(person="ada", field="company", kept="Analytical Engines", offered="Difference Ltd")],
        ),
        interactions=InteractionCounts(added=0, updated=0, unchanged=0, removed=0, not_counting=0, bulk=0),
        skipped=[SkippedItem(where=f"Connections.csv:{line}", reason="no name") for line in range(17, 41)],
        notes=[],
        operation_id="o67",
    )
    return msgspec.structs.replace(plain, **changes)


@pytest.fixture
def imported() -> ImportResult:
    return ImportResult(report=report(), parts=[report()])


@pytest.fixture
def drafted() -> DraftResult:
    told = report(dry_run=True, skipped=[], operation_id=None)
    rows = [
        DraftRow(
            row="3fa91c0",
            action="add",
            person=None,
            name="Ada King",
            where="Connections.csv:5",
            confidence="unsure",
            reason="same name as ada",
            entries=None,
        ),
        DraftRow(
            row="a150217",
            action="add",
            person=None,
            name="connection",
            where="Connections.csv",
            confidence="sure",
            reason="new; Connections.csv",
            entries=1012,
        ),
    ]
    info = DraftInfo(file="my connections.draft", written=True, rows=2, items=rows)
    return DraftResult(report=told, parts=[told], draft=info)


@pytest.fixture
def imported_folder() -> ImportResult:
    mail = report(
        source="archive.mbox",
        format="mail",
        what="Mail",
        people=PeopleCounts(added=0, updated=0, unchanged=0, questions=0, asked=[], conflicts=[]),
        interactions=InteractionCounts(added=40, updated=0, unchanged=2, removed=0, not_counting=3, bulk=1200),
        skipped=[],
    )
    total = report(
        source="export.zip",
        what="Folder",
        interactions=mail.interactions,
        skipped=[],
        dry_run=True,
        operation_id=None,
    )
    return ImportResult(report=total, parts=[report(), mail])


@pytest.fixture
def logged() -> LogResult:
    return LogResult(
        interaction=COFFEE,
        people=[
            PersonDue(person=ADA, due=date(2026, 3, 22)),
            PersonDue(person=GRACE, due=date(2027, 3, 8)),
            PersonDue(person=ALAN, due=None),
        ],
        person=ADA,
        due=date(2026, 3, 22),
        created=[ALAN],
        commitments=[
            PAPER,
            msgspec.structs.replace(PAPER, id="c46", direction="theirs", due_on=date(2026, 3, 14)),
        ],
        done="logged coffee with Ada Lovelace, Grace Hopper and Alan Turing on Sun 8 Mar",
        operation_id="o67",
    )


GMAIL = AccountInfo(
    name="gmail",
    type="imap",
    address="ada@gmail.com",
    host="imap.gmail.com",
    port=993,
    security="tls",
    user="ada@gmail.com",
    auth="password",
    secret="keyring or prompt",  # noqa: S106 - the words for where it is
    folders=["INBOX"],
    store_bodies=False,
    since=date(2015, 1, 1),
    last_synced_at=None,
    last_error=None,
)
ACCOUNTS = AccountList(
    accounts=[
        GMAIL,
        msgspec.structs.replace(
            GMAIL,
            name="gmail-calendar",
            type="caldav",
            host="apidata.googleusercontent.com",
            port=443,
            auth="bearer",
            secret="not logged in",  # noqa: S106 - there is none
            last_error="nobody has logged in to account gmail-calendar yet",
        ),
        msgspec.structs.replace(
            GMAIL,
            name="letters-of-the-analytical-society",
            address="ada.lovelace@analytical-engines.example.org",
            host="imap.analytical-engines.example.org",
            port=1993,
            secret="password_command (pass)",  # noqa: S106 - the words for where it is
            last_synced_at=datetime(2026, 3, 1, 5, tzinfo=UTC),
        ),
        msgspec.structs.replace(
            GMAIL,
            name="people",
            type="vdir",
            address="",
            path="/home/ada/.local/share/vdirsyncer/contacts",
            host="",
            port=0,
            secret="none needed",  # noqa: S106 - likewise
        ),
    ]
)
TRIED = AccountCheck(
    name="gmail",
    secret="keyring",  # noqa: S106 - the words for where it is
    error=None,
    hint=None,
    folders=[
        FolderInfo(name="[Gmail]/All Mail", messages=52_310, read=True, why=""),
        FolderInfo(name="[Gmail]/Spam", messages=None, read=False, why="junk"),
    ],
    capabilities=["IMAP4REV1", "X-GM-EXT-1"],
)
REFUSED = AccountCheck(
    name="work", secret=None, error="the server hung up", hint="try again later", folders=[], capabilities=[]
)
FAILED = {"name": "work", "port": 1143, "last_synced_at": NOW - timedelta(days=3), "last_error": "the server hung up"}


IN_TITLE = NamedInTitle(
    interaction_id="i77",
    title="A long walk along the river with Grace",
    times=14,
    first_on=date(2025, 12, 1),
    last_on=date(2026, 3, 2),
    candidates=[ADA, GRACE],
)

STRANGER = TriageItem(
    address="emmy@example.org", name="Emmy Noether", sent=3, received=4, met=1, first_on=date(2024, 5, 2),
    last_on=date(2026, 2, 8), last_title="Ideals", score=2.75,
    reasons=["you wrote 3 times", "they wrote 4 times", "you met once"], namesakes=[ADA],
)  # fmt: skip
DECIDED = Decision(
    address="emmy@example.org", decision="add", person=ADA, interactions=8,
    done="added Emmy Noether (emmy-noether): 8 entries of history by emmy@example.org", operation_id="o67",
)  # fmt: skip


def hit(
    number: int, on: date, kind: str, snippets: list[SnippetInfo], *who: SearchWho, **changes: object
) -> SearchItem:
    entry = SearchItem(
        id=f"i{number}",
        kind=kind,
        person=None,
        on=on,
        at=None,
        direction=None,
        title=snippets[0].text,
        participants=list(who),
        snippets=snippets,
    )
    return msgspec.structs.replace(entry, **changes)


def taking_part(one: PersonBrief | str) -> SearchWho:
    if isinstance(one, str):
        return SearchWho(person_id=None, handle=None, name=None, identifier=one, state=None)
    return SearchWho(person_id=one.id, handle=one.handle, name=one.name, identifier="", state=one.state)


@pytest.fixture
def found() -> SearchList:
    """What `dex search restaurant` finds."""
    archived = msgspec.structs.replace(GRACE, id=12, handle="mary", name="Mary Somerville", state="archived")
    people = [
        SearchItem(
            id=str(one.id),
            kind="person",
            person=one,
            on=None,
            at=None,
            direction=None,
            title=None,
            participants=[],
            snippets=snippets,
        )
        for one, snippets in (
            (GRACE, [SnippetInfo(field="note", text="likes the restaurant by the harbour", marks=[(10, 20)])]),
            (
                archived,
                [
                    SnippetInfo(field="tag", text="restaurants", marks=[(0, 11)]),
                    SnippetInfo(field="company", text="Restaurant Society", marks=[(0, 10)]),
                ],
            ),
        )
    ]
    long = "…all that was said about the engine, and of the weather, before the restaurant closed for good and we…"
    return SearchList(
        as_of=TODAY,
        total=1002,
        total_exact=False,
        people=2,
        ahead=3,
        items=[
            *people,
            hit(
                120,
                date(2026, 2, 1),
                "coffee",
                [SnippetInfo(field="title", text="her new job; that restaurant in Arlington", marks=[(18, 28)])],
                taking_part(GRACE),
            ),
            hit(
                98,
                date(2026, 1, 5),
                "mail",
                [
                    SnippetInfo(field="title", text="Re: the paper that you promised me in spring", marks=[]),
                    SnippetInfo(field="body", text=long, marks=[(long.index("rest"), long.index("rest") + 10)]),
                ],
                taking_part(ADA),
                taking_part("waiter@restaurant.example.org"),
                direction="in",
            ),
            hit(
                7,
                date(2024, 11, 30),
                "meeting",
                [SnippetInfo(field="title", text="Łódź, the Restaurant", marks=[(10, 20)])],
                taking_part("waiter@restaurant.example.org"),
            ),
            hit(3, date(2024, 1, 2), "note", [SnippetInfo(field="title", text="Nothing is marked", marks=[])]),
        ],
    )


@pytest.fixture
def results(  # pytest passes fixtures by name
    due: DueList,
    dates: DateList,
    page: PersonPage,
    full_page: PersonPage,
    people: PersonList,
    history: History,
    imported: ImportResult,
    imported_folder: ImportResult,
    drafted: DraftResult,
    logged: LogResult,
    timeline: Timeline,
    found: SearchList,
    stats: Stats,
) -> list[Struct]:
    """At least one result of every type that a command returns."""
    return [
        due,
        msgspec.structs.replace(
            due, accounts_stale=[StaleAccount(name="work", last_synced_at=datetime(2026, 3, 1, 5, tzinfo=UTC))]
        ),
        DueList(as_of=TODAY, total=0, items=[], drifting=[], accounts_stale=[]),
        DueCount(as_of=TODAY, total=3),
        dates,
        DateList(as_of=TODAY, until=date(2026, 4, 7), total=0, items=[]),
        page,
        full_page,
        timeline,
        stats,
        msgspec.structs.replace(stats, query="tag:nobody", found=0, states={}),
        msgspec.structs.replace(stats, states={"active": 3}, calendar=[], levels=[], days=0, kinds=[]),
        people,
        PersonList(total=0, items=[]),
        PersonFields(total=1, items=[{"handle": "ada-lovelace", "emails": ["ada@example.org"]}]),
        PersonResult(person=person(), done="added Ada Lovelace (ada)", operation_id="o67"),
        PeopleResult(items=[ADA, GRACE], done="tagged 2 people +navy", operation_id=None),
        TagResult(
            tag=TagRule(name="navy", cadence="P1M", lead_days=None, importance="high", people=4),
            done="navy: monthly, 4 people",
            operation_id="o67",
        ),
        KindResult(
            kind=KindRule(name="birthday", lead_days=14, people=2),
            done="birthday: notice of 14 days, for 2 people",
            operation_id="o67",
        ),
        found,
        SearchList(as_of=TODAY, total=0, total_exact=True, people=0, ahead=1, items=[]),
        history,
        UndoResult(
            operation=operation(66, "added Ada"),
            passed_over=[operation(67, "synced home", origin="sync")],
            done="undid o66: added Ada",
            operation_id="o68",
        ),
        imported,
        imported_folder,
        drafted,
        ExportResult(
            report=ExportReport(format="ics", output="people.ics", people=9, events=12, tasks=5),
            done="exported 12 dates and 5 tasks of 9 people to people.ics",
        ),
        logged,
        InteractionResult(interaction=COFFEE, done="edited i9", operation_id="o67"),
        InteractionResult(interaction=REVIEW, done="", operation_id=None),
        CommitmentResult(commitment=PAPER, person=ADA, done="done: the paper", operation_id="o67"),
        SyncResult(
            report=imported.report,
            parts=[
                msgspec.structs.replace(imported.report, source="home", format="imap", what="mail of me@example.org")
            ],
            accounts=[
                AccountRun(
                    hint=None,
                    name="home",
                    ok=False,
                    error="imap.example.org: the connection broke",
                    error_code="network",
                    tolerated=True,
                    last_synced_at=datetime(2026, 3, 7, 9, tzinfo=UTC),
                )
            ],
        ),
        EmailList(
            total=2,
            items=[
                EmailMatch(
                    email="ada@example.org",
                    name="Ada Lovelace",
                    person_id=1,
                    handle="ada",
                    company="Analytical Engines",
                ),
                EmailMatch(email="emmy@example.org", name="Emmy", person_id=None, handle=None, company=None),
            ],
        ),
        Reach(
            link="mailto:ada@example.org,grace-hopper@example.org",
            people=[ADA, GRACE],
            targets=["ada@example.org", "grace-hopper@example.org"],
            others=["ada@work.example"],
        ),
        TriageList(total=0, items=[]),
        TriageList(total=12, items=[STRANGER]),
        TriageList(total=12, items=[STRANGER], titles_total=3, titles=[IN_TITLE]),
        TriageResult(total=0, items=[], decided=[DECIDED]),
        WhyResult(
            id="i9",
            key="mail:1@example.org",
            kind="mail",
            direction="in",
            on=date(2026, 3, 1),
            title="Rings",
            kept=True,
            reasons=[
                Why(
                    code="direct",
                    text="it is between you and them",
                    counts=True,
                    person_id=1,
                    name="Ada Lovelace",
                    identifier="ada@example.org",
                    role="from",
                ),
                Why(
                    code="they_in_cc",
                    text="they only got a copy (Cc)",
                    counts=False,
                    person_id=None,
                    name=None,
                    identifier="grace@example.org",
                    role="cc",
                ),
            ],
        ),
        WhyResult(
            id=None,
            key="mail:2@example.org",
            kind=None,
            direction=None,
            on=None,
            title=None,
            kept=False,
            reasons=[
                Why(
                    code="list",
                    text="it came through a mailing list: engines@lists.example.org",
                    counts=False,
                    person_id=None,
                    name=None,
                    identifier=None,
                    role=None,
                )
            ],
        ),
        BackupResult(
            report=BackupReport(
                dry_run=False,
                file="/home/charles/.local/share/dexcli/backups/dex-2026-03-08T090000.db",
                bytes=266_240,
                people=23,
                interactions=412,
                changed_at=datetime(2026, 3, 8, 8, 30, tzinfo=UTC),
                schema_version=5,
                removed=["/home/charles/.local/share/dexcli/backups/dex-2026-02-22T090000.db"],
            ),
            done="backed up 23 people and 412 entries to dex-2026-03-08T090000.db (266 KB)",
        ),
        BackupList(folder="/home/charles/.local/share/dexcli/backups", total=0, items=[]),
        BackupList(
            folder="/home/charles/.local/share/dexcli/backups",
            total=3,
            items=[
                a_backup("dex-2026-03-08T090000-replaced.db", made_by="restore", people=1_234, bytes=5_266_240),
                a_backup("dex-2026-03-01T090000.db", at=datetime(2026, 3, 1, 9, 0, tzinfo=UTC)),
                a_backup("dex-before-v6.db", made_by="migration", at=datetime(2025, 2, 28, 9, 0, tzinfo=UTC)),
            ],
        ),
        BackupList(
            folder="/home/charles/.local/share/dexcli/backups",
            total=1,
            items=[a_backup("dex-2026-03-01T090000.db", at=datetime(2026, 3, 1, 9, 0, tzinfo=UTC))],
            unreadable=[CUT_OFF],
        ),
        BackupList(folder="/home/charles/.local/share/dexcli/backups", total=0, items=[], unreadable=[CUT_OFF]),
        RESTORED,
        RestoreResult(
            report=msgspec.structs.replace(
                RESTORED.report,
                dry_run=True,
                kept=None,
                replaced_people=None,
                replaced_interactions=None,
                replaced_changed_at=None,
            ),
            done="would restore 22 people and 401 entries from dex-2026-03-01T090000.db",
            undo=[],
        ),
        EXAMINED,
        DoctorResult(report=msgspec.structs.replace(EXAMINED.report, dry_run=True, problems=0, fixed=0, checks=[])),
        FORGOTTEN,
        ForgetResult(
            report=msgspec.structs.replace(
                FORGOTTEN.report, dry_run=True, kept_interactions=1, mentions=[], backups=[], erased_bytes=False
            ),
            done="would forget Grace Hopper and 12 entries, for good",
        ),
        AccountList(accounts=[]),
        ACCOUNTS,
        AccountList(accounts=[GMAIL, msgspec.structs.replace(GMAIL, **FAILED)]),
        AccountTests(accounts=[TRIED, REFUSED]),
        AccountChange(
            accounts=[GMAIL],
            done="added account gmail: ada@gmail.com at imap.gmail.com; the address is yours",
            hint="Gmail wants an app password.",
            next=["dex account login gmail", "dex account test gmail", "dex sync"],
            undo=["dex account remove gmail", "dex undo o67"],
            operation_id="o67",
        ),
        MeResult(
            me=MeInfo(
                emails=["me@example.org"],
                phones=["+442079460123"],
                names=["Charles Babbage"],
                region="GB",
                date_order=None,
            ),
            database="/home/charles/.local/share/dexcli/dex.db",
            config="/home/charles/.config/dexcli/config.toml",
            done=None,
            operation_id=None,
        ),
        ConfigInfo(
            path="/home/charles/.config/dexcli/config.toml",
            exists=False,
            settings={"due.limit": 20, "me.emails": ["me@example.org"], "dates.order": None},
        ),
        SchemaResult(schemas={"due": envelope.schema("due")}),
    ]
