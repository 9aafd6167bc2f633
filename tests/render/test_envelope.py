from __future__ import annotations

import json

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from dexcli.errors import AmbiguousError, NotFoundError, UsageError
from dexcli.render import envelope
from dexcli.results.accounts import AccountList, AccountTests
from dexcli.results.contract import COMMANDS
from dexcli.results.due import DueList
from dexcli.results.history import History
from dexcli.results.people import Candidate, PersonList
from dexcli.results.setup import ConfigInfo


def test_a_document_is_the_envelope_and_the_result(due: DueList) -> None:
    told = json.loads(envelope.document("due", due, ["two people were skipped"]))
    assert list(told) == ["version", "command", "data", "warnings"]
    assert (told["version"], told["command"]) == (1, "due")
    assert told["warnings"] == ["two people were skipped"]
    assert told["data"]["items"][0]["person"]["handle"] == "ada"
    assert told["data"]["items"][0]["due_on"] == "2026-02-15"


def test_an_empty_list_is_the_same_document() -> None:
    told = json.loads(envelope.document("list", PersonList(total=0, items=[]), []))
    assert told == {"version": 1, "command": "list", "data": {"total": 0, "items": []}, "warnings": []}


def test_a_document_is_indented_and_readable_beyond_ascii(people: PersonList) -> None:
    text = envelope.document("list", people, [])
    assert text.startswith('{\n  "version": 1,\n  "command": "list",')
    assert "墨子" in text


@given(st.text(max_size=50))
def test_any_text_survives_and_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    settings = ConfigInfo(path=text, exists=True, settings={text: text})
    document = envelope.document("config", settings, [text])
    (line,) = envelope.lines(settings)
    for encoded in (document.replace("\n", ""), line):
        assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in encoded)
        assert len(encoded.splitlines()) == 1
    told = json.loads(document)
    assert told["data"] == json.loads(line) == {"path": text, "exists": True, "settings": {text: text}, "me": None}
    assert told["warnings"] == [text]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("\x1b]8;;", r"\u001b]8;;"),
        ("\x9b31m", r"\u009b31m"),
        ("\x7f", r"\u007f"),
        ("\u202e", r"\u202e"),
        ("\u2028", r"\u2028"),
    ],
)
def test_what_a_terminal_obeys_is_escaped(text: str, escaped: str) -> None:
    told = envelope.document("config", ConfigInfo(path=text, exists=False, settings={}), [])
    assert f'"path": "{escaped}"' in told
    assert json.loads(told)["data"]["path"] == text


def test_bytes_that_are_no_text_do_not_break_a_document() -> None:
    told = envelope.document("config", ConfigInfo(path="caf\udce9", exists=False, settings={}), [])
    assert json.loads(told)["data"] == {"path": "caf?", "exists": False, "settings": {}, "me": None}


def test_a_list_is_one_object_a_line(due: DueList, history: History) -> None:
    assert [json.loads(line)["person"]["handle"] for line in envelope.lines(due)] == [
        "ada",
        "grace-hopper",
        "alan-turing",
    ]
    assert [json.loads(line)["id"] for line in envelope.lines(history)] == ["o68", "o67", "o66", "o65", "o64"]
    assert list(envelope.lines(PersonList(total=0, items=[]))) == []
    assert list(envelope.lines(AccountList(accounts=[]))) == []


def test_a_single_result_is_one_line(results: list[Struct]) -> None:
    for result in results:
        if not any(hasattr(result, name) for name in ("items", "operations")) and not isinstance(
            result, AccountList | AccountTests
        ):
            (line,) = envelope.lines(result)
            assert json.loads(line) == msgspec.to_builtins(result)


def test_an_error_is_one_line_with_everything_to_act_on() -> None:
    ada = Candidate(id=1, handle="ada", name="Ada Lovelace", detail=None)
    failure = AmbiguousError("several people\nare called ada", hint="say which", candidates=[ada])
    line = envelope.error(failure)
    assert "\n" not in line
    assert json.loads(line) == {
        "version": 1,
        "error": {
            "code": "ambiguous",
            "message": "several people\nare called ada",
            "hint": "say which",
            "candidates": [{"id": 1, "handle": "ada", "name": "Ada Lovelace", "detail": None}],
        },
    }


def test_an_error_about_bytes_that_are_no_text_is_still_json() -> None:
    assert json.loads(envelope.error(NotFoundError("no file \udcff")))["error"]["message"] == "no file ?"


def test_there_is_a_result_of_every_type_of_the_contract(results: list[Struct]) -> None:
    assert {type(result) for result in results} == {kind for kinds in COMMANDS.values() for kind in kinds}


def test_every_document_validates_against_the_schema_of_its_command(results: list[Struct]) -> None:
    for command in envelope.schemas():
        schema = envelope.schema(command)
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        for result in results:
            if isinstance(result, COMMANDS[command]):
                validator.validate(json.loads(envelope.document(command, result, [])))


def test_a_schema_refuses_another_version_a_missing_field_and_another_result(due: DueList, people: PersonList) -> None:
    validator = jsonschema_rs.Draft202012Validator(envelope.schema("due"), validate_formats=True)
    told = json.loads(envelope.document("due", due, []))
    assert validator.is_valid(told)
    assert not validator.is_valid({**told, "version": 2})
    assert not validator.is_valid({**told, "command": "list"})
    assert not validator.is_valid({key: value for key, value in told.items() if key != "warnings"})
    assert not validator.is_valid({**told, "data": {**told["data"], "as_of": "yesterday"}})
    del told["data"]["as_of"]
    assert not validator.is_valid(told)
    assert not validator.is_valid(json.loads(envelope.document("due", people, [])))


def test_a_schema_allows_fields_that_are_added_later(due: DueList) -> None:
    validator = jsonschema_rs.Draft202012Validator(envelope.schema("due"))
    told = json.loads(envelope.document("due", due, []))
    assert validator.is_valid({**told, "later": 1, "data": {**told["data"], "later": 1}})


def test_the_schema_of_an_unknown_command_is_refused() -> None:
    with pytest.raises(UsageError, match="telepathy"):
        envelope.schema("telepathy")
