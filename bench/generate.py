"""Seeded data: the same people, interactions, vCards and tables on every machine and in every run.

Names are those of pioneers of computing, freely mixed; addresses lie in example.org and example.net; phone numbers come
from the ranges that Ofcom keeps for drama, so that none of them is anybody's.
"""

from __future__ import annotations

import base64
import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

SEED = 20260308
TODAY = date(2026, 3, 8)
"""The day on which every benchmark happens."""

YEARS = 5
"""Length of the history."""

MINE = "me@example.net"
"""My own address."""

STRANGERS = 40_000
"""Addresses that nobody has claimed."""

FIRST_NAMES = """
Ada Grace Alan Mary Edsger Barbara Donald Karen Niklaus Frances John Hedy Claude Annie Kurt Joan Tony Radia Alonzo
Katherine Emmy George Sophie Konrad Evelyn Dennis Shafi Ken Margaret Leslie Adele Robin Dorothy Butler Jean Peter
Kathleen Ivan Betty Fernando Ruth Douglas Marlyn Stephen Lynn Vint Maurice Erna Juris
"""
LAST_NAMES = """
Lovelace Hopper Turing Somerville Dijkstra Liskov Knuth Jones Wirth Allen McCarthy Lamarr Shannon Easley Godel
Clarke Hoare Perlman Church Johnson Noether Boole Wilson Zuse Boyd Ritchie Goldwasser Thompson Hamilton Lamport
Goldberg Milner Vaughan Lampson Bartik Naur Booth Sutherland Holberton Corbato Teitelbaum Engelbart Meltzer Cook
Conway Cerf Keller Wilkes Hoover Hartmanis Backus Bechtolsheim Kay Floyd Scott Rabin Karp Tarjan Hopcroft Kahan
"""
TOPICS = "lunch draft bridge notes engine plan trip paper garden review music budget letter winter harbour code"
FIRST, LAST, WORDS = FIRST_NAMES.split(), LAST_NAMES.split(), TOPICS.split()
COMPANIES = ("Analytical Engines", "Bletchley & Co.", "Harbour Lights", "Northern Looms", "Orrery Works", "")
TITLES = ("engineer", "director", "researcher", "editor", "")
CITIES = ("London", "Manchester", "Leeds", "Bristol", "Edinburgh", "Cardiff")
TAGS = ("navy", "berlin", "choir", "work", "", "", "")
CADENCES = ("1w", "2w", "1m", "3m", "6m", "1y", "", "", "")
KINDS = ("mail", "mail", "mail", "mail", "meeting", "call", "message")

PICTURE = 3_000
"""Bytes."""

DRAMA = ("020 7946 0", "0113 496 0", "0114 496 0", "0115 496 0", "0116 496 0", "0117 496 0", "0118 496 0",
         "0121 496 0", "0131 496 0", "0141 496 0", "0151 496 0", "0161 496 0", "07700 900", "01632 960")  # fmt: skip
"""Beginnings of numbers that three more digits complete."""


class Somebody(NamedTuple):
    """One person."""

    number: int
    name: str
    first: str
    last: str
    email: str
    phone: str
    company: str
    title: str
    city: str
    birthday: str
    tag: str
    cadence: str


class Happening(NamedTuple):
    """One interaction; `who` are numbers of addresses, the people's first."""

    number: int
    key: str
    kind: str
    direction: str
    at: datetime
    title: str
    who: tuple[int, ...]


def people(count: int) -> Iterator[Somebody]:
    """So many people; 14,000 have numbers of their own."""
    rng = Random(SEED)
    for number in range(count):
        first, last = rng.choice(FIRST), rng.choice(LAST)
        place, digits = divmod(number, 1000)
        phone = f"{DRAMA[place % len(DRAMA)]}{digits:03}"
        yield Somebody(
            number=number,
            name=f"{first} {chr(65 + number % 26)}. {last}",
            first=first,
            last=last,
            email=address(number, count),
            phone=phone if number % 2 else f"+44 {phone[1:]}",
            company=rng.choice(COMPANIES),
            title=rng.choice(TITLES),
            city=rng.choice(CITIES),
            birthday=f"{rng.randint(1940, 2000)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}" if number % 2 else "",
            tag=rng.choice(TAGS),
            cadence=rng.choice(CADENCES),
        )


def address(number: int, people: int) -> str:
    """The e-mail address of that number: those of people come first, then those of strangers."""
    return f"person.{number}@example.org" if number < people else f"stranger.{number}@example.net"


def happenings(count: int, people: int) -> Iterator[Happening]:
    """So many interactions in the order in which they happened, with 1.3 participants each.

    Six of ten participants are people, the rest strangers; some have very much more history than others. Keys are as
    random as Message-IDs.
    """
    rng = Random(SEED + 1)
    random, bits = rng.random, rng.getrandbits
    end = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    begin, step = end - timedelta(days=365 * YEARS), timedelta(days=365 * YEARS) / count
    for number in range(count):
        who = {
            int(people * random() ** 3) if random() < 0.6 else people + int(STRANGERS * random() ** 2)  # noqa: PLR2004
            for _ in range(2 if random() < 0.3 else 1)  # noqa: PLR2004
        }
        draw = bits(20)
        yield Happening(
            number=number,
            key=f"mail:{bits(96):024x}@mail.example.org",
            kind=KINDS[draw % 7],
            direction=("in", "out")[draw >> 19],
            at=begin + number * step,
            title=f"{WORDS[draw & 15]} {WORDS[draw >> 4 & 15]} {WORDS[draw >> 8 & 15]} {draw}",
            who=tuple(who),
        )


