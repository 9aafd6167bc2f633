"""The table of commands: where each lives, what it does in one line; modules are loaded when they are called."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Access(Enum):
    """What a command does to the database: decides about `--dry-run`, and about `--as-of` where the day matters."""

    READS = "reads"
    WRITES = "writes"
    NONE = "none"


class Command(Struct, frozen=True):
    """One command."""

    module: str
    """Below `dexcli.cli.commands`; the function has the command's name, `_` for `-` and behind a Python word."""
    access: Access
    help: str


READS, WRITES, NONE = Access.READS, Access.WRITES, Access.NONE

COMMANDS: dict[str, Command] = {
    "due": Command("due", READS, "Whom to act on today, most urgent first."),
    "log": Command("log", WRITES, "Write down that you were in touch."),
    "add": Command("add", WRITES, "Add a person."),
    "show": Command("show", READS, "Everything about a person, or one entry of the logbook."),
    "timeline": Command("timeline", READS, "Everything with a person, by year."),
    "stats": Command("stats", READS, "Numbers about your people, and a year of contact."),
    "dates": Command("dates", READS, "Birthdays and other yearly dates, soonest first."),
    "list": Command("list", READS, "The people whom a query finds."),
    "search": Command("search", READS, "Find words in people, notes and history."),
    "email": Command("email", NONE, "Addresses for your mail program, by a few letters."),
    "open": Command("open", NONE, "Open a page of somebody's."),
    "mail": Command("open", NONE, "Begin a mail to somebody in your mail program."),
    "call": Command("open", NONE, "Call somebody."),
    "edit": Command("edit", WRITES, "Change a person, or an entry of the logbook."),
    "tag": Command("tag", WRITES, "Give tags to people, or take them off."),
    "cadence": Command("cadence", WRITES, "How often you want to be in touch, by person or tag."),
    "snooze": Command("snooze", WRITES, "Hold a person back for a while."),
    "unsnooze": Command("snooze", WRITES, "End a snooze."),
    "remind": Command("remind", WRITES, "Be reminded of something about a person."),
    "done": Command("done", WRITES, "Close a promise or a reminder."),
    "rm": Command("rm", WRITES, "Remove a person, or an entry of the logbook."),
    "archive": Command("archive", WRITES, "Keep a person without being reminded of them."),
    "unarchive": Command("archive", WRITES, "Bring an archived person back."),
    "ignore": Command("archive", WRITES, "Never be bothered with a person."),
    "unignore": Command("archive", WRITES, "Bring an ignored person back."),
    "import": Command("import_", WRITES, "Read a file: contacts, LinkedIn, mail or any CSV."),
    "apply": Command("apply", WRITES, "Do what a draft of an import says."),
    "export": Command("export", READS, "Write people, dates or everything for other programs."),
    "account": Command("account", WRITES, "Mail, calendars and address books to read from."),
    "sync": Command("sync", WRITES, "Read what is new in your accounts."),
    "triage": Command("triage", WRITES, "Addresses in your mail that look like people."),
    "why": Command("why", READS, "Why something counts as contact, or does not."),
    "history": Command("history", NONE, "What was changed, newest first."),
    "undo": Command("undo", WRITES, "Take a change back."),
    "backup": Command("backup", WRITES, "Copy the database, while others write."),
    "restore": Command("restore", WRITES, "Put a backup back; what it replaces is kept."),
    "doctor": Command("doctor", WRITES, "Look whether all is in order, and mend it."),
    "forget": Command("forget", WRITES, "Erase a person for good: no undo."),
    "init": Command("init", WRITES, "Set dex up: who you are, where you are."),
    "me": Command("me", WRITES, "Your own addresses and numbers."),
    "config": Command("config", WRITES, "Show or change the settings."),
    "schema": Command("schema", NONE, "JSON Schemas of what the commands print with --json."),
    "completions": Command("completions", NONE, "Print the completion script of a shell."),
    "demo": Command("demo", NONE, "Try dex on sample people, in a throw-away database."),
    "help": Command("help", NONE, "Help on a command, or on queries: dex help query."),
}
