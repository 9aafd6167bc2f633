"""Changing a person: by options, by removals, and as TOML in an editor."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from support.network import dump
from support.program import Dex, Ran, Terminal


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shell script that is the editor; `$1` is the file, a copy of which stays beside the script as `seen`."""
    path = tmp_path / "editor"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(path))
    return path


def edit(known: Dex, script: Path, *lines: str) -> Ran:
    """Edit Ada; the lines are what the editor does to `$1`."""
    script.write_text("\n".join(["#!/bin/sh", f'cp "$1" {script.parent}/seen', *lines]))
    return known("edit", "ada-lovelace", "-e", "--json")


def person(ran: Ran) -> Any:
    assert ran.code == 0, ran.err
    return ran.json["data"]["person"]


def test_options_add_and_change(known: Dex) -> None:
    changed = person(
        known(
            *("edit", "ada", "--json", "--name", "Augusta Ada King", "--handle", "augusta"),
            *("--email", "augusta@example.net", "--phone", "+1 555 010 0123", "--url", "https://ada.example.org"),
            *("--alias", "Countess", "--company", "Difference Engines", "--title", "Analyst", "--location", "Ockham"),
            *(
                "--address",
                "12 St James's Square, London",
                "--tag",
                "poet",
                "--met",
                "a ball",
                "--met-on",
                "5 June 1833",
            ),
            *("--every", "quarterly", "--importance", "high", "--birthday", "12-10", "--note", "numbers"),
            *("--set", "tea=strong", "--set", "pets=cat"),
        )
    )
    expected = {
        "name": "Augusta Ada King",
        "handle": "augusta",
        "emails": ["ada@example.org", "countess@example.com", "augusta@example.net"],
        "aliases": ["Enchantress", "Countess"],
        "company": "Difference Engines",
        "title": "Analyst",
        "location": "Ockham",
        "addresses": ["12 St James's Square, London"],
        "tags": ["friend", "maths", "poet"],
        "met_where": "a ball",
        "met_on": "1833-06-05",
        "cadence": "P3M",
        "cadence_source": "person",
        "importance": "high",
        "birthday": "--12-10",
        "notes": "numbers",
        "fields": {"tea": "strong", "pets": "cat"},
    }
    assert {key: changed[key] for key in expected} == expected
    assert set(changed["phones"]) >= {"+442079460958"}
    assert len(changed["phones"]) == len(changed["urls"]) == 2


def test_removals_take_off(known: Dex) -> None:
    known("edit", "ada", "--address", "London", "--set", "tea=strong", "--note", "numbers", "--title", "x", "-q")
    ran = known(
        *("edit", "ada", "--json", "--remove-email", "COUNTESS@example.com", "--remove-phone", "+442079460958"),
        *(
            "--remove-url",
            "linkedin.com/in/ada-lovelace",
            "--remove-alias",
            "enchantress",
            "--remove-address",
            "London",
        ),
        *("--remove-tag", "maths", "--remove", "company", "--remove", "location", "--remove", "met"),
        *("--remove", "met-on", "--remove", "birthday", "--remove", "note", "--remove", "every", "--remove", "tea"),
        *("--remove", "title"),
    )
    changed = person(ran)
    assert (changed["emails"], changed["tags"]) == (["ada@example.org"], ["friend"])
    for field in ("phones", "urls", "aliases", "addresses"):
        assert changed[field] == [], field
    for field in ("company", "title", "location", "met_where", "met_on", "birthday", "notes", "cadence"):
        assert changed[field] is None, field
    assert changed["fields"] == {}


@pytest.mark.parametrize(
    "words",
    [
        ["--remove-email", "nobody@example.org"],
        ["--remove-phone", "+1 555 010 0123"],
        ["--remove-tag", "chess"],
        ["--remove", "title"],
        ["--remove", "nonsense"],
    ],
)
def test_what_is_not_there_cannot_be_taken_off(known: Dex, db: Path, words: list[str]) -> None:
    before = dump(db)
    assert known("edit", "ada", "--company", "x", *words).code == 4
    assert dump(db) == before


def test_what_changes_nothing_is_no_operation(known: Dex) -> None:
    ran = known("edit", "ada", "--company", "Analytical Engines", "--tag", "friend", "--json")
    assert (ran.code, ran.json["data"]["operation_id"]) == (0, None)
    assert ran.json["data"]["done"] == "Ada Lovelace is as it was"


def test_the_editor_shows_what_can_be_changed(known: Dex, script: Path) -> None:
    ran = edit(known, script)
    assert ran.json["data"]["operation_id"] is None, "a file that was not touched changes nothing"
    seen = tomllib.loads((script.parent / "seen").read_text())
    assert (seen["name"], seen["handle"], seen["every"]) == ("Ada Lovelace", "ada-lovelace", "2w")
    assert seen["emails"] == ["ada@example.org", "countess@example.com"]
    assert (seen["met"], seen["met-on"], seen["birthday"]) == ("Royal Society", "2025-06-01", "1815-12-10")
    assert (seen["title"], seen["fields"]) == ("", {})


