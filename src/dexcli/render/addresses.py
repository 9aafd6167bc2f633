"""Addresses as mail programs ask for them: mutt's query_command, which aerc and others have taken over."""

from __future__ import annotations

from collections.abc import Iterator

from dexcli.render.text import harmless
from dexcli.results.reach import EmailList


def lines(result: EmailList, *, bare: bool = False) -> Iterator[str]:
    """A line that tells how many there are, unless `bare`; then address, name and what tells them apart."""
    if not bare:
        shown = f", {len(result.items):,} shown" if len(result.items) < result.total else ""
        yield f"{result.total:,} {'address' if result.total == 1 else 'addresses'}{shown}"
    for one in result.items:
        about = one.company or (one.handle if one.handle is not None else "not in dex yet")
        yield "\t".join(_cell(text) for text in (one.email, one.name, about))


def _cell(text: str) -> str:
    return " ".join(harmless(text).split())
