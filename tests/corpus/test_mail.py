"""Mail of many programs and lists: nothing fails, and who wrote to whom, when and how often is what others read."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from dexcli.domain.records import InteractionRecord, Skipped, SourceItem
from dexcli.sources import _mail, _mail_dates, _mail_people, mbox
from dexcli.sources.base import Input, ReadOptions
from support.source_contract import assert_well_formed

FOLD = re.compile(r"\r?\n[ \t]+")


def read(path: Path) -> list[SourceItem]:
    file = Input(name=path.name, open=lambda: path.open("rb"))
    items = list(mbox.open_file(file, ReadOptions()).read(None))
    assert_well_formed(items)
    return items


def mails(path: Path) -> list[InteractionRecord]:
    return [item for item in read(path) if isinstance(item, InteractionRecord)]


def number_of(path: Path) -> int:
    return sum(isinstance(item, InteractionRecord | Skipped) for item in read(path))


def counts(folder: Path) -> dict[str, int]:
    """What COUNTS.tsv says: the messages of each file, or its From_ lines."""
    header, *rows = [line.split("\t") for line in (folder / "COUNTS.tsv").read_text().splitlines()]
    found = {}
    for row in rows:
        said = dict(zip(header, row, strict=False))
        found[said["file"]] = int(said.get("messages") or said["From_lines"])
    return found


def senders(folder: Path) -> tuple[int, dict[str, int]]:
    """What NOTMUCH.tsv says: distinct messages, and how many each address sent."""
    lines = (folder / "NOTMUCH.tsv").read_text().splitlines()
    messages = next(int(line.split("\t")[1]) for line in lines if line.startswith("messages\t"))
    sent: dict[str, int] = {}
    for line in lines:
        count, _, who = line.partition("\t")
        if count.isdigit():
            for _, address in _mail_people.people(who):
                sent[address] = int(count)
        elif "# " in line and sent:
            break
    return messages, sent


def files(folder: Path) -> list[Path]:
    left_out = ("SOURCE.md", "COUNTS.tsv", "NOTMUCH.tsv", "README", "COPYING")
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name not in left_out and path.suffix not in (".json", ".yaml")
    )


def test_nothing_in_the_corpus_fails(corpus: Path) -> None:
    found = files(corpus / "email")
    assert len(found) > 780
    for path in found:
        read(path)
        data = path.read_bytes()
        text = _mail.text_of(data)
        assert text is None or len(text.encode()) <= 16 * 1024


@pytest.mark.parametrize(
    ("name", "why_not"),
    [
        # `From Russia with love` in two texts, before a line that begins like a header in one, is no separator.
        ("mimekit", {"mbox/unmunged.mbox.txt": 2}),
        ("ponymail-corpus", {}),
        ("r-announce-pipermail", {}),
        ("roundcube", {}),
        ("spamassassin-easy-ham-1", {}),
        ("mikel-mail", {}),
        ("notmuch-default", {}),
        ("stalwart-rfc-malformed", {}),
    ],
)
def test_as_many_messages_are_read_as_there_are(corpus: Path, name: str, why_not: dict[str, int]) -> None:
    folder = corpus / "email" / name
    expected = counts(folder) | why_not
    assert expected
    assert {file: number_of(folder / file) for file in expected} == expected


@pytest.mark.parametrize(("name", "inner"), [("spamassassin-easy-ham-1", "easy-ham-1"), ("notmuch-default", "default")])
def test_the_senders_are_those_that_notmuch_finds(corpus: Path, name: str, inner: str) -> None:
    folder = corpus / "email" / name
    messages, expected = senders(folder)
    found: dict[str, str] = {}
    for path in files(folder / inner):
        for one in mails(path):
            found[one.key] = next(who.value for who in one.participants if who.role == "from")
    assert len(found) == messages
    assert Counter(found.values()) == expected


@pytest.mark.parametrize("name", ["content-length", "issue1189"])
def test_a_mailbox_has_the_messages_that_mimekit_finds(corpus: Path, name: str) -> None:
    folder = corpus / "email" / "mimekit" / "mbox"
    expected = []
    for said in re.split(r"(?m)^From .*\n", (folder / f"{name}-summary.txt").read_text())[1:]:
        headers = dict(line.split(": ", 1) for line in said.splitlines() if re.match(r"(From|To|Subject|Date): ", line))
        # It was 12:24:23 cst, which MimeKit knows in capitals only.
        date = headers["Date"].replace("12:24:23 +0000", "12:24:23 -0600")
        expected.append(
            (
                " ".join(headers["Subject"].split()),
                datetime.strptime(date, "%a, %d %b %Y %H:%M:%S %z"),
                {address for header in ("From", "To") for _, address in _mail_people.people(headers.get(header, ""))}
                # In full `develop!nextmime@ebony@sblab.att.com`, of which nobody knows where the host begins.
                - {"develop!nextmime@ebony"},
            )
        )
    found = [
        (one.title, one.when, {who.value for who in one.participants if who.role != "cc"})
        for one in mails(folder / f"{name}.mbox.txt")
    ]
    assert found == expected


def test_the_message_ids_of_a_mailbox_are_those_that_pony_mail_finds(corpus: Path) -> None:
    folder = corpus / "email" / "ponymail-corpus"
    for name, expected in (("httpd-users-200606-part", 12), ("httpd-users-2020-07", 108)):
        found = {one.key.removeprefix("mail:") for one in mails(folder / "corpus" / f"{name}.mbox")}
        stated = set(re.findall(rf"{name}[\s\S]*", "".join(p.read_text() for p in (folder / "yaml").glob("*.yaml"))))
        assert len(found) == expected
        assert all(any(f"<{key}>" in text for text in stated) for key in found)


def test_a_pipermail_archive_names_its_mangled_addresses(corpus: Path) -> None:
    folder = corpus / "email" / "r-announce-pipermail"
    for name, expected in (("1998.txt", 46), ("2003.txt", 50), ("2012.txt", 10)):
        assert len(mails(folder / name)) == expected
    first = mails(folder / "1998.txt")[0].participants[0]
    assert "@" in first.value
    assert first.name
    # From 2020 on each fifth character is `@` or `|`: no address can be read, and none is guessed.
    assert {item.reason for item in read(folder / "2020.txt") if isinstance(item, Skipped)} == {
        "it names nobody whose address can be read"
    }


def stated(found: dict[str, Any] | None) -> list[tuple[str | None, str]]:
    """The people of an expectation of stalwart's, those of groups included."""
    if found is None:
        return []
    if "List" in found:
        return [(one["name"], one["address"]) for one in found["List"]]
    return [(one["name"], one["address"]) for group in found["Group"] for one in group["addresses"]]


