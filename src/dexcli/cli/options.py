"""Options that every command takes, before or after its name: defined once, injected by the command table."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from msgspec import Struct

from dexcli.cli.table import Access
from dexcli.errors import UsageError

Color = Literal["auto", "always", "never"]


class Shared(Struct, frozen=True, kw_only=True):
    """What was said by the shared options; None: nothing."""

    db: Path | None = None
    config: Path | None = None
    json: bool | None = None
    jsonl: bool | None = None
    plain: bool | None = None
    quiet: bool | None = None
    verbose: bool | None = None
    color: Color | None = None
    as_of: str | None = None
    dry_run: bool | None = None

    def over(self, other: Shared) -> Shared:
        """These options, and `other` where they say nothing."""
        return Shared(
            **{
                name: getattr(other, name) if getattr(self, name) is None else getattr(self, name)
                for name in self.__struct_fields__
            }
        )


_EVERYWHERE: dict[str, Any] = {
    "db": Annotated[Path | None, typer.Option("--db", metavar="FILE", help="The database [DEXCLI_DB].")],
    "config": Annotated[Path | None, typer.Option("--config", metavar="FILE", help="The settings [DEXCLI_CONFIG].")],
    "json": Annotated[bool | None, typer.Option("--json", help="One JSON document.")],
    "jsonl": Annotated[bool | None, typer.Option("--jsonl", help="One JSON object a line.")],
    "plain": Annotated[bool | None, typer.Option("--plain", help="Tab-separated, for scripts.")],
    "quiet": Annotated[bool | None, typer.Option("-q", "--quiet", help="No notes on stderr.")],
    "verbose": Annotated[bool | None, typer.Option("-v", "--verbose", help="Say which files are used.")],
    "color": Annotated[Color | None, typer.Option("--color", metavar="WHEN", help="auto, always or never.")],
}
_READING: dict[str, Any] = {
    "as_of": Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="As if today were that day.")],
}
_WRITING: dict[str, Any] = {
    "dry_run": Annotated[bool | None, typer.Option("--dry-run", help="Say what would change, change nothing.")],
}


_FILES = ("path", "output")
"""Parameters that name files, which need not be text."""


def _refuse_no_text(values: Mapping[str, object]) -> None:
    """Refuse what the locale could not decode: kept for later, half of it would be lost in silence."""
    for name, value in values.items():
        texts = value if isinstance(value, list) else [value]
        if name not in _FILES and any(isinstance(text, str) and not _is_text(text) for text in texts):
            raise UsageError("an argument is no text in this locale", hint="run dex with LC_ALL=C.UTF-8")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def with_shared(
    function: Callable[..., None], access: Access | None, take: Callable[[typer.Context, Shared], None]
) -> Callable[..., None]:
    """The function with the shared options in its signature; `take` receives what they say before it runs."""
    extra = dict(_EVERYWHERE)
    if access is Access.READS:
        extra |= _READING
    elif access is Access.WRITES:
        extra |= _WRITING
    signature = inspect.signature(function, eval_str=True)
    parameters = list(signature.parameters.values())
    parameters += [
        inspect.Parameter(f"shared_{name}", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in extra.items()
    ]

    @functools.wraps(function)
    def command(**values: Any) -> None:
        said = {name: values.pop(f"shared_{name}") for name in extra}
        _refuse_no_text(values)
        take(values["ctx"], Shared(**said))
        function(**values)

    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # of any callable
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {"return": None}
    del command.__wrapped__
    return command
