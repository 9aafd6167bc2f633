# fish completion for dex
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
