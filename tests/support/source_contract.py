"""What every source promises, as tests: `FileContract` for a file format, `SourceContract` for others."""

from __future__ import annotations

import io
import itertools
import random
import re
from collections.abc import Callable, Iterator
from typing import ClassVar

import msgspec
import pytest

from dexcli.domain.records import Checkpoint, Gone, InteractionRecord, LeftOut, PersonRecord, Skipped, SourceItem
from dexcli.sources.base import CHECKPOINT_EVERY, FileFormat, Input, ReadOptions, Source

ITEM_TYPES = (PersonRecord, InteractionRecord, Gone, Skipped, LeftOut, Checkpoint)
Record = PersonRecord | InteractionRecord


def records(items: list[SourceItem]) -> list[Record]:
    return [item for item in items if isinstance(item, (PersonRecord, InteractionRecord))]


def assert_well_formed(items: list[SourceItem]) -> None:
    """What holds for the items of any reading, of good input and of garbage."""
    assert all(isinstance(item, ITEM_TYPES) for item in items)
    assert isinstance(items[-1], Checkpoint)
    for item in items:
        if isinstance(item, Skipped):
            assert item.where.strip()
            assert item.reason.strip()
            assert "Traceback" not in item.reason
        if isinstance(item, PersonRecord):
            assert item.name.strip() == item.name != ""
            assert item.key.partition(":")[2] != ""
            assert item.origin.ref != ""
            assert all(claim.value.strip() == claim.value != "" for claim in item.claims)
            # A date is told from another of the same day by its name.
            said = [(one.field, one.value, one.label if one.field == "date" else None) for one in item.claims]
            assert len(set(said)) == len(said), "a claim is made once"
            assert msgspec.json.encode(item), "can be stored"


class SourceContract:
    """For anything that can be read. Override `source` and `large_source`."""

    def source(self) -> Source:
        """A source over a few records and, where the format knows such a thing, a bad one."""
        raise NotImplementedError

    def large_source(self) -> Source:
        """A source over more than two times `CHECKPOINT_EVERY` items."""
        raise NotImplementedError

    def test_a_source_yields_records_of_the_known_types_and_ends_with_a_checkpoint(self) -> None:
        items = list(self.source().read(None))
        assert records(items)
        assert_well_formed(items)

    def test_reading_twice_gives_equal_items(self) -> None:
        source = self.source()
        assert list(source.read(None)) == list(source.read(None)) == list(self.source().read(None))

    def test_different_records_have_different_keys(self) -> None:
        found = records(list(self.source().read(None)))
        assert len({record.key for record in found}) == len(found)

    def test_a_record_names_its_source(self) -> None:
        source = self.source()
        for record in records(list(source.read(None))):
            assert (record.origin.source, record.origin.account) == (source.source, source.account)

    def test_a_checkpoint_comes_often_enough(self) -> None:
        large_items = list(self.large_source().read(None))
        assert len(large_items) > 2 * CHECKPOINT_EVERY
        since = 0
        for item in large_items:
            since = 0 if isinstance(item, Checkpoint) else since + 1
            assert since <= CHECKPOINT_EVERY

    def test_resuming_from_any_checkpoint_loses_nothing_and_repeats_nothing(self) -> None:
        large_items = list(self.large_source().read(None))
        places = [index for index, item in enumerate(large_items) if isinstance(item, Checkpoint)]
        for index in {*places[:2], places[len(places) // 2], *places[-2:]}:
            checkpoint = large_items[index]
            assert isinstance(checkpoint, Checkpoint)
            rest = list(self.large_source().read(checkpoint.cursor))
            assert _without_checkpoints(rest) == _without_checkpoints(large_items[index:])
            assert isinstance(rest[-1], Checkpoint)

    def test_an_unreadable_cursor_means_from_the_beginning(self) -> None:
        everything = list(self.source().read(None))
        for cursor in ("", "nonsense", "{}", "[1]", '{"offset": -1}', "-1", "9" * 30):
            assert list(self.source().read(cursor)) == everything


class FileContract(SourceContract):
    """For a file format. Give the module, a file name, and bytes."""

    format: ClassVar[FileFormat]
    name: ClassVar[str]
    """A base name such as the format's program writes."""
    options: ClassVar[ReadOptions] = ReadOptions()

    def small(self) -> bytes:
        """A file of a few records, as real as possible."""
        raise NotImplementedError

    def large(self) -> bytes:
        """A file of more than two times `CHECKPOINT_EVERY` records."""
        raise NotImplementedError

    def open(self, data: bytes) -> Source:
        """The source over these bytes."""
        return self.format.open_file(input_of(self.name, data), self.options)

    def source(self) -> Source:
        return self.open(self.small())

    def large_source(self) -> Source:
        return self.open(self.large())

    def test_the_format_recognises_its_file(self) -> None:
        claim = self.format.claims(self.small(), self.name, self.options)
        assert claim is not None
        assert claim.what

    def test_where_names_file_and_line(self) -> None:
        for item in self.source().read(None):
            if not isinstance(item, LeftOut | Gone | Checkpoint):
                assert re.fullmatch(re.escape(self.name) + r":[1-9]\d*", item.where)

    def test_a_cursor_of_another_file_means_from_the_beginning(self) -> None:
        small = self.small()
        other = [item for item in self.open(small + small).read(None) if isinstance(item, Checkpoint)]
        assert list(self.source().read(other[-1].cursor)) == list(self.source().read(None))

    def test_an_empty_file_gives_no_record(self) -> None:
        items = list(self.open(b"").read(None))
        assert not records(items)
        assert_well_formed(items)

    def test_a_file_cut_off_anywhere_is_read_without_an_exception(self) -> None:
        data = self.small()
        for end in range(0, len(data), max(1, len(data) // 1500)):
            assert_well_formed(list(self.open(data[:end]).read(None)))

    @pytest.mark.parametrize("damage", ["random", "flipped", "shuffled", "repeated"])
    def test_garbage_gives_no_exception(self, damage: str) -> None:
        for seed in range(60):
            data = DAMAGE[damage](self.small(), random.Random(seed))  # noqa: S311  # repeatable, not secret
            self.format.claims(data, self.name, self.options)
            assert_well_formed(list(self.open(data).read(None)))


def input_of(name: str, data: bytes) -> Input:
    """Bytes as if read from a file of that name."""
    return Input(name=name, open=lambda: io.BytesIO(data))


def _without_checkpoints(items: list[SourceItem]) -> list[SourceItem]:
    return [item for item in items if not isinstance(item, Checkpoint)]


def _flipped(data: bytes, chance: random.Random) -> bytes:
    flipped = bytearray(data)
    for _ in range(1 + len(data) // 50):
        flipped[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(flipped)


def _shuffled(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def _repeated(data: bytes, chance: random.Random) -> bytes:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            start = chance.randrange(len(data))
            yield data[start : start + chance.randrange(200)]

    return b"".join(itertools.chain(pieces(), [data]))


DAMAGE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "random": lambda data, chance: chance.randbytes(min(len(data), 4096)),
    "flipped": _flipped,
    "shuffled": _shuffled,
    "repeated": _repeated,
}
