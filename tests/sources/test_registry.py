from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from dexcli.errors import FormatError, UsageError
from dexcli.sources import registry
from dexcli.sources.base import Input, ReadOptions

DATA = Path(__file__).parent / "data" / "csv"


def input_of(data: bytes, name: str = "x") -> Input:
    return Input(name=name, open=lambda: io.BytesIO(data))


@pytest.mark.parametrize("word", registry.FORMATS)
def test_the_word_of_a_format_is_the_one_it_calls_itself(word: str) -> None:
    assert word == registry.load(word).FORMAT


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Connections.csv", "linkedin"),
        ("google-2024.csv", "google"),
        ("google-2019.csv", "google"),
        ("outlook.csv", "outlook"),
        ("people.csv", "csv"),
        ("interactions.csv", "csv"),
    ],
)
def test_files_are_told_apart_by_what_is_in_them(name: str, word: str) -> None:
    module, claim = registry.recognise(input_of((DATA / name).read_bytes(), "no-hint.txt"), ReadOptions())
    assert word == module.FORMAT
    assert claim.what


def test_a_card_is_no_table() -> None:
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Lovelace\r\nEMAIL:ada@example.org\r\nEND:VCARD\r\n"
    assert registry.recognise(input_of(card), ReadOptions())[0].FORMAT == "vcard"


def test_only_the_head_of_a_file_is_read() -> None:
    stream = io.BytesIO(b"Name,Email\n" + b"Ada,ada@example.org\n" * 100_000)
    read = stream.read
    asked: list[int | None] = []

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            asked.append(size)
            return read(size)

    registry.recognise(Input(name="x", open=Watched), ReadOptions())
    assert asked == [64 * 1024]


def test_the_user_may_say_which_format_it_is() -> None:
    file = input_of(b"Name\nAda\n")
    with pytest.raises(FormatError):
        registry.recognise(file, ReadOptions())
    module, _ = registry.recognise(file, ReadOptions(), "csv")
    assert len(list(module.open_file(file, ReadOptions()).read(None))) == 2


def test_mapped_columns_make_it_a_csv() -> None:
    options = ReadOptions(columns={"Connected On": "met_on"})
    module, _ = registry.recognise(input_of((DATA / "Connections.csv").read_bytes()), options)
    assert module.FORMAT == "csv"
    with pytest.raises(UsageError, match="explains a CSV"):
        registry.recognise(input_of(b""), options, "linkedin")


def test_an_unknown_format_is_refused_with_near_misses() -> None:
    with pytest.raises(UsageError, match="no format 'vcards', did you mean 'vcard'") as caught:
        registry.recognise(input_of(b""), ReadOptions(), "vcards")
    assert "linkedin" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("data", "message"), [(b"", "x is empty"), (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10, "no format")]
)
def test_a_file_in_no_known_format_is_refused_with_what_is_known(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        registry.recognise(input_of(data), ReadOptions())
    assert "vcard" in (caught.value.hint or "")


def test_two_formats_that_claim_one_file_are_both_named() -> None:
    both = b"First Name,Last Name,E-mail 1 - Value,Connected On\n"
    with pytest.raises(FormatError, match=r"\(linkedin\) and .*\(google\)") as caught:
        registry.recognise(input_of(both), ReadOptions())
    assert caught.value.hint == "say which with --as"


def test_asking_for_one_format_loads_no_other() -> None:
    code = (
        "import sys; from dexcli.sources import registry; registry.load('linkedin');"
        "print([m for m in sys.modules if m in ('dexcli.sources.google', 'dexcli.sources.vcard',"
        " 'phonenumbers', 'vobject', 'rich', 'typer')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
