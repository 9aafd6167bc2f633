"""Who is offered by `dex triage`, and who should be: `.venv/bin/python bench/quiet.py [--corpus DIR]`.

For each mailbox: messages, candidates, precision (none of them is a list, sends in bulk, or takes no reply), recall
(whoever wrote directly to me and was answered directly is among them), and the names of whatever is wrong. What is true
is found without dexcli, by the `email` package (policy compat32) from the headers of the same messages; for the
synthetic mailbox (life.py) it is known. Exit code 1 where a figure is below one.

An archive without an owner is read as that of whoever both writes and receives, one after the other: first those who
answered most people, then those with most mail. The corpus is a folder with one folder for each archive, by default
`email` in DEXCLI_CORPUS.
"""

from __future__ import annotations

import argparse
import email
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time
from email.message import Message
from email.utils import getaddresses
from pathlib import Path
from typing import NamedTuple

import life
from generate import TODAY

OWNERS = 5
"""So many are taken for the owner of an archive that has none."""

FEW = 5
"""Recipients besides me: what is to more is no letter to each of them."""

_NO_MAIL = frozenset({".json", ".yaml", ".tsv", ".md"})


class Letter(NamedTuple):
    """What the headers of one message say."""

    sender: str
    to: frozenset[str]
    cc: frozenset[str]
    automatic: bool
    bulk: bool
    """It was sent to more than those it names: to a list, or in bulk."""
    posting: frozenset[str]
    """Addresses to which a list is written."""


class Truth(NamedTuple):
    """What is true of the addresses of a mailbox, for its owner."""

    answered: frozenset[str]
    """Wrote directly to me, and I directly to them."""
    quiet: frozenset[str]
    """Lists, and senders in bulk or by machine who are not among those answered."""


class Result(NamedTuple):
    """What was offered, beside what is true."""

    messages: int
    candidates: frozenset[str]
    wrong: frozenset[str]
    """Offered, and should not have been."""
    answered: frozenset[str]
    missed: frozenset[str]


# -- the truth, by the standard library ----------------------------------------------------------------


def messages(folder: Path) -> Iterator[bytes]:
    """Every message of a file or folder: a file that begins with a From_ line is cut at each of them."""
    for path in [folder] if folder.is_file() else sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in _NO_MAIL:
            data = path.read_bytes()
            parts = re.split(rb"(?m)^From (?=.*\d\d:\d\d)", data) if data.startswith(b"From ") else [data]
            yield from (part.partition(b"\n")[2] if len(parts) > 1 else part for part in parts if part.strip())


def letters(folder: Path) -> list[Letter]:
    """What the headers of each message say; of copies of one message the one by no list."""
    found: dict[str, Letter] = {}
    for number, data in enumerate(messages(folder)):
        message = email.message_from_bytes(data)
        one = _letter(message)
        if one is not None:
            key = str(message["message-id"] or number).strip()
            if key not in found or found[key].automatic:
                found[key] = one
    return list(found.values())


def _letter(message: Message) -> Letter | None:
    senders = _addresses(message, "from")
    if not senders or not (message["date"] or message["received"]):
        return None  # what has no date can stand in no history
    to = frozenset(_addresses(message, "to"))
    cc = frozenset([*_addresses(message, "cc"), *_addresses(message, "bcc")]) - to
    said = {name: str(message.get(name, "")).strip().lower() for name in ("precedence", "auto-submitted")}
    lists = [name for name in ("list-id", "list-post", "list-unsubscribe") if message.get(name)]
    bulk = bool(lists) or said["precedence"] in ("bulk", "list", "junk")
    machine = said["auto-submitted"] not in ("", "no") or str(message.get("return-path", "")).strip() == "<>"
    machine = machine or message.get_content_type() == "multipart/report" or takes_no_reply(senders[0])
    calendar = message.get_content_type() == "text/calendar" or "calendar-notification@" in str(message.get("sender"))
    return Letter(senders[0], to, cc, bulk or machine or calendar, bulk, frozenset(_postings(message, to | cc)))


