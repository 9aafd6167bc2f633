"""The configuration file: one table of settings, read strictly, edited with its comments kept."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from dexcli.domain.occasions import MAX_LEAD
from dexcli.domain.policy import MOST_RECIPIENTS, Policy
from dexcli.errors import LockedError, UsageError


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting with its default."""

    me_emails: tuple[str, ...] = ()
    me_phones: tuple[str, ...] = ()
    me_names: tuple[str, ...] = ()
    phone_region: str | None = None
    dates_order: str | None = None
    dates_timezone: str | None = None
    due_limit: int = 20
    due_lead: int = 7
    due_cadence: str | None = None
    open_web: str | None = None
    open_mail: str | None = None
    open_call: str | None = None
    policy_recipients: int = Policy().recipients
    policy_people: int = Policy().people
    policy_cc: bool = Policy().cc
    policy_lists: str = Policy().lists

    @property
    def policy(self) -> Policy:
        """The contact policy in force."""
        return Policy(
            recipients=self.policy_recipients,
            people=self.policy_people,
            cc=self.policy_cc,
            lists=self.policy_lists,
        )


KEYS: dict[str, tuple[str, type, str]] = {
    "me.emails": ("me_emails", list, "my own e-mail addresses"),
    "me.phones": ("me_phones", list, "my own phone numbers"),
    "me.names": ("me_names", list, "names under which I appear in exports"),
    "phone.region": ("phone_region", str, "country of numbers without a calling code, such as GB"),
    "dates.order": ("dates_order", str, "how 03/04/2026 is read: DMY, MDY or YMD"),
    "dates.timezone": ("dates_timezone", str, "home time zone, such as Europe/Berlin; default: the system's"),
    "due.limit": ("due_limit", int, "rows of dex due; 0 is all"),
    "due.lead": ("due_lead", int, "days before a birthday at which it is listed"),
    "due.cadence": ("due_cadence", str, "cadence of everybody without one of their own or by tag"),
    "open.web": ("open_web", str, "the program for dex open, such as firefox; default: the system's"),
    "open.mail": ("open_mail", str, "the program for dex mail, such as neomutt; default: the system's"),
    "open.call": ("open_call", str, "the program for dex call, such as linphone; default: the system's"),
    "policy.recipients": ("policy_recipients", int, "a mail to more people besides you than this is no contact"),
    "policy.people": ("policy_people", int, "a meeting of more people besides you than this is no contact"),
    "policy.cc": ("policy_cc", bool, "whether mail counts for whoever only got a copy: true or false"),
    "policy.lists": ("policy_lists", str, "mail by lists and machines: drop, or store (it never counts)"),
}
"""Each key of the file: attribute, type and meaning."""

MOST = {"due.lead": MAX_LEAD, "policy.recipients": MOST_RECIPIENTS}
"""The largest number of a key."""

CHOICES = {"dates.order": ("DMY", "MDY", "YMD"), "policy.lists": ("drop", "store")}


def load(path: Path) -> Settings:
    """Read the settings; a missing file is all defaults. Raises UsageError with file, key and remedy."""
    values: dict[str, Any] = {}
    for section, entries in read(path).items():
        if section == "accounts":  # read by config/accounts.py, for the few commands that need them
            continue
        if not isinstance(entries, dict):
            raise unknown_key(section, path)
        for name, value in entries.items():
            key = f"{section}.{name}"
            if key not in KEYS:
                raise unknown_key(key, path)
            values[KEYS[key][0]] = checked(key, value, place=f"{path}: ")
    return Settings(**values)


def read(path: Path) -> dict[str, Any]:
    """What the file says; nothing where there is none. Raises UsageError where it is no TOML."""
    import tomllib

    if _is_null(path):
        return {}
    _refuse_special(path)
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint="mend the line, or move the file away") from error


def _is_null(path: Path) -> bool:
    """Whether this is `/dev/null`, by which one asks for no settings at all."""
    return path.exists() and not path.is_file() and path.samefile(os.devnull)


def _refuse_special(path: Path) -> None:
    """Refuse what is no regular file: a pipe would wait for ever, a device never end."""
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "a pipe, device or socket"
        raise UsageError(f"{path} is {what}, not a configuration file", hint="name a file with --config")


def checked(key: str, value: object, *, place: str = "") -> object:
    """A value of the right type and range for a key; raises UsageError."""
    _, kind, meaning = KEYS[key]
    if kind is list and isinstance(value, list) and all(isinstance(one, str) for one in value):
        _check_addresses(key, value, place)
        return tuple(value)
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST.get(key, value):
        return value
    if kind is str and isinstance(value, str) and (key not in CHOICES or value in CHOICES[key]):
        _check_meaning(key, value, place)
        return value
    wanted = _WANTED[kind]
    if key in CHOICES:
        wanted = " or ".join(CHOICES[key])
    elif key in MOST:
        wanted = f"a number from 0 to {MOST[key]}"
    raise UsageError(f"{place}{key} is {value!r}, not {wanted}", hint=f"{key}: {meaning}")


def _check_addresses(key: str, values: list[str], place: str) -> None:
    """Refuse what cannot be an address or a number; whether a number exists is looked up when it is stored."""
    if key not in ("me.emails", "me.phones"):
        return
    from dexcli.domain import identifiers

    for text in values:
        if key == "me.emails" and identifiers.email(text) is None:
            raise UsageError(f"{place}{key}: {text!r} is no e-mail address", hint="such as ada@example.org")
        if key == "me.phones" and not identifiers.may_be_phone(text):
            raise UsageError(
                f"{place}{key}: {text!r} is no phone number", hint="write it with its calling code: +44 20 7946 0958"
            )


