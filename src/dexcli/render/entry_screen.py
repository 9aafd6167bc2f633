"""Entries of the logbook: what was written down, one in full, and why it counts or does not."""

from __future__ import annotations

from collections.abc import Iterator

from dexcli.render.layout import Line, Look, paragraph, undo
from dexcli.render.text import day, harmless
from dexcli.results.interactions import InteractionResult, LogResult
from dexcli.results.why import WhyResult


def logged(result: LogResult, look: Look) -> Iterator[Line]:
    """What was written, when to reconnect with each, what was promised."""
    yield from paragraph(harmless(result.done), look)
    for one in result.people:
        lead_in = f"{harmless(one.person.name)}: next" if len(result.people) > 1 else "next:"
        if one.due is not None:
            yield from paragraph(f"{lead_in} {day(one.due, look.today)}", look)
    for commitment in result.commitments:
        whose = "you owe" if commitment.direction == "mine" else "they owe"
        by = f" (by {day(commitment.due_on, look.today)})" if commitment.due_on else ""
        yield from paragraph(f"{harmless(commitment.id)} {whose}: {harmless(commitment.text)}{by}", look)
    yield from undo(result.operation_id)


def entry(result: InteractionResult, look: Look) -> Iterator[Line]:
    """What became of an entry, and all of it."""
    from dexcli.render.person_page import full_entry

    if result.done:
        yield from paragraph(harmless(result.done), look)
    yield from full_entry(result.interaction, look)
    yield from undo(result.operation_id)


def why(result: WhyResult, look: Look) -> Iterator[Line]:
    """What it is, then the verdict and the rule for each who took part."""
    if result.on is not None:
        said = f"{look.arrow(result.direction)} {harmless(result.title or '')}".strip()
        yield [
            (harmless(result.id or ""), "bold"),
            (f"  {day(result.on, look.today)}  {harmless(result.kind or '')} ", ""),
            (said, "dim"),
        ]
    else:
        yield from paragraph(f"{harmless(result.key)}: read, and not kept", look)
    rules: dict[tuple[str, str, bool], list[str]] = {}
    for one in result.reasons:
        who = harmless(one.name or one.identifier or "")
        role = f" ({harmless(one.role)})" if one.role else ""
        rules.setdefault((one.code, one.text, one.counts), []).extend([f"{who}{role}"] if who else [])
    for (code, text, counts), concerned in rules.items():
        verdict = "counts" if counts else "does not count"
        lead_in = f"{', '.join(concerned)}: {verdict}, " if concerned else ""
        yield from paragraph(f"{lead_in}{harmless(text)} [{harmless(code)}]", look)
