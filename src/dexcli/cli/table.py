"""The table of commands: where each lives, what it does in one line; modules are loaded when they are called."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Access(Enum):
    """What a command does to the database: decides about `--dry-run`, and about `--as-of` where the day matters."""

    READS = "reads"
    WRITES = "writes"
    NONE = "none"


class Entry(Struct, frozen=True):
    """One command."""

    module: str
    """Below `dexcli.cli.commands`; the function has the command's name, `_` for `-` and behind a Python word."""
    access: Access
    help: str


READS, WRITES, NONE = Access.READS, Access.WRITES, Access.NONE

COMMANDS: dict[str, Entry] = {
    "due": Entry("due", READS, "Whom to act on today, most urgent first."),
    "log": Entry("log", WRITES, "Write down that you were in touch."),
    "add": Entry("add", WRITES, "Add a person."),
    "show": Entry("show", READS, "Everything about a person, or one entry of the logbook."),
    "timeline": Entry("timeline", READS, "Everything with a person, by year."),
    "stats": Entry("stats", READS, "Numbers about your people, and a year of contact."),
    "dates": Entry("dates", READS, "Birthdays and other yearly dates, soonest first."),
    "list": Entry("list", READS, "The people whom a query finds."),
    "search": Entry("search", READS, "Find words in people, notes and history."),
    "email": Entry("email", NONE, "Addresses for your mail program, by a few letters."),
    "open": Entry("open", NONE, "Open a page of somebody's."),
    "mail": Entry("open", NONE, "Begin a mail to somebody in your mail program."),
    "call": Entry("open", NONE, "Call somebody."),
    "edit": Entry("edit", WRITES, "Change a person, or an entry of the logbook."),
    "tag": Entry("tag", WRITES, "Give tags to people, or take them off."),
    "cadence": Entry("cadence", WRITES, "How often you want to be in touch, by person or tag."),
    "snooze": Entry("snooze", WRITES, "Hold a person back for a while."),
    "unsnooze": Entry("snooze", WRITES, "End a snooze."),
    "remind": Entry("remind", WRITES, "Be reminded of something about a person."),
    "done": Entry("done", WRITES, "Close a promise or a reminder."),
    "rm": Entry("rm", WRITES, "Remove a person, or an entry of the logbook."),
    "archive": Entry("archive", WRITES, "Keep a person without being reminded of them."),
    "unarchive": Entry("archive", WRITES, "Bring an archived person back."),
    "ignore": Entry("archive", WRITES, "Never be bothered with a person."),
    "unignore": Entry("archive", WRITES, "Bring an ignored person back."),
    "import": Entry("import_", WRITES, "Read a file: contacts, LinkedIn, mail or any CSV."),
    "export": Entry("export", READS, "Write people, dates or everything for other programs."),
    "account": Entry("account", WRITES, "Mail, calendars and address books to read from."),
    "sync": Entry("sync", WRITES, "Read what is new in your accounts."),
    "triage": Entry("triage", WRITES, "Addresses in your mail that look like people."),
    "why": Entry("why", READS, "Why something counts as contact, or does not."),
    "history": Entry("history", NONE, "What was changed, newest first."),
    "undo": Entry("undo", WRITES, "Take a change back."),
    "backup": Entry("backup", WRITES, "Copy the database, while others write."),
    "restore": Entry("restore", WRITES, "Put a backup back; what it replaces is kept."),
    "doctor": Entry("doctor", WRITES, "Look whether all is in order, and mend it."),
    "forget": Entry("forget", WRITES, "Erase a person for good: no undo."),
    "init": Entry("init", WRITES, "Set dex up: who you are, where you are."),
    "me": Entry("me", WRITES, "Your own addresses and numbers."),
    "config": Entry("config", WRITES, "Show or change the settings."),
    "schema": Entry("schema", NONE, "JSON Schemas of what the commands print with --json."),
    "completions": Entry("completions", NONE, "Print the completion script of a shell."),
    "demo": Entry("demo", NONE, "Try dex on sample people, in a throw-away database."),
    "help": Entry("help", NONE, "Help on a command, or on queries: dex help query."),
}
