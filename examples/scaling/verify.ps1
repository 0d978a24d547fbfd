# Checks whether all shares of a load are complete.
# Exit codes: 0 all are complete; 75 some are still open; 1 an error ended it; 2 all are complete, but rows failed.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $ConnectionString,
    [Parameter(Mandatory)] [int] $Count,
    [string] $Name = 'orders'
)

$ErrorActionPreference = 'Stop'
if ($env:ETLTOOLS_MODULE) { Import-Module (Join-Path $env:ETLTOOLS_MODULE 'EtlTools.psd1') } else { Import-Module EtlTools }

try {
    $status = Complete-EtlPartition $Name -Count $Count -Provider PostgreSQL -ConnectionString $ConnectionString
}
catch {
    [Console]::Error.WriteLine("$_")
    exit $(if (($_.FullyQualifiedErrorId -split ',')[0] -in 'OutageBudgetSpent', 'TargetUnavailable') { 75 } else { 1 })
}

"$status"
if (-not $status.Complete) {
    "open: $($status.Open -join ',')"
    exit 75
}
if ($status.DeadLettered) { exit 2 }
