from __future__ import annotations

import io
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.records import Checkpoint, PersonRecord, Skipped, SourceItem
from dexcli.sources import _csv, table
from dexcli.sources.base import CHECKPOINT_EVERY, HEAD_BYTES, Input, ReadOptions


def file_of(data: bytes | str, name: str = "people.csv") -> Input:
    raw = data.encode() if isinstance(data, str) else data
    return Input(name=name, open=lambda: io.BytesIO(raw))


def rows(text: str, delimiter: str = ",") -> list[tuple[int, list[str] | None]]:
    return list(_csv.read_rows(io.StringIO(text, newline=""), delimiter))


def items(data: bytes | str, cursor: str | None = None) -> list[SourceItem]:
    return list(table.open_file(file_of(data), ReadOptions()).read(cursor))


def names(found: Sequence[SourceItem]) -> list[str]:
    return [item.name for item in found if isinstance(item, PersonRecord)]


def skipped(found: Sequence[SourceItem]) -> list[tuple[str, str]]:
    return [(item.where, item.reason) for item in found if isinstance(item, Skipped)]


def test_a_row_is_numbered_by_the_line_on_which_it_starts() -> None:
    assert rows('a,b\r\n"x\ny",1\r\n\r\nz,2') == [(1, ["a", "b"]), (2, ["x\ny", "1"]), (5, ["z", "2"])]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(ending: str) -> None:
    text = ending.join(["Name,Email", "Ada,ada@example.org", "Grace,grace@example.org", ""])
    assert names(items(text)) == ["Ada", "Grace"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_told_by_the_header(delimiter: str) -> None:
    text = f"Name{delimiter}Email\nAda, Countess; of Lovelace\tada@example.org"
    text = text.replace("Ada, Countess; of Lovelace\t", f'"Ada, Countess; of Lovelace"{delimiter}')
    assert names(items(text)) == ["Ada, Countess; of Lovelace"]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "Émilie"), ("utf-8-sig", "Émilie"), ("utf-16", "Émilie"), ("cp1252", "Émilie")],
)
def test_every_usual_encoding_is_read(encoding: str, name: str) -> None:
    assert names(items(f"Name,Email\n{name},e@example.org\n".encode(encoding))) == [name]


def test_a_stray_quote_costs_its_own_row_only() -> None:
    found = items('Name,Note\nAda,"looms\nGrace,ships\nAlan,"codes, mostly"\nCharles,mills\n')
    assert names(found) == ["Grace", "Alan", "Charles"]
    assert skipped(found) == [("people.csv:2", _csv.UNREADABLE)]


def test_a_quote_left_open_at_the_end_costs_the_last_row_only() -> None:
    found = items('Name,Note\nAda,looms\nGrace,"ships')
    assert names(found) == ["Ada"]
    assert skipped(found) == [("people.csv:3", _csv.UNREADABLE)]


def test_odd_but_balanced_quotes_are_read_loosely() -> None:
    assert rows('"Ada" Lovelace,5" disk\n"Grace" ,"a ""b"" c"\n') == [
        (1, ["Ada Lovelace", '5" disk']),
        (2, ["Grace ", 'a "b" c']),
    ]


def test_a_quoted_cell_after_a_space_is_one_cell() -> None:
    assert rows('Ada, "London, UK"\n') == [(1, ["Ada", "London, UK"])]


def test_a_nul_byte_harms_nothing() -> None:
    assert names(items("Name,Email\nA\0da,ada@example.org\nGrace,g@example.org\n")) == ["Ada", "Grace"]


def test_a_cell_of_a_megabyte_is_read_and_one_beyond_the_limit_is_skipped() -> None:
    megabyte = "x" * 1_000_000
    found = items(f'Name,Note\nAda,"{megabyte}"\nGrace,"{megabyte * 5}"\nAlan,short\n')
    assert names(found) == ["Ada", "Alan"]
    assert [where for where, _ in skipped(found)] == ["people.csv:3"]


def test_an_unclosed_quote_before_millions_of_characters_loses_one_row() -> None:
    lines = "".join(f"Person {n},{'x' * 500}\n" for n in range(10_000))
    found = items(f'Name,Note\nAda,"open\n{lines}')
    assert len(names(found)) == 10_000
    assert [where for where, _ in skipped(found)] == ["people.csv:2"]


ROWS_IN_A_CELL = "".join(f"Person {n},{'x' * 500}\n" for n in range(10_000))


def test_the_rows_within_a_cell_that_is_too_long_are_nobody() -> None:
    found = items(f'Name,Note\nAda,"\n{ROWS_IN_A_CELL}"\nGrace,"ships, and\nmore"\n')
    assert names(found) == ["Grace"]
    assert [where for where, _ in skipped(found)] == ["people.csv:2"]
    assert [item.where for item in found if isinstance(item, PersonRecord)] == ["people.csv:10004"]


def test_a_cell_that_is_too_long_may_follow_one_that_is_never_closed() -> None:
    found = items(f'Name,Note\nAda,"open\n{ROWS_IN_A_CELL}Grace,"{ROWS_IN_A_CELL}"\nAlan,codes\n')
    assert len(names(found)) == 10_001
    assert [where for where, _ in skipped(found)] == ["people.csv:2", "people.csv:10003"]


