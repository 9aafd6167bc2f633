"""What one file was compressed with, by its first bytes, and the program that writes out what is in it. Pure."""

from __future__ import annotations

from msgspec import Struct

HEAD = 6
"""Bytes by which it is told."""


class Compression(Struct, frozen=True, kw_only=True):
    """A way to compress a file."""

    magic: bytes
    """How every such file begins."""
    name: str
    """Also of the program; with `-dc` it writes what is in a file to standard output."""
    endings: tuple[str, ...]
    """Of names; the second is that of a tar archive."""


_ALL = (
    Compression(magic=b"\x1f\x8b\x08", name="gzip", endings=(".gz", ".tgz")),
    Compression(magic=b"\xfd7zXZ\0", name="xz", endings=(".xz", ".txz")),
    Compression(magic=b"BZh", name="bzip2", endings=(".bz2", ".tbz2")),
    Compression(magic=b"\x28\xb5\x2f\xfd", name="zstd", endings=(".zst", ".tzst")),
)
_BLOCKS = range(ord("1"), ord("9") + 1)
"""What follows in bzip2, the size of its blocks: a text may begin with the other three letters."""


def compression(head: bytes) -> Compression | None:
    """What a file that begins so was compressed with."""
    for one in _ALL:
        if head.startswith(one.magic) and (one.name != "bzip2" or (len(head) > len(one.magic) and head[3] in _BLOCKS)):
            return one
    return None


def unpacked_name(name: str, one: Compression) -> str:
    """What a file would be called without its compression."""
    ending = one.endings[0]
    return name[: -len(ending)] if name.casefold().endswith(ending) and name != ending else f"{name}.unpacked"


def is_tar(name: str, one: Compression) -> bool:
    """Whether a file is a folder in one file, by its name."""
    return name.casefold().endswith((f".tar{one.endings[0]}", one.endings[1]))
