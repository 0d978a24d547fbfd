<#
.SYNOPSIS
Runs the Pester tests beside this file and writes how many passed, failed and were skipped, as JSON. build.ps1 calls it.
#>
param(
    # Pester's manifest.
    [Parameter(Mandatory)]
    [string] $Pester,

    [Parameter(Mandatory)]
    [string] $ResultPath,

    # A file's name, or a part of a test's full name.
    [string] $Filter,

    [string[]] $ExcludeTag = @()
)

Import-Module $Pester
$path = $PSScriptRoot
$names = '*'
if ($Filter -like '*.Tests.ps1') { $path = Join-Path $PSScriptRoot $Filter }
elseif ($Filter) { $names = $Filter.Contains('*') ? $Filter : "*$Filter*" }
$run = Invoke-Pester -Configuration @{
    Run    = @{ Path = $path; PassThru = $true }
    Filter = @{ FullName = $names; ExcludeTag = $ExcludeTag }
    Output = @{ Verbosity = 'Normal' }
}
$failed = $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount
@{ passed = $run.PassedCount; failed = $failed; skipped = $run.SkippedCount } | ConvertTo-Json | Set-Content $ResultPath
exit [int]($failed -gt 0)
