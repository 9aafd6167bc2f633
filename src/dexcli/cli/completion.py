"""Completion scripts, made from what Typer's protocol asks for; checked in under `completions/`."""

from __future__ import annotations

from pathlib import Path

from dexcli.errors import UsageError

_BASH = r"""# bash completion for dex
_dex_completion() {
    local IFS=$'\n'
    COMPREPLY=( $( COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD _DEX_COMPLETE=complete_bash "$1" 2>/dev/null ) )
    return 0
}
complete -o default -F _dex_completion dex
"""

_ZSH = r"""#compdef dex
_dex_completion() {
    eval "$(_TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" _DEX_COMPLETE=complete_zsh dex 2>/dev/null)"
}
if [ "$funcstack[1]" = "_dex" ]; then
    _dex_completion "$@"
else
    compdef _dex_completion dex
fi
"""

_FISH = r"""# fish completion for dex
function __dex_complete
    set -lx _DEX_COMPLETE complete_fish
    set -lx _TYPER_COMPLETE_FISH_ACTION $argv[1]
    set -lx _TYPER_COMPLETE_ARGS (commandline -cp)
    dex 2>/dev/null
end
complete --command dex --no-files --arguments "(__dex_complete get-args)" --condition "__dex_complete is-args"
"""

_POWERSHELL = r"""# PowerShell completion for dex
Register-ArgumentCompleter -Native -CommandName dex -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $Env:_DEX_COMPLETE = "complete_powershell"
    $Env:_TYPER_COMPLETE_ARGS = $commandAst.ToString()
    $Env:_TYPER_COMPLETE_WORD_TO_COMPLETE = $wordToComplete
    dex | ForEach-Object {
        $parts = $_ -Split ":::"
        $help = if ($parts.Count -gt 1 -and $parts[1]) { $parts[1] } else { $parts[0] }
        [System.Management.Automation.CompletionResult]::new($parts[0], $parts[0], 'ParameterValue', $help)
    }
    $Env:_DEX_COMPLETE = ""
    $Env:_TYPER_COMPLETE_ARGS = ""
    $Env:_TYPER_COMPLETE_WORD_TO_COMPLETE = ""
}
"""

SCRIPTS = {
    "bash": ("dex.bash", _BASH),
    "zsh": ("_dex", _ZSH),
    "fish": ("dex.fish", _FISH),
    "pwsh": ("dex.ps1", _POWERSHELL),
}
"""Each shell's file below `completions/` and its text."""


def script(shell: str) -> str:
    """The script of a shell; raises UsageError for one that is not known."""
    if shell == "powershell":
        shell = "pwsh"
    if shell not in SCRIPTS:
        raise UsageError(f"there is no completion for {shell!r}", hint=f"one of: {', '.join(SCRIPTS)}")
    return SCRIPTS[shell][1]


def write(folder: Path) -> None:
    """Write all scripts, for the repository and for packages."""
    for name, text in SCRIPTS.values():
        (folder / name).write_text(text, "utf-8")
