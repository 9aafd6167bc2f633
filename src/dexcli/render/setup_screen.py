"""Who I am, and the settings."""

from __future__ import annotations

from collections.abc import Iterator

from dexcli.render.layout import Line, Look, labelled, paragraph, undo
from dexcli.render.plain import cell
from dexcli.render.text import harmless
from dexcli.results.setup import ConfigInfo, MeResult


def me_result(result: MeResult, look: Look) -> Iterator[Line]:
    """My addresses, and where everything is kept."""
    from dexcli.domain.identifiers import phone_display

    if result.done:
        yield from paragraph(harmless(result.done), look)
    me = result.me
    yield from labelled("Names", ", ".join(map(harmless, me.names)), look)
    yield from labelled("Emails", look.dot.join(map(harmless, me.emails)), look)
    yield from labelled("Phones", look.dot.join(harmless(phone_display(phone)) for phone in me.phones), look)
    yield from labelled("Region", harmless(me.region or ""), look)
    yield from labelled("Dates", harmless(me.date_order or "03/04/2026 is refused"), look)
    yield from labelled("Data", harmless(result.database), look)
    yield from labelled("Config", harmless(result.config or "none without a home directory"), look)
    yield from undo(result.operation_id)


def config(result: ConfigInfo, look: Look) -> Iterator[Line]:
    """The settings as they are in the file."""
    missing = "" if result.exists else " (no such file: defaults)"
    yield from paragraph(f"{harmless(result.path)}{missing}", look, "dim")
    for key, value in result.told.items():
        yield from paragraph(f"{harmless(key)} = {harmless(cell(value)) or '(not set)'}", look)
