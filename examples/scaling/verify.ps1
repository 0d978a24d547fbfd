# Says whether all shares of a load are complete. Ends with 0 when they are, 75 while some are open, 1 after an error, 2 where all are complete and rows failed.
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
