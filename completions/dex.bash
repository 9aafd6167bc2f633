# bash completion for dex
_dex_completion() {
    local IFS=$'\n'
    COMPREPLY=( $( COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD _DEX_COMPLETE=complete_bash "$1" 2>/dev/null ) )
    return 0
}
complete -o default -F _dex_completion dex
