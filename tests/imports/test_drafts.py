"""`dex import --draft` and `dex apply`: an import that is looked at, edited and carried out by the line."""

from __future__ import annotations

import os
import random
import re
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from dexcli.render import envelope
from support.harmless import assert_harmless
from support.importing import (
    DATABASE,
    address_book,
    card,
    imported,
    integrity,
    logical_tables,
    names,
    operations,
    refused,
)
from support.program import DEX, NOW, Dex, Terminal

ADA = card("Ada King", "EMAIL:ada@example.org", "TEL:+44 20 7946 0958", uid="1")
ALAN = card("Alan Turing", "EMAIL:alan@example.org", uid="2")
GRACE = card("Grace Hopper", "EMAIL:grace@example.org", uid="3")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    book = tmp_path / "book.vcf"
    book.write_text(ADA + ALAN + GRACE)
    return book


def drafted(dex: Dex, source: Path, *options: str, **said: Any) -> Path:
    """The file of a new draft."""
    file = source.with_name("a.draft")
    file.unlink(missing_ok=True)
    ran = dex("import", source, "--draft", file, *options, **said)
    assert ran.code == 0, ran.err
    return file


def lines(file: Path) -> list[str]:
    """The lines of a draft that say what is to be done."""
    return [line for line in file.read_text().splitlines() if re.match("(add|link|update|skip) ", line)]


def row_of(file: Path, name: str) -> str:
    (line,) = [line for line in lines(file) if name in line]
    return line.split()[1]


def change(file: Path, name: str, to: str) -> None:
    """Make another line of the one that speaks of a name; {} is its row."""
    (line,) = [line for line in lines(file) if name in line]
    changed = to.format(row_of(file, name)) + " " + line[line.index("#") :]
    file.write_text(file.read_text().replace(line, changed))


def applied(dex: Dex, file: Path, *options: str) -> Any:
    ran = dex("apply", file, "--json", *options)
    assert ran.code == 0, ran.err
    return ran.json["data"]["report"]


def not_applied(dex: Dex, file: Path | str, code: int = 2, **options: Any) -> Any:
    """The error of a draft that cannot be applied, and that has changed nothing."""
    before = operations(dex)
    ran = dex("apply", file, "--json", **options)
    assert (ran.code, ran.out) == (code, "")
    assert operations(dex) == before
    return ran.error


def said_of(dex: Dex, person: str) -> dict[str, Any]:
    found: dict[str, Any] = dex("show", person, "--json").json["data"]["person"]
    return found


# -- making one ------------------------------------------------------------------------------------------------


def test_a_draft_tells_what_an_import_would_do_and_why(dex: Dex, book: Path) -> None:
    dex("init", "--email", "alan@example.org", "--region", "GB")
    dex("add", "Ada King", "--phone", "020 7946 0958", "--handle", "countess")
    dex("add", "Grace Hopper")
    assert [re.sub(r"[0-9a-f]{7} ", "ROW ", line) for line in lines(drafted(dex, book))] == [
        "link   ROW countess # Ada King      likely  same number, a name that fits; brings email",
        "skip   ROW          # Alan Turing   sure    has an e-mail address of yours",
        "add    ROW          # Grace Hopper  unsure  same name as grace-hopper",
    ]


def test_a_draft_changes_nothing_and_is_readable_by_its_owner_alone(dex: Dex, book: Path, home: Path) -> None:
    dex("add", "Ada King", "--email", "ada@example.org")
    before = (home / DATABASE).read_bytes()
    file = drafted(dex, book)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (home / DATABASE).read_bytes() == before


def test_what_is_known_already_has_no_row(dex: Dex, book: Path) -> None:
    imported(dex, book)
    file = drafted(dex, book)
    assert lines(file) == []
    assert applied(dex, file)["operation_id"] is None
    book.write_text(book.read_text().replace("EMAIL:ada@", "ORG:Engines\r\nEMAIL:ada@"))
    assert [line.split("#")[1].strip() for line in lines(drafted(dex, book))] == [
        "Ada King  sure    says otherwise now: company"
    ]


