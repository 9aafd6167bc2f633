"""`dex edit`: a person, or an entry of the logbook; by options or in an editor."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import entry, person, persons
from dexcli.errors import UsageError
from dexcli.services import logbook, page, people
from dexcli.services.people import Details, Removals

Texts = list[str] | None


def edit(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(metavar="PERSON or i123")],
    text: Annotated[Texts, typer.Argument(metavar="[TEXT]...", help="New text of an entry.")] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    handle: Annotated[str | None, typer.Option(metavar="WORD")] = None,
    email: Annotated[Texts, typer.Option(metavar="ADDRESS", help="One more; so with all in plural.")] = None,
    phone: Annotated[Texts, typer.Option(metavar="NUMBER")] = None,
    url: Annotated[Texts, typer.Option(metavar="LINK")] = None,
    alias: Annotated[Texts, typer.Option(metavar="NAME")] = None,
    company: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT")] = None,
    location: Annotated[str | None, typer.Option(metavar="PLACE")] = None,
    address: Annotated[Texts, typer.Option(metavar="TEXT")] = None,
    tag: Annotated[Texts, typer.Option(metavar="TAG")] = None,
    met: Annotated[str | None, typer.Option(metavar="WHERE")] = None,
    met_on: Annotated[str | None, typer.Option(metavar="DATE")] = None,
    every: Annotated[str | None, typer.Option(metavar="CADENCE")] = None,
    importance: Annotated[str | None, typer.Option(metavar="low/normal/high")] = None,
    lead: Annotated[str | None, typer.Option(metavar="DURATION", help="Notice of yearly dates: 14d.")] = None,
    birthday: Annotated[str | None, typer.Option(metavar="[YYYY-]MM-DD")] = None,
    anniversary: Annotated[str | None, typer.Option(metavar="[YYYY-]MM-DD")] = None,
    date: Annotated[Texts, typer.Option(metavar="NAME=[YYYY-]MM-DD")] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT")] = None,
    set_: Annotated[Texts, typer.Option("--set", metavar="KEY=VALUE")] = None,
    remove_email: Annotated[Texts, typer.Option(metavar="ADDRESS", help="The history stays.")] = None,
    remove_phone: Annotated[Texts, typer.Option(metavar="NUMBER")] = None,
    remove_url: Annotated[Texts, typer.Option(metavar="LINK")] = None,
    remove_alias: Annotated[Texts, typer.Option(metavar="NAME")] = None,
    remove_address: Annotated[Texts, typer.Option(metavar="TEXT")] = None,
    remove_tag: Annotated[Texts, typer.Option(metavar="TAG")] = None,
    remove_date: Annotated[Texts, typer.Option(metavar="NAME")] = None,
    remove: Annotated[
        Texts,
        typer.Option(
            metavar="FIELD",
            help="company title location met met-on birthday anniversary note every importance lead, or one of yours.",
        ),
    ] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="Of an entry.")] = None,
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="Of an entry.")] = None,
    direction: Annotated[str | None, typer.Option(metavar="in/out/both", help="Of an entry.")] = None,
    place: Annotated[str | None, typer.Option(metavar="WHERE", help="Of an entry.")] = None,
    minutes: Annotated[int | None, typer.Option(min=0, metavar="N", help="Of an entry; 0: not known.")] = None,
    with_: Annotated[Texts, typer.Option("--with", metavar="PERSON,...", help="Of an entry: one more.")] = None,
    without: Annotated[Texts, typer.Option(metavar="PERSON,...", help="Of an entry: was not there.")] = None,
    editor: Annotated[bool, typer.Option("-e", "--edit", help="In $EDITOR, as without any option.")] = False,
) -> None:
    r"""Change a person, or an entry of the logbook; what you type wins over what was imported.

    An empty value takes off what there was: --company ''.

    \b
    Examples:
      dex edit ada --email ada@lovelace.example --remove-email ada@example.org
      dex edit grace --title "Rear Admiral" --remove location
      dex edit ada --date wedding=1835-07-08 --remove-date "name day"
      dex edit i123 "coffee, and the loom cards" --on yesterday --minutes 45
      dex edit ada                  in $EDITOR
    """
    dex = Dex.of(ctx)
    call = dex.call()
    details = Details(
        name=name,
        handle=handle,
        emails=email or (),
        phones=phone or (),
        urls=url or (),
        aliases=alias or (),
        tags=tag or (),
        company=company,
        title=title,
        location=location,
        addresses=address or (),
        met_where=met,
        met_on=met_on,
        every=every,
        importance=importance,
        lead=lead,
        birthday=birthday,
        anniversary=anniversary,
        dates=date or (),
        note=note,
        fields=set_ or (),
    )
    removals = Removals(
        emails=remove_email or (),
        phones=remove_phone or (),
        urls=remove_url or (),
        aliases=remove_alias or (),
        addresses=remove_address or (),
        tags=remove_tag or (),
        dates=remove_date or (),
        fields=remove or (),
    )
    of_person = details != Details() or removals != Removals()
    of_entry = any(value is not None for value in (text, on, kind, direction, place, minutes, with_, without))
    interaction_id = entry(what)
    if (of_person and interaction_id is not None) or (of_entry and interaction_id is None):
        raise UsageError(
            "some of these options are for a person, some for an entry (i123)", hint="dex edit --help tells which"
        )
    if not (of_person or of_entry) and not (editor or dex.can_ask):
        raise UsageError("nothing to change", hint="name an option, or open the editor with -e")
    with dex.writing() as conn:
        if interaction_id is not None:
            if of_entry:
                change = logbook.Change(
                    text=" ".join(text) if text else None,
                    on=None if on is None else call.read_date(on, "past"),
                    kind=kind,
                    direction=direction,
                    place=place,
                    minutes=minutes,
                    add_people=persons(dex, conn, _split(with_)) if with_ else (),
                    remove_people=persons(dex, conn, _split(without)) if without else (),
                )
                dex.show(logbook.edit(conn, call, interaction_id, change))
                return
            from dexcli.cli.editor import edited_entry

            with edited_entry(logbook.show(conn, call, interaction_id).interaction, call) as change:
                changed = logbook.edit(conn, call, interaction_id, change)
            dex.show(changed)
            return
        person_id = person(dex, conn, what)
        if of_person:
            dex.show(people.edit(conn, call, person_id, details, removals))
            return
        from dexcli.cli.editor import edited_person

        with edited_person(page.show(conn, call, person_id).person) as (details, removals):
            result = people.edit(conn, call, person_id, details, removals)
        dex.show(result)


def _split(groups: list[str]) -> list[str]:
    return [name.strip() for group in groups for name in group.split(",") if name.strip()]
