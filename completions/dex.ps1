# PowerShell completion for dex
Register-ArgumentCompleter -Native -CommandName dex -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $Env:_DEX_COMPLETE = "complete_powershell"
    $Env:_TYPER_COMPLETE_ARGS = $commandAst.ToString()
    $Env:_TYPER_COMPLETE_WORD_TO_COMPLETE = $wordToComplete
    dex | ForEach-Object {
        $parts = $_ -Split ":::"
        $help = if ($parts.Count -gt 1 -and $parts[1]) { $parts[1] } else { $parts[0] }
        [System.Management.Automation.CompletionResult]::new($parts[0], $parts[0], 'ParameterValue', $help)
    }
    $Env:_DEX_COMPLETE = ""
    $Env:_TYPER_COMPLETE_ARGS = ""
    $Env:_TYPER_COMPLETE_WORD_TO_COMPLETE = ""
}
