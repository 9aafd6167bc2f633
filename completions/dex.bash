# bash completion for dex
_dex() {
    local IFS=$'\t' offer
    local line="${COMP_WORDS[*]:1:COMP_CWORD}"
    COMPREPLY=()
    while IFS= read -r offer; do
        COMPREPLY+=( "${offer%%$'\t'*}" )
    done < <(_DEX_COMPLETE="$line" "$1" 2>/dev/null)
}
complete -o default -F _dex dex
