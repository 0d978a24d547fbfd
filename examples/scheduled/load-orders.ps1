#!/usr/bin/env pwsh
<#
.SYNOPSIS
Loads the files of a folder, as a scheduled task.
.DESCRIPTION
Writes a log, can be stopped at any time, continues where it stopped, and moves files away when they are done. A file that cannot be
read is set aside, and the next one is loaded. Any other error, such as one of the database, ends the script at once.
Exit codes: 0 all rows are in the table, or the run was drained; 1 an error ended the script, or a file was set aside;
2 failed rows are in a dead letter.
.PARAMETER Inbox
The folder with the files to load.
.PARAMETER Done
The folder for loaded files.
.PARAMETER Bad
The folder for files that cannot be read. The rows before the error may be in the table.
.PARAMETER DeadLetters
The folder for the dead letters, one for each file, with the file's name and time.
.PARAMETER Database
The SQLite file. It is created if it does not exist.
.PARAMETER LogPath
The log, in JSON lines.
.PARAMETER StopFilePath
A file that stops the task when it is created.
.PARAMETER MaxDuration
The longest time to read, for all files together.
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
# The output goes to a file or a journal, where colour codes would be noise.
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
    # This name is the same for the same file in each run, and different for a later file of the same name.
    $name = "$($file.BaseName).$($file.LastWriteTimeUtc.ToString('yyyyMMddTHHmmssZ'))"
    $mark = Get-EtlWatermark orders @to -Source $source
    try {
        $result = Import-EtlCsv -LiteralPath $file.FullName -Type @{ amount = 'decimal'; ordered_at = 'datetime' } -ResumeFrom $mark -MaxDuration $left -StopFilePath $StopFilePath |
            Invoke-EtlTransform -Required order_id, email |
            Export-EtlSqlUpsert @to -Table orders -Key order_id -CreateTable -WatermarkName orders -DeadLetterPath (Join-Path $DeadLetters "$name.dead.jsonl")
        "$($file.Name):"
        $result
    }
    catch {
        # An error about the file has its path in File; a file may also have other columns than the load or the table. Any other error would
        # happen with the next file, too.
        $code = "$($_.FullyQualifiedErrorId)".Split(',')[0]
        if (-not $_.Exception.File -and $code -notin 'UnknownColumn', 'KeyColumnMissing') { throw }
        [Console]::Error.WriteLine("${code}: $($_.Exception.Message) The file is set aside as '$(Join-Path $Bad "$name.csv")'.")
        Get-EtlWatermark orders @to -Source $source | Remove-EtlWatermark @to
        Move-Item -LiteralPath $file.FullName -Destination (Join-Path $Bad "$name.csv") -Force
        $exitCode = 1
        continue
    }

    # Failed rows are in the dead letter. The exit code reports them, but the file is done.
    if (-not $result.Succeeded -and $exitCode -eq 0) { $exitCode = 2 }

    # Stopped: the rows that were read are committed, and the next run continues after them.
    if ($result.Drained) { break }

    # The watermark is removed first, because the next file of this name is another one.
    Get-EtlWatermark orders @to -Source $source | Remove-EtlWatermark @to
    # Under a name of its own, because the next file may have the same one.
    Move-Item -LiteralPath $file.FullName -Destination (Join-Path $Done "$($file.BaseName).$([datetime]::UtcNow.ToString('yyyyMMddTHHmmssfffZ'))$($file.Extension)")
}

exit $exitCode
