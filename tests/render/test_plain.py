from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import date

import msgspec
import pytest
from msgspec import Struct

from dexcli.render import plain
from dexcli.results.due import DueCount, DueList
from dexcli.results.history import History
from dexcli.results.people import PersonList
from dexcli.results.search import SearchList

Golden = Callable[[str, Iterable[str]], None]


def test_every_result_has_its_lines(results: list[Struct], golden: Golden) -> None:
    shown: list[str] = []
    for result in results:
        if type(result).__name__ != "SchemaResult":
            shown += [f"# {type(result).__name__}", *plain.lines(result), ""]
    golden("plain", shown)


def test_columns_never_change_their_number(
    due: DueList, people: PersonList, history: History, found: SearchList
) -> None:
    bare = msgspec.structs.replace(due.items[0], last_contact=None)
    for result, columns in ((msgspec.structs.replace(due, items=[bare]), 7), (people, 6), (history, 6), (found, 5)):
        assert {line.count("\t") + 1 for line in plain.lines(result)} == {columns}


def test_a_count_is_the_number_alone() -> None:
    assert list(plain.lines(DueCount(as_of=date(2026, 3, 8), total=3))) == ["3"]


def test_tabs_and_line_ends_within_a_value_make_no_columns(people: PersonList) -> None:
    named = msgspec.structs.replace(people.items[0], name="one\ttwo\r\nthree\u2028four \x1b[31mred\x9b", company="=1+1")
    (line,) = plain.lines(PersonList(total=1, items=[named]))
    assert line == "1\tada\tone two three four red\t=1+1\t2026-02-01\t2026-02-15"
    assert {character for character in line if unicodedata.category(character) == "Cc"} == {"\t"}


def test_a_schema_is_one_line_of_json(results: list[Struct]) -> None:
    (line,) = plain.lines(results[-1])
    command, document = line.split("\t")
    assert command == "due"
    assert msgspec.json.decode(document)["properties"]["command"] == {"const": "due"}


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(TypeError, match="no plain text of a str"):
        list(plain.lines("due"))
