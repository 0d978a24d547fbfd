# Loads one CSV file with all processes of a job array; each process loads a share of the keys. Run by hand, it loads everything.
# Exit codes: 0 the share is complete; 75 start it again; 1 an error ended it; 2 rows failed.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $ConnectionString,
    [string] $Table = 'orders',
    [string[]] $Key = 'order_id',
    [string] $Name = 'orders',
    # The number of shares, the same in every process. 0 takes it from the engine that started the process.
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
    # These are temporary: another attempt is still running, the database is unavailable, or a signal dropped the run.
    $again = 'WatermarkInUse', 'OutageBudgetSpent', 'TargetUnavailable', 'RunDropped'
    exit $(if ($again -contains ($_.FullyQualifiedErrorId -split ',')[0]) { 75 } else { 1 })
}

if ($result.Drained) { exit 75 }
if ($result.DeadLettered -or $result.Errors) { exit 2 }
