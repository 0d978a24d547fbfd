# Loads one CSV file by as many processes as a job array has, each a share of the keys. Run by hand it loads everything.
# Ends with 0 when the share is done, 75 when it is to be started again, 1 after an error, 2 where rows failed.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $ConnectionString,
    [string] $Table = 'orders',
    [string[]] $Key = 'order_id',
    [string] $Name = 'orders',
    # The number of shares, the same in every process. 0: what the engine says.
    [int] $Count,
    [string] $DeadLetterPath = "$Path.dead.jsonl"
)

$ErrorActionPreference = 'Stop'
if ($env:ETLTOOLS_MODULE) { Import-Module (Join-Path $env:ETLTOOLS_MODULE 'EtlTools.psd1') } else { Import-Module EtlTools }
$to = @{ Provider = 'PostgreSQL'; ConnectionString = $ConnectionString }

try {
    $share = Get-EtlPartition -Count $Count
    $result = Import-EtlCsv $Path -Type @{ amount = 'decimal' } -ResumeFrom (Get-EtlWatermark $Name -Partition $share @to) |
        Select-EtlPartition $share -Key $Key |
        Invoke-EtlTransform -Required $Key |
        Export-EtlSqlUpsert @to -Table $Table -Key $Key -CreateTable -Partition $share -WatermarkName $Name -DeadLetterPath $DeadLetterPath
    "share $share, attempt $($share.Attempt): $result"
}
catch {
    [Console]::Error.WriteLine("share ${share}: $_")
    # What passes by itself: another attempt still runs, the database is away, the run was dropped by a signal.
    $again = 'WatermarkInUse', 'OutageBudgetSpent', 'TargetUnavailable', 'RunDropped'
    exit $(if ($again -contains ($_.FullyQualifiedErrorId -split ',')[0]) { 75 } else { 1 })
}

if ($result.Drained) { exit 75 }
if ($result.DeadLettered -or $result.Errors) { exit 2 }
