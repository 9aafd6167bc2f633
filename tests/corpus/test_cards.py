"""Address books of real programs go out as cards, and come back as they were."""

from __future__ import annotations

import json
import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import vobject

from dexcli.errors import DexError
from dexcli.render.vcard import VERSIONS, document
from dexcli.services.cards import cards
from dexcli.services.importing import import_path
from dexcli.services.invocation import Invocation
from dexcli.store import people
from dexcli.store.connection import Connection
from support.world import in_memory, logical

CORPUS = os.environ.get("DEXCLI_CORPUS")
pytestmark = pytest.mark.skipif(CORPUS is None, reason="DEXCLI_CORPUS names no folder of real files")

ROOT = Path(CORPUS or "nowhere") / "vcard"
CALL = Invocation(now=datetime(2026, 3, 8, 9, tzinfo=UTC), command="import", region="GB")
NOT_CARRIED = ("id", "handle", "claims", "created_at", "updated_at", "cadence_source", "next_due_on")


def ids(conn: Connection) -> list[int]:
    return [row[0] for row in conn.execute("select id from person order by name, uid")]


def carried(conn: Connection) -> list[dict[str, Any]]:
    """What a card can carry of everybody."""
    import msgspec

    found = []
    for person in people.full(conn, ids(conn)):
        told = msgspec.to_builtins(person)
        for field in NOT_CARRIED:
            del told[field]
        for field in ("emails", "phones", "urls", "aliases", "addresses"):
            told[field] = sorted({value.casefold() for value in told[field]})
        found.append(told)
    return found


def exported(conn: Connection, version: str) -> bytes:
    return b"".join(document(card, version) for card in cards(conn, ids(conn)))


def files() -> list[Any]:
    return [pytest.param(path, id=path.name) for path in sorted(ROOT.rglob("*.vcf"))]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", files())
def test_what_was_imported_goes_out_and_comes_back(path: Path, version: str, tmp_path: Path) -> None:
    ours = tmp_path / "ours.vcf"
    with closing(in_memory()) as conn, closing(in_memory()) as other:
        try:
            import_path(conn, CALL, path)
        except DexError:
            return  # what cannot be read is told elsewhere
        if not ids(conn):
            return
        ours.write_bytes(exported(conn, version))
        assert len(list(vobject.readComponents(ours.read_text("utf-8"), validate=True))) == len(ids(conn))
        before = logical(conn)
        again = import_path(conn, CALL, ours).report
        assert (again.operation_id, again.skipped) == (None, [])
        assert logical(conn) == before
        import_path(other, CALL, ours)
        assert json.dumps(carried(other), default=str) == json.dumps(carried(conn), default=str)
