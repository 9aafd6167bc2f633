# PowerShell completion for dex
Register-ArgumentCompleter -Native -CommandName @("dex", "dexcli") -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program, $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    $words = @($words)
    if (-not $wordToComplete) { $words += "" }
    $Env:_DEX_COMPLETE = (@("pwsh") + $words) -join "`t"
    try { $lines = @(& $program) } finally { Remove-Item Env:_DEX_COMPLETE }
    foreach ($line in $lines) {
        if ($line.StartsWith("`t")) { continue }
        $offer, $meaning = $line -split "`t", 2
        if (-not $meaning) { $meaning = $offer }
        $typed = $offer
        if ($offer -notmatch '^[\w./:+=-]+$') { $typed = "'" + ($offer -replace "'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($typed, $offer, 'ParameterValue', $meaning)
    }
}
