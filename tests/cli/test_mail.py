"""Mail from a file or a pipe, and why it counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import letters
from support.program import Dex, Terminal


@pytest.fixture
def mine(dex: Dex) -> Dex:
    assert dex("me", "add", letters.ME).code == 0
    return dex


def test_a_mailbox_is_read_by_what_it_is(mine: Dex, tmp_path: Path) -> None:
    (tmp_path / "mail.mbox").write_text(letters.mbox())

    report = mine("import", tmp_path / "mail.mbox", "--json").json["data"]["report"]

    assert report["format"] == "mail"
    assert (report["read"], report["interactions"]["added"], report["interactions"]["bulk"]) == (7, 5, 2)
    assert report["people"]["added"] == 0
    again = mine("import", tmp_path / "mail.mbox", "--json").json["data"]["report"]
    assert (again["read"], again["interactions"]["unchanged"], again["operation_id"]) == (7, 5, None)


def test_a_piped_mail_is_logged_with_whom_it_names(mine: Dex) -> None:
    mine("add", "Emmy Noether", "--email", "emmy@example.org", "--every", "1m")

    data = mine("log", "--mail", "-", "--json", input=letters.message(1)).json["data"]

    assert data["interaction"]["key"] == "mail:1@example.org"
    assert (data["interaction"]["kind"], data["interaction"]["direction"]) == ("mail", "in")
    assert (data["person"]["handle"], data["due"]) == ("emmy-noether", "2026-03-02")
    assert mine("log", "--mail", "-", "--json", input=letters.message(1)).json["data"]["operation_id"] is None


def test_a_piped_mail_counts_whatever_the_policy_says(mine: Dex, tmp_path: Path) -> None:
    mine("add", "The Weekly", "--email", "weekly@example.net")
    (tmp_path / "mail.mbox").write_text(letters.mbox())
    mine("import", tmp_path / "mail.mbox")

    assert mine("log", "--mail", "-", input=letters.message(4)).code == 0

    assert mine("show", "weekly", "--json").json["data"]["person"]["last_contact_on"] == "2026-02-05"
    why = mine("why", "<4@example.org>", "--json").json["data"]
    assert (why["kept"], why["reasons"][0]["code"], why["reasons"][0]["counts"]) == (True, "logged", True)


def test_nobody_is_created_by_a_mail_unless_named(mine: Dex) -> None:
    ran = mine("log", "--mail", "-", "--json", input=letters.message(3))
    assert (ran.code, ran.out) == (4, "")
    assert "kurt@example.org" in ran.error["message"]

    data = mine("log", "--mail", "-", "--create", "Kurt Gödel", "--json", input=letters.message(3)).json["data"]
    assert data["created"][0]["emails"] == ["kurt@example.org"]
    assert mine("list", "--json").json["data"]["total"] == 1


@pytest.mark.parametrize("text", ["", "no mail at all", letters.mbox()])
def test_what_is_not_one_mail_is_refused(mine: Dex, text: str) -> None:
    ran = mine("log", "--mail", "-", input=text)
    assert (ran.code, ran.out) == (2, "")


def test_a_mail_file_that_is_not_there_is_named(mine: Dex, tmp_path: Path) -> None:
    ran = mine("log", "--mail", tmp_path / "none.eml")
    assert ran.code == 2
    assert "none.eml" in ran.err


@pytest.mark.parametrize("words", [("ada",), ("ada", "text"), ("--on", "today"), ("--place", "x"), ("--minutes", "5")])
def test_what_a_mail_says_itself_cannot_be_said_beside_it(mine: Dex, words: tuple[str, ...]) -> None:
    ran = mine("log", "--mail", "-", *words, input=letters.message(1))
    assert (ran.code, ran.out) == (2, "")
    assert "cannot stand with --mail" in ran.err


def test_why_tells_the_rule_for_each_and_for_what_was_not_kept(mine: Dex, terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "mail.mbox").write_text(letters.mbox())
    mine("import", tmp_path / "mail.mbox")

    assert "emmy@example.org (from): counts, it is between you and them [direct]" in terminal("why", "i1").text.replace(
        "Emmy Noether", "emmy@example.org"
    )
    shown = " ".join(terminal("why", "4@example.org").text.split())
    assert "read, and not kept" in shown
    assert "it came through a mailing list" in shown
    assert "weekly" in shown
    assert "takes no reply" in mine("why", "5@example.org").out
    assert mine("why", "99@example.org").code == 4
    assert mine("why", "i99").code == 4


def test_the_rules_can_be_changed_and_history_follows(mine: Dex) -> None:
    mine("add", "Emmy Noether", "--email", "emmy@example.org")
    copied = letters.message(1).replace("Subject:", "Cc: a@example.org, b@example.org\nSubject:")
    Path("many.eml").write_text(copied)
    try:
        mine("import", "many.eml")
    finally:
        Path("many.eml").unlink()
    assert mine("show", "emmy", "--json").json["data"]["person"]["last_contact_on"] == "2026-02-02"

    assert mine("config", "set", "policy.recipients", "1", "--dry-run").code == 0
    assert mine("why", "i1", "--json").json["data"]["reasons"][0]["code"] == "direct"
    assert mine("config", "set", "policy.recipients", "1").code == 0

    assert mine("show", "emmy", "--json").json["data"]["person"]["last_contact_on"] is None
    assert mine("why", "i1", "--json").json["data"]["reasons"][0]["code"] == "many"
    assert mine("config", "set", "policy.recipients", "51").code == 2
    assert mine("config", "unset", "policy.recipients").code == 0
    assert mine("why", "i1", "--json").json["data"]["reasons"][0]["code"] == "direct"


def test_a_setting_is_changed_although_the_database_cannot_follow(mine: Dex, tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"no database" * 100)
    ran = mine("config", "set", "policy.recipients", "1", "--db", tmp_path / "bad.db")
    assert ran.code == 0
    assert "the database follows with the next command that writes" in ran.err
    assert mine("config", "get", "policy.recipients").out == "1\n"
    assert mine("config", "set", "policy.recipients", "2", "--db", tmp_path / "none.db").err == ""
    assert not (tmp_path / "none.db").exists()


def test_a_piped_mail_is_logged_although_somebody_has_taken_its_message_id(mine: Dex, tmp_path: Path) -> None:
    mine("add", "Emmy Noether", "--email", "emmy@example.org")
    (tmp_path / "evil.eml").write_text(letters.message(1).replace("Emmy Noether <emmy@example.org>", "eve@example.net"))
    mine("import", tmp_path / "evil.eml")

    data = mine("log", "--mail", "-", "--json", input=letters.message(1)).json["data"]

    assert data["interaction"]["id"] != "i1"
    assert [one["identifier"] for one in data["interaction"]["participants"]] == ["emmy@example.org"]
    assert mine("show", "emmy", "--json").json["data"]["person"]["last_contact_on"] == "2026-02-02"
    assert mine("log", "--mail", "-", "--json", input=letters.message(1)).json["data"]["operation_id"] is None


def test_a_name_that_somebody_has_is_no_new_person(mine: Dex) -> None:
    mine("add", "Kurt Gödel")

    for words in (("log", "kurt", "--create", "kurt godel"), ("log", "--mail", "-", "--create", "Kurt Gödel")):
        ran = mine(*words, "--json", input=letters.message(3))
        assert (ran.code, [one["handle"] for one in ran.error["candidates"]]) == (5, ["kurt-godel"])
    assert "dex edit kurt-godel --email kurt@example.org" in ran.error["hint"]
    assert mine("list", "--json").json["data"]["total"] == 1

    done = mine("log", "kurt", "--create", "Betty Snyder", "--json").json["data"]["done"]
    assert done.endswith("; added Betty Snyder (betty-snyder)")


def test_a_mail_of_nobody_names_the_remedy(mine: Dex) -> None:
    def hint(number: int, *words: str) -> str:
        ran = mine("log", "--mail", "-", *words, "--json", input=letters.message(number))
        return str(ran.error["hint"])

    assert "--create 'Emmy Noether' adds whoever it is from" in hint(1)
    assert "--create" not in hint(4)
    assert "--create" not in hint(5)
    mine("add", "Emmy Noether")
    assert "dex edit emmy-noether --email emmy@example.org" in hint(1)
    mine("edit", "emmy", "--email", "emmy@example.org")
    ran = mine("log", "--mail", "-", "--create", "Emmy", "--json", input=letters.message(1))
    assert ran.error["message"] == "everybody in this mail is known already: emmy-noether"
    dateless = letters.message(1).replace("Mon, 02 Feb 2026", "someday")
    assert "--on DATE" in mine("log", "--mail", "-", "--json", input=dateless).error["hint"]


def test_a_mail_can_bring_a_promise_and_is_logged_once(mine: Dex) -> None:
    mine("add", "Emmy Noether", "--email", "emmy@example.org")

    data = mine("log", "--mail", "-", "--promise", "the proof", "--by", "friday", "--json", input=letters.message(1))
    promise = data.json["data"]["commitments"][0]
    assert (promise["text"], promise["due_on"], promise["interaction_id"]) == ("the proof", "2026-03-13", "i1")

    assert mine("log", "--mail", "-", "--json", input=letters.message(1)).json["data"]["done"] == "i1 is there already"
