"""`dex cadence`."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import persons_or_found
from dexcli.domain.cadence import parse_cadence
from dexcli.errors import UsageError
from dexcli.services import tags
from dexcli.services.cadence import set_cadence


def cadence(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="PERSON... CADENCE")] = None,
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="Everybody with this tag, now and later.")] = None,
    query: Annotated[str | None, typer.Option(metavar="QUERY", help="Everybody whom it finds: dex help query.")] = None,
    kind: Annotated[str | None, typer.Option(metavar="NAME", help="Dates of a kind: birthday, wedding ...")] = None,
    lead: Annotated[
        str | None, typer.Option(metavar="DURATION", help="With --tag or --kind: notice of yearly dates.")
    ] = None,
    importance: Annotated[str | None, typer.Option(metavar="low/normal/high", help="With --tag.")] = None,
) -> None:
    r"""How often you want to be in touch. A person's own cadence beats a tag's; the shortest tag's beats the default.

    Of yearly dates you have notice: a person's own (dex edit ada --lead 14d) beats the longest of their tags', that
    the kind's, and that due.lead of the settings. An empty value takes one off: --lead ''.

    \b
    Cadences:
      3d 2w 1m 1y weekly biweekly monthly quarterly yearly "every 10 days" never
    \b
    Examples:
      dex cadence ada 2w
      dex cadence ada grace every 10 days
      dex cadence --tag friend monthly
      dex cadence --kind birthday --lead 14d
      dex cadence --query 'tag:work every:none' quarterly
      dex edit ada --remove every       no cadence of her own any more
    """
    dex = Dex.of(ctx)
    call = dex.call()
    words = words or []
    if kind is not None:
        if lead is None or words or not (tag is query is importance is None):
            raise UsageError("--kind goes with --lead alone", hint=f"dex cadence --kind {shlex.quote(kind)} --lead 14d")
        from dexcli.services import occasions

        with dex.writing() as conn:
            dex.show(occasions.set_lead(conn, call, kind, lead))
        return
    if tag is not None:
        if not words and lead is None and importance is None:
            raise UsageError("name one cadence for the tag", hint=f"dex cadence --tag {shlex.quote(tag)} monthly")
        with dex.writing() as conn:
            rule = " ".join(words) or None
            dex.show(tags.set_tag_rule(conn, call, tag, cadence=rule, lead=lead, importance=importance))
        return
    if lead is not None or importance is not None:
        raise UsageError(
            "--lead goes with --tag or --kind, --importance with --tag",
            hint="dex cadence --tag friend --lead 14d; of one person: dex edit ada --lead 14d",
        )
    if len(words) < (1 if query is not None else 2):
        raise UsageError("name a person and a cadence", hint="dex cadence ada 2w")
    names, text = _split(words, 0 if query is not None else 1)
    with dex.writing() as conn:
        ids = persons_or_found(dex, conn, names, query)
        dex.show(set_cadence(conn, call, ids, text))


def _split(words: list[str], named: int) -> tuple[list[str], str]:
    """The people and the cadence, which takes as many words as it can: at least so many are `named` before it."""
    for at in range(named, len(words)):
        text = " ".join(words[at:])
        with suppress(UsageError):
            parse_cadence(text)
            return words[:at], text
    return words[:-1], words[-1]
