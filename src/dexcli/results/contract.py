"""Which results each command returns: the table behind `dex schema`, which alone loads them all."""

from __future__ import annotations

from msgspec import Struct

from dexcli.results.accounts import AccountChange, AccountList, AccountTests
from dexcli.results.dates import DateList
from dexcli.results.draft import DraftResult
from dexcli.results.due import DueCount, DueList
from dexcli.results.export import ExportResult
from dexcli.results.history import History, UndoResult
from dexcli.results.interactions import CommitmentResult, InteractionResult, LogResult, PersonPage
from dexcli.results.people import KindResult, PeopleResult, PersonFields, PersonList, PersonResult, TagResult
from dexcli.results.reach import EmailList, Reach
from dexcli.results.report import ImportResult
from dexcli.results.search import SearchList
from dexcli.results.setup import ConfigInfo, MeResult, SchemaResult
from dexcli.results.stats import Stats
from dexcli.results.sync import SyncResult
from dexcli.results.timeline import Timeline
from dexcli.results.triage import TriageList, TriageResult
from dexcli.results.upkeep import BackupList, BackupResult, DoctorResult, ForgetResult, RestoreResult
from dexcli.results.why import WhyResult

COMMANDS: dict[str, tuple[type[Struct], ...]] = {
    "init": (MeResult,),
    "me": (MeResult,),
    "add": (PersonResult,),
    "show": (PersonPage, InteractionResult, CommitmentResult, History),
    "list": (PersonList, PersonFields),
    "search": (SearchList,),
    "email": (EmailList,),
    "open": (Reach,),
    "mail": (Reach,),
    "call": (Reach,),
    "edit": (PersonResult, InteractionResult),
    "rm": (PersonResult, InteractionResult, CommitmentResult),
    "archive": (PersonResult,),
    "unarchive": (PersonResult,),
    "ignore": (PersonResult,),
    "unignore": (PersonResult,),
    "tag": (PeopleResult,),
    "cadence": (PeopleResult, TagResult, KindResult),
    "log": (LogResult,),
    "timeline": (Timeline,),
    "stats": (Stats,),
    "due": (DueList, DueCount),
    "dates": (DateList,),
    "snooze": (PersonResult,),
    "unsnooze": (PersonResult,),
    "remind": (CommitmentResult,),
    "done": (CommitmentResult,),
    "import": (ImportResult, DraftResult),
    "apply": (ImportResult,),
    "export": (ExportResult,),
    "account": (AccountList, AccountChange, AccountTests),
    "sync": (SyncResult,),
    "triage": (TriageList, TriageResult),
    "why": (WhyResult,),
    "history": (History,),
    "undo": (UndoResult,),
    "backup": (BackupResult,),
    "restore": (RestoreResult, BackupList),
    "doctor": (DoctorResult,),
    "forget": (ForgetResult,),
    "config": (ConfigInfo,),
    "schema": (SchemaResult,),
    "demo": (DueList,),
}
"""By name of the command; where there are several, the options or the kind of id decide."""
