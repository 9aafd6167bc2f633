"""What a command did, in a sentence, where there is no more to show."""

from __future__ import annotations

from collections.abc import Iterator

from dexcli.render.layout import Line, Look, paragraph, undo
from dexcli.render.text import harmless
from dexcli.results.due import DueCount
from dexcli.results.export import ExportResult
from dexcli.results.interactions import CommitmentResult
from dexcli.results.people import KindResult, PeopleResult, PersonResult, TagResult


def done(result: PersonResult | PeopleResult | TagResult | KindResult | CommitmentResult, look: Look) -> Iterator[Line]:
    """The sentence, and how to take it back."""
    yield from paragraph(harmless(result.done), look)
    yield from undo(result.operation_id)


def exported(result: ExportResult, look: Look) -> Iterator[Line]:
    """What is in which file: nothing was changed."""
    return paragraph(harmless(result.done), look)


def count(result: DueCount, _: Look) -> Iterator[Line]:
    """The number alone."""
    yield [(str(result.total), "")]
