#!/usr/bin/env pwsh
# Loads what is in a folder, as a scheduled task does: a log, exit codes, drains, and files put away when they are done.
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
$exitCode = 0
foreach ($file in Get-ChildItem $Inbox -Filter *.csv | Sort-Object Name) {
    $result = Import-EtlCsv -LiteralPath $file.FullName -MaxDuration $MaxDuration -StopFilePath $StopFilePath |
        Invoke-EtlTransform -Required order_id, email |
        Export-EtlSqlUpsert -Provider Sqlite -ConnectionString "Data Source=$Database" -Table orders -Key order_id -CreateTable -DeadLetterPath "$($file.FullName).dead.jsonl"
    $result

    # Told to end: what was read is committed, and the file is read again the next time.
    if ($result.Drained) { break }

    # Rows that failed lie in the dead letter; the task says so, and the file is done all the same.
    if (-not $result.Succeeded) { $exitCode = 2 }
    $null = New-Item -ItemType Directory -Path $Done -Force
    Move-Item -LiteralPath $file.FullName -Destination $Done
}

exit $exitCode
