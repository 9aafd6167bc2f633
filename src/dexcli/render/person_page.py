"""Everything about one person, for people: how we met, the rhythm, what is owed, and the timeline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from dexcli.render.dates_screen import years
from dexcli.render.layout import Line, Look, Piece, joined, labelled, row, sides
from dexcli.render.text import cells, day, every, fold, full_day, harmless, span
from dexcli.results.interactions import CommitmentInfo, Interaction, OccasionInfo, OriginInfo, PersonPage
from dexcli.results.people import Person

_BLOCKS = "▁▂▃▄▅▆▇"
_WIDE_GAP = "   "


def person_page(page: PersonPage, look: Look) -> Iterator[Line]:
    """The page of `dex show`."""
    yield from _heading(page.person, look)
    yield from _met(page, look)
    yield from _rhythm(page, look)
    for label, kind, direction in (
        ("You owe", "promise", "mine"),
        ("They owe", "promise", "theirs"),
        ("Remind", "reminder", None),
    ):
        for commitment in page.commitments:
            wanted = commitment.kind == kind and direction in (None, commitment.direction)
            if wanted and commitment.state == "open":
                yield from _commitment(label, commitment, look)
                label = ""  # noqa: PLW2901 - the label stands before the first only
    dates = [_occasion(occasion, look.today) for occasion in page.occasions]
    yield from labelled("Dates", look.dot.join(dates), look)
    label = "Next"
    for event in page.upcoming:
        yield from labelled(label, _upcoming(event, look.today), look)
        label = ""
    fields = [f"{harmless(key)}: {harmless(value)}" for key, value in page.person.fields.items()]
    yield from labelled("Fields", look.dot.join(fields), look)
    yield from labelled("Notes", harmless(page.person.notes or "", multiline=True), look)
    yield from _timeline(page, look)


def cadence_words(duration: str) -> str:
    """An ISO 8601 duration as people say it: `P2W` is `every 2 weeks`."""
    from dexcli.domain.cadence import parse_cadence
    from dexcli.errors import UsageError

    try:
        return parse_cadence(duration.removeprefix("P").lower()).words
    except UsageError:  # written by a later version, perhaps
        return harmless(duration)


def happening(interaction: Interaction) -> str:
    """What an interaction was about, in one line: the title, and what a person wrote beyond it."""
    title = harmless(interaction.title or "")
    beginning = (interaction.body or "").strip().split("\n", maxsplit=1)[0]
    body = harmless(beginning)
    typed = not any(origin.source for origin in interaction.origins)
    if not title or body.startswith(title.removesuffix("…")):
        return body or title
    return f"{title}; {body}" if body and typed else title


def _heading(person: Person, look: Look) -> Iterator[Line]:
    """Name and tags, then what they do and how to reach them."""
    name: Line = [(harmless(person.name), "bold"), (f" ({harmless(person.handle)})", "")]
    if person.state != "active":
        since = f" {full_day(person.state_on)}" if person.state_on else ""
        name.append((f"{look.dot}{harmless(person.state)}{since}", "yellow"))
    yield from sides(name, _dim(", ".join(map(harmless, person.tags))), look)

    work = " at ".join(harmless(part) for part in (person.title, person.company) if part)
    about = look.dot.join(part for part in (work, harmless(person.location or "")) if part)
    reach = [*map(harmless, person.emails), *(_phone(number) for number in person.phones)]
    first, *others = [*joined(reach, look.dot, look.width), ""]
    if about:
        yield from sides([(about, "")], _dim(first), look)
    elif first:
        yield _dim(first)
    for other in filter(None, others):
        yield _dim(other)
    yield from labelled("Also", ", ".join(map(harmless, person.aliases)), look)
    yield from labelled("Links", " ".join(map(harmless, person.urls)), look)
    yield from labelled("Address", look.dot.join(map(harmless, person.addresses)), look)


def _dim(shown: str) -> Line:
    return [(shown, "dim")] if shown else []


def _phone(number: str) -> str:
    from dexcli.domain.identifiers import phone_display

    return harmless(phone_display(number))


def _met(page: PersonPage, look: Look) -> Iterator[Line]:
    """How we met, as it was typed; else the first trace."""
    person, first = page.person, page.first_seen
    if person.met_on or person.met_where:
        parts = (full_day(person.met_on) if person.met_on else "", harmless(person.met_where or ""))
        yield from labelled("Met", ", ".join(filter(None, parts)), look)
    elif first is not None:
        title = f', "{harmless(first.title)}"' if first.title else ""
        yield from labelled("First", f"{full_day(first.on)}, {harmless(first.kind)}{title}", look)


def _rhythm(page: PersonPage, look: Look) -> Iterator[Line]:
    """How often we want to be in touch, how it has been, and when it is time."""
    parts = [_cadence(page)]
    if any(page.rhythm.months):
        parts.append(_sparkline(page.rhythm.months, look))
    if page.person.importance is not None:
        parts.append(f"importance {harmless(page.person.importance)}")
    if page.person.lead_days is not None:
        parts.append(f"notice of dates {span(page.person.lead_days)}")
    parts += [_due(page, look.today), _snoozed(page.person, look.today)]
    label = "Rhythm"
    late = page.overdue_days is not None and page.overdue_days > 0
    for line in joined([part for part in parts if part], _WIDE_GAP, look.width - len("Rhythm   ")):
        yield from labelled(label, line, look, "yellow" if late and line.startswith("due since") else "")
        label = ""


def _cadence(page: PersonPage) -> str:
    """The cadence and how it is kept; until that can be told, and without one, how often it has been."""
    person, rhythm = page.person, page.rhythm
    about = "" if rhythm.usual_days is None else f"about {every(rhythm.usual_days)}"
    if person.cadence is None:
        if rhythm.unusual and rhythm.silent_days is not None:
            return f"was {about}, quiet for {span(rhythm.silent_days)}, no cadence"
        return f"{about}, no cadence" if about else ""
    words = cadence_words(person.cadence)
    source = person.cadence_source or ""
    if source.startswith("tag:"):
        words += f" (tag {harmless(source.removeprefix('tag:'))})"
    if rhythm.kept is None:
        return f"{words}, so far {about}" if about else words
    return words + (", usually kept" if rhythm.kept else ", often missed")


def _sparkline(months: list[int], look: Look) -> str:
    """Twelve months as blocks, the busiest highest; in ASCII as numbers, `.` for none, 9 at most."""
    if look.ascii:
        return "".join(str(min(count, 9)) if count else "." for count in months)
    highest, steps = max(months), len(_BLOCKS) - 1
    # Rounded up, so that one contact in a busy year shows.
    return "".join(_BLOCKS[-(-count * steps // highest)] for count in months)


def _due(page: PersonPage, today: date) -> str:
    if page.due is None or page.overdue_days is None:
        return ""
    if page.overdue_days > 0:
        return f"due since {day(page.due, today)} ({span(page.overdue_days)} late)"
    return "due today" if page.overdue_days == 0 else f"next due {day(page.due, today)}"


def _snoozed(person: Person, today: date) -> str:
    until = person.snoozed_until
    return f"snoozed until {day(until, today)}" if until is not None and until > today else ""


def _commitment(label: str, commitment: CommitmentInfo, look: Look) -> Iterator[Line]:
    """A promise with the day it was made, or a reminder with its day; the id is what `dex done` takes."""
    about = []
    if commitment.kind == "promise":
        about.append(f"promised {day(commitment.created_on, look.today)}")
    if commitment.due_on is not None:
        by = "by" if commitment.kind == "promise" else "on"
        about.append(f"{by} {day(commitment.due_on, look.today)}")
    if commitment.every is not None:
        about.append(cadence_words(commitment.every))
    told = f" ({', '.join(about)})" if about else ""
    identity = f"  {harmless(commitment.id)}"
    *lines, last = labelled(label, harmless(commitment.text) + told, look)
    yield from lines
    room = look.width - sum(cells(shown) for shown, _ in last)
    if cells(identity) <= room:
        yield [*last, (identity, "dim")]
    else:
        yield last
        yield from labelled("", identity.strip(), look, "dim")


def _occasion(occasion: OccasionInfo, today: date) -> str:
    on = "29 Feb" if occasion.month_day == "02-29" else day(occasion.on, today)
    return f"{harmless(occasion.kind)} {on}{years(occasion.kind, occasion.turns)}"


def _upcoming(event: Interaction, today: date) -> str:
    """`Thu 12 Mar 10:00 "Engine review"`, in the offset that the instant came with; with the year where that is far."""
    time = f" {event.at:%H:%M}" if event.at is not None else ""
    what = f'"{harmless(event.title)}"' if event.title else harmless(event.kind)
    on = event.on if event.at is None else event.at.date()
    return f"{on:%a} {day(on, today)}{time} {what}"


_TOPIC = 12
"""With less room than this for what it was about, an entry is shown without its id."""


def _timeline(page: PersonPage, look: Look) -> Iterator[Line]:
    """One line for each interaction: the day, the kind and who wrote, what it was about, and what `edit` calls it."""
    rows: list[tuple[Piece, Piece, Piece, Piece]] = [
        (
            (f"{look.rule} {day(interaction.on, look.today)}", "dim"),
            (f"{harmless(interaction.kind)} {look.arrow(interaction.direction)}".rstrip(), ""),
            (happening(interaction), ""),
            (harmless(interaction.id), "dim"),
        )
        for interaction in page.timeline
    ]
    if not rows:
        return
    day_width = max(cells(when[0]) for when, _, _, _ in rows)
    kind_width = min(max(cells(kind[0]) for _, kind, _, _ in rows), look.width // 4) + 1
    id_width = max(cells(id_[0]) for *_, id_ in rows)
    rest = look.width - day_width - kind_width - id_width - 6
    if rest < _TOPIC:
        id_width, rest = 0, max(rest + id_width + 2, 1)
    for pieces in rows:
        widths = (day_width, kind_width, rest, id_width)
        yield row(pieces if id_width else pieces[:3], widths if id_width else widths[:3], look)
    earlier = page.timeline_total - len(page.timeline)
    if earlier > 0:
        yield [(f"{look.rule} and {earlier} earlier", "dim")]


def full_entry(interaction: Interaction, look: Look) -> Iterator[Line]:
    """All of one interaction: when, with whom, where it was seen, and its whole text."""
    arrow = look.arrow(interaction.direction)
    time = f" {interaction.at:%H:%M}" if interaction.at is not None else ""
    minutes = f", {interaction.minutes} min" if interaction.minutes is not None else ""
    kind = f"{harmless(interaction.kind)} {arrow}".rstrip()
    yield [(harmless(interaction.id), "dim"), (f"  {full_day(interaction.on)}{time}{minutes}  {kind}", "")]
    people = [harmless(one.name or one.identifier) for one in interaction.participants]
    yield from labelled("With", ", ".join(people), look)
    yield from labelled("Place", harmless(interaction.place or ""), look)
    yield from labelled("Title", harmless(interaction.title or ""), look)
    seen = dict.fromkeys(_seen_in(origin) for origin in interaction.origins if origin.source)
    yield from labelled("Seen in", look.dot.join(seen), look)
    for line in fold(harmless(interaction.body or "", multiline=True).strip(), look.width):
        if interaction.body:
            yield [(line, "")]


def _seen_in(origin: OriginInfo) -> str:
    """The account and the folder in it, or which kind of file it was."""
    return " ".join(harmless(part) for part in (origin.account or f"{origin.source} file", origin.folder) if part)
