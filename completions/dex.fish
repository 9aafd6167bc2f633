# fish completion for dex
function __dex_complete
    set -lx _DEX_COMPLETE complete_fish
    set -lx _TYPER_COMPLETE_FISH_ACTION $argv[1]
    set -lx _TYPER_COMPLETE_ARGS (commandline -cp)
    dex 2>/dev/null
end
complete --command dex --no-files --arguments "(__dex_complete get-args)" --condition "__dex_complete is-args"
