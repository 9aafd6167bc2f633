# For ~/.config/fish/conf.d/, with dex-due (beside this file) in the path. In your fish_prompt:
#   printf '%s%s > ' (prompt_pwd) (dex_prompt)

function dex_prompt --description 'How many people are due'
    set -l status_before $status
    set -l number (dex-due 2>/dev/null)
    test -n "$number"; and printf ' (%s due)' $number
    return $status_before
end
