"""Which formats there are, and which of them a file is in; a format's module is loaded when it is asked."""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import cast

from dexcli.errors import FormatError, UsageError
from dexcli.sources.base import HEAD_BYTES, FileClaim, FileFormat, Input, ReadOptions

FORMATS: dict[str, str] = {
    "vcard": "dexcli.sources.vcard",
    "mail": "dexcli.sources.mbox",
    "linkedin": "dexcli.sources.linkedin",
    "google": "dexcli.sources.google",
    "outlook": "dexcli.sources.outlook",
    "ics": "dexcli.sources.ics",
    "csv": "dexcli.sources.table",
}
"""The words for `--as` and the module of each."""

AMBIGUOUS = "ambiguous_format"
"""Code of the error for a file that several formats claim."""

_MAPPED = "csv"
"""The format whose columns a user can explain."""


def load(word: str) -> FileFormat:
    """The format of that name. Raises UsageError with near misses for an unknown one."""
    if word not in FORMATS:
        near = difflib.get_close_matches(word.casefold(), FORMATS, n=1)
        raise UsageError(
            f"there is no format {word!r}" + (f", did you mean {near[0]!r}?" if near else ""),
            hint=f"--as takes one of: {', '.join(FORMATS)}",
        )
    # A module is what the protocol describes.
    return cast("FileFormat", import_module(FORMATS[word]))


def recognise(
    input: Input,  # noqa: A002  # the name that the Source protocol gives it
    options: ReadOptions,
    as_: str | None = None,
) -> tuple[FileFormat, FileClaim]:
    """Tell the format of a file by its first `HEAD_BYTES`, or take it from `as_`.

    A specific claim goes before a generic one, and a user who maps columns means a CSV. Raises FormatError
    where no format claims the file or several equally do, UsageError for an unknown `as_`.
    """
    with input.open() as stream:
        head = stream.read(HEAD_BYTES)
    word = as_ or (_MAPPED if options.columns else None)
    if word is not None:
        module = load(word)
        if options.columns and word != _MAPPED:
            raise UsageError(f"--map explains a CSV, not {word}", hint=f"leave out --map, or say --as {_MAPPED}")
        return module, module.claims(head, input.name, options) or FileClaim(what=word)
    found = []
    for module in map(load, FORMATS):
        claim = module.claims(head, input.name, options)
        if claim is not None:
            found.append((module, claim))
        if claim is not None and claim.certain:
            break
    best = [pair for pair in found if not pair[1].generic] or found
    if len(best) > 1:
        what = " and ".join(f"{claim.what} ({module.FORMAT})" for module, claim in best)
        raise FormatError(f"{input.name} could be {what}", hint="say which with --as", code=AMBIGUOUS)
    if not best:
        reason = "is empty" if not head.strip() else "is in no format that dex knows"
        raise FormatError(f"{input.name} {reason}", hint=f"dex reads {', '.join(FORMATS)}; {_map_hint(head)}")
    return best[0]


def _map_hint(head: bytes) -> str:
    """How to explain a CSV whose columns are not known, with the columns that it seems to have."""
    from dexcli.sources._csv import find_header

    header = find_header(head, lambda titles: len(titles) > 1)
    if header is None:
        return "a CSV whose columns it does not know can be explained with --map COLUMN=FIELD"
    titles = ", ".join(title for title in header.titles if title)
    return f"if it is a CSV of people it needs a name: explain its columns ({titles}) with --map COLUMN=name"