def _addresses(message: Message, name: str) -> list[str]:
    values = [" ".join(str(value).split()) for value in message.get_all(name, [])]
    values = [re.sub(r"^(\S+) at (\S+\.\S+)", r"\1@\2", value) if "@" not in value else value for value in values]
    try:
        found = getaddresses(values)
    except RecursionError:  # the package descends once for each colon of a hostile header
        return []
    return [address.lower() for _, address in found if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address)]


def _postings(message: Message, named: Iterable[str]) -> Iterator[str]:
    """Whoever is written to, where some header says that it is a list: also headers that dexcli does not look at."""
    yield from re.findall(r"mailto:([^>?\s]+@[^>?\s]+)", str(message.get("list-post", "")).lower())
    said = {
        hint: [str(value).lower() for name in names for value in message.get_all(name, [])]
        for hint, names in {
            "id": ("list-id", "x-beenthere", "x-mailing-list", "mailing-list", "x-loop"),
            "delivered": ("delivered-to",),
            "sender": ("sender", "errors-to", "return-path", "resent-sender"),
        }.items()
    }
    called = " ".join([*said["id"], *(value for value in said["delivered"] if value.startswith("mailing list"))])
    sending = " ".join(said["sender"])
    for address in named:
        local, _, domain = map(re.escape, address.partition("@"))
        host = domain.partition(r"\.")[2] if domain.count(".") > 1 else domain
        owner = rf"{local}-[-a-z]*(?:owner|admin|bounce|request|error|return)\S*|owner-{local}"
        if re.search(rf"(?<![\w-]){local}[.@]\S*{host}", called):
            yield address
        if re.search(rf"(?<![\w-])(?:{owner})@\S*{host}", sending):
            yield address


def takes_no_reply(address: str) -> bool:
    """Tell the address of a machine."""
    local = re.sub("[^a-z]", "", address.partition("@")[0])
    return "noreply" in local or "donotreply" in local or local.startswith(("mailerdaemon", "postmaster", "bounce"))


_ROLES = """
abuse admin billing contact hello help hostmaster info list lists mail marketing news noc notifications office
postmaster sales security service spam subscribe support team unsubscribe usenet uucp webmaster www
"""
_FUNCTIONS = frozenset(_ROLES.split())
"""RFC 2142, and what offices are called."""


def is_role(address: str) -> bool:
    """Tell the address of a function: whoever writes by it is on duty, and no correspondent."""
    return re.split(r"[-+._\d]", address.partition("@")[0])[0] in _FUNCTIONS


def truth(found: Iterable[Letter], mine: frozenset[str]) -> Truth:
    """What is true for whoever has these addresses."""
    wrote: set[str] = set()
    written: set[str] = set()
    quiet: set[str] = set()
    for one in found:
        direct = not one.automatic and len((one.to | one.cc) - mine) <= FEW
        quiet |= one.posting
        if one.sender in mine:
            written |= (one.to - mine) if direct else set()
            continue
        if (one.bulk and not one.posting) or takes_no_reply(one.sender):
            quiet.add(one.sender)  # of a list that is known, the sender is a member
        if direct and one.to & mine:
            wrote.add(one.sender)
    answered = frozenset(address for address in wrote & written if not is_role(address)) - mine
    return Truth(answered, frozenset(quiet) - answered - mine)


def owners(found: Iterable[Letter]) -> list[str]:
    """Whoever both writes and receives: those who answered most people first, then those with most mail."""
    found = list(found)
    wrote, received = Counter[str](), Counter[str]()
    for one in found:
        wrote[one.sender] += 1
        received.update(one.to | one.cc)
    both = {address: min(number, received[address]) for address, number in wrote.items() if received[address]}
    answered = {address: len(truth(found, frozenset({address})).answered) for address in both}
    return sorted(both, key=lambda address: (-answered[address], -both[address], address))[:OWNERS]


# -- what dexcli offers ---------------------------------------------------------------------------------


