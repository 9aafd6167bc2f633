# For ~/.bashrc, with dex-due (beside this file) in the path:
#   source /path/to/contrib/prompt/dex.bash
#   PS1='\w$(dex_prompt) \$ '

dex_prompt() {
  local status=$? number
  number=$(dex-due 2>/dev/null)
  [[ -z $number ]] || printf ' (%s due)' "$number"
  return "$status" # $? stays that of the last command for the rest of the prompt
}