def test_a_draft_is_told_as_json_and_on_a_terminal(dex: Dex, terminal: Terminal, book: Path) -> None:
    file = book.with_name("an a.draft")
    data = dex("import", book, "--draft", file, "--json").json["data"]
    assert data["report"]["dry_run"]
    assert data["draft"]["file"] == str(file)
    assert [(row["action"], row["name"], row["where"]) for row in data["draft"]["items"]] == [
        ("add", "Ada King", "book.vcf:1"),
        ("add", "Alan Turing", "book.vcf:8"),
        ("add", "Grace Hopper", "book.vcf:14"),
    ]
    shown = terminal("import", "book.vcf", "--draft", "b c.draft", cwd=book.parent).text
    assert "wrote 3 rows to b c.draft: edit it, then dex apply 'b c.draft'" in shown
    assert dex("import", book, "--draft", book.with_name("d.draft")).out.splitlines()[0].split("\t")[1:3] == ["add", ""]


def test_a_draft_takes_the_place_of_no_file(dex: Dex, book: Path) -> None:
    file = drafted(dex, book)
    file.write_text("an hour's work")
    assert "is there already" in refused(dex, book, "--draft", file)["message"]
    assert file.read_text() == "an hour's work"
    assert "is there already" in refused(dex, book, "--draft", book)["message"]
    assert "is a folder" in refused(dex, book, "--draft", book.parent)["message"]
    assert "there is no folder" in refused(dex, book, "--draft", book.parent / "none" / "a.draft")["message"]
    assert refused(dex, book, "--draft", "/proc/a.draft")["hint"] == "name another place: --draft FILE"


def test_a_dry_run_writes_no_draft_and_applies_none(dex: Dex, book: Path) -> None:
    file = book.with_name("a.draft")
    assert dex("import", book, "--draft", file, "--dry-run").code == 0
    assert not file.exists()
    drafted(dex, book)
    assert applied(dex, file, "--dry-run")["people"]["added"] == 3
    assert names(dex) == []
    assert applied(dex, file)["people"]["added"] == 3


def test_a_draft_goes_to_standard_output_and_comes_from_standard_input(dex: Dex, book: Path) -> None:
    text = dex("import", book, "--draft", "-").out
    assert text.startswith("# vCard 3.0 address book, book.vcf, as dex would import it.\n")
    assert dex("apply", "-", input=text).code == 0
    assert len(names(dex)) == 3
    assert refused(dex, book, "--draft", "-")["message"] == "a draft is no JSON"


def test_what_can_be_read_only_once_is_not_drafted(dex: Dex, tmp_path: Path) -> None:
    assert "read only once" in refused(dex, "-", "--draft", tmp_path / "a.draft", input=ADA)["message"]
    everything = tmp_path / "all.jsonl"
    dex("export", "--as", "jsonl", "-o", everything)
    assert "nothing to choose" in refused(dex, everything, "--draft", tmp_path / "a.draft")["message"]


def test_documents_about_drafts_are_as_their_schemas_say(dex: Dex, book: Path) -> None:
    dex("add", "Ada King", "--email", "ada@example.org")
    file = book.with_name("a.draft")
    for command, ran in (
        ("import", dex("import", book, "--draft", file, "--json")),
        ("apply", dex("apply", file, "--json", "--dry-run")),
        ("apply", dex("apply", file, "--json")),
    ):
        Draft202012Validator(envelope.schema(command)).validate(ran.json)


# -- editing one -----------------------------------------------------------------------------------------------


def test_a_new_person_can_be_linked_to_somebody_who_is_here(dex: Dex, book: Path) -> None:
    dex("add", "Augusta", "--email", "augusta@example.org")
    file = drafted(dex, book)
    change(file, "Ada King", "link {} augusta@example.org")
    assert applied(dex, file)["people"]["added"] == 2
    assert said_of(dex, "augusta")["emails"] == ["augusta@example.org", "ada@example.org"]
    # The next import of the file knows it, and a newer one updates the same person.
    assert imported(dex, book)["people"]["unchanged"] == 3
    book.write_text(book.read_text().replace("EMAIL:ada@", "ORG:Engines\r\nEMAIL:ada@"))
    assert imported(dex, book)["people"]["updated"] == 1
    assert said_of(dex, "augusta")["company"] == "Engines"


def test_a_link_can_become_a_new_person_and_nobody_is_asked_about_it(dex: Dex, book: Path) -> None:
    dex("add", "Ada King", "--email", "ada@example.org")
    file = drafted(dex, book)
    change(file, "Ada King", "a {}")
    report = applied(dex, file)
    assert (report["people"]["added"], report["people"]["asked"]) == (3, [])
    assert names(dex).count("Ada King") == 2
    assert imported(dex, book)["people"]["unchanged"] == 3


