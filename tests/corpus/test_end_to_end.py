"""Real files through the real command: nothing fails, nothing is lost, and nothing changes the second time."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from dexcli.cli import app
from dexcli.errors import ExitCode
from support.program import Dex

CORPUS = os.environ.get("DEXCLI_CORPUS")
pytestmark = pytest.mark.skipif(CORPUS is None, reason="DEXCLI_CORPUS names no folder of real files")

ROOT = Path(CORPUS or "nowhere")
FOLDERS = ("vcard", "contacts-csv", "linkedin-export")

UNDERSTOOD = (ExitCode.OK, ExitCode.PARTIAL)
NO_CONTACTS = {
    *("Endorsement_Received_Info.csv", "Invitations.csv", "Positions.csv", "guide_messages.csv"),
    *("Recommendations_Given.csv", "Recommendations_Received.csv"),
}
"""Tables of a LinkedIn export that are no address books."""
NO_CARD = {"unparsable.vcf": "the card is cut off: END:VCARD is missing"}
GROUP = "a group, not a person"


class Imported(Struct, frozen=True):
    """What one `dex import --json` answered."""

    code: int
    report: Any
    parts: Any
    error: Any


class Program:
    """`dex` within this process: a hundred and fifty starts would take a minute."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self._folder = folder

    def imports(self, path: Path, db: str = "dex.db") -> Imported:
        code, out, err = self.run("import", str(path), db=db)
        data = json.loads(out)["data"] if out else {"report": None, "parts": None}
        return Imported(code, data["report"], data["parts"], json.loads(err)["error"] if err else None)

    def names(self) -> list[str]:
        """Everybody, by name."""
        _, out, _ = self.run("list", "state:all")
        return sorted(person["name"] for person in json.loads(out)["data"]["items"])

    def run(self, *arguments: str, db: str = "dex.db") -> tuple[int, str, str]:
        code = app.run([*arguments, "--json", "--db", str(self._folder / db)])
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Program:
    return Program(capsys, tmp_path)


def files() -> list[Path]:
    endings = (".vcf", ".vcard", ".csv")
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in endings)


def test_every_file_goes_in_alone_and_changes_nothing_the_second_time(program: Program) -> None:
    refused = set()
    for number, path in enumerate(files()):
        first = program.imports(path, f"{number}.db")
        if first.code == ExitCode.USAGE:
            assert first.error["code"] == "format", path
            assert first.error["hint"], path
            refused.add(path.name)
            continue
        assert first.code in UNDERSTOOD, path
        assert (first.code == ExitCode.PARTIAL) == bool(first.report["skipped"]), path
        assert all(item["where"].startswith(path.name) and item["reason"] for item in first.report["skipped"]), path
        assert_unchanged(program.imports(path, f"{number}.db"))
    assert len(files()) > 120
    assert refused == NO_CONTACTS


def test_95_percent_of_the_vcf_files_are_accepted(program: Program) -> None:
    """A file that holds nothing but a group is understood, and brings nobody: it is counted apart."""
    cards = [path for path in files() if path.suffix == ".vcf"]
    groups, refused = [], {}
    for number, path in enumerate(cards):
        report = program.imports(path, f"{number}.db").report
        reasons = [item["reason"] for item in report["skipped"]]
        if report["read"] == 0 and reasons == [GROUP]:
            groups.append(path)
        elif report["read"] == 0:
            refused[path.name] = reasons
    assert refused == {name: [reason] for name, reason in NO_CARD.items()}
    assert (len(cards), len(groups), len(refused)) == (103, 8, 1)
    understood, of_people = len(cards) - len(refused), len(cards) - len(groups)
    assert understood / len(cards) > 0.99
    assert (of_people - len(refused)) / of_people > 0.98


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_whole_folder_is_one_change_with_a_report_for_each_file(folder: str, dex: Dex) -> None:
    ran = dex("import", ROOT / folder, "--json")
    assert ran.code in UNDERSTOOD, ran.err
    report, parts = ran.json["data"]["report"], ran.json["data"]["parts"]
    assert len(parts) > 2
    assert report["people"]["added"] == sum(part["people"]["added"] for part in parts)
    assert len(report["skipped"]) == sum(len(part["skipped"]) for part in parts)
    (operation,) = dex("history", "--json").json["data"]["operations"]
    assert operation["id"] == report["operation_id"]
    assert {part["operation_id"] for part in parts} <= {operation["id"], None}


def test_importing_everything_twice_changes_nothing_the_second_time(program: Program) -> None:
    for folder in FOLDERS:
        assert program.imports(ROOT / folder).code in UNDERSTOOD
    for folder in FOLDERS:
        assert_unchanged(program.imports(ROOT / folder))


def test_the_files_of_rolomind_make_five_people_where_one_file_knows_both_the_address_and_the_profile(
    program: Program,
) -> None:
    """Its authors count five. The table that has both of Bob's addresses has to come first: see below."""
    for name in ("rolodex", "google", "linkedin"):
        report = program.imports(ROOT / "contacts-csv" / "rolomind" / f"{name}.csv").report
        assert report["people"]["questions"] == 0
    assert program.names() == ["Alice Brown", "Bob Wilson", "Charlie Davis", "Jane Smith", "John Doe"]


def test_the_files_of_rolomind_ask_about_whom_no_identifier_tells(program: Program, tmp_path: Path) -> None:
    """Where its authors count five by name, dex has eleven and asks.

    `custom.csv` has other addresses for all of its four (and Robert for Bob). Google knows Bob by his e-mail alone,
    LinkedIn by his profile alone; the rolodex, which has both, then fits two people and is a question.
    """
    folder = shutil.copytree(ROOT / "contacts-csv" / "rolomind", tmp_path / "rolomind")
    report = program.imports(folder).report
    assert program.names() == [
        *("Alice Brown", "Alice Brown", "Bob Wilson", "Bob Wilson", "Bob Wilson", "Charlie Davis"),
        *("Jane Smith", "Jane Smith", "John Doe", "John Doe", "Robert Wilson"),
    ]
    assert report["people"]["added"] == 11
    pairs = {(one["person"], one["other"]): one["reason"] for one in report["people"]["asked"]}
    assert len(pairs) == report["people"]["questions"] == 6
    assert pairs["bob-wilson-3", "bob-wilson"] == pairs["bob-wilson-3", "bob-wilson-2"] == "identifier"
    assert {one for pair in pairs for one in pair if one.startswith(("charlie", "robert"))} == set()


def test_the_owner_of_a_linkedin_export_is_me_and_nobody_in_the_list(
    program: Program, dex: Dex, tmp_path: Path
) -> None:
    result = program.imports(ROOT / "linkedin-export")
    assert [part["source"].removeprefix("linkedin-headers/") for part in result.parts] == [
        "Email Addresses.csv",
        "PhoneNumbers.csv",
        "Profile.csv",
    ]
    assert program.names() == []
    me = dex("me", "--json", "--db", tmp_path / "dex.db").json["data"]["me"]
    assert me["emails"] == ["ada.example@example.com", "ada.personal@example.com"]
    assert me["phones"] == ["+442055500100", "+442055500101"]
    assert me["names"] == ["ada byron lovelace"]


def assert_unchanged(again: Imported) -> None:
    assert again.code in UNDERSTOOD
    people, entries = again.report["people"], again.report["interactions"]
    assert (people["added"], people["updated"], people["questions"], people["conflicts"]) == (0, 0, 0, [])
    assert (entries["added"], entries["updated"]) == (0, 0)
    assert again.report["operation_id"] is None
