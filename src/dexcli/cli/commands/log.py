"""`dex log`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import persons
from dexcli.cli.texts import typed_text
from dexcli.errors import UsageError
from dexcli.services import logbook
from dexcli.services.invocation import Invocation


def log(
    ctx: typer.Context,
    who: Annotated[str | None, typer.Argument(metavar="PERSON", help="Handle, name, address or number.")] = None,
    text: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT]...", help="What it was about; - reads stdin.")
    ] = None,
    with_: Annotated[list[str] | None, typer.Option("--with", metavar="PERSON,...", help="Who else was there.")] = None,
    create: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Somebody new who was there.")] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="When; today unless told.")] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="note meeting call message coffee meal letter gift, or any word.")
    ] = None,
    direction: Annotated[str | None, typer.Option(metavar="in/out/both", help="Who wrote or called.")] = None,
    promise: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="What you promised.")] = None,
    by: Annotated[list[str] | None, typer.Option(metavar="DATE", help="By when; one for each promise.")] = None,
    theirs: Annotated[bool, typer.Option("--theirs", help="They made the promise.")] = False,
    place: Annotated[str | None, typer.Option(metavar="WHERE", help="Where.")] = None,
    minutes: Annotated[int | None, typer.Option(min=0, metavar="N", help="How long.")] = None,
    edit: Annotated[bool, typer.Option("-e", "--edit", help="Write the text in $EDITOR.")] = False,
    mail: Annotated[
        str | None, typer.Option("--mail", metavar="FILE/-", help="Log this mail, with whom it names; - reads stdin.")
    ] = None,
) -> None:
    r"""Write down that you were in touch; the next date follows at once.

    The first word may name the kind, alone, before a comma or colon, or before about, with, re or on:

    \b
      coffee, letter, gift, note
      call      also phone, phone call, video call
      mail      also email, e-mail
      message   also text, text message, sms, chat
      meal      also breakfast, brunch, lunch, dinner, supper, drinks
      meeting   also visit
    \b
    Examples:
      dex log ada "coffee, her new job"
      dex log ada "lunch with her sister: the thesis"
      dex log grace --kind call --on tuesday --promise "the paper" --by friday
      dex log ada "dinner" --with grace,alan --create "Mary Somerville"
      pbpaste | dex log ada -
      dex log --mail -              a message that your mail program pipes
    """
    dex = Dex.of(ctx)
    call = dex.call()
    if mail is not None:
        said = {
            "PERSON": who, "TEXT": text, "--with": with_, "--on": on, "--kind": kind, "--direction": direction,
            "--place": place, "--minutes": minutes, "--edit": edit,
        }  # fmt: skip
        if needless := [word for word, value in said.items() if value]:
            raise UsageError(
                f"a mail says all of itself: {', '.join(needless)} cannot stand with --mail",
                hint="only --create NAME and --promise can; what else there is to say, dex edit i123 adds",
            )
        from dexcli.services import maillog

        record = maillog.read_one(*_message(mail))
        with dex.writing() as conn:
            promises = _promises(call, promise or [], by or [], theirs=theirs)
            dex.show(maillog.log_mail(conn, call, record, create=create or [], promises=promises))
        return
    if who is None:
        raise UsageError("missing argument 'PERSON'", hint="dex log --help")
    with typed_text(text or [], edit=edit) as body, dex.writing() as conn:
        others = [name.strip() for group in with_ or [] for name in group.split(",") if name.strip()]
        ids = persons(dex, conn, [who, *others])
        promises = _promises(call, promise or [], by or [], theirs=theirs)
        if text and not (body or "").strip():
            raise UsageError("the text is empty: nothing was logged", hint="without a text, dex log PERSON is enough")
        result = logbook.log(
            conn,
            call,
            logbook.Entry(
                person_ids=ids,
                create=create or [],
                text=body,
                on=None if on is None else call.read_date(on, "past"),
                kind=kind,
                direction=direction,
                place=place,
                minutes=minutes,
                promises=promises,
            ),
        )
    dex.show(result)


def _promises(call: Invocation, texts: list[str], by: list[str], *, theirs: bool) -> list[logbook.Promise]:
    """What was promised; raises UsageError for a day or an owner without a promise."""
    dates = [call.read_date(one, "future") for one in by]
    if len(dates) > len(texts):
        raise UsageError("there are more --by than --promise", hint="each --by belongs to the --promise before it")
    if theirs and not texts:
        raise UsageError("--theirs says whose promise it is", hint='--promise "the book" --theirs')
    return [
        logbook.Promise(text=one, by=dates[number] if number < len(dates) else None, theirs=theirs)
        for number, one in enumerate(texts)
    ]


MAX_MAIL = 64 * 1024 * 1024
"""Bytes of a mail that is logged."""


def _message(place: str) -> tuple[bytes, str]:
    """A message and its name: from a file, or what is piped."""
    if place == "-":
        return sys.stdin.buffer.read(MAX_MAIL), "stdin"
    path = Path(place).expanduser()
    try:
        with path.open("rb") as file:
            return file.read(MAX_MAIL), path.name
    except OSError as error:
        raise UsageError(f"cannot read {place}: {error.strerror}", hint="check the path; - reads stdin") from error
