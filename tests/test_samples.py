"""The sample network is what its documentation says, counted without dex's own readers."""

from __future__ import annotations

import csv
import mailbox
import re
from collections import Counter
from contextlib import closing
from datetime import date, datetime, timedelta
from email.message import Message
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from itertools import pairwise
from pathlib import Path

from dexcli.samples import FILES, TAG_CADENCES, TODAY

PHONE, CONNECTIONS, INTERACTIONS, MAIL = FILES

RESERVED = re.compile(
    r"442079460\d{3}|447700900\d{3}"  # Ofcom, numbers for drama: London, mobile
    r"|02079460\d{3}|07700900\d{3}"  # the same as written within the country
    r"|120255501\d\d"  # NANP, 555-0100 to 555-0199
)


def test_the_phone_exported_24_cards_and_four_are_of_the_old_kind() -> None:
    lines = unfolded_cards()
    assert lines.count("BEGIN:VCARD") == lines.count("END:VCARD") == 24
    assert lines.count("VERSION:3.0") == 20
    assert lines.count("VERSION:2.1") == 4


def test_the_phone_shows_what_real_exports_hold() -> None:
    raw = PHONE.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    lines = unfolded_cards()
    assert sum("QUOTED-PRINTABLE" in line for line in lines) == 4
    assert sum(line.startswith("BDAY") for line in lines) == 21
    assert sum(line.startswith("BDAY;X-APPLE-OMIT-YEAR=1604:1604-") for line in lines) == 3
    assert lines.count("X-ABShowAs:COMPANY") == 1
    assert sum(".X-ABLabel:" in line for line in lines) == 7


def test_thirty_connections_of_whom_ten_are_known_by_address_and_five_by_name_alone() -> None:
    rows = connections()
    assert len(rows) == 30
    addresses, names = addresses_on_the_phone(), names_on_the_phone()
    by_address = {row["Email Address"] for row in rows} & addresses
    assert len(by_address) == 10
    by_name = [row for row in rows if name_of(row) in names and row["Email Address"] not in addresses]
    assert len(by_name) == 5
    assert all(row["Email Address"] == "" for row in by_name)


def test_connections_begin_with_the_preamble() -> None:
    text = CONNECTIONS.read_text(encoding="utf-8").splitlines()
    assert text[0] == "Notes:"
    assert text[2] == ""
    assert text[3] == "First Name,Last Name,URL,Email Address,Company,Position,Connected On"


def test_there_are_120_interactions_in_two_years_that_end_before_today() -> None:
    days = [date.fromisoformat(row["Date"]) for row in interactions()]
    assert len(days) == 120
    assert days == sorted(days)
    assert days[0] == date(2024, 3, 14)
    assert days[-1] == date(2026, 2, 28) < date.fromisoformat(TODAY)


def test_every_interaction_is_with_somebody_on_the_phone_or_among_the_connections() -> None:
    addresses = addresses_on_the_phone() | {row["Email Address"] for row in connections()}
    names = names_on_the_phone() | {name_of(row) for row in connections()}
    for row in interactions():
        assert {part for part in row["Email"].split("; ") if part} <= addresses, row
        assert set(row["Person"].split("; ")) <= names, row


def test_a_name_without_an_address_means_one_person() -> None:
    everybody = [*names_on_the_phone(), *(name_of(row) for row in connections())]
    for row in interactions():
        if not row["Email"]:
            assert everybody.count(row["Person"]) == 1, row


def test_barbara_was_called_every_three_weeks_until_nine_weeks_ago() -> None:
    days = [date.fromisoformat(row["Date"]) for row in interactions() if row["Person"] == "Barbara Liskov"]
    assert {newer - older for older, newer in pairwise(days)} == {timedelta(weeks=3)}
    assert date.fromisoformat(TODAY) - days[-1] == timedelta(weeks=9)


def test_tags_with_a_cadence_are_given_to_somebody() -> None:
    given = {
        tag for line in unfolded_cards() if line.startswith("CATEGORIES:") for tag in line.partition(":")[2].split(",")
    }
    assert set(TAG_CADENCES) <= given


def test_nobody_can_be_reached_by_the_addresses_and_numbers() -> None:
    lines = unfolded_cards()
    domains = {address.rpartition("@")[2] for address in addresses_on_the_phone()}
    domains |= {row["Email Address"].rpartition("@")[2] for row in connections() if row["Email Address"]}
    assert domains == {"example.org", "example.com", "example.net"}
    numbers = [re.sub(r"\D", "", line.rpartition(":")[2]) for line in lines if line.startswith("TEL")]
    assert len(numbers) == 27
    assert [number for number in numbers if not RESERVED.fullmatch(number)] == []
    assert all(row["URL"].endswith("-example") for row in connections())


def test_connection_dates_are_as_linkedin_writes_them() -> None:
    for row in connections():
        assert datetime.strptime(row["Connected On"], "%d %b %Y").year in (2024, 2025)  # noqa: DTZ007  # a day


def test_24_mails_of_which_seven_are_by_a_list_a_newsletter_and_a_shop() -> None:
    found = mails()
    assert len(found) == len({mail["message-id"] for mail in found}) == 24
    assert Counter(sender_of(mail) for mail in found if mail["list-unsubscribe"]) == {"anna@letters.example.net": 3}
    assert sum(sender_of(mail) == "no-reply@orrery.example.com" for mail in found) == 2
    assert sum(mail["list-id"] is not None for mail in found) == 2
    days = [parsedate_to_datetime(mail["date"]).date() for mail in found]
    assert days == sorted(days)
    assert days[0] == date(2025, 9, 9)
    assert days[-1] == date(2026, 2, 27) < date.fromisoformat(TODAY)


def test_two_who_were_written_to_are_in_no_address_book() -> None:
    known = addresses_on_the_phone() | {row["Email Address"] for row in connections()} | {"me@example.org"}
    written = {
        address
        for mail in mails()
        if sender_of(mail) == "me@example.org"
        for _, address in getaddresses([mail["to"]])
        if address not in known
    }
    assert written == {"maria@example.net", "rozsa@example.com", "comets@lists.example.org"}
    named = {address for mail in mails() for _, address in getaddresses([mail["from"], mail["to"]])}
    assert all(re.search(r"[@.]example\.(org|net|com)$", address) for address in named)


def unfolded_cards() -> list[str]:
    return PHONE.read_text(encoding="utf-8").replace("\n ", "").splitlines()


def addresses_on_the_phone() -> set[str]:
    return {line.rpartition(":")[2] for line in unfolded_cards() if re.match(r"(item\d\.)?EMAIL", line)}


def names_on_the_phone() -> set[str]:
    names = {line.removeprefix("FN:") for line in unfolded_cards() if line.startswith("FN:")}
    return names | {"Émilie du Châtelet"}  # the one that is in quoted-printable


def connections() -> list[dict[str, str]]:
    lines = CONNECTIONS.read_text(encoding="utf-8").splitlines()[3:]
    return list(csv.DictReader(lines))


def mails() -> list[Message]:
    with closing(mailbox.mbox(MAIL, create=False)) as box:
        return list(box)


def sender_of(mail: Message) -> str:
    return parseaddr(mail["from"])[1]


def name_of(row: dict[str, str]) -> str:
    return f"{row['First Name'].strip()} {row['Last Name'].strip()}"


def interactions() -> list[dict[str, str]]:
    with Path(INTERACTIONS).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
