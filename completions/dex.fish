# fish completion for dex
function __dex_complete
    set -lx _DEX_COMPLETE (string join \t -- (commandline -opc)[2..-1] (commandline -ct))
    dex 2>/dev/null
end
complete --command dex --no-files --arguments "(__dex_complete)"
complete --command dex --force-files --condition "__fish_seen_subcommand_from import"
