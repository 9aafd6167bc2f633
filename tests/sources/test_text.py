from __future__ import annotations

import io
import tracemalloc
import unicodedata
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.sources._text import clean, decode, find_encoding, open_text, sniff_encoding
from dexcli.sources.base import HEAD_BYTES, Input

NAME = "Zoë Kowalczyk-Müller\r\n"


def input_of(data: bytes) -> Input:
    return Input(name="people.txt", open=lambda: io.BytesIO(data))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"", "utf-8"),
        (b"Ada Lovelace", "utf-8"),
        (NAME.encode(), "utf-8"),
        (NAME.encode("utf-8-sig"), "utf-8-sig"),
        (NAME.encode("utf-16"), "utf-16"),
        ("\ufeff".encode("utf-16-be") + NAME.encode("utf-16-be"), "utf-16"),
        (NAME.encode("utf-16-le"), "utf-16-le"),
        (NAME.encode("utf-16-be"), "utf-16-be"),
        (NAME.encode("cp1252"), "cp1252"),
    ],
)
def test_the_encoding_is_recognised_and_the_text_read(data: bytes, encoding: str) -> None:
    assert sniff_encoding(data) == encoding
    assert find_encoding(input_of(data)) == encoding
    assert decode(data) in {NAME, "Ada Lovelace", ""}
    with open_text(input_of(data)) as text:
        assert text.read() == decode(data)


def test_a_head_that_ends_within_a_character_is_still_utf8() -> None:
    assert sniff_encoding("Łucja".encode()[:1]) == "utf-8"


def test_a_byte_that_cp1252_leaves_undefined_loses_nothing() -> None:
    assert decode(b"caf\xe9 \x81 \x80") == "café \x81 €"


def test_one_odd_byte_far_behind_the_beginning_spoils_neither_its_line_nor_the_others() -> None:
    rows = [f"Zoë {number}" for number in range(HEAD_BYTES // 4)]
    data = "\n".join(rows).encode() + b"\nJos\xe9,last"
    with open_text(input_of(data)) as text:
        assert text.read().split("\n") == [*rows, "José,last"]


def test_a_file_of_cp1252_with_a_pair_that_happens_to_be_utf8_is_cp1252() -> None:
    text = "Größe groß… Müller Jürgen"
    assert decode(text.encode("cp1252")) == text


def test_line_ends_are_left_as_they_are() -> None:
    with open_text(input_of(b"a\r\nb\nc\rd")) as text:
        assert text.read() == "a\r\nb\nc\rd"


def test_a_large_file_is_read_in_constant_memory() -> None:
    class Endless(io.RawIOBase):
        """Forty megabytes that exist nowhere."""

        left = 40 * 1024 * 1024

        def readable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

        def seek(self, offset: int, whence: int = 0) -> int:
            assert (offset, whence) == (0, 0)
            self.left = type(self).left
            return 0

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a buffer of bytes
            size = min(len(buffer), self.left)
            buffer[:size] = b"Z" * size
            self.left -= size
            return size

    def opened() -> BinaryIO:
        return io.BufferedReader(Endless())

    tracemalloc.start()
    with open_text(Input(name="large.csv", open=opened)) as text:
        while text.read(64 * 1024):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


@given(st.binary(max_size=200))
def test_no_bytes_fail(data: bytes) -> None:
    with open_text(input_of(data)) as text:
        assert text.read() == decode(data)


@given(st.text())
def test_utf8_comes_back_as_it_was(text: str) -> None:
    assert decode(text.encode("utf-8-sig")) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Ada \t", "Ada"),
        ("two\r\nlines\tkept", "two\nlines\tkept"),
        ("nul\x00 bell\x07 esc\x1b[31m c1\x9b", "nul bell esc[31m c1"),
        ("Zoe\u0308", "Zoë"),
        ("\u202a+1 555 0100\u202c", "+1 555 0100"),
        ("\ud83d", "\ufffd"),
        ("\x00 \u00a0", ""),
    ],
)
def test_a_value_is_cleaned(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(alphabet=st.characters()))
def test_a_cleaned_value_can_be_stored_and_is_clean(text: str) -> None:
    value = clean(text)
    assert value.encode().decode() == clean(value) == value
    assert not any(unicodedata.category(c) == "Cc" and c not in "\t\n" for c in value)
