"""The page about the database describes every column, and its queries answer what stands below them, whoever asks.

`UPDATE_GOLDENS=1` writes what sqlite3 answers into the page instead.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import sqlite_utils

from support.program import Dex
from support.world import in_memory

PAGE = Path(__file__).parents[1] / "docs" / "schema.md"
PROGRAMS = Path(sys.executable).parent

Rows = list[list[str]]
"""With the names of the columns first."""


def test_every_column_of_every_table_is_described_in_its_order() -> None:
    page = PAGE.read_text("utf-8")
    described = {}
    for name, section in re.findall(r"^### (\w+)\n(.*?)(?=^##)", page, re.MULTILINE | re.DOTALL):
        rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE)
        assert all(meaning.strip() for _, meaning in rows), name
        described[name] = [column for column, _ in rows]
    with closing(in_memory()) as conn:
        tables = conn.execute(
            "select name from pragma_table_list where schema = 'main' and type <> 'shadow'"
            " and substr(name, 1, 7) <> 'sqlite_' and name <> '_sqlite_migrations'"
        ).fetchall()
        real = {
            name: [row["name"] for row in conn.execute("select name from pragma_table_info(?)", (name,))]
            for (name,) in tables
        }
    assert described == real


# -- queries ------------------------------------------------------------------------------------------


def queries() -> list[tuple[str, Rows]]:
    """Each query of the page, and what stands below it."""
    found = re.findall(r"```sql\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", PAGE.read_text("utf-8"), re.DOTALL)
    return [(query.strip().rstrip(";"), [line.split("|") for line in rows.splitlines()]) for query, rows in found]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of which the page speaks, made as it says."""
    path = tmp_path_factory.mktemp("sample") / "demo.db"
    dex = Dex()
    assert dex("demo", "--keep", path).code == 0
    told = re.search(r"`dex (log ada .*?)`", PAGE.read_text("utf-8").replace("\n", " "))
    assert told
    ran = dex(*shlex.split(told[1]), "--json", env={"DEXCLI_DB": str(path)}, now="2026-03-08")
    assert ran.json["data"]["commitments"]
    return path


def test_sqlite3_answers_what_the_page_says(sample: Path) -> None:
    from sqlite3 import connect

    asked = queries()
    with closing(connect(f"file:{sample}?mode=ro", uri=True)) as conn:
        shown = []
        for query, _ in asked:
            found = conn.execute(query)
            shown.append(_as_text([[one[0] for one in found.description], *found.fetchall()]))
    if os.environ.get("UPDATE_GOLDENS"):
        PAGE.write_text(_rewritten(PAGE.read_text("utf-8"), shown), "utf-8")
        asked = queries()
    assert len(asked) == 10
    assert all(len(rows) > 1 for _, rows in asked), "each finds something"
    assert shown == [rows for _, rows in asked]


def test_sqlite_utils_answers_the_same(sample: Path) -> None:
    db = sqlite_utils.Database(sample)
    try:
        for query, rows in queries():
            found = list(db.query(query))
            assert _as_text([list(found[0]), *(list(one.values()) for one in found)]) == rows
    finally:
        db.close()
    query, rows = queries()[0]
    printed = subprocess.run(
        [PROGRAMS / "sqlite-utils", "query", sample, query], capture_output=True, text=True, check=True, timeout=60
    )
    assert _as_text([list(one.values()) for one in json.loads(printed.stdout)]) == rows[1:]


def test_datasette_answers_the_same_in_the_browser(datasette: str, sample: Path) -> None:
    before = sample.read_bytes()
    for query, rows in queries():
        answer = json.loads(_read(f"{datasette}/demo.json?{urlencode({'sql': query, '_shape': 'arrays'})}"))
        assert answer["ok"], answer
        assert _as_text([answer["columns"], *answer["rows"]]) == rows
    assert "Rózsa Péter" in _read(f"{datasette}/demo/identifier?person_id__isnull=1")
    assert sample.read_bytes() == before
    assert [path.name for path in sample.parent.iterdir()] == [sample.name], "nothing is left beside it"


@pytest.fixture
def datasette(sample: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a Datasette that serves the sample to this machine alone, and only to be read."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = home / "datasette.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [PROGRAMS / "datasette", "serve", "--immutable", sample, "--host", "127.0.0.1", "--port", str(port)],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
        try:
            _wait(server, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(log.read_text())


def _read(url: str) -> str:
    with urlopen(url, timeout=60) as answer:  # noqa: S310 - of this machine
        return str(answer.read().decode())


def _as_text(rows: Any) -> Rows:
    """Rows as sqlite3 prints them."""
    return [["" if value is None else str(value) for value in row] for row in rows]


def _rewritten(text: str, shown: list[Rows]) -> str:
    left = iter(shown)

    def block(match: re.Match[str]) -> str:
        rows = "\n".join("|".join(row) for row in next(left))
        return f"{match[1]}\n```text\n{rows}\n```\n"

    return re.sub(r"(```sql\n.*?```\n)(?:\n```text\n.*?```\n)?", block, text, flags=re.DOTALL)
