#!/usr/bin/env pwsh
<#
.SYNOPSIS
Loads the files of a folder, as a scheduled task does.
.DESCRIPTION
Writes a log, can be told to end at any time, goes on where it stopped, and puts files away when they are done.
Exit codes: 0 all rows are in the table, or the run was drained; 2 rows lie in a dead letter; 1 an error ended the run.
.PARAMETER Inbox
The folder of the files. Beside each file lies the dead letter of its rows that fail.
.PARAMETER Done
The folder for files that are done.
.PARAMETER Database
The SQLite file. It is made if it is not there.
.PARAMETER LogPath
The log, in JSON lines.
.PARAMETER StopFilePath
A file that tells the task to end when it appears.
.PARAMETER MaxDuration
How long to read, all files together.
.EXAMPLE
pwsh -NoProfile -NonInteractive -File ./load-orders.ps1 -Inbox ./inbox -MaxDuration 00:50:00
#>
[CmdletBinding()]
param(
    [string] $Inbox = './inbox',
    [string] $Done = './done',
    [string] $Database = './shop.db',
    [string] $LogPath = './etl.jsonl',
    [string] $StopFilePath = './stop',
    [timespan] $MaxDuration = '00:50:00'
)

$ErrorActionPreference = 'Stop'
Import-Module EtlTools
Set-EtlTelemetry -LogPath $LogPath -LogMaxBytes 100MB -Tag @{ job = 'orders' }
$to = @{ SqlitePath = $Database }
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$exitCode = 0
foreach ($file in Get-ChildItem $Inbox -Filter *.csv | Sort-Object Name) {
    $left = $MaxDuration - $clock.Elapsed
    if ($left -le 0) { break }

    $source = [WildcardPattern]::Escape($file.FullName)
    $mark = Get-EtlWatermark orders @to -Source $source
    $result = Import-EtlCsv -LiteralPath $file.FullName -Type @{ amount = 'decimal'; ordered_at = 'datetime' } -ResumeFrom $mark -MaxDuration $left -StopFilePath $StopFilePath |
        Invoke-EtlTransform -Required order_id, email |
        Export-EtlSqlUpsert @to -Table orders -Key order_id -CreateTable -WatermarkName orders -DeadLetterPath "$($file.FullName).dead.jsonl"
    $result

    # Rows that failed lie in the dead letter; the task says so, and the file is done all the same.
    if (-not $result.Succeeded) { $exitCode = 2 }

    # Told to end: what was read is committed, and the next run reads on behind it.
    if ($result.Drained) { break }

    # The watermark first: the next file of this name is another one.
    Get-EtlWatermark orders @to -Source $source | Remove-EtlWatermark @to
    $null = New-Item -ItemType Directory -Path $Done -Force
    Move-Item -LiteralPath $file.FullName -Destination $Done -Force
}

exit $exitCode
