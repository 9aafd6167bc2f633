"""A table speaks of its columns alone: what another table said of the same person stays."""

from __future__ import annotations

from pathlib import Path

from support.program import Dex

WHOLE = "Name,Email,Birthday,Notes,Tags\nAda Lovelace,ada@example.org,1815-12-10,likes looms,friends\n"


def person(dex: Dex) -> dict[str, object]:
    found: dict[str, object] = dex("show", "ada", "--json").json["data"]["person"]
    return found


def test_a_second_table_with_other_columns_takes_nothing_away(dex: Dex, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(WHOLE)
    (tmp_path / "b.csv").write_text("Name,Email,Hobby\nAda Lovelace,ada@example.org,chess\n")
    dex("import", tmp_path / "a.csv")

    report = dex("import", tmp_path / "b.csv", "--json").json["data"]["report"]

    assert report["people"]["updated"] == 1
    ada = person(dex)
    assert (ada["birthday"], ada["notes"], ada["tags"]) == ("1815-12-10", "likes looms", ["friends"])
    assert ada["fields"] == {"hobby": "chess"}


def test_an_empty_cell_of_a_newer_table_does(dex: Dex, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(WHOLE)
    dex("import", tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("Name,Email,Birthday,Notes\nAda Lovelace,ada@example.org,,\n")

    dex("import", tmp_path / "a.csv")

    ada = person(dex)
    assert (ada["birthday"], ada["notes"]) == (None, None)
