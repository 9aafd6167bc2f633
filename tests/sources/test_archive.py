from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from dexcli.domain.records import Skipped
from dexcli.errors import FormatError
from dexcli.sources import archive
from dexcli.sources._text import open_text
from dexcli.sources.base import Input


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as out:
        for name, data in files:
            out.writestr(name, data)
    return stream.getvalue()


def input_of(data: bytes, name: str = "export.zip") -> Input:
    return Input(name=name, open=lambda: io.BytesIO(data))


def inputs(source: Path | Input) -> list[Input]:
    return [member for member in archive.members(source) if isinstance(member, Input)]


def contents(source: Path | Input) -> list[tuple[str, bytes]]:
    found = []
    for member in inputs(source):
        with member.open() as stream:
            found.append((member.name, stream.read()))
    return found


def test_the_members_of_an_archive_are_read_by_their_base_names() -> None:
    data = zipped(("Takeout/Contacts/a.csv", b"A"), ("b.csv", b"B"))
    assert contents(input_of(data)) == [("a.csv", b"A"), ("b.csv", b"B")]


def test_an_archive_on_disk_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(zipped(("a.csv", b"A")))
    assert contents(path) == [("a.csv", b"A")]
    assert list(tmp_path.iterdir()) == [path]


def test_members_may_be_opened_later_again_and_all_at_once() -> None:
    found = list(inputs(input_of(zipped(("a.csv", b"AAA"), ("b.csv", b"BBB")))))
    with found[0].open() as one, found[1].open() as other, found[0].open() as again:
        assert (one.read(1), other.read(1), again.read()) == (b"A", b"B", b"AAA")
        one.seek(0)
        assert one.read() == b"AAA"


def test_a_member_is_read_as_text_like_any_file() -> None:
    text = "Name\n" + "Émilie\n" * 50_000
    (member,) = inputs(input_of(zipped(("a.csv", text.encode()))))
    with open_text(member) as lines:
        assert lines.read() == text


def test_an_archive_in_an_archive_is_opened_once() -> None:
    innermost = zipped(("deep.csv", b"D"))
    inner = zipped(("a.csv", b"A"), ("deep.zip", innermost))
    assert contents(input_of(zipped(("export.zip", inner)))) == [("a.csv", b"A"), ("deep.zip", innermost)]


def test_a_folder_is_read_in_order_with_its_archives(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.csv").write_bytes(b"B")
    (tmp_path / "a.zip").write_bytes(zipped(("in.csv", b"I")))
    (tmp_path / "sub" / "c.csv").write_bytes(b"C")
    assert contents(tmp_path) == [("in.csv", b"I"), ("b.csv", b"B"), ("sub/c.csv", b"C")]


def test_a_plain_file_is_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"A")
    assert contents(path) == [("a.csv", b"A")]


def test_leftovers_of_systems_are_left_out(tmp_path: Path) -> None:
    data = zipped(("__MACOSX/._a.csv", b"x"), (".DS_Store", b"x"), ("._a.csv", b"x"), ("dir/", b""), ("a.csv", b"A"))
    assert contents(input_of(data)) == [("a.csv", b"A")]
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "x.csv").write_bytes(b"x")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    assert contents(tmp_path) == []


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../a.csv", "x/../../a.csv", "C:\\a.csv", "C:/a.csv", "..\\a.csv", "\\a.csv", link("a.csv")]
)
def test_a_path_that_leads_out_is_refused(name: str | zipfile.ZipInfo) -> None:
    with pytest.raises(FormatError) as caught:
        contents(input_of(zipped((name, b"x"))))
    assert "export.zip" in caught.value.message
    assert caught.value.hint


def test_a_link_out_of_a_folder_is_refused_and_one_within_is_followed(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "a.csv").write_bytes(b"A")
    (folder / "b.csv").symlink_to(folder / "a.csv")
    assert contents(folder) == [("a.csv", b"A"), ("b.csv", b"A")]
    (tmp_path / "secret").write_bytes(b"x")
    (folder / "c.csv").symlink_to(tmp_path / "secret")
    with pytest.raises(FormatError, match="leads out of the folder"):
        contents(folder)


def test_links_that_lead_round_in_a_circle_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "a.csv").write_bytes(b"A")
    (folder / "self.csv").symlink_to("self.csv")
    (folder / "one.csv").symlink_to("other.csv")
    (folder / "other.csv").symlink_to("one.csv")
    (folder / "below.csv").symlink_to("one.csv/a.csv")
    (folder / "up").symlink_to(folder)
    assert contents(folder) == [("a.csv", b"A")]


