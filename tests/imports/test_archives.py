"""Archives and folders that are damaged or hostile: nothing leaves them, nothing of them is half done."""

from __future__ import annotations

import os
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from support.importing import card, imported, names, operations, refused
from support.program import DEX, Dex

ADA = card("Ada Lovelace", "EMAIL:ada@example.org").encode()
GRACE = card("Grace Hopper", "EMAIL:grace@example.com").encode()

CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"


def packed(path: Path, **members: bytes) -> bytes:
    """A zip archive of members, named without their `.vcf`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.vcf", data)
    return path.read_bytes()


def patched(data: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    """The archive with bytes of its last header of that kind replaced."""
    at = data.rindex(signature) + offset
    return data[:at] + value + data[at + len(value) :]


def leads_out(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ada.vcf", ADA)
        archive.writestr("../../evil.vcf", GRACE)


def absolute(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("/etc/evil.vcf", GRACE)


def link(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo("evil.vcf")
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "/etc/passwd")


def bomb(path: Path) -> None:
    packed(path, a=b"\0" * (50 * 1024**2))


def bomb_that_lies(path: Path) -> None:
    """The headers speak of ten bytes."""
    data = packed(path, a=b"\0" * (50 * 1024**2))
    ten = struct.pack("<I", 10)
    path.write_bytes(patched(patched(data, CENTRAL, 24, ten), LOCAL, 22, ten))


def encrypted(path: Path) -> None:
    data = packed(path, a=ADA)
    path.write_bytes(patched(patched(data, CENTRAL, 8, b"\x01"), LOCAL, 6, b"\x01"))


def unknown_compression(path: Path) -> None:
    data = packed(path, a=ADA)
    path.write_bytes(patched(patched(data, CENTRAL, 10, b"\x63"), LOCAL, 8, b"\x63"))


def cut_off(path: Path) -> None:
    path.write_bytes(packed(path, a=ADA, b=GRACE)[:-40])


def wrong_checksum(path: Path) -> None:
    path.write_bytes(patched(packed(path, a=ADA), CENTRAL, 16, b"\0\0\0\0"))


def damaged_lzma(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.vcf", ADA)
    data = bytearray(path.read_bytes())
    data[data.index(b"a.vcf") + 5 + 20] ^= 0xFF
    path.write_bytes(data)


HOSTILE: dict[Callable[[Path], None], str] = {
    leads_out: "'../../evil.vcf' leads out of the archive",
    absolute: "'/etc/evil.vcf' leads out of the archive",
    link: "'evil.vcf' is a link",
    bomb: "'a.vcf' unpacks to more than 200 times its size",
    bomb_that_lies: "'a.vcf' is damaged",
    encrypted: "'a.vcf' is encrypted",
    unknown_compression: "'a.vcf' is damaged",
    cut_off: "is a damaged zip archive",
    wrong_checksum: "'a.vcf' is damaged",
    damaged_lzma: "'a.vcf' is damaged",
}


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_an_archive_that_is_hostile_or_damaged_is_refused_whole(
    make: Callable[[Path], None], dex: Dex, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    make(folder / "export.zip")
    error = refused(dex, folder / "export.zip")
    assert error["message"].startswith("export.zip")
    assert HOSTILE[make] in error["message"]
    assert error["hint"]
    assert names(dex) == []
    assert sorted(path.name for path in tmp_path.rglob("*") if path.suffix in (".vcf", ".zip")) == ["export.zip"]


def test_damage_far_inside_keeps_what_was_read_before_it_under_one_operation(dex: Dex, tmp_path: Path) -> None:
    export = tmp_path / "export.zip"
    # What is looked at before the import begins is the first megabyte.
    long = "".join(card(f"Grace {number}", "NOTE:" + "x" * 4_000) for number in range(400))
    data = packed(export, a=ADA, b=long.encode())
    export.write_bytes(patched(data, CENTRAL, 16, b"\0\0\0\0"))
    (skipped,) = imported(dex, export, code=7)["skipped"]
    assert skipped["where"] == "b.vcf"
    assert "'b.vcf' is damaged" in skipped["reason"]
    assert "Ada Lovelace" in names(dex)
    (operation,) = operations(dex)
    assert (operation["state"], operation["summary"][:7]) == ("done", "2 files")
    assert dex("undo").code == 0
    assert names(dex) == []


@pytest.mark.parametrize("nested", [False, True])
def test_one_damaged_member_of_an_archive_is_skipped_and_the_rest_is_read(
    nested: bool, dex: Dex, tmp_path: Path
) -> None:
    data = patched(packed(tmp_path / "export.zip", a=ADA, b=GRACE), CENTRAL, 16, b"\0\0\0\0")
    (tmp_path / "export.zip").write_bytes(data)
    if nested:
        with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
            archive.write(tmp_path / "export.zip", "export.zip")
    for added in (1, 0):
        report = imported(dex, tmp_path / ("outer.zip" if nested else "export.zip"), code=7)
        assert (report["what"], report["people"]["added"]) == ("1 file", added)
        (skipped,) = report["skipped"]
        assert skipped["where"] == ("outer.zip: " if nested else "") + "export.zip/b.vcf"
        assert "'b.vcf' is damaged" in skipped["reason"]
    assert names(dex) == ["Ada Lovelace"]


def test_a_damaged_archive_in_an_archive_is_skipped_and_the_rest_is_read(dex: Dex, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.writestr("inner.zip", packed(tmp_path / "inner.zip", a=ADA)[:-40])
        archive.writestr("grace.vcf", GRACE)
    (skipped,) = imported(dex, tmp_path / "outer.zip", code=7)["skipped"]
    assert skipped["where"] == "outer.zip/inner.zip"
    assert "inner.zip is a damaged zip archive" in skipped["reason"]
    assert names(dex) == ["Grace Hopper"]


def test_an_archive_in_an_archive_is_read_and_one_deeper_is_not(dex: Dex, tmp_path: Path) -> None:
    inner = packed(tmp_path / "inner.zip", a=ADA)
    with zipfile.ZipFile(tmp_path / "middle.zip", "w") as archive:
        archive.writestr("inner.zip", inner)
        archive.writestr("grace.vcf", GRACE)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(tmp_path / "middle.zip", "middle.zip")
    assert "inner.zip" in imported(dex, tmp_path / "outer.zip")["what"]
    assert names(dex) == ["Grace Hopper"]
    imported(dex, tmp_path / "middle.zip")
    assert names(dex) == ["Ada Lovelace", "Grace Hopper"]


def test_an_archive_on_standard_input_is_read(dex: Dex, tmp_path: Path) -> None:
    report = imported(dex, "-", input=packed(tmp_path / "export.zip", a=ADA, b=GRACE))
    assert (report["source"], report["people"]["added"]) == ("stdin", 2)


def test_standard_input_for_which_there_is_no_room_names_the_place_and_the_remedy(tmp_path: Path) -> None:
    text = card("Ada Lovelace", "NOTE:" + "x" * 100_000)
    dex = Dex(("sh", "-c", 'ulimit -f 16 && exec "$@"', "sh", DEX))
    ran = dex("import", "-", "--json", input=text, env={"TMPDIR": str(tmp_path)})
    assert (ran.code, ran.out) == (1, "")
    assert ran.error["message"] == f"cannot keep stdin in a temporary file in {tmp_path}: File too large"
    assert "TMPDIR" in ran.error["hint"]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_gives_a_part_for_each_file_and_names_what_it_passes_over(dex: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    (folder / "old").mkdir(parents=True)
    (folder / "ada.vcf").write_bytes(ADA)
    (folder / "old" / "grace.vcf").write_bytes(GRACE)
    (folder / "holiday.jpg").write_bytes(b"\xff\xd8\xff\xe0 JFIF")
    (folder / ".DS_Store").write_bytes(b"Bud1")
    ran = dex("import", folder, "--json")
    report, parts = ran.json["data"]["report"], ran.json["data"]["parts"]
    assert report["what"] == "2 files, 1 passed over (holiday.jpg)"
    assert [part["source"] for part in parts] == ["ada.vcf", "old/grace.vcf"]
    assert (ran.code, report["people"]["added"], len(operations(dex))) == (0, 2, 1)


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_an_archive_in_a_folder_that_is_hostile_or_damaged_is_skipped_and_the_rest_is_read(
    make: Callable[[Path], None], dex: Dex, tmp_path: Path
) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    make(folder / "export.zip")
    (folder / "grace.vcf").write_bytes(GRACE)
    for added in (1, 0):
        report = imported(dex, folder, code=7)
        assert (report["what"], report["people"]["added"]) == ("1 file", added)
        (skipped,) = report["skipped"]
        assert skipped["where"] in ("export.zip", "export.zip/a.vcf")
        assert HOSTILE[make] in skipped["reason"]
    assert names(dex) == ["Grace Hopper"]


def test_damage_far_inside_an_archive_of_a_folder_does_not_keep_the_rest_out(dex: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    long = "".join(card(f"Ada {number}", "NOTE:" + "x" * 4_000) for number in range(400))
    data = packed(folder / "export.zip", a=long.encode())
    (folder / "export.zip").write_bytes(patched(data, CENTRAL, 16, b"\0\0\0\0"))
    (folder / "grace.vcf").write_bytes(GRACE)
    report = imported(dex, folder, code=7)
    (skipped,) = report["skipped"]
    assert skipped["where"] == "a.vcf"
    assert "'a.vcf' is damaged" in skipped["reason"]
    assert "Grace Hopper" in names(dex)
    (operation,) = operations(dex)
    assert (operation["state"], operation["summary"][:7]) == ("done", "2 files")


def test_an_archive_that_asks_for_more_memory_than_there_is_is_skipped_and_the_rest_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    with zipfile.ZipFile(folder / "export.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.vcf", ADA)
    data = (folder / "export.zip").read_bytes()
    at = data.index(b"a.vcf") + 5 + 5  # behind name, version, length of the properties and the first of them
    (folder / "export.zip").write_bytes(data[:at] + b"\xff" * 4 + data[at + 4 :])
    (folder / "grace.vcf").write_bytes(GRACE)
    dex = Dex(("sh", "-c", 'ulimit -v 2000000 && exec "$@"', "sh", DEX))
    (skipped,) = imported(dex, folder, code=7)["skipped"]
    assert skipped["where"] == "export.zip/a.vcf"
    assert skipped["reason"] == "'a.vcf' is damaged: it asks for more memory than there is"
    assert names(dex) == ["Grace Hopper"]


def test_a_file_of_a_folder_that_may_not_be_read_is_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    (folder / "ada.vcf").write_bytes(ADA)
    packed(folder / "closed.zip", a=GRACE)
    (folder / "closed.zip").chmod(0)
    dex = Dex(_bound_by_permissions())
    report = imported(dex, folder, code=7)
    reason = f"cannot read {folder}/closed.zip: Permission denied"
    assert report["skipped"] == [{"where": "closed.zip", "reason": reason}]
    assert names(dex) == ["Ada Lovelace"]


def test_a_folder_with_a_link_to_itself_is_read(dex: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    (folder / "ada.vcf").write_bytes(ADA)
    (folder / "loop.vcf").symlink_to("loop.vcf")
    assert imported(dex, folder)["people"]["added"] == 1
    assert refused(dex, folder / "loop.vcf")["message"] == f"there is no file {folder}/loop.vcf"


def test_one_undo_takes_a_whole_folder_back(dex: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    (folder / "ada.vcf").write_bytes(ADA)
    (folder / "grace.vcf").write_bytes(GRACE)
    imported(dex, folder)
    assert dex("undo").code == 0
    assert names(dex) == []


def test_a_table_of_interactions_is_read_after_the_people_whom_it_names(dex: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    (folder / "calls.csv").write_text("Date,With,Kind\n2026-01-02,Ada Lovelace,call\n")
    (folder / "phone.vcf").write_bytes(ADA)
    report = imported(dex, folder)
    assert (report["people"]["added"], report["interactions"]["added"], report["skipped"]) == (1, 1, [])


def test_two_files_of_one_folder_that_differ_about_a_card_change_nothing_the_second_time(
    dex: Dex, tmp_path: Path
) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    (folder / "1.vcf").write_text(card("Ada Lovelace", "EMAIL:ada@example.org", "ORG:Engines", uid="1"))
    (folder / "2.vcf").write_text(card("Ada Lovelace", "EMAIL:ada@example.com", "ORG:Engines", uid="1"))
    assert imported(dex, folder)["people"]["added"] == 1
    (ada,) = dex("list", "--json").json["data"]["items"]
    assert sorted(ada["emails"]) == ["ada@example.com", "ada@example.org"]
    assert imported(dex, folder)["operation_id"] is None
    # A newer file says what holds from now on.
    (folder / "1.vcf").write_text(card("Ada Lovelace", "EMAIL:ada@example.net", "ORG:Engines", uid="1"))
    imported(dex, folder / "1.vcf")
    (ada,) = dex("list", "--json").json["data"]["items"]
    assert ada["emails"] == ["ada@example.net"]


def test_a_link_that_leads_out_of_the_folder_is_refused(dex: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    (tmp_path / "secret.vcf").write_bytes(GRACE)
    (folder / "ada.vcf").write_bytes(ADA)
    (folder / "link.vcf").symlink_to(tmp_path / "secret.vcf")
    error = refused(dex, folder)
    assert error["message"] == "people: 'link.vcf' is a link that leads out of the folder"
    assert names(dex) == []


def test_a_folder_without_anything_to_read_says_what_it_holds(dex: Dex, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "holiday.jpg").write_bytes(b"\xff\xd8\xff\xe0 JFIF")
    error = refused(dex, folder)
    assert error["message"] == "no file in photos is in a format that dex knows"
    assert error["hint"] == "it holds holiday.jpg; dex reads vcard, mail, linkedin, google, outlook, ics, csv"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("book.vcf", "cannot read {}/book.vcf: Permission denied"),
        ("people", "cannot read {}/people/closed: Permission denied"),
        ("people/closed", "cannot read {}/people/closed: Permission denied"),
        ("people/closed/book.vcf", "there is no file {}/people/closed/book.vcf"),
    ],
)
def test_what_may_not_be_read_is_named(place: str, message: str, tmp_path: Path) -> None:
    closed = tmp_path / "people" / "closed"
    closed.mkdir(parents=True)
    for path in (tmp_path / "book.vcf", closed / "book.vcf"):
        path.write_bytes(ADA)
    for path in (tmp_path / "book.vcf", closed):
        path.chmod(0)
    try:
        error = refused(Dex(_bound_by_permissions()), tmp_path / place)
    finally:
        closed.chmod(0o700)
    assert error["message"] == message.format(tmp_path)
    assert error["hint"]


def _bound_by_permissions() -> tuple[str | Path, ...]:
    """The program without root's licence to read everything (Linux: prctl PR_CAPBSET_DROP of CAP_DAC_*)."""
    if os.geteuid() != 0:
        return (DEX,)
    code = (
        "import ctypes, os, sys\n"
        "for capability in (1, 2): ctypes.CDLL(None).prctl(24, capability)\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    return (sys.executable, "-c", code, DEX)
