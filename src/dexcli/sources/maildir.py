"""Many files of mail as one source: a Maildir or Maildir++, or whatever folder or archive holds single messages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from dexcli.domain.records import Checkpoint, LeftOut, SourceItem
from dexcli.errors import UsageError
from dexcli.sources import _mail_folders
from dexcli.sources._mail_cuts import Cut
from dexcli.sources.base import Input, ReadOptions
from dexcli.sources.mbox import FORMAT, MAILS_PER_CHECKPOINT, cuts, read_cut, skipped


class _Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How many files were read, and by what they are known again."""

    files: str
    """SHA-256 of all their paths: a file of a Maildir is never changed, only renamed."""
    done: int


class MaildirSource:
    """The mails of many files, none of which is open longer than it is read."""

    source = FORMAT
    account = ""

    def __init__(self, inputs: Sequence[Input], options: ReadOptions) -> None:
        self._inputs = inputs
        self._options = options

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """Yield an InteractionRecord for each mail from `cursor` on, as the Source protocol says.

        Drafts and what is deleted or junk are LeftOut, by the name of their folder and by a Maildir's flags. A file
        that was moved meanwhile, as programs do that read mail, or is damaged within its archive, is skipped.
        """
        files = hashlib.sha256()
        maildirs = set()
        for file in self._inputs:
            path = file.path or file.name
            files.update(path.encode(errors="surrogateescape") + b"\0")
            folder = path.rpartition("/")[0]
            if folder.rpartition("/")[2] in _mail_folders.MAILDIR:
                maildirs.add(folder.rpartition("/")[0])
        digest = files.hexdigest()
        done = _done(cursor, digest, len(self._inputs))
        count = 0
        for file in self._inputs[done:]:
            path = file.path or file.name
            folder, _, last = path.rpartition("/")[0].rpartition("/")
            delivering = last == "tmp" and folder in maildirs
            if not delivering:
                left_out = _mail_folders.left_out(path)
                for item in _items(file, self._options, sent=_mail_folders.is_sent(path), left_out=left_out):
                    yield item
                    count += 1
            done += 1
            if count >= MAILS_PER_CHECKPOINT:
                count = 0
                yield _checkpoint(digest, done)
        yield _checkpoint(digest, done)


def _items(file: Input, options: ReadOptions, *, sent: bool, left_out: str) -> Iterator[SourceItem]:
    try:
        with file.open() as stream:
            found: list[Cut] = list(cuts(stream, file.name))
    except UsageError as error:
        yield skipped(file.name, str(error))
        return
    for cut in found:
        if left_out:
            yield LeftOut(use=left_out)
        else:
            yield from read_cut(cut, f"{file.name}:{cut.line}", options, sent=sent)


def _done(cursor: str | None, digest: str, files: int) -> int:
    """How many files were read, by a cursor that was written for these very files."""
    try:
        known = msgspec.json.decode(cursor or "", type=_Cursor)
    except msgspec.DecodeError:
        return 0
    return known.done if known.files == digest and 0 <= known.done <= files else 0


def _checkpoint(digest: str, done: int) -> Checkpoint:
    return Checkpoint(cursor=msgspec.json.encode(_Cursor(files=digest, done=done)).decode())
