"""Completion scripts; checked in under `completions/`.

Each asks `dex` itself what can be typed next, as `cli/offers.py` describes, and leaves to its shell how that goes into
the line: what is offered comes from a database and is never read as a command.
"""

from __future__ import annotations

from pathlib import Path

from dexcli.errors import UsageError

_BASH = r"""# bash completion for dex
_dex() {
    local IFS=$' \t\n' offer
    COMPREPLY=()
    while IFS= read -r offer; do
        case $offer in
            $'\t'files) compopt -o bashdefault -o default 2>/dev/null || : ;;
            $'\t'folders) compopt -o dirnames 2>/dev/null || : ;;
            $'\t'nospace) compopt -o nospace 2>/dev/null || : ;;
            $'\t'*) ;;
            *) COMPREPLY+=("$offer") ;;
        esac
    done < <(_DEX_COMPLETE=$'bash\t'"$2"$'\t'"${COMP_LINE:0:COMP_POINT}" "${1/#\~\//$HOME/}" 2>/dev/null </dev/null)
    compopt -o nosort 2>/dev/null || :
}
if type compopt >/dev/null 2>&1; then
    complete -F _dex dex dexcli
else # bash 3: files wherever there is nothing better
    complete -o default -F _dex dex dexcli
fi
"""

_ZSH = r"""#compdef dex dexcli
_dex() {
    local line program=${(Q)words[1]/#\~\//$HOME/}
    local -a asked offers options marks
    asked=(zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
    for line in "${(@f)$(_DEX_COMPLETE="${(pj:\t:)asked}" $program 2>/dev/null </dev/null)}"; do
        case $line in
            '') ;;
            $'\t'*) marks+=${line#$'\t'} ;;
            *) line=${${${line%$'\t'}//\\/\\\\}//:/\\:}
                offers+=("${line/$'\t'/:}") ;;
        esac
    done
    if (( $marks[(Ie)files] )); then
        compset -P '--[a-z-]#='
        _files
        return
    elif (( $marks[(Ie)folders] )); then
        compset -P '--[a-z-]#='
        _files -/
        return
    fi
    (( $#offers )) || return 1
    (( $marks[(Ie)nospace] )) && options+=(-S '')
    if (( $marks[(Ie)replace] )); then
        options+=(-U)
        (( $#offers > 1 )) && compstate[insert]=menu
    fi
    _describe -V dex offers "$options[@]"
}
if [ "$funcstack[1]" = "_dex" ]; then
    _dex "$@"
else
    compdef _dex dex dexcli
fi
"""

_FISH = r"""# fish completion for dex
function __dex_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -lx _DEX_COMPLETE (string join \t -- fish $words[2..-1] $word)
    set -l program (string replace -r '^~/' $HOME/ -- $words[1])
    set -l option (string match -r -- '^--[a-z-]+=' $word)
    for line in (command $program 2>/dev/null </dev/null)
        switch $line
            case \tfiles
                printf '%s\n' "$option"(__fish_complete_path (string replace -- "$option" '' $word))
            case \tfolders
                printf '%s\n' "$option"(__fish_complete_directories (string replace -- "$option" '' $word))
            case \t'*'
            case '*'
                echo -- $line
        end
    end
end
complete --command dex --no-files --keep-order --arguments "(__dex_complete)"
complete --command dexcli --wraps dex
"""

_POWERSHELL = r"""# PowerShell completion for dex
Register-ArgumentCompleter -Native -CommandName @("dex", "dexcli") -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program, $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    $words = @($words)
    if (-not $wordToComplete) { $words += "" }
    $Env:_DEX_COMPLETE = (@("pwsh") + $words) -join "`t"
    try { $lines = @(& $program) } finally { Remove-Item Env:_DEX_COMPLETE }
    foreach ($line in $lines) {
        if ($line.StartsWith("`t")) { continue }
        $offer, $meaning = $line -split "`t", 2
        if (-not $meaning) { $meaning = $offer }
        $typed = $offer
        if ($offer -notmatch '^[\w./:+=-]+$') { $typed = "'" + ($offer -replace "'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($typed, $offer, 'ParameterValue', $meaning)
    }
}
"""

SCRIPTS = {
    "bash": ("dex.bash", _BASH),
    "zsh": ("_dex", _ZSH),
    "fish": ("dex.fish", _FISH),
    "pwsh": ("dex.ps1", _POWERSHELL),
}
"""Each shell's file below `completions/` and its text."""


ALIASES = {
    "dexcli.bash": '# bash completion for dexcli, which is dex\n. "${BASH_SOURCE[0]%/*}/dex"\n',
    "dexcli.fish": "# fish completion for dexcli, which is dex\ncomplete --command dexcli --wraps dex\n",
}
"""Where a shell looks for a file that is called as the command is: those of the other name, beside the scripts."""


def script(shell: str) -> str:
    """The script of a shell; raises UsageError for one that is not known."""
    if shell == "powershell":
        shell = "pwsh"
    if shell not in SCRIPTS:
        raise UsageError(f"there is no completion for {shell!r}", hint=f"one of: {', '.join(SCRIPTS)}")
    return SCRIPTS[shell][1]


def write(folder: Path) -> None:
    """Write all scripts, for the repository and for packages."""
    for name, text in (*SCRIPTS.values(), *ALIASES.items()):
        (folder / name).write_text(text, "utf-8")
