"""What the place of a mail says about it: among those sent, or among drafts, trash and junk, which are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dexcli.sources._folder_names import COMMON_NAMES

_SENT = frozenset(COMMON_NAMES["sent"])
_LEFT_OUT = {name: use for use in ("drafts", "junk", "trash") for name in COMMON_NAMES[use]}
_LABELS_LEFT_OUT = {
    label: use
    for use, labels in {
        "drafts": "drafts entwürfe brouillons borradores rascunhos bozze concepten utkast kladder черновики"
        " 草稿 下書き",
        "junk": "spam skräppost søppelpost спам 垃圾邮件 迷惑メール",
        "trash": "trash bin papierkorb corbeille papelera lixeira cestino prullenbak papperskorg papirkurv kosz корзина"
        " 已删除邮件 ゴミ箱",
    }.items()
    for label in labels.split()
} | {"wersje robocze": "drafts"}
"""What Gmail itself calls them; any other label (`Templates`, `Outbox`) is one that its user made."""

MAILDIR = ("cur", "new")
"""The folders of a Maildir in which messages are; `tmp` has those that are being delivered."""

_FLAGS = re.compile(r"[:;!]2,([A-Za-z]*)$")
"""The end of a file's name in a Maildir: what was done with the message."""


def is_sent(path: str) -> bool:
    """Tell whether a file, or the mails in it, lie among those sent, by its path."""
    return any(name in _SENT for name in _folders(path))


def left_out(path: str) -> str:
    """For what use a file, or the mails in it, are left out, by its path and a Maildir's flags; empty: they are not.

    The folder or archive that the path begins with was named by the user, who means what is in it.
    """
    flags = _FLAGS.search(path)
    if flags and not {"D", "T"}.isdisjoint(flags[1]):
        return "drafts" if "D" in flags[1] else "trash"
    return next((_LEFT_OUT[name] for name in _folders(path.partition("/")[2]) if name in _LEFT_OUT), "")


def is_in_maildir(path: str) -> bool:
    """Tell by its path whether a file is a message in a Maildir."""
    return path.rpartition("/")[0].rpartition("/")[2] in MAILDIR or _FLAGS.search(path) is not None


def among(labels: Iterable[str]) -> tuple[bool, str]:
    """Whether the labels of a mail say that it was sent, and for what use it is left out; empty: it is not."""
    names = [label.strip().lower() for label in labels]
    left_out = next((_LABELS_LEFT_OUT[name] for name in names if name in _LABELS_LEFT_OUT), "")
    return not _SENT.isdisjoint(names), left_out


def _folders(path: str) -> Iterable[str]:
    """The names that a path goes through, those of Maildir++ (`.Archive.Sent`) and the file's own included."""
    for part in path.lower().split("/"):
        yield part.removesuffix(".mbox").removesuffix(".mbx")
        if part.startswith("."):
            yield from part.split(".")
