# For ~/.zshrc, with dex-due (beside this file) in the path:
#   source /path/to/contrib/prompt/dex.zsh
#   setopt prompt_subst
#   PROMPT='%~$(dex_prompt) %# '

dex_prompt() {
  local number
  number=$(dex-due 2>/dev/null)
  [[ -z $number ]] || print -nr -- " ($number due)"
}
