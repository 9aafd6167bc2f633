"""Which addresses look like people, best first: pure, with the reasons in words.

    score = log2(1 + direct) x 2 ** -(days since the last / 365) x (1 + share of the rarer direction)

`direct` are the mails and meetings that count as contact; a conversation of both sides weighs up to half more than one
side's.
"""

from __future__ import annotations

import re
from datetime import date
from math import log2

from msgspec import Struct

from dexcli.domain.identifiers import is_role_address
from dexcli.domain.machines import LIST_SENDER
from dexcli.domain.names import clean_name

LATER_DAYS = 30
"""Who was put off is asked about again after so many days."""

HALF_LIFE_DAYS = 365
"""What is so old weighs half."""


_COMMAND = re.compile(
    r"(?:leave|join|(?:un)?sub(?:scribe)?|remove|opt-?out|owner|bounces?)(?:[-+=_].*)?"
    r"|.+?-(?:leave|join|confirm|(?:un)?subscribe)(?:[-+=].*)?",
    re.DOTALL,
)
"""To whom one writes to get on or off a list: RFC 2142 section 6, ezmlm, Mailman, and what List-Unsubscribe names."""


def may_be_a_person(address: str) -> bool:
    """Tell by its look whether an address may be somebody's: not that of a function, and no list's."""
    local = address.rpartition("@")[0].lower()
    return not (is_role_address(address) or _COMMAND.fullmatch(local) or LIST_SENDER.fullmatch(local))


class Evidence(Struct, frozen=True, kw_only=True):
    """What history knows of an address that nobody has claimed."""

    address: str
    name: str | None
    """As a mail called whoever has it."""
    sent: int
    """Mails of mine to them, without those to many."""
    received: int
    """Mails of theirs to me, likewise."""
    met: int
    """Small meetings."""
    first_on: date
    last_on: date


def score(evidence: Evidence, today: date) -> float:
    """How much an address looks like somebody to keep in touch with."""
    direct = evidence.sent + evidence.received + evidence.met
    both = min(evidence.sent, evidence.received) / max(evidence.sent, evidence.received, 1)
    age = max((today - evidence.last_on).days, 0)
    return float(log2(1 + direct) * 2 ** (-age / HALF_LIFE_DAYS) * (1 + both))


def reasons(evidence: Evidence) -> list[str]:
    """The evidence in words."""
    told = []
    if evidence.sent:
        told.append(f"you wrote {_times(evidence.sent)}")
    if evidence.received:
        told.append(f"they wrote {_times(evidence.received)}")
    if evidence.met:
        told.append(f"you met {_times(evidence.met)}")
    return told


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


_SURNAME_FIRST = re.compile(r"([^,()\"]+), ([^,()\"]+)")
_SEPARATORS = re.compile(r"[._-]+")
_TITLE = re.compile(r"\s*[(\[].*$", re.DOTALL)


def guess_name(name: str | None, address: str) -> str:
    """A name to offer for an address: the mail's, put in order, else what its local part spells."""
    text = clean_name(_TITLE.sub("", name or "").strip(" '\""))
    if "@" in text:
        text = ""
    found = _SURNAME_FIRST.fullmatch(text)
    if found:
        text = f"{found[2].strip()} {found[1].strip()}"
    if text:
        return text
    local = address.partition("@")[0].partition("+")[0]
    words = [word for word in _SEPARATORS.split(local) if word and not word.isdigit()]
    return " ".join(word.capitalize() for word in words) or address