def test_what_is_skipped_or_deleted_is_left_out_and_told(dex: Dex, book: Path) -> None:
    file = drafted(dex, book)
    change(file, "Ada King", "skip {}")
    file.write_text(file.read_text().replace(next(line for line in lines(file) if "Alan" in line) + "\n", ""))
    report = applied(dex, file)
    assert report["people"]["added"] == 1
    assert report["notes"] == ["left out, as the draft says: 2 rows"]
    assert names(dex) == ["Grace Hopper"]
    assert len(operations(dex)) == 1
    assert dex("undo").code == 0
    assert names(dex) == []


def test_two_records_become_one_person_by_their_rows(dex: Dex, book: Path) -> None:
    file = drafted(dex, book)
    change(file, "Alan Turing", f"link {{}} @{row_of(file, 'Ada King')}")
    applied(dex, file)
    assert names(dex) == ["Ada King", "Grace Hopper"]
    assert said_of(dex, "ada-king")["emails"] == ["ada@example.org", "alan@example.org"]


def test_who_was_removed_comes_back_if_the_draft_says_so(dex: Dex, book: Path) -> None:
    imported(dex, book)
    dex("rm", "ada-king")
    dex("rm", "alan-turing")
    file = drafted(dex, book)
    assert [line.split("#")[1].split("  ")[-1].strip() for line in lines(file)] == ["removed or forgotten here"] * 2
    change(file, "Alan Turing", "add {}")
    applied(dex, file)
    assert names(dex) == ["Alan Turing", "Grace Hopper"]
    assert imported(dex, book)["people"]["kept_out"] == 1
    assert names(dex) == ["Alan Turing", "Grace Hopper"]


def test_entries_are_skipped_by_kind_and_with_their_people(dex: Dex, tmp_path: Path) -> None:
    export = tmp_path / "Connections.csv"
    export.write_text(
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
        "Ada,King,https://www.linkedin.com/in/ada,,Engines,Analyst,01 Feb 2024\n"
        "Alan,Turing,https://www.linkedin.com/in/alan,,Bletchley,,02 Feb 2024\n"
    )
    file = drafted(dex, export)
    change(file, "Ada King", "skip {}")
    report = applied(dex, file)
    assert (report["people"]["added"], report["interactions"]["added"]) == (1, 1)
    dex("undo")
    file = drafted(dex, export)
    change(file, "connection", "s {}")
    report = applied(dex, file)
    assert (report["people"]["added"], report["interactions"]["added"]) == (2, 0)
    # What was skipped is offered again.
    assert ["2 entries: connection" in line for line in lines(drafted(dex, export))] == [True]


Save = Callable[[str], bytes]


@pytest.mark.parametrize(
    "save",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("latin-1", errors="replace"),
        lambda text: text.rstrip("\n").encode(),
        lambda text: text.replace("  ", "\t").encode(),
        lambda text: "\n".join(f"  {line}   " for line in text.split("\n")).encode(),
        lambda text: "\n".join(reversed(text.split("\n"))).encode(),
        lambda text: "\n".join(line.split("#")[0] for line in text.split("\n")).encode(),
    ],
    ids=["crlf", "cr", "bom", "utf-16", "latin-1", "cut", "tabs", "blanks", "upside-down", "bare"],
)
def test_however_an_editor_saves_it_a_draft_stays_what_it_is(dex: Dex, tmp_path: Path, save: Save) -> None:
    book = tmp_path / "büro # 1.vcf"
    book.write_text(ADA + card("Émilie du Châtelet", uid="4") + card("石川", uid="5"))
    file = drafted(dex, book)
    file.write_bytes(save(file.read_text()))
    assert applied(dex, file)["people"]["added"] == 3


def test_a_source_may_have_any_name(dex: Dex, tmp_path: Path) -> None:
    name = os.fsdecode(b"a # b\n\xff 'c' vim: set x=y:.vcf")
    (tmp_path / name).write_text(ADA)
    file = drafted(dex, tmp_path / name)
    assert applied(dex, file)["people"]["added"] == 1


