# bash completion for dex
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