_WANTED = {list: "a list of texts", int: "a number", str: "a text", bool: "true or false"}


def _check_meaning(key: str, value: str, place: str) -> None:
    if key == "due.cadence":
        from dexcli.domain.cadence import parse_cadence

        parse_cadence(value)
    if key == "dates.timezone":
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise UsageError(f"{place}{value!r} is no time zone", hint="such as Europe/Berlin") from error
    if key in ("open.web", "open.mail", "open.call"):
        import shlex

        try:
            words = shlex.split(value)
        except ValueError:  # an open quote
            words = []
        if not words:
            raise UsageError(f"{place}{key} is {value!r}, no program", hint="such as neomutt, or firefox -P home {}")
    if key == "phone.region" and not (len(value) == 2 and value.isalpha() and value.isupper()):  # noqa: PLR2004 - ISO 3166
        raise UsageError(f"{place}{value!r} is no region", hint="two letters of the country: GB, DE, US")


_MOST_DIGITS = 10


def parse_value(key: str, text: str) -> object:
    """A value as typed on the command line: lists are separated by commas."""
    if key not in KEYS:
        raise unknown_key(key)
    kind = KEYS[key][1]
    if kind is list:
        return checked(key, [one.strip() for one in text.split(",") if one.strip()])
    if kind is int:
        return checked(key, int(text) if text.isascii() and text.isdecimal() and len(text) < _MOST_DIGITS else text)
    if kind is bool:
        return checked(key, {"true": True, "false": False}.get(text.lower(), text))
    return checked(key, text)


def write(path: Path, changes: dict[str, object | None]) -> None:
    """Set (or with None unset) keys; comments and order of the file stay. The file is replaced whole, mode 0600."""

    def change(document: Any) -> None:
        for key, value in changes.items():
            section, _, name = key.partition(".")
            if section not in document:
                document[section] = {}
            table: Any = document[section]
            if value is None:
                table.pop(name, None)
            else:
                table[name] = list(value) if isinstance(value, tuple) else value

    with alone(path):
        load(path)
        replace(path, edited(path, change))


SECONDS_TO_WAIT = 5.0
"""How long a command waits for another that changes the file, which takes a fraction of a second."""

_SECONDS_BETWEEN_LOOKS = 0.01


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Be the only one who changes the file, from reading it to replacing it; who only reads it waits for nobody.

    Creates folder (0700) and file (0600). A killed run leaves no lock. Raises LockedError after `SECONDS_TO_WAIT`.
    """
    _refuse_special(path)
    path = path.resolve()
    deadline = time.monotonic() + SECONDS_TO_WAIT
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.parent.chmod(0o700)
        while (lock := locked(path)) is None:
            if time.monotonic() >= deadline:
                raise LockedError(f"{path} is being changed by another run of dex", hint="try again")
            time.sleep(_SECONDS_BETWEEN_LOOKS)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield
    finally:
        os.close(lock)


def locked(path: Path) -> int | None:
    """A descriptor of the file that holds its lock; None while another has it, or has just replaced or removed it.

    Creates the file (0600); a link is not followed.
    """
    import fcntl

    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock), path.stat()):
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(lock)
        raise
    os.close(lock)
    return None


def edited(path: Path, change: Callable[[Any], None]) -> str:
    """The text of the file after a change of its tables, with its comments and its order."""
    import tomlkit

    document = tomlkit.parse(path.read_text("utf-8"))
    change(document)
    return tomlkit.dumps(document)


def replace(path: Path, text: str) -> None:
    """Put a text in the place of the whole file, mode 0600: another reader sees the old one or the new one.

    Whoever has read it to change it is `alone` with it until then.
    """
    path = path.resolve()  # a link to a file kept elsewhere stays one
    try:
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write {path}: {error.strerror}", hint="name another with --config")


def why_untrusted(config: Path) -> tuple[str, str] | None:
    """Why no command in the file is to be run, and what helps: somebody else could have written it. None: run it.

    The file itself, the folder it is in, and both again where it is a link; root may write anything anyway.
    """
    real = config.resolve()
    for place in dict.fromkeys((real, real.parent, config.absolute().parent)):
        status = place.stat()
        if status.st_uid not in (os.getuid(), 0):
            return f"{place} belongs to somebody else: no command in it is run", f"chown {os.getuid()} {_quoted(place)}"
        others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if others and not (stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX):
            return f"{place} can be written by others: no command in it is run", f"chmod go-w {_quoted(place)}"
    return None


def _quoted(path: Path) -> str:
    """A path as it stands in a command."""
    import shlex

    return shlex.quote(str(path))


def unknown_key(key: str, path: Path | None = None) -> UsageError:
    """The error for a key that is no setting, in a file or as typed, with the one that is spelled almost like it."""
    import difflib

    near = difflib.get_close_matches(key, KEYS, n=1)
    place = f"{path}: " if path else ""
    if key.partition(".")[0] == "accounts":
        return UsageError(f"{place}{key!r} belongs to an account", hint="dex account add, list, remove")
    hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(KEYS)}"
    return UsageError(f"{place}there is no setting {key!r}", hint=hint)
