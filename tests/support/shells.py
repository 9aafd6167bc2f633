"""The shells that people use, at a terminal of their own, with the completion that is checked in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support import tmux
from support.program import DEX, NOW
from support.tmux import Screen

SCRIPTS = Path(__file__).parents[2] / "completions"
PROMPT = "$ "
LOADER = Path("/usr/share/bash-completion/bash_completion")
"""Of the package bash-completion, with which bash loads a script when its command is completed for the first time."""


def why_not(shell: str) -> str | None:
    """The reason why a shell cannot be tried here; None where it can."""
    there = LOADER.exists() if shell == "bash-completion" else shutil.which(shell)
    return tmux.why_no_tmux() or (None if there else f"{shell} is not installed (apt install {shell})")


@contextmanager
def at(
    shell: str, home: Path, *, env: Mapping[str, str] | None = None, columns: int = 80, lines: int = 24
) -> Iterator[Screen]:
    """A shell that waits for its first command, with `dex` in its path and nothing of the developer's.

    `bash` reads the script when it starts, `bash-completion` lets that package find it.
    """
    command = {"bash": _bash, "bash-completion": _bash_completion, "zsh": _zsh, "fish": _fish}[shell](home)
    wanted = {"PATH": f"{DEX.parent}:{os.environ['PATH']}", "DEXCLI_NOW": NOW, **(env or {})}
    with tmux.terminal(command, env=wanted, columns=columns, lines=lines) as screen:
        screen.wait(lambda text: text.endswith(PROMPT.rstrip()))
        yield screen


def _bash(home: Path) -> list[str | Path]:
    return _bash_with(home, f"source '{SCRIPTS}/dex.bash'")


def _bash_completion(home: Path) -> list[str | Path]:
    folder = Path(os.environ.get("XDG_DATA_HOME", home / ".local/share")) / "bash-completion/completions"
    folder.mkdir(parents=True)
    shutil.copy(SCRIPTS / "dex.bash", folder / "dex")
    shutil.copy(SCRIPTS / "dexcli.bash", folder / "dexcli")
    return _bash_with(home, f"source '{LOADER}'")


def _bash_with(home: Path, line: str) -> list[str | Path]:
    file = home / "bashrc"
    file.write_text(f"PS1='{PROMPT}'\nHISTFILE=\nbind 'set bell-style none'\n{line}\n")
    return ["bash", "--noprofile", "--rcfile", file, "-i"]


def _zsh(home: Path) -> list[str | Path]:
    """As packages install it: the script is in the path of functions, and compinit finds it."""
    folder = home / "functions"
    folder.mkdir(exist_ok=True)
    shutil.copy(SCRIPTS / "_dex", folder)
    (home / ".zshrc").write_text(
        f"bindkey -e\nfpath=('{folder}' $fpath)\nautoload -Uz compinit\ncompinit -u -d '{home}/zcompdump'\n"
        f"PROMPT='{PROMPT}'\nunsetopt beep\nHISTFILE=\n"
    )
    return ["env", f"ZDOTDIR={home}", "zsh", "-d", "-i"]


def _fish(home: Path) -> list[str | Path]:
    """As packages install it: in a folder from which fish loads it when `dex` is completed for the first time."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME", home / ".config")) / "fish"
    (folder / "completions").mkdir(parents=True, exist_ok=True)
    for script in ("dex.fish", "dexcli.fish"):
        shutil.copy(SCRIPTS / script, folder / "completions")
    (folder / "config.fish").write_text(
        f"set -g fish_greeting\nset -g fish_autosuggestion_enabled 0\n"
        f"function fish_prompt; printf '{PROMPT}'; end\nfunction fish_title; end\n"
    )
    return ["fish", "--private", "-i"]