def test_addresses_are_those_that_stalwart_reads(corpus: Path) -> None:
    cases = json.loads((corpus / "email" / "stalwart-rfc-malformed" / "address.json").read_text())
    other: list[str] = []
    for case in cases:
        expected = [
            (re.sub(r" ?\(.*", "", name or "").strip() or None, re.sub(r"\s|^@[^:]*:", "", address).lower())
            for name, address in stated(case["expected"])
            # What is no address is left out: a URL, a word, a comment.
            if address and "@" in address and "//" not in address
        ]
        # We take `mailto:` off, with the parameters behind the address.
        expected = [(name, re.sub(r"^mailto:|\?.*", "", address)) for name, address in expected]
        # A name that repeats the address says nothing.
        expected = [(None if name == address else name, address) for name, address in expected]
        found = [(name, address) for name, address in _mail_people.people(FOLD.sub(" ", case["header"]).strip())]
        if found != expected:
            other.append(case["header"][:25])
    assert other == [
        "Pete(A nice \n \\\n ) chap) ",  # we have no escaped line end
        "test@test.com\ninvalid@add",  # these two are folded wrongly: it ends at the line, we do where we unfold
        '"=?ISO-8859-1?Q =?ISO-885',
    ]


def test_dates_are_those_that_stalwart_reads(corpus: Path) -> None:
    other = []
    for case in json.loads((corpus / "email" / "stalwart-rfc-malformed" / "date.json").read_text()):
        found, said = _mail_dates.read(" ".join(case["header"].split())), case["expected"]
        expected = None
        if said is not None and 1 <= said["month"] <= 12:
            offset = timedelta(hours=said["tz_hour"], minutes=said["tz_minute"]) * (-1 if said["tz_before_gmt"] else 1)
            clock = (said[part] for part in ("year", "month", "day", "hour", "minute", "second"))
            expected = datetime(*clock, tzinfo=timezone(offset))  # type: ignore[misc]  # six numbers
        if found != expected:
            other.append(case["header"].strip()[:30])
    assert other == [
        "20 11 (some \n 44 comments(more",  # 20 November or 11 of a 20th month: we read no numbers for months
        "4 8 15 16 23 42, 4 8 15 16 23 ",  # it counts numbers
        "Tue, 1 Jul 2003 ((invalid)\ncom",  # it ends at the line, we at the parenthesis
    ]


def test_stamps_of_servers_are_those_that_stalwart_reads(corpus: Path) -> None:
    cases = json.loads((corpus / "email" / "stalwart-rfc-malformed" / "received.json").read_text())
    compared = 0
    for case in cases:
        said = (case["expected"] or {}).get("date")
        if not said or said["year"] < 1971:
            continue
        header = FOLD.sub(" ", case["header"].strip())
        found = _mail_dates.read(header.rpartition(";")[2].strip())
        if found is None:
            continue
        compared += 1
        parts = (found.year, found.month, found.day, found.hour, found.minute, found.second)
        expected = tuple(said[part] for part in ("year", "month", "day", "hour", "minute", "second"))
        # It does not read the seconds of 07:53:55.516.
        assert parts == expected or (parts[:5] == expected[:5] and f":{found:%S}." in header), header
    assert compared > 100


def test_a_subject_of_145_kb_is_cut(corpus: Path) -> None:
    (path,) = (corpus / "email" / "thunderbird-mails").rglob("mailformed_subject.eml")
    for one in mails(path):
        assert one.title is None or len(one.title) <= 500
