# fish completion for dexcli, which is dex
complete --command dexcli --wraps dex