def test_a_cell_whose_lines_are_too_long_themselves_is_one_row() -> None:
    line = "x," * (_csv.MAX_ROW // 2 + 1)
    found = items(f'Name,Note\nAda,"{line}\nPerson,{line}"\nGrace,ships\nAlan,"{line}""{line}"\nEmmy,rings\n')
    assert names(found) == ["Grace", "Emmy"]
    assert [where for where, _ in skipped(found)] == ["people.csv:2", "people.csv:5"]


def test_millions_of_blank_lines_are_passed_over_at_once() -> None:
    started = time.perf_counter()
    found = items("Name,Email\n" + "\r\n" * 5_000_000 + "Ada,ada@example.org\n" + "\r" * 5_000_000)
    assert time.perf_counter() - started < 2
    assert [(item.name, item.where) for item in found if isinstance(item, PersonRecord)] == [
        ("Ada", "people.csv:5000002")
    ]


@given(st.text(alphabet='ab",;\n\r\t ', max_size=200), st.integers(2, 9))
def test_the_size_of_a_block_changes_nothing(text: str, size: int) -> None:
    expected = rows(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_csv, "BLOCK", size)
        assert rows(text) == expected


def test_hostile_quotes_take_linear_time() -> None:
    # Every line ends a quoted cell properly and begins another, so that nothing is wrong before the end:
    # a reader that starts again at each line would need hours for these 2 MB.
    text = 'a",b,"c\n' * 250_000
    found = rows(text)
    assert len(found) == 250_000


def test_short_rows_are_filled_and_long_ones_are_skipped() -> None:
    found = items("Name,Email,Note\nAda\nGrace,g@example.org,a,b\nAlan,a@example.org,,,,\n")
    assert names(found) == ["Ada", "Alan"]
    assert skipped(found) == [("people.csv:3", "4 cells under 3 titles: a cell with a delimiter in it needs quotes")]


def test_blank_rows_are_nothing() -> None:
    found = items("Name,Email\n\n , \n,\nAda,ada@example.org\n\n")
    assert names(found) == ["Ada"]
    assert skipped(found) == []


def test_a_file_without_a_header_is_skipped_with_a_reason() -> None:
    found = items("just\nsome\ntext\n")
    assert skipped(found) == [("people.csv", "no row that names the columns")]
    assert isinstance(found[-1], Checkpoint)


def test_titles_are_compared_without_case_accents_and_spaces() -> None:
    assert _csv.fold_title("\ufeff  Prénom_USUEL ") == "prenom usuel"


def many(count: int) -> str:
    return "Name,Email,Last contacted\n" + "".join(f"P{n},p{n}@example.org,2026-01-01\n" for n in range(count))


def test_checkpoints_come_often_enough() -> None:
    run = longest = 0
    for item in items(many(5_000)):
        run = 0 if isinstance(item, Checkpoint) else run + 1
        longest = max(longest, run)
    assert 0 < longest <= CHECKPOINT_EVERY


def test_resuming_from_any_checkpoint_loses_and_repeats_nothing() -> None:
    text = many(3_000)
    whole = items(text)
    places = [index for index, item in enumerate(whole) if isinstance(item, Checkpoint)]
    assert len(places) > 2
    for place in places:
        checkpoint = whole[place]
        assert isinstance(checkpoint, Checkpoint)
        rest = items(text, checkpoint.cursor)
        expected = whole[place + 1 :] or [checkpoint]
        assert [i for i in rest if not isinstance(i, Checkpoint)] == [
            i for i in expected if not isinstance(i, Checkpoint)
        ]
        assert rest[-1] == whole[-1]


@pytest.mark.parametrize("change", ["bytes", "options", "shorter", "nonsense"])
def test_a_cursor_that_no_longer_fits_means_the_beginning(change: str) -> None:
    before = many(3_000)
    end = items(before)[-1]
    assert isinstance(end, Checkpoint)
    cursor, options, text = end.cursor, ReadOptions(), before
    match change:
        case "bytes":
            text = before.replace("P0,", "Q0,")
        case "options":
            options = ReadOptions(date_order="DMY")
        case "shorter":
            text = before[: before.index("P2500,")]
            assert len(text) > HEAD_BYTES
        case _:
            cursor = "nonsense"
    source = table.open_file(file_of(text), options)
    assert list(source.read(cursor)) == list(source.read(None))
    assert len(list(source.read(cursor))) > 1_000


@given(st.binary(max_size=400))
def test_any_bytes_below_a_header_are_read_without_an_exception(data: bytes) -> None:
    found = items(b"Name,Email,Last contacted,Birthday\n" + data)
    assert isinstance(found[-1], Checkpoint)


@given(st.text(alphabet='ab",;\n\r\t ', max_size=200))
def test_every_line_is_within_some_row_and_rows_are_in_order(text: str) -> None:
    found = [line for line, _ in rows(text)]
    assert found == sorted(set(found))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2).filter(any), max_size=6))
def test_what_the_csv_module_writes_is_what_is_read(table_of_cells: list[list[str]]) -> None:
    import csv

    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(table_of_cells)
    assert [row for _, row in rows(text.getvalue())] == table_of_cells
