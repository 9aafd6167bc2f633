"""Mail in files of every kind, through the program."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from support.importing import card, imported
from support.mail import mbox, message
from support.program import Dex


@pytest.fixture(autouse=True)
def _me(dex: Dex) -> None:
    assert dex("init", "--email", "grace@example.com").code == 0


def maildir(folder: Path) -> Path:
    for name, number in (("cur/1.a:2,S", 1), ("new/2.a", 2), (".Sent/cur/3.a:2,S", 3), (".Drafts/cur/4.a:2,D", 4)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(message(number))
    mine = "From: grace@example.com", "To: ada@example.org", "Date: Mon, 2 Mar 2026 09:30:00 +0000"
    (folder / ".Sent/cur/3.a:2,S").write_bytes(message(3, *mine, bare=True))
    for name in ("tmp", ".Sent/new", ".Sent/tmp"):
        (folder / name).mkdir()
    (folder / ".Sent/maildirfolder").touch()
    return folder


def test_a_maildir_is_one_source_and_its_drafts_are_left_out(dex: Dex, tmp_path: Path) -> None:
    report = imported(dex, maildir(tmp_path / "Mail"))
    assert (report["read"], report["interactions"]["added"], report["skipped"]) == (3, 3, [])
    assert report["notes"] == ["Mail: left out, by folder, flag or label: 1 draft"]
    assert "4 files" in report["what"]
    assert imported(dex, tmp_path / "Mail")["interactions"]["unchanged"] == 3


def test_the_folder_that_was_named_is_read_whatever_it_is_called(dex: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    (folder / "Trash").mkdir(parents=True)
    (folder / "old.mbox").write_bytes(mbox(message(1)))
    (folder / "Trash" / "2019.mbox").write_bytes(mbox(*(message(number) for number in range(2, 5))))
    with zipfile.ZipFile(folder / "Trash" / "more.zip", "w") as archive:
        archive.writestr("2018.mbox", mbox(message(5)))
    report = imported(dex, folder)
    assert (report["read"], report["notes"]) == (1, ["left out, by folder, flag or label: 4 deleted mails"])


def test_the_same_mail_by_another_road_is_known(dex: Dex, tmp_path: Path) -> None:
    imported(dex, maildir(tmp_path / "Mail"))
    (tmp_path / "all.mbox").write_bytes(mbox(message(1), message(2), message(5)))
    report = imported(dex, tmp_path / "all.mbox")
    assert (report["interactions"]["added"], report["interactions"]["unchanged"]) == (1, 2)
    (tmp_path / "one.eml").write_bytes(message(5))
    assert imported(dex, tmp_path / "one.eml")["interactions"]["unchanged"] == 1
    assert imported(dex, "-", input=message(5).decode())["interactions"]["unchanged"] == 1
    assert imported(dex, "-", "--as", "mail", input=message(6).decode())["interactions"]["added"] == 1


def test_a_mixed_folder_is_imported_whole_people_first(dex: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    for number in range(1, 4):
        (folder / f"{number}.eml").write_bytes(message(number))
    (folder / "zz.vcf").write_text(card("Ada Lovelace", "EMAIL:ada@example.org"))
    (folder / "archive.mbox").write_bytes(mbox(*(message(number) for number in range(10, 400))))
    (folder / "notes.txt").write_text("Subject: x\n\nnothing")
    report = imported(dex, folder)
    assert (report["people"]["added"], report["interactions"]["added"]) == (1, 393)
    assert report["what"].startswith("5 files, 1 passed over (notes.txt)")
    assert "timeline_total\t393" in dex("show", "ada").out


def test_mail_in_a_zip_archive_is_read(dex: Dex, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "mail.zip", "w") as archive:
        archive.writestr("Takeout/Mail/All mail.mbox", mbox(message(1), message(2)))
        archive.writestr("Mail/.Trash/cur/1.a:2,S", message(3))
        archive.writestr("Mail/cur/2.a:2,S", message(4))
    assert imported(dex, tmp_path / "mail.zip")["interactions"]["added"] == 3


@pytest.mark.parametrize("place", range(6))
def test_a_damaged_mail_of_a_zip_archive_is_skipped_and_the_rest_is_read(place: int, dex: Dex, tmp_path: Path) -> None:
    path = tmp_path / "mail.zip"
    large = {0: 20_000, 1: 2_000_000}  # what is found when it is listed, and what is not before it is read
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(6):
            archive.writestr(f"{number}.eml", message(number) + b"x" * large.get(number, 0))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.infolist()[place]
    data[info.header_offset + 30 + len(info.filename) + info.file_size - 1] ^= 1
    path.write_bytes(data)
    report = imported(dex, path, code=7)
    (skipped,) = report["skipped"]
    assert f"{place}.eml" in skipped["where"]
    assert f"'{place}.eml' is damaged" in skipped["reason"]
    assert report["interactions"]["added"] == 5


@pytest.mark.parametrize(
    "sender",
    ['"Doe, John" </O=ACME/OU=EXCH/CN=RECIPIENTS/CN=JDOE>', "Ada Lovelace", "<ada(at)example.org>", "Ada <ada>", ""],
)
def test_a_mail_whose_sender_cannot_be_read_is_skipped_and_named(sender: str, dex: Dex, tmp_path: Path) -> None:
    date, to = "Date: Mon, 2 Mar 2026 09:30:00 +0000", "To: grace@example.com"
    one = message(1, f"From: {sender}", date, to, bare=True)
    others = (
        message(2, f"From: {sender}", date, f"{to}, ada@example.org", bare=True),
        message(3, f"From: {sender}", date, to, "Return-Path: <>", bare=True),
        message(4, "From: Ada <ada at example.org>", date, to, bare=True),
    )
    (tmp_path / "a.mbox").write_bytes(mbox(one, *others))
    report = imported(dex, tmp_path / "a.mbox", code=7)
    assert report["skipped"] == [{"where": "a.mbox:1", "reason": "its sender cannot be read"}]
    assert (report["interactions"]["added"], report["interactions"]["bulk"]) == (2, 1)
    piped = dex("log", "--mail", "-", "--json", input=one.decode())
    assert (piped.code, piped.error["message"]) == (2, "the sender of this mail cannot be read")


def test_a_mail_without_a_date_is_skipped_and_named(dex: Dex, tmp_path: Path) -> None:
    (tmp_path / "a.mbox").write_bytes(mbox(message(1), message(2, "From: ada@example.org", bare=True), line="From -"))
    report = imported(dex, tmp_path / "a.mbox", code=7)
    assert report["skipped"] == [{"where": "a.mbox:12", "reason": "it has no date"}]
