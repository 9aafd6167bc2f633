# bash completion for dex
_dex() {
    local IFS=$'\t'
    local line="${COMP_WORDS[*]:1:COMP_CWORD}"
    IFS=$'\n'
    COMPREPLY=( $(_DEX_COMPLETE="$line" "$1" 2>/dev/null) )
    COMPREPLY=( "${COMPREPLY[@]%%$'\t'*}" )
}
complete -o default -F _dex dex
