"""The page about the database names every table, and its queries run."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

from support.world import in_memory

PAGE = Path(__file__).parents[1] / "docs" / "schema.md"


def test_every_table_is_named() -> None:
    text = PAGE.read_text()
    with closing(in_memory()) as conn:
        names = {
            row[0]
            for row in conn.execute(
                "select name from pragma_table_list where schema = 'main' and type <> 'shadow'"
                " and substr(name, 1, 7) <> 'sqlite_'"
            )
        }
    assert {name for name in names - {"_sqlite_migrations"} if f"`{name}`" not in text} == set()


def test_every_query_runs() -> None:
    queries = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(queries) == 2
    with closing(in_memory()) as conn:
        for query in queries:
            assert conn.execute(query).fetchall() == []
