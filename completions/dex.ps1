# PowerShell completion for dex
Register-ArgumentCompleter -Native -CommandName dex -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    if (-not $wordToComplete) { $words += "" }
    $Env:_DEX_COMPLETE = $words -join "`t"
    dex | ForEach-Object {
        $offer, $meaning = $_ -split "`t", 2
        if (-not $meaning) { $meaning = $offer }
        [System.Management.Automation.CompletionResult]::new($offer, $offer, 'ParameterValue', $meaning)
    }
    Remove-Item Env:_DEX_COMPLETE
}
