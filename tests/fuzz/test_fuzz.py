"""A short form of the fuzzing (`make fuzz` is the long one), and that it would find something."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dexcli.errors import FormatError
from fuzz import run
from fuzz.targets import TARGETS, Parse, Target

INPUTS = 400


@pytest.mark.parametrize("target", TARGETS)
def test_damaged_input_is_read_or_refused(target: str) -> None:
    done = run.fuzz(target, INPUTS)
    assert done.refused <= done.inputs


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_damaged_was_right(target: str, tmp_path: Path) -> None:
    parse = TARGETS[target].prepare(tmp_path)
    for seed in TARGETS[target].seeds:
        parse(seed)


def test_an_input_is_made_again_by_its_number() -> None:
    made = [run.input_number("vcard", number) for number in range(50)]
    assert made == [run.input_number("vcard", number) for number in range(50)]
    assert len(set(made)) > 40


def test_defects_are_found_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "SECONDS", 0.05)

    def with_parser(parse: Parse) -> None:
        monkeypatch.setitem(TARGETS, "vcard", Target(seeds=(b"seed",), prepare=lambda _: parse))

    def wrong(_: bytes) -> None:
        raise KeyError("x")

    def slow(_: bytes) -> None:
        ends = time.process_time() + 1
        while time.process_time() < ends:
            pass

    def refusing(_: bytes) -> None:
        raise FormatError("no")

    for parse in (wrong, slow):
        with_parser(parse)
        with pytest.raises(run.DefectError, match="input 7"):
            run.fuzz("vcard", 3, seed=7)
        assert (tmp_path / ".fuzz" / "vcard-7").read_bytes() == run.input_number("vcard", 7)
    with_parser(refusing)
    assert run.fuzz("vcard", 3).refused == 3
