"""Which folders of an account are read, and which of them hold what its owner sent. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from dexcli.sources._folder_names import COMMON_NAMES

if TYPE_CHECKING:
    from dexcli.sources._imap_client import Listed

_USES = ("sent", "drafts", "junk", "trash")

_LEFT_OUT = {
    "drafts": "drafts are not sent yet",
    "junk": "junk",
    "trash": "deleted mail",
}
"""Why a folder of that use is not read, for people."""


class Choice(Struct, frozen=True, kw_only=True):
    """What becomes of a folder."""

    folder: Listed
    sent: bool = False
    """Its mail was sent by the owner."""
    left_out: str = ""
    """Why it is not read; empty: it is."""


def choose(listed: Sequence[Listed], wanted: Collection[str], *, gmail: bool) -> list[Choice]:
    """What becomes of each folder, in the order of their names: those that are wanted, or all of a sensible use.

    On Gmail all mail lies in the one folder marked as such (RFC 6154); the others are views of it. A folder within
    another shares its use: what lies in `Trash/2019` is deleted, too.
    """
    uses = _uses(listed)
    wanted = set(map(_told_apart, wanted))
    everything = {folder.name for folder in listed if gmail and "\\all" in folder.flags}
    choices = []
    for folder in sorted(listed, key=lambda folder: folder.name):
        use = uses.get(folder.name, "")
        if folder.flags & {"\\noselect", "\\nonexistent"}:
            left_out = "it holds folders only"
        elif wanted:
            left_out = "" if _told_apart(folder.name) in wanted else "not among the folders of this account"
        elif everything:
            left_out = "" if folder.name in everything else "its mail is in all mail"
        else:
            left_out = _LEFT_OUT.get(use, "")
        choices.append(Choice(folder=folder, sent=use == "sent", left_out=left_out))
    return choices


def missing(listed: Sequence[Listed], wanted: Collection[str]) -> list[str]:
    """Those of the folders that the user wants which the server does not have."""
    there = {_told_apart(folder.name) for folder in listed}
    return [name for name in wanted if _told_apart(name) not in there]


def _told_apart(name: str) -> str:
    """What tells a folder from another: INBOX is the same in any letters (RFC 3501, 5.1)."""
    return "INBOX" if name.casefold() == "inbox" else name


def _uses(listed: Sequence[Listed]) -> dict[str, str]:
    """The use of each folder that has one, by its flag, else by its name where no folder has that flag."""
    flagged = {use for folder in listed for use in _USES if f"\\{use}" in folder.flags}
    own: dict[str, str] = {}
    for folder in listed:
        last = folder.name.rpartition(folder.delimiter)[2] if folder.delimiter else folder.name
        for use in _USES:
            by_name = use not in flagged and last.casefold() in COMMON_NAMES[use]
            if f"\\{use}" in folder.flags or by_name:
                own[folder.name] = use
    found = {folder.name: next((own[name] for name in _with_parents(folder) if name in own), "") for folder in listed}
    return {name: use for name, use in found.items() if use}


def _with_parents(folder: Listed) -> Iterator[str]:
    name = folder.name
    while name:
        yield name
        name = name.rpartition(folder.delimiter)[0] if folder.delimiter else ""