def test_a_link_to_a_folder_elsewhere_is_skipped_and_one_to_a_folder_within_is_read_where_that_is(
    tmp_path: Path,
) -> None:
    folder, elsewhere = tmp_path / "export", tmp_path / "elsewhere"
    for one in (folder / "sub", elsewhere):
        one.mkdir(parents=True)
        (one / "a.csv").write_bytes(b"A")
    (folder / "sub" / "out").symlink_to(elsewhere)
    (folder / "within").symlink_to(folder / "sub")
    found = list(archive.members(folder))
    reason = "it is a link to a folder elsewhere: import that by itself"
    assert [one.name for one in found if isinstance(one, Input)] == ["sub/a.csv"]
    assert [one for one in found if isinstance(one, Skipped)] == [Skipped(where="sub/out", reason=reason)]


def test_a_bomb_is_refused_before_it_is_read() -> None:
    with pytest.raises(FormatError, match="more than 200 times its size"):
        list(archive.members(input_of(zipped(("zeros.csv", bytes(20_000_000))))))


def test_small_files_may_be_packed_well() -> None:
    assert contents(input_of(zipped(("zeros.csv", bytes(1_000_000)))))[0][1] == bytes(1_000_000)


def test_the_total_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL", 1_000)
    assert len(contents(input_of(zipped(("a", b"x" * 600), ("b", b"x" * 400))))) == 2
    with pytest.raises(FormatError, match="unpacks to more than"):
        contents(input_of(zipped(("a", b"x" * 600), ("b", b"x" * 401))))


def test_reading_a_member_twice_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL", 1_000)
    (member,) = inputs(input_of(zipped(("a", b"x" * 900))))
    for _ in range(3):
        with member.open() as stream:
            assert len(stream.read()) == 900


def test_the_number_of_members_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 2)
    with pytest.raises(FormatError, match="more than 2 files"):
        contents(input_of(zipped(*[(f"{n}.csv", b"x") for n in range(3)])))
    inner = zipped(("a.csv", b"x"), ("b.csv", b"x"))
    with pytest.raises(FormatError, match="more than 2 files"):
        contents(input_of(zipped(("inner.zip", inner))))


def test_an_archive_too_large_to_be_held_in_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_NESTED", 50)
    with pytest.raises(FormatError, match=r"in it are together larger .* 'inner\.zip' included"):
        contents(input_of(zipped(("inner.zip", zipped(("a.csv", b"x"))))))


def test_archives_in_an_archive_have_one_limit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = zipped(("a.csv", b"x" * 100), method=zipfile.ZIP_STORED)
    outer = zipped(*((f"{number}.zip", inner) for number in range(3)))
    monkeypatch.setattr(archive, "MAX_NESTED", 3 * len(inner))
    assert len(contents(input_of(outer))) == 3
    monkeypatch.setattr(archive, "MAX_NESTED", 3 * len(inner) - 1)
    with pytest.raises(FormatError, match=r"'2\.zip' included"):
        list(archive.members(input_of(outer)))
    # One whose files nobody wants takes no memory any more when the next is opened.
    assert sum(1 for _ in archive.members(input_of(outer))) == 3


def test_a_header_that_lies_about_the_size_brings_no_more_than_it_says() -> None:
    data = bytearray(zipped(("a.csv", b"x" * 50_000)))
    size = (50_000).to_bytes(4, "little")
    assert data.count(size) == 2
    lying = bytes(data).replace(size, (10).to_bytes(4, "little"))
    (skipped,) = archive.members(input_of(lying))
    assert isinstance(skipped, Skipped)
    assert skipped.where == "export.zip/a.csv"
    assert "'a.csv' is damaged" in skipped.reason


def test_an_encrypted_member_is_refused_with_the_remedy() -> None:
    data = bytearray(zipped(("a.csv", b"x")))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FormatError, match=r"'a\.csv' is encrypted") as caught:
        contents(input_of(bytes(data)))
    assert caught.value.hint == "unpack it and import the folder"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_is_refused_wherever_it_is_cut_or_changed(method: int) -> None:
    data = zipped(("a.csv", b"abc" * 100), ("b.csv", b"def" * 100), method=method)
    for end in range(4, len(data)):
        with pytest.raises(FormatError):
            contents(input_of(data[:end]))
    for place in range(4, len(data)):
        changed = bytearray(data)
        changed[place] ^= 0xFF
        try:
            for member in archive.members(input_of(bytes(changed))):
                if isinstance(member, Skipped):
                    assert member.where.startswith("export.zip/")
                    continue
                with member.open() as stream:
                    stream.read()
        except FormatError as error:
            assert "export.zip" in error.message  # noqa: PT017  # some changes harm nothing
