"""Completion scripts; checked in under `completions/`.

Each tells the words behind `dex` up to the cursor, with tabs between them, in `_DEX_COMPLETE`, and gets lines of an
offer, a tab, and what it means; see `cli/quick.py`.
"""

from __future__ import annotations

from pathlib import Path

from dexcli.errors import UsageError

_BASH = r"""# bash completion for dex
_dex() {
    local IFS=$'\t' offer
    local line="${COMP_WORDS[*]:1:COMP_CWORD}"
    COMPREPLY=()
    while IFS= read -r offer; do
        COMPREPLY+=( "${offer%%$'\t'*}" )
    done < <(_DEX_COMPLETE="$line" "$1" 2>/dev/null)
}
complete -o default -F _dex dex
"""

_ZSH = r"""#compdef dex
_dex() {
    local -a offers
    offers=( "${(@f)$(_DEX_COMPLETE="${(pj:\t:)words[2,CURRENT]}" dex 2>/dev/null)}" )
    if [[ -z "${offers[1]}" ]]; then
        _files
        return
    fi
    offers=( "${(@)offers//:/\\:}" )
    offers=( "${(@)offers/$'\t'/:}" )
    _describe dex offers
}
if [ "$funcstack[1]" = "_dex" ]; then
    _dex "$@"
else
    compdef _dex dex
fi
"""

_FISH = r"""# fish completion for dex
function __dex_complete
    set -lx _DEX_COMPLETE (string join \t -- (commandline -opc)[2..-1] (commandline -ct))
    dex 2>/dev/null
end
complete --command dex --no-files --arguments "(__dex_complete)"
complete --command dex --force-files --condition "__fish_seen_subcommand_from import"
"""

_POWERSHELL = r"""# PowerShell completion for dex
Register-ArgumentCompleter -Native -CommandName dex -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    if (-not $wordToComplete) { $words += "" }
    $Env:_DEX_COMPLETE = $words -join "`t"
    dex | ForEach-Object {
        $offer, $meaning = $_ -split "`t", 2
        if (-not $meaning) { $meaning = $offer }
        [System.Management.Automation.CompletionResult]::new($offer, $offer, 'ParameterValue', $meaning)
    }
    Remove-Item Env:_DEX_COMPLETE
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