def test_the_editor_adds_removes_and_changes(known: Dex, script: Path) -> None:
    changed = person(
        edit(
            known,
            script,
            """sed -i -e 's/"countess@example.com"/"augusta@example.net"/' -e 's/^company = .*/company = ""/' \\""",
            """  -e 's/^title = .*/title = "Analyst"/' -e 's/^every = .*/every = "monthly"/' \\""",
            """  -e 's/^tags = .*/tags = ["friend", "poet"]/' -e 's/^note = .*/note = \"\"\"two\\nlines\"\"\"/' \\""",
            """  -e 's/^name = .*/name = "Augusta King"/' -e 's/^birthday = .*/birthday = "12-10"/' "$1" """,
            """printf 'tea = "strong"\\n' >>"$1" """,
        )
    )
    expected = {
        "name": "Augusta King",
        "handle": "ada-lovelace",
        "emails": ["ada@example.org", "augusta@example.net"],
        "tags": ["friend", "poet"],
        "company": None,
        "title": "Analyst",
        "cadence": "P1M",
        "notes": "two\nlines",
        "birthday": "--12-10",
        "fields": {"tea": "strong"},
        "location": "London",
    }
    assert {key: changed[key] for key in expected} == expected
    assert "augusta" not in known("undo", "--json").json["data"]["done"]
    assert known("show", "ada", "--json").json["data"]["person"]["company"] == "Analytical Engines"


def test_a_line_that_was_deleted_is_taken_off(known: Dex, script: Path) -> None:
    changed = person(edit(known, script, """sed -i -e '/^company/d' -e '/^aliases/d' "$1" """))
    assert (changed["company"], changed["aliases"]) == (None, [])
    assert edit(known, script, """sed -i -e '/^name/d' "$1" """).code == 2, "a person needs a name"


@pytest.mark.parametrize(
    "line",
    [
        'printf "company = [broken\\n" >"$1"',
        'printf "nonsense = 1\\n" >>"$1"; sed -i "/fields/d" "$1"',
        'sed -i \'s/^emails = .*/emails = "ada@example.org"/\' "$1"',
        "sed -i 's/^emails = .*/emails = [1]/' \"$1\"",
        'sed -i \'s/^emails = .*/emails = ["nonsense"]/\' "$1"',
        "sed -i 's/^company = .*/company = 5/' \"$1\"",
        'sed -i \'s/^every = .*/every = "sometimes"/\' "$1"',
        'sed -i \'s/^birthday = .*/birthday = "soon"/\' "$1"',
        'sed -i \'s/^handle = .*/handle = "grace-hopper"/\' "$1"',
    ],
)
def test_a_text_that_cannot_be_read_is_kept(known: Dex, db: Path, script: Path, line: str) -> None:
    before = dump(db)
    ran = edit(known, script, line, f'cp "$1" {script.parent}/written')
    assert (ran.code, ran.out) == (2, "")
    place = ran.error["hint"].rpartition("your text is safe in ")[2]
    assert Path(place).read_text() == (script.parent / "written").read_text()
    assert dump(db) == before


def test_without_an_option_the_editor_opens_on_a_terminal_only(known: Dex, terminal: Terminal, script: Path) -> None:
    script.write_text('#!/bin/sh\nsed -i \'s/^title = .*/title = "Analyst"/\' "$1"\n')
    assert known("edit", "ada").code == 2
    assert terminal("edit", "ada").code == 0
    assert known("show", "ada", "--json").json["data"]["person"]["title"] == "Analyst"


def test_options_of_a_person_and_of_an_entry_do_not_mix(known: Dex) -> None:
    for words in (["i1", "--email", "x@example.org"], ["ada", "--kind", "call"], ["ada", "new text"]):
        ran = known("edit", *words)
        assert (ran.code, ran.out) == (2, "")
        assert "i123" in ran.err


def test_an_edit_says_what_it_changed_and_what_it_replaced(known: Dex) -> None:
    def done(*words: str) -> str:
        return str(known("edit", "ada", *words, "--json").json["data"]["done"])

    known("edit", "ada", "--note", "Met at the Royal Society, by the engine", "--company", "")
    told = done("--note", "new", "--company", "Analytical Engines", "--every", "3m")
    assert told == 'changed Ada Lovelace: company, note: "Met at the Royal Societ…" → "new", every'
    assert done("--company", "") == 'changed Ada Lovelace: company: "Analytical Engines" → none'
    assert done("--anniversary", "06-01") == "changed Ada Lovelace: anniversary"
    assert done("--note", "new") == "Ada Lovelace is as it was"


def test_a_cadence_takes_as_many_words_as_it_can(known: Dex) -> None:
    assert known("cadence", "ada", "every", "2", "weeks").code == 0
    assert known("cadence", "ada", "grace", "every", "10", "days", "--json").json["data"]["done"] == (
        "2 people: every 10 days"
    )
    assert known("cadence", "--tag", "friend", "every", "other", "month").code == 0
    assert known("cadence", "ada", "soon").code == 2


def test_who_is_not_snoozed_is_told_so(known: Dex) -> None:
    assert known("unsnooze", "ada", "--json").json["data"]["done"] == "Ada Lovelace is not snoozed"
    known("snooze", "ada", "1w")
    assert known("unsnooze", "ada", "--json").json["data"]["done"] == "Ada Lovelace is no longer snoozed"
