#!/usr/bin/env pwsh
<#
.SYNOPSIS
Loads the files of a folder, as a scheduled task does.
.DESCRIPTION
Writes a log, can be told to end at any time, goes on where it stopped, and puts files away when they are done. A file that cannot be
read is set aside, and the next one is loaded. An error about anything else, such as the database, ends the script at once.
Exit codes: 0 all rows are in the table, or the run was drained; 1 an error ended the script, or a file was set aside;
2 rows lie in a dead letter.
.PARAMETER Inbox
The folder of the files.
.PARAMETER Done
The folder for files that are done.
.PARAMETER Bad
The folder for files that cannot be read. Rows before the fault may be in the table.
.PARAMETER DeadLetters
The folder for the rows that fail: a dead letter for each file, with the file's name and time.
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
    [string] $Bad = './bad',
    [string] $DeadLetters = './dead',
    [string] $Database = './shop.db',
    [string] $LogPath = './etl.jsonl',
    [string] $StopFilePath = './stop',
    [timespan] $MaxDuration = '00:50:00'
)

$ErrorActionPreference = 'Stop'
# What is written goes to a file or a journal, which shows no colours.
$PSStyle.OutputRendering = 'PlainText'
Import-Module EtlTools
Set-EtlTelemetry -LogPath $LogPath -LogMaxBytes 100MB -Tag @{ job = 'orders' }
$to = @{ SqlitePath = $Database }
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$exitCode = 0
$files = Get-ChildItem $Inbox -Filter *.csv | Sort-Object Name
$null = New-Item -ItemType Directory -Path $Done, $Bad, $DeadLetters -Force
foreach ($file in $files) {
    $left = $MaxDuration - $clock.Elapsed
    if ($left -le 0) { break }

    $source = [WildcardPattern]::Escape($file.FullName)
    # The same file has the same name in each run, and another file of its name another one.
    $name = "$($file.BaseName).$($file.LastWriteTimeUtc.ToString('yyyyMMddTHHmmssZ'))"
    $mark = Get-EtlWatermark orders @to -Source $source
    try {
        $result = Import-EtlCsv -LiteralPath $file.FullName -Type @{ amount = 'decimal'; ordered_at = 'datetime' } -ResumeFrom $mark -MaxDuration $left -StopFilePath $StopFilePath |
            Invoke-EtlTransform -Required order_id, email |
            Export-EtlSqlUpsert @to -Table orders -Key order_id -CreateTable -WatermarkName orders -DeadLetterPath (Join-Path $DeadLetters "$name.dead.jsonl")
        $result
    }
    catch {
        # An error about the file has its path; a file may have other columns than the load or the table, too. Everything else would go
        # wrong with the next file as well.
        $code = "$($_.FullyQualifiedErrorId)".Split(',')[0]
        if (-not $_.Exception.File -and $code -notin 'UnknownColumn', 'KeyColumnMissing') { throw }
        [Console]::Error.WriteLine("${code}: $($_.Exception.Message) The file is set aside as '$(Join-Path $Bad "$name.csv")'.")
        Get-EtlWatermark orders @to -Source $source | Remove-EtlWatermark @to
        Move-Item -LiteralPath $file.FullName -Destination (Join-Path $Bad "$name.csv") -Force
        $exitCode = 1
        continue
    }

    # Rows that failed lie in the dead letter; the task says so, and the file is done all the same.
    if (-not $result.Succeeded -and $exitCode -eq 0) { $exitCode = 2 }

    # Told to end: what was read is committed, and the next run reads on behind it.
    if ($result.Drained) { break }

    # The watermark first: the next file of this name is another one.
    Get-EtlWatermark orders @to -Source $source | Remove-EtlWatermark @to
    Move-Item -LiteralPath $file.FullName -Destination $Done -Force
}

exit $exitCode
