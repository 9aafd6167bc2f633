"""The program: the lazy command table behind Typer, and the one boundary at which errors become exit codes."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from dexcli import __version__
from dexcli.cli.context import Dex
from dexcli.cli.options import Shared, with_shared
from dexcli.cli.table import COMMANDS
from dexcli.errors import CancelledError, ExitCode, UsageError

ABOUT = """Remember people: where you met, what you last talked about, when it is time to reconnect.

Everything stays on this machine, in one SQLite file. `dex` alone shows whom to act on today.
"""

NOT_OURS = (
    "this is dexcli, a personal relationship tracker for the terminal; it has nothing to do with the"
    " service at getdex.com and its own `dex` program, and neither reads ~/.dex nor DEX_API_KEY"
)


class CommandTable(TyperGroup):
    """Commands by name: listed from the table, imported when they are called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is Typer's
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the signature is Typer's
        """A stand-in for listings, which costs no import."""
        listed = COMMANDS.get(cmd_name)
        return None if listed is None else TyperCommand(cmd_name, help=listed.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself, when it is about to run."""
        name = args[0]
        if name == "auth" or name.startswith("dex-"):
            raise UsageError(f"there is no command {name!r}", hint=NOT_OURS)
        if name not in COMMANDS:
            from dexcli.cli.slips import meant

            if hint := meant(ctx, name):
                raise UsageError(f"there is no command {name!r}", hint=hint)
            for known in COMMANDS:  # only the names count, for near misses
                self.commands[known] = TyperCommand(known)
            return super().resolve_command(ctx, args)
        if name == "tag":
            from dexcli.cli.slips import refuse_minus

            refuse_minus(args[1:])
        return name, load(name), args[1:]


def load(name: str) -> TyperCommand:
    """Import a command and give it the shared options."""
    listed = COMMANDS[name]
    module = import_module(f"dexcli.cli.commands.{listed.module}")
    function = getattr(module, name.replace("-", "_") + ("_" if name == "import" else ""))
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    settings = {"help_option_names": ["-h", "--help"]}
    app.command(name, context_settings=settings, help=_help(function))(with_shared(function, listed.access, _take))
    return cast("TyperCommand", typer.main.get_command(app))


def _help(function: Any) -> str:
    r"""The docstring; a line `\b`, which stands for a backspace, keeps those that follow apart."""
    return inspect.cleandoc(function.__doc__ or "").replace("\\b\n", "\b\n")


def _take(ctx: typer.Context, said: Shared) -> None:
    dex = Dex.of(ctx)
    dex.shared = said.over(dex.shared)
    dex.command = ctx.info_name or ""


def _root(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    dex = Dex.of(ctx)
    if version:
        dex.text([f"dex {__version__}"])
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        from dexcli.cli.commands.due import welcome_or_due

        dex.command = "due"
        welcome_or_due(dex, ctx)


def application() -> Any:
    """The program as Typer knows it."""
    app = typer.Typer(
        cls=CommandTable,
        add_completion=False,
        rich_markup_mode=None,
        no_args_is_help=False,
        invoke_without_command=True,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        help=ABOUT,
    )
    app.callback()(with_shared(_root, None, _take_root))
    return typer.main.get_command(app)


def _take_root(ctx: typer.Context, said: Shared) -> None:
    Dex.of(ctx).shared = said


def run(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code: the one boundary at which errors are shown."""
    from dexcli.cli import output
    from dexcli.cli.boundary import guarded

    dex = Dex()
    output.fit()

    def program() -> int:
        result = application().main(args=list(arguments), prog_name="dex", standalone_mode=False, obj=dex)
        if result == ExitCode.INTERRUPTED:  # what Typer makes of Ctrl-C
            raise CancelledError("interrupted")
        return result if isinstance(result, int) else 0

    return guarded(program, dex, json=_asked_for_json(arguments))


def _asked_for_json(arguments: Sequence[str]) -> bool:
    """Whether errors are to be JSON, even where the command line itself cannot be parsed."""
    own = list(arguments[: arguments.index("--")]) if "--" in arguments else arguments
    return "--json" in own or "--jsonl" in own
