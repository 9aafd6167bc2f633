"""`dex completions`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli import completion
from dexcli.cli.context import Dex


def completions(ctx: typer.Context, shell: Annotated[str, typer.Argument(metavar="bash/zsh/fish/pwsh")]) -> None:
    r"""Print the completion script of a shell. Packages install them; otherwise load the script yourself.

    \b
    Examples:
      eval "$(dex completions bash)"                                  in ~/.bashrc
      dex completions bash > ~/.local/share/bash-completion/completions/dex
      dex completions zsh > ~/.zfunc/_dex
      dex completions fish > ~/.config/fish/completions/dex.fish
    """
    Dex.of(ctx).text([completion.script(shell).rstrip("\n")])
