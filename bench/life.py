"""A seeded mailbox of somebody with friends, colleagues, lists, shops and machines, and the truth about each of them.

Everybody is there for a reason: `Correspondent.kind` names it, `answered` says that they wrote directly to me and I to
them, `quiet` that they are a list, a sender in bulk, or a machine. All addresses lie in example.org, .net and .com.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from generate import FIRST, LAST, SEED, TODAY, WORDS

MINE = ("me@example.org", "me.old@example.net", "m.myself@work.example.com")
"""My own addresses: one in use, one of long ago, one at work."""

_DAYS = 1_500
_CALENDAR = "text/calendar; method=REQUEST; charset=utf-8"


class Correspondent(NamedTuple):
    """An address that occurs in the mailbox."""

    address: str
    name: str
    kind: str
    answered: bool = False
    quiet: bool = False


class _Mail(NamedTuple):
    at: datetime
    text: str


class _Life:
    """Mail in the making."""

    def __init__(self) -> None:
        self.rng = Random(SEED + 5)
        self.mails: list[_Mail] = []
        self.known: dict[str, Correspondent] = {}
        names = [f"{first} {last}" for first in FIRST for last in LAST]
        self.rng.shuffle(names)
        self._names = iter(names)

    def somebody(self, kind: str, domain: str = "example.org", *, answered: bool = False) -> Correspondent:
        """A person of their own name."""
        name = next(self._names)
        return self.know(f"{name.lower().replace(' ', '.')}@{domain}", name, kind, answered=answered)

    def know(self, address: str, name: str, kind: str, *, answered: bool = False, quiet: bool = False) -> Correspondent:
        """An address and what is true of it."""
        self.known[address] = Correspondent(address, name, kind, answered, quiet)
        return self.known[address]

    def mail(
        self,
        sender: str,
        to: str,
        *,
        cc: str = "",
        re: str = "",
        more: tuple[str, ...] = (),
        content: str = "text/plain; charset=utf-8",
        at: datetime | None = None,
    ) -> str:
        """Write one mail; returns its Message-ID, for the answer."""
        number = len(self.mails) + 1
        if at is None:
            minutes = self.rng.randrange(_DAYS * 24 * 60)
            at = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) - timedelta(minutes=minutes + 1)
        key = f"<{number}.{self.rng.getrandbits(40):010x}@mail.example.org>"
        topic = f"{self.rng.choice(WORDS)} {self.rng.choice(WORDS)}"
        lines = [
            f"From - {at:%a %b %d %H:%M:%S %Y}",
            *more,
            f"Date: {at:%a, %d %b %Y %H:%M:%S} +0000",
            f"From: {sender}",
            f"To: {to}",
            *([f"Cc: {cc}"] if cc else []),
            f"Subject: {'Re: ' if re else ''}{topic}",
            f"Message-ID: {key}",
            *([f"In-Reply-To: {re}", f"References: {re}"] if re else []),
            f"Content-Type: {content}",
            "",
            "It was good to hear from you.",
            "",
        ]
        self.mails.append(_Mail(at, "".join(f"{line}\n" for line in lines)))
        return key

    def me(self, which: int = 0) -> str:
        """Me, as a mail names me."""
        return f"Me Myself <{MINE[which]}>"


def _full(one: Correspondent) -> str:
    return f'"{one.name}" <{one.address}>'


def _letters(life: _Life, one: Correspondent, number: int, which: int = 0) -> None:
    """They write and I answer, each in turn."""
    for _ in range(number):
        life.mail(life.me(which), _full(one), re=life.mail(_full(one), life.me(which)))


def _friends(life: _Life) -> None:
    for number in range(20):
        _letters(life, life.somebody("friend", answered=True), 1 + number % 8, which=number % 3)
    for _ in range(5):  # to some at once, still few
        one, other = life.somebody("friend of two", answered=True), life.somebody("friend of two", answered=True)
        key = life.mail(_full(one), f"{life.me()}, {_full(other)}")
        life.mail(life.me(), f"{_full(one)}, {_full(other)}", re=key)
        life.mail(_full(other), f"{life.me()}, {_full(one)}", re=key)
    for which in range(3):  # they write to one of my addresses, I answer by another
        one = life.somebody("friend by two addresses", answered=True)
        life.mail(life.me(which), _full(one), re=life.mail(_full(one), life.me((which + 1) % 3)))


def _friends_with_machines(life: _Life) -> None:
    """People whose programs write in their name, more often than they do."""
    machines = (
        ("Auto-Submitted: auto-replied",),
        ("Precedence: bulk", "Auto-Submitted: auto-replied", "X-Autoreply: yes"),
        ("Return-Path: <>", "Auto-Submitted: auto-replied (vacation)"),
        ("List-Unsubscribe: <https://crm.example.com/u/1>",),
    )
    for more in machines:
        for _ in range(2):
            one = life.somebody("friend with an auto-reply", answered=True)
            _letters(life, one, 1)
            for _ in range(5):
                life.mail(_full(one), life.me(), more=more)
    one = life.somebody("friend with read receipts", answered=True)
    _letters(life, one, 2)
    for _ in range(4):
        life.mail(_full(one), life.me(), content="multipart/report; report-type=disposition-notification; boundary=b")
    for _ in range(3):
        life.mail(_full(life.somebody("stranger with an auto-reply")), life.me(), more=machines[0])


def _lists(life: _Life) -> None:
    """Lists of people: to each I have written, one of its members is a friend as well."""

    def headers(name: str, *, posting: bool) -> tuple[str, ...]:
        post = (f"List-Post: <mailto:{name}@lists.example.org>",) if posting else ()
        return (f"List-Id: <{name}.lists.example.org>", *post, "Precedence: list")

    kinds = {
        "looms": headers("looms", posting=True),
        "engines": headers("engines", posting=False),
        "harbour": ("Sender: owner-harbour@lists.example.org", "Precedence: bulk"),
        "garden": ("Sender: garden-admin@lists.example.org", "Precedence: bulk"),
        "trips": ("Return-Path: <trips-return-17-me=example.org@lists.example.org>", "Precedence: bulk"),
    }
    for name, more in kinds.items():
        posting = life.know(f"{name}@lists.example.org", name.title(), "list", quiet=True)
        members = [life.somebody("member of a list") for _ in range(6)]
        friend = life.somebody("friend on a list", answered=True)
        for number in range(30):
            one = [friend, *members][number % 7]
            key = life.mail(_full(one), _full(posting), more=more)
            if number % 10 == 0:
                life.mail(life.me(), _full(posting), cc=_full(one), re=key)
        _letters(life, friend, 2)
        command = life.know(f"{name}-request@lists.example.org", "", "command of a list", quiet=True)
        life.mail(life.me(), command.address)
    group = life.know("bridge@groups.example.com", "Bridge", "list", quiet=True)
    munged = ("List-Id: <bridge.groups.example.com>", "List-Post: <https://groups.example.com/bridge/post>")
    for _ in range(8):
        life.mail(f'"{life.somebody("member of a list").name} via Bridge" <{group.address}>', _full(group), more=munged)
    life.mail(life.me(), _full(group))


def _bulk(life: _Life) -> None:
    """Newsletters, shops and services; to some I have written, or asked them to stop."""
    unsubscribe = "List-Unsubscribe: <mailto:leave-5f3a91c2@letters.example.com>, <https://letters.example.com/u>"
    stop = life.know("leave-5f3a91c2@letters.example.com", "", "command of a list", quiet=True)
    for number in range(10):
        name = f"{life.rng.choice(WORDS).title()} Weekly {number}"
        one = life.know(f"anna{number}@letters.example.com", name, "newsletter", quiet=True)
        for _ in range(8):
            life.mail(_full(one), life.me(number % 3), more=(unsubscribe,))
        if number % 3 == 0:
            life.mail(life.me(), _full(one))
    life.mail(life.me(), stop.address)
    life.mail(life.me(), life.know("unsubscribe@letters.example.com", "", "command of a list", quiet=True).address)
    senders = ("no-reply", "noreply", "do-not-reply", "shop-noreply", "bounces+17", "mailer-daemon")
    for number, local in enumerate(senders):
        one = life.know(f"{local}@shop{number}.example.com", f"Shop {number}", "machine", quiet=True)
        for _ in range(6):
            life.mail(_full(one), life.me())
        if number % 2 == 0:
            life.mail(life.me(), _full(one))
    for number in range(4):  # nothing in its headers says what it is: I never wrote to it
        one = life.know(f"lena@receipts{number}.example.com", f"Receipts {number}", "shop")
        for _ in range(6):
            life.mail(_full(one), life.me())
    bounce = life.know("mailer-daemon@mx.example.org", "Mail Delivery System", "machine", quiet=True)
    for _ in range(6):
        life.mail(
            _full(bounce),
            life.me(),
            more=("Return-Path: <>",),
            content="multipart/report; report-type=delivery-status; boundary=b",
        )


def _offices(life: _Life) -> None:
    """Functions, which answer by whoever is on duty: no people, though they wrote and were answered."""
    for local in ("support", "info", "billing", "sales-uk", "webmaster", "notifications"):
        _letters(life, life.know(f"{local}@office.example.com", local.title(), "role"), 3)


def _crowds(life: _Life) -> None:
    """Mail to many, by others and by me, and copies."""
    crowd = [life.somebody("one of many") for _ in range(30)]
    everybody = ", ".join(map(_full, crowd))
    for one in crowd[:6]:
        life.mail(_full(one), f"{life.me()}, {everybody}")
    life.mail(life.me(), everybody)
    for _ in range(8):
        boss, colleague = life.somebody("colleague", answered=True), life.somebody("colleague in Cc")
        _letters(life, boss, 2, which=2)
        key = life.mail(_full(boss), life.me(2), cc=_full(colleague))
        life.mail(life.me(2), _full(boss), cc=_full(colleague), re=key)
        life.mail(_full(colleague), _full(boss), cc=life.me(2))


def _calendars(life: _Life) -> None:
    for _ in range(5):
        host = life.somebody("host of meetings")
        for _ in range(3):
            key = life.mail(_full(host), life.me(2), content=_CALENDAR)
            life.mail(life.me(2), _full(host), re=key, content="text/calendar; method=REPLY")
    sender = ("Sender: Google Calendar <calendar-notification@google.com>",)
    life.mail(_full(life.somebody("host of meetings")), life.me(), more=sender)


def _strangers(life: _Life) -> None:
    for _ in range(40):
        life.mail(_full(life.somebody("stranger")), life.me())
    for _ in range(10):
        life.mail(life.me(), _full(life.somebody("never answered me")))


def _myself(life: _Life) -> None:
    for address in MINE:
        life.know(address, "Me Myself", "me")
    for number in range(12):
        life.mail(life.me(number % 3), life.me((number + 1) % 3))


_PARTS: tuple[Callable[[_Life], None], ...] = (
    *(_friends, _friends_with_machines, _lists, _bulk, _offices, _crowds, _calendars, _strangers, _myself),
)


def write(path: Path) -> dict[str, Correspondent]:
    """Write the mailbox, in the order of time; returns who is in it, by address."""
    life = _Life()
    for part in _PARTS:
        part(life)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{one.text}\n" for one in sorted(life.mails))
    return life.known


def addresses(known: dict[str, Correspondent], *, answered: bool = False, quiet: bool = False) -> Iterator[str]:
    """Addresses of which that is true."""
    return (one.address for one in known.values() if (answered and one.answered) or (quiet and one.quiet))