def candidates(folder: Path, mine: Iterable[str]) -> tuple[int, frozenset[str]]:
    """Read a mailbox into a new database; how many messages there were, and who is offered."""
    from dexcli.services import importing, setup, triage
    from dexcli.services.invocation import Invocation
    from dexcli.store import connection

    now = datetime.combine(TODAY, time(9), UTC)
    call = Invocation(now=now, command="bench", region=None, date_order=None)
    with tempfile.TemporaryDirectory(prefix="dexcli-quiet-") as temporary:
        conn = connection.open_for_writing(Path(temporary) / "dex.db")
        try:
            setup.add_to_me(conn, call, (Path("dex.db"), Path("config.toml")), list(mine))
            report = importing.import_path(conn, call, folder).report
            found = triage.candidates(conn, call, limit=0)
        finally:
            conn.close()
    return report.read, frozenset(item.address for item in found.items)


def compared(folder: Path, mine: frozenset[str], true: Truth) -> Result:
    """What is offered, beside what is true."""
    read, offered = candidates(folder, sorted(mine))
    return Result(read, offered, offered & true.quiet, true.answered, true.answered - offered)


def synthetic(folder: Path) -> Result:
    """The mailbox of which everything is known."""
    path = folder / "life.mbox"
    known = life.write(path)
    answered, quiet = life.addresses(known, answered=True), life.addresses(known, quiet=True)
    return compared(path, frozenset(life.MINE), Truth(frozenset(answered), frozenset(quiet)))


def archives(corpus: Path) -> Iterator[tuple[str, str, Result]]:
    """Every archive of the corpus, for each of its owners; those in which nobody both writes and receives have none."""
    for folder in sorted(path for path in corpus.iterdir() if path.is_dir()):
        found = letters(folder)
        for owner in owners(found):
            mine = frozenset({owner})
            yield folder.name, owner, compared(folder, mine, truth(found, mine))


# -- the table -------------------------------------------------------------------------------------------


def precision(results: Iterable[Result]) -> float:
    """The share of those offered who are no list, sender in bulk, or machine; 1 where nobody was offered."""
    found = list(results)
    offered = sum(len(one.candidates) for one in found)
    return 1 - sum(len(one.wrong) for one in found) / offered if offered else 1.0


def recall(results: Iterable[Result]) -> float:
    """The share of those who wrote and were answered who are offered; 1 where there was nobody."""
    found = list(results)
    answered = sum(len(one.answered) for one in found)
    return 1 - sum(len(one.missed) for one in found) / answered if answered else 1.0


def main() -> int:
    """Compare and print; exit code 1 where somebody is wrong or missed."""
    parser = argparse.ArgumentParser(description="Who is offered by dex triage, and who should be.")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="a folder with one folder for each archive")
    said = parser.parse_args()
    named = os.environ.get("DEXCLI_CORPUS")
    corpus = said.corpus or (Path(named) / "email" if named else None)
    runs: dict[str, list[tuple[str, Result]]] = {}
    with tempfile.TemporaryDirectory(prefix="dexcli-quiet-") as temporary:
        runs["synthetic mailbox"] = [(life.MINE[0], synthetic(Path(temporary)))]
    for name, owner, result in archives(corpus) if corpus else ():
        runs.setdefault(name, []).append((owner, result))
    row = "{:<26}{:>7}{:>10}{:>12}{:>10}{:>11}{:>8}"
    print(row.format("mailbox", "owners", "messages", "candidates", "answered", "precision", "recall"))
    for name, owned in runs.items():
        results = [result for _, result in owned]
        offered, answered = (
            sum(map(len, sets)) for sets in zip(*((r.candidates, r.answered) for r in results), strict=True)
        )
        figures = f"{precision(results):.2f}", f"{recall(results):.2f}"
        print(row.format(name, len(owned), results[0].messages, offered, answered, *figures))
        for owner, result in owned:
            for address in sorted(result.wrong):
                print(f"  {owner}: {address} is a list or sends in bulk, and is offered")
            for address in sorted(result.missed):
                print(f"  {owner}: {address} wrote and was answered, and is not offered")
    if corpus is None:
        print("DEXCLI_CORPUS names no folder with the corpus: the synthetic mailbox only")
    return int(any(result.wrong or result.missed for owned in runs.values() for _, result in owned))


if __name__ == "__main__":
    sys.exit(main())
