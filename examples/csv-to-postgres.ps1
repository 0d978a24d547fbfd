<#
.SYNOPSIS
Loads a CSV file into a PostgreSQL table by key.
.DESCRIPTION
Rows that cannot be loaded go to the dead letter; run the script again with the corrected file, or see replay-dead-letters.ps1.
Exit codes: 0 all rows are in the table, or the run was drained; 2 failed rows are in the dead letter; 1 an error ended the run.
.PARAMETER Path
The file.
.PARAMETER ConnectionString
The database. Leave the password out; it is read from PGPASSWORD or ~/.pgpass.
.PARAMETER Table
The table. If it does not exist, it is created with the columns of the first row.
.PARAMETER DeadLetterPath
A file for the rows that fail.
.EXAMPLE
./csv-to-postgres.ps1 -Path ./orders.csv -ConnectionString 'Host=db.example.org;Database=shop;Username=etl'
#>
[CmdletBinding()]
param(
    [string] $Path = (Join-Path $PSScriptRoot 'orders.csv'),
    [string] $ConnectionString = 'Host=localhost;Database=shop;Username=etl',
    [string] $Table = 'orders',
    [string] $DeadLetterPath = './orders.dead.jsonl'
)

$ErrorActionPreference = 'Stop'
# Without colour codes, which a file would keep.
$PSStyle.OutputRendering = 'PlainText'
Import-Module EtlTools

$result = Import-EtlCsv -LiteralPath $Path -Type @{ amount = 'decimal'; ordered_at = 'datetime' } |
    Invoke-EtlTransform -Trim -Required order_id, email -MaxLength @{ email = 254 } |
    Export-EtlSqlUpsert -Provider PostgreSQL -ConnectionString $ConnectionString -Table $Table -Key order_id -CreateTable -DeadLetterPath $DeadLetterPath
$result

if (-not $result.Succeeded) { exit 2 }
if ($result.Drained) { 'Stopped before the end of the file. Run it again.' }