def test_options_of_the_import_hold_for_the_draft(dex: Dex, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text('Wer,"Was ""noch"", #"\nAda King,Analyst\n')
    file = drafted(dex, table, "--as", "csv", "--map", "Wer=name", "--map", 'Was "noch", #=title')
    applied(dex, file)
    assert said_of(dex, "ada")["title"] == "Analyst"


# -- refusing one ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("drop {}", "'drop' is none of add, link, update, skip"),
        ("add", "an add needs a row behind it"),
        ("add Ada", "an add needs a row behind it, and 'Ada' is none"),
        ("add abcdef0", "there is no row abcdef0"),
        ("link {}", "to link needs a person behind row"),
        ("link {} nobody", "nobody is called 'nobody'"),
        ("link {} @abcdef0", "there is no row abcdef0"),
        ("link {} @{}", "comes later in the source"),
        ("add {} ada", "to add makes a new person: take 'ada' off, or say link"),
        ("update {}", "it is an add and can only be left, or skipped"),
        ("add {}\nskip {}", "stands in line"),
    ],
)
def test_what_a_line_cannot_say_is_refused_with_its_number(dex: Dex, book: Path, to: str, told: str) -> None:
    file = drafted(dex, book)
    change(file, "Alan Turing", to.replace("{}", row_of(file, "Alan Turing")))
    error = not_applied(dex, file)
    assert error["code"] == "draft"
    assert re.match(rf"{file}: line \d+: ", error["message"])
    assert told in error["message"]
    assert names(dex) == []


def test_all_lines_in_the_way_are_told_at_once(dex: Dex, book: Path) -> None:
    dex("add", "Ada King", "--phone", "+44 20 7946 0001")
    dex("add", "Ada Byron")
    file = drafted(dex, book)
    change(file, "Alan Turing", "link {} ada")
    change(file, "Grace Hopper", "link {} nobody")
    told = not_applied(dex, file)["message"].splitlines()
    assert [line.split(": ", 2)[2] for line in told] == ["2 people answer to 'ada'", "nobody is called 'nobody'"]


def test_an_update_can_only_be_skipped(dex: Dex, book: Path) -> None:
    imported(dex, book)
    dex("add", "Mary Somerville")
    book.write_text(book.read_text().replace("EMAIL:ada@", "ORG:Engines\r\nEMAIL:ada@"))
    for to in ("add {}", "link {} mary-somerville", "update {} mary-somerville"):
        file = drafted(dex, book)
        change(file, "Ada King", to)
        assert "can only be left, or skipped" in not_applied(dex, file)["message"]
    file = drafted(dex, book)
    change(file, "Ada King", "skip {}")
    assert applied(dex, file)["operation_id"] is None


def test_a_row_that_follows_a_skipped_one_has_to_go_elsewhere(dex: Dex, tmp_path: Path) -> None:
    book = tmp_path / "book.vcf"
    book.write_text(ADA + card("A. King", "EMAIL:ada@example.org", uid="9"))
    file = drafted(dex, book)
    assert f"@{row_of(file, 'Ada King')}" in lines(file)[1]
    change(file, "Ada King", "skip {}")
    assert "is skipped, or about you: skip this one too, or name a person" in not_applied(dex, file)["message"]


def test_a_source_that_was_changed_or_is_gone_is_refused(dex: Dex, book: Path) -> None:
    file = drafted(dex, book)
    before = book.read_bytes()
    book.write_bytes(before + card("Mary Somerville", uid="4").encode())
    error = not_applied(dex, file, code=1)
    assert error["code"] == "stale_draft"
    assert error["message"] == f"{book} is not as it was when {file} was made"
    assert f"dex import {book} --draft FILE" in error["hint"]
    book.unlink()
    assert "is not there" in not_applied(dex, file)["message"]
    book.write_bytes(before)
    assert applied(dex, file)["people"]["added"] == 3


def test_a_folder_counts_with_all_its_files(dex: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "1.vcf").write_text(ADA)
    (folder / "2.vcf").write_text(GRACE)
    file = drafted(dex, folder)
    (folder / "3.vcf").write_text(ALAN)
    assert not_applied(dex, file, code=1)["code"] == "stale_draft"
    (folder / "3.vcf").unlink()
    assert applied(dex, file)["people"]["added"] == 2


def test_other_own_addresses_or_settings_make_a_draft_stale(dex: Dex, book: Path) -> None:
    file = drafted(dex, book)
    dex("me", "add", "me@example.org")
    assert "your own addresses or settings" in not_applied(dex, file, code=1)["message"]


