"""Every parser of foreign bytes: what it is given to begin with, and how it is called."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dexcli.cli import typed_line
from dexcli.config import settings
from dexcli.domain import dates, draft, query
from dexcli.domain.cadence import parse_cadence
from dexcli.domain.records import Skipped
from dexcli.errors import DexError
from dexcli.oauth import client as oauth
from dexcli.services import drafts, export, importing, transfer
from dexcli.services.invocation import Invocation
from dexcli.sources import _autoconfig, _dav_client, _discovery_names, archive, registry
from dexcli.sources.base import ReadOptions
from dexcli.store.connection import Connection, _connect
from fuzz import seeds
from support.source_contract import assert_well_formed, input_of
from support.world import in_memory, logical

TODAY = date(2026, 3, 8)
CALL = Invocation(now=datetime(2026, 3, 8, 9, tzinfo=UTC), command="import", region="GB", date_order="DMY")
OPTIONS = ReadOptions(date_order="DMY", today=TODAY, zone=ZoneInfo("Europe/Berlin"), names_anybody=lambda _: True)

Parse = Callable[[bytes], object]


class Target(NamedTuple):
    """A parser."""

    seeds: Sequence[bytes]
    """Right input, to be damaged."""
    prepare: Callable[[Path], Parse]
    """Makes the function that is given each input, and may use a folder. DexError is an answer, all else a defect."""
    share: int = 1
    """One of so many inputs is enough: this takes longer than a parser alone."""


def _file(format: str, name: str) -> Callable[[Path], Parse]:  # noqa: A002 - the user's word
    def prepare(_: Path) -> Parse:
        module = registry.load(format)

        def parse(data: bytes) -> None:
            file = input_of(name, data)
            module.claims(data, name, OPTIONS)
            items = list(module.open_file(file, OPTIONS).read(None))
            assert_well_formed(items)

        return parse

    return prepare


def _sniffed(_: Path) -> Parse:
    def parse(data: bytes) -> None:
        module, claim = registry.recognise(input_of("file", data), OPTIONS)
        assert claim.what
        assert_well_formed(list(module.open_file(input_of("file", data), OPTIONS).read(None)))

    return parse


def _archive(_: Path) -> Parse:
    def parse(data: bytes) -> None:
        for member in archive.members(input_of("export.zip", data)):
            if isinstance(member, Skipped):
                assert member.reason
            else:
                with suppress(DexError), closing(member.open()) as stream:
                    while stream.read(1 << 16):
                        pass

    return parse


def _whole_import(read_by: str | None) -> Callable[[Path], Parse]:
    """A file through the whole pipeline, into a database: what is refused has changed nothing."""

    def prepare(folder: Path) -> Parse:
        path = folder / "file"
        with closing(in_memory()) as conn:
            template = conn.serialize()
            empty = logical(conn)

        def parse(data: bytes) -> None:
            path.write_bytes(data)
            with closing(_connect(":memory:", 0)) as conn:
                conn.deserialize(template)
                try:
                    importing.import_path(conn, CALL, path, format=read_by)
                except DexError:
                    assert logical(conn) == empty
                    raise
                finally:
                    assert not conn.in_transaction

        return parse

    return prepare


def _everything() -> bytes:
    """A database that is not empty, exported whole."""
    with closing(in_memory()) as conn, tempfile.TemporaryDirectory(prefix="dexcli-fuzz-") as folder:
        path = Path(folder) / "cards.vcf"
        path.write_bytes(seeds.VCARDS[0])
        importing.import_path(conn, CALL, path)
        path = Path(folder) / "diary.csv"
        path.write_bytes(seeds.INTERACTIONS)
        importing.import_path(conn, CALL, path)
        return b"".join(transfer.lines(conn, CALL.now, export.Written()))


SOURCE = next(file for file in sorted((seeds.DATA / "vcard").glob("*.vcf")) if file.read_bytes() == seeds.VCARDS[0])
"""What is drafted."""


def _drafted_for() -> Connection:
    """A database in which there are others: what a draft says does not depend on their random uids."""
    conn = in_memory()
    with tempfile.TemporaryDirectory(prefix="dexcli-fuzz-") as folder:
        path = Path(folder) / "cards.csv"
        path.write_bytes(seeds.PEOPLE)
        importing.import_path(conn, CALL, path)
    return conn


def _draft() -> bytes:
    with closing(_drafted_for()) as conn:
        return drafts.draft(conn, CALL, SOURCE, file="a.draft")[1].encode()


def _applied(_: Path) -> Parse:
    """A draft, edited by a monkey: it is done as a whole, or has changed nothing."""
    with closing(_drafted_for()) as conn:
        template = conn.serialize()
        before = logical(conn)
        drafts.apply(conn, CALL, _draft().decode(), name="a.draft")  # it would be

    def parse(data: bytes) -> None:
        text = data.decode(errors="replace")
        if SOURCE.as_uri() not in text:  # another one may be anything, all files of the disk among it
            draft.parse(text, "a.draft")
            return
        with closing(_connect(":memory:", 0)) as conn:
            conn.deserialize(template)
            try:
                drafts.apply(conn, CALL, text, name="a.draft")
            except DexError:
                assert logical(conn) == before
                raise
            finally:
                assert not conn.in_transaction

    return parse


def _multistatus(_: Path) -> Parse:
    return lambda data: _dav_client._multistatus(data, "dav.example.org")


def _autoconfigured(_: Path) -> Parse:
    def parse(data: bytes) -> None:
        with suppress(ValueError):
            _autoconfig.imap(data, "ada@example.org", "example.org")

    return parse


def _tokens(_: Path) -> Parse:
    server = "https://id.example.org/token"
    client = oauth.OAuthClient(account="work", client_id="id", token_url=server, scope="mail")

    def parse(data: bytes) -> None:
        with suppress(oauth.RefusedError):
            oauth.tokens_of(client, oauth._read("id.example.org", 200, data, (), empty=False))

    return parse


def _settings(folder: Path) -> Parse:
    path = folder / "config.toml"

    def parse(data: bytes) -> None:
        path.write_bytes(data)
        settings.load(path)

    return parse


def _typed(_: Path) -> Parse:
    """What somebody may type, or a script pass on: queries, days, cadences, lines to be completed, links."""

    def parse(data: bytes) -> None:
        typed_line.read(data.decode(errors="surrogateescape"))
        text = data.decode(errors="replace")  # an argument that is no text is refused before anything reads it
        dates.read_date(text, today=TODAY, prefer="past", order="DMY")
        dates.read_partial(text, order="MDY")
        _discovery_names.https(text)
        for read in (lambda: query.parse(text), lambda: query.parse(text, entries=True), lambda: parse_cadence(text)):
            with suppress(DexError):
                read()

    return parse


def _zipped(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name.replace("_", "."), data)
    return held.getvalue()


FILES = (*seeds.VCARDS, seeds.ICS, seeds.MBOX, seeds.CONNECTIONS, seeds.GOOGLE, seeds.OUTLOOK, seeds.PEOPLE)

TARGETS: dict[str, Target] = {
    "vcard": Target(seeds=(*seeds.VCARDS,), prepare=_file("vcard", "phone.vcf")),
    "ics": Target(seeds=(seeds.ICS,), prepare=_file("ics", "home.ics")),
    "mail": Target(seeds=(seeds.MBOX,), prepare=_file("mail", "all.mbox")),
    "linkedin": Target(seeds=(seeds.CONNECTIONS,), prepare=_file("linkedin", "Connections.csv")),
    "google": Target(seeds=(seeds.GOOGLE, seeds.GOOGLE_2019), prepare=_file("google", "contacts.csv")),
    "outlook": Target(seeds=(seeds.OUTLOOK,), prepare=_file("outlook", "contacts.csv")),
    "csv": Target(seeds=(seeds.PEOPLE, seeds.INTERACTIONS), prepare=_file("csv", "people.csv")),
    "any file": Target(seeds=FILES, prepare=_sniffed),
    "archive": Target(
        seeds=(_zipped(a_vcf=seeds.VCARDS[0], b_ics=seeds.ICS), _zipped(in_zip=_zipped(a_csv=seeds.CONNECTIONS))),
        prepare=_archive,
    ),
    "multistatus": Target(seeds=seeds.MULTISTATUS, prepare=_multistatus),
    "autoconfig": Target(seeds=(seeds.AUTOCONFIG,), prepare=_autoconfigured),
    "tokens": Target(seeds=seeds.TOKENS, prepare=_tokens),
    "settings": Target(seeds=(seeds.SETTINGS,), prepare=_settings),
    "typed": Target(seeds=seeds.TYPED, prepare=_typed),
    "draft": Target(
        seeds=(_draft(),), prepare=lambda _: lambda data: draft.parse(data.decode(errors="replace"), "a.draft")
    ),
    "draft applied": Target(seeds=(_draft(),), prepare=_applied, share=20),
    "whole import": Target(seeds=FILES, prepare=_whole_import(None), share=20),
    "everything": Target(seeds=(_everything(),), prepare=_whole_import("jsonl"), share=20),
}