def write_cards(path: Path, count: int) -> None:
    """An address book as a phone exports it; every fourth card has a small picture."""
    rng = Random(SEED + 2)
    with path.open("w", encoding="utf-8", newline="\r\n") as file:
        for one in people(count):
            lines = [
                "BEGIN:VCARD",
                "VERSION:3.0",
                "PRODID:-//Example//Address Book 1.0//EN",
                f"N:{one.last};{one.first};{one.name.split()[1]};;",
                f"FN:{one.name}",
                f"EMAIL;type=INTERNET;type=HOME;type=pref:{one.email}",
                f"EMAIL;type=INTERNET;type=WORK:{one.first.lower()}.{one.number}@work.example.org",
                f"TEL;type=CELL;type=VOICE;type=pref:{one.phone}",
                f"ORG:{one.company.replace(',', '')};" if one.company else "",
                f"TITLE:{one.title}" if one.title else "",
                f"ADR;type=HOME;type=pref:;;{one.number % 200 + 1} Mill Lane;{one.city};;AB1 2CD;United Kingdom",
                f"BDAY:{one.birthday}" if one.birthday else "",
                f"CATEGORIES:{one.tag}" if one.tag else "",
                f"NOTE:met at the {one.city} meeting\\, spoke about engines" if one.number % 3 == 0 else "",
                f"UID:0b5e{one.number:08x}-4f1c-4ad1-9f5e-6d1c0a2b3c4d",
                _picture(rng.randbytes(PICTURE)) if one.number % 4 == 0 else "",
                "REV:2026-03-01T12:00:00Z",
                "END:VCARD",
            ]
            file.writelines(line + "\n" for line in lines if line)


def _picture(content: bytes) -> str:
    text = base64.b64encode(content).decode()
    return "PHOTO;ENCODING=b;TYPE=JPEG:" + "\n ".join(text[at : at + 74] for at in range(0, len(text), 74))


def write_mailbox(path: Path, count: int, people: int) -> None:
    """An mbox of letters to and from me, as long as letters are; every tenth is by a list, names may be encoded."""
    rng = Random(SEED + 3)
    somebody = [*mail_names(people)]
    text = "It was good to see you at the harbour; the paper on looms is nearly done, and I owe you a reply.\n"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for one in happenings(count, people):
            other = f"{somebody[one.who[0] % people]} <{address(one.who[0], people)}>"
            mine = f"Me Myself <{MINE}>"
            sender, recipient = (mine, other) if one.direction == "out" else (other, mine)
            more = "".join(f",\n\t{address(who, people)}" for who in one.who[1:])
            lines = [
                f"From {address(one.who[0], people)} {one.at:%a %b %d %H:%M:%S %Y}",
                f"Return-Path: <{address(one.who[0], people)}>",
                "Received: from mx.example.org (mx.example.org [192.0.2.1])",
                f"\tby mail.example.net (Postfix) with ESMTPS id {rng.getrandbits(40):010X}",
                f"\tfor <{MINE}>; {one.at:%a, %d %b %Y %H:%M:%S} +0000",
                "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1;",
                f"\th=from:to:subject:date; bh={'A' * 44}=;",
                f"\tb={'B' * 160}",
                f"Date: {one.at:%a, %d %b %Y %H:%M:%S} +0000",
                f"From: {sender}",
                f"To: {recipient}{more}",
                f"Message-ID: <{one.key.removeprefix('mail:')}>",
                f"Subject: Re: {one.title}" if one.number % 3 else f"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_{one.number}?=",
            ]
            if one.number % 10 == 0:
                lines += ["List-Id: Looms <looms.lists.example.org>", "Precedence: list"]
            lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", ""]
            file.writelines(line + "\n" for line in lines)
            file.write(text * rng.randint(3, 60) + "\n")


def mail_names(count: int) -> Iterator[str]:
    """The names of people as mail writes them: plain, in quotes, or encoded."""
    for one in people(count):
        yield (
            one.name,
            f'"{one.last}, {one.first}"',
            f"=?utf-8?q?{one.first}_{one.last.replace('o', '=C3=B6')}?=",
        )[one.number % 3]


def write_people(path: Path, count: int) -> None:
    """A table of people with a phone column."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Name", "E-mail", "Phone", "Company", "Title", "Birthday", "Tags"))
        for one in people(count):
            writer.writerow((one.name, one.email, one.phone, one.company, one.title, one.birthday, one.tag))


def write_interactions(path: Path, count: int, people: int) -> None:
    """A table of interactions."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Date", "E-mail", "Kind", "Direction", "Title"))
        for one in happenings(count, people):
            who = "; ".join(address(number, people) for number in one.who)
            writer.writerow((one.at.isoformat(timespec="seconds"), who, one.kind, one.direction, one.title))