def test_a_draft_is_told_to_be_stale_by_the_lines_that_are(dex: Dex, book: Path) -> None:
    dex("add", "Augusta", "--email", "ada@example.org")
    file = drafted(dex, book)
    dex("log", "augusta", "coffee")
    dex("edit", "augusta", "--company", "Engines")
    message = not_applied(dex, file, code=1)["message"]
    assert re.search(r"line \d+: link [0-9a-f]{7} Ada King, sure, same e-mail; brings phone", message)
    assert "Grace" not in message


def test_a_draft_is_not_applied_twice_but_after_an_undo(dex: Dex, book: Path) -> None:
    file = drafted(dex, book)
    first = applied(dex, file)["operation_id"]
    error = not_applied(dex, file, code=1)
    assert error["message"] == f"{file} was applied already ({first})"
    dex("undo")
    assert applied(dex, file)["people"]["added"] == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "is no draft of dex"),
        (b"BEGIN:VCARD\nFN:Ada\nEND:VCARD\n", "is no draft of dex"),
        (b"\x00\xff\xfe" * 100, "is no draft of dex"),
        (b"draft 2\nsource file:///x\ndigest 0\nmade 2026-01-01\nrules 0\nrows 1 0\n", "version '2'"),
        (b"draft 1\n", "its head is not whole: source, digest, made, rules, rows missing"),
        (b"draft 1\nsource file:///x\ndigest 0\nmade today\nrules 0\nrows 1 0\n", "its head was changed"),
    ],
)
def test_what_is_no_draft_is_refused(dex: Dex, tmp_path: Path, text: bytes, told: str) -> None:
    file = tmp_path / "a.draft"
    file.write_bytes(text)
    assert told in not_applied(dex, file)["message"]
    assert "cannot read" in not_applied(dex, tmp_path / "nothing")["message"]
    assert "cannot read" in not_applied(dex, tmp_path)["message"]


# -- strangers and accidents -----------------------------------------------------------------------------------


def test_no_name_of_a_stranger_makes_a_line_or_is_obeyed_by_an_editor(dex: Dex, tmp_path: Path) -> None:
    evil = [
        r"x\nskip abcdef0 # ",
        "\x1b]0;title\x07Ada",
        "a\u2028add 1234567",
        "vim: set shell=evil:",
        " ex: set x :",
        "-*- mode: evil -*-",
        "Local Variables: x",
        "\u202eadA",
        "# # #",
    ]
    book = tmp_path / "vim: set a=b:.vcf"
    book.write_text("".join(card(name, f"EMAIL:{i}@example.org", uid=str(i)) for i, name in enumerate(evil)))
    file = drafted(dex, book)
    text = file.read_text()
    assert_harmless(text)
    assert len(lines(file)) == len(evil)
    assert not re.search(r"(?i)\b(vi|vim|ex):|-\*-|local variables:", text.replace("vim%3A", ""))
    assert applied(dex, file)["people"]["added"] == len(evil)


def test_a_draft_that_is_killed_on_its_way_has_done_nothing_and_is_applied_again(dex: Dex, tmp_path: Path) -> None:
    book = tmp_path / "book.vcf"
    book.write_text(address_book(1_500))
    file = drafted(dex, book, "--db", str(tmp_path / "new.db"))
    change(file, "Ada 7 ", "skip {}")
    started = time.monotonic()
    applied(dex, file, "--db", str(tmp_path / "undisturbed.db"))
    seconds = time.monotonic() - started
    expected = logical_tables(tmp_path / "undisturbed.db")
    assert len(expected["person"]) == 1_499
    chance = random.Random(5)  # noqa: S311  # moments, not secrets
    database = tmp_path / "killed.db"
    killed = 0
    for _ in range(6):
        with subprocess.Popen(
            [DEX, "apply", file, "--db", database],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "DEXCLI_NOW": NOW},
        ) as process:
            time.sleep(chance.uniform(0.1, seconds * 0.7))
            process.kill()
        killed += process.returncode == -9
        if process.returncode == -9 and database.exists():
            assert integrity(database) == "ok"
            assert dex("history", "--json", "--db", database).json["data"]["operations"] == []
    assert killed, "none was killed on its way"
    if not everybody_of(dex, database):
        applied(dex, file, "--db", str(database))
    assert logical_tables(database) == expected
    assert dex("doctor", "--db", database).code == 0


def everybody_of(dex: Dex, database: Path) -> list[Any]:
    found: list[Any] = dex("list", "--json", "--db", database).json["data"]["items"]
    return found
