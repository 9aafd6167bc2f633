# bash completion for dexcli, which is dex
. "${BASH_SOURCE[0]%/*}/dex"
