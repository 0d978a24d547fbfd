<#
.SYNOPSIS
Loads all compressed CSV files of a folder into SQLite in one run.
.DESCRIPTION
A damaged file is reported as an error; the other files are still loaded.
Exit codes: 0 all rows are in the table, or the run was drained; 2 failed rows are in the dead letter, or files could not be read; 1 an error
ended the run.
.PARAMETER Path
The files; wildcards are allowed. They are read in the order of their names.
.PARAMETER Database
The SQLite file. It is created if it does not exist.
.PARAMETER DeadLetterPath
A file for the rows that fail.
.EXAMPLE
./gz-folder.ps1 -Path './2026-11-*.csv.gz'
#>
[CmdletBinding()]
param(
    [string] $Path = './*.csv.gz',
    [string] $Database = './shop.db',
    [string] $DeadLetterPath = './orders.dead.jsonl'
)

$ErrorActionPreference = 'Stop'
# Without colour codes, which a file would keep.
$PSStyle.OutputRendering = 'PlainText'
Import-Module EtlTools

# With Stop, the first file that cannot be read would end the run.
$result = Import-EtlCsv $Path -Type @{ amount = 'decimal'; ordered_at = 'datetime' } -ErrorAction Continue -ErrorVariable unread |
    Invoke-EtlTransform -Required order_id, email |
    Export-EtlSqlUpsert -SqlitePath $Database -Table orders -Key order_id -CreateTable -DeadLetterPath $DeadLetterPath
$result

"$($unread.Count) files could not be read to their end."
if (-not $result.Succeeded) { exit 2 }
if ($result.Drained) { 'Stopped before the last file. Run it again.' }
