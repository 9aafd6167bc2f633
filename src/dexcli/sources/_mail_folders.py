"""What the place of a mail says about it: among those sent, or among drafts, trash and junk, which are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dexcli.sources._folder_names import COMMON_NAMES

_SENT = frozenset(COMMON_NAMES["sent"])
_LEFT_OUT = frozenset(name for use in ("drafts", "junk", "trash") for name in COMMON_NAMES[use])

MAILDIR = ("cur", "new")
"""The folders of a Maildir in which messages are; `tmp` has those that are being delivered."""

_FLAGS = re.compile(r"[:;!]2,([A-Za-z]*)$")
"""The end of a file's name in a Maildir: what was done with the message."""


def is_sent(path: str) -> bool:
    """Tell whether a file, or the mails in it, lie among those sent, by its path."""
    return any(name in _SENT for name in _folders(path))


def is_left_out(path: str) -> bool:
    """Tell whether a file, or the mails in it, are drafts, deleted or junk, by its path and a Maildir's flags."""
    flags = _FLAGS.search(path)
    if flags and not {"D", "T"}.isdisjoint(flags[1]):
        return True
    return any(name in _LEFT_OUT for name in _folders(path))


def is_in_maildir(path: str) -> bool:
    """Tell by its path whether a file is a message in a Maildir."""
    return path.rpartition("/")[0].rpartition("/")[2] in MAILDIR or _FLAGS.search(path) is not None


def among(labels: Iterable[str]) -> tuple[bool, bool]:
    """Whether the labels of a mail say that it was sent, and that it is to be left out."""
    names = {label.strip().lower() for label in labels}
    return not _SENT.isdisjoint(names), not _LEFT_OUT.isdisjoint(names)


def _folders(path: str) -> Iterable[str]:
    """The names that a path goes through, those of Maildir++ (`.Archive.Sent`) and the file's own included."""
    for part in path.lower().split("/"):
        yield part.removesuffix(".mbox").removesuffix(".mbx")
        if part.startswith("."):
            yield from part.split(".")
