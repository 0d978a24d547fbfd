<#
.SYNOPSIS
Copies a table from one database into another, and at each later run only what is new in it.
.DESCRIPTION
The rows are read in the order of the watermark's columns and loaded by key, so that running it again, after a kill too, changes nothing.
Exit codes: 0 all rows are in the table, or the run was drained; 2 rows lie in the dead letter; 1 an error ended the run.
.PARAMETER Source
How the source is reached: parameters of Import-EtlSql.
.PARAMETER Target
How the target is reached: parameters of Export-EtlSqlUpsert.
.PARAMETER Table
The table, of the same name in both. The target's is made with the columns of the first rows if it is not there.
.PARAMETER Key
The columns that identify a row.
.PARAMETER WatermarkColumn
The columns that say what is new, the last of them unique.
.PARAMETER WatermarkLag
How late a row may be committed after the time that it holds.
.PARAMETER DeadLetterPath
A file for the rows that fail.
.EXAMPLE
./database-to-database.ps1 -Source @{ ConnectionString = 'Host=erp;Database=erp;Username=etl' } -Target @{ SqlitePath = 'shop.db' } -Table orders -Key order_id -WatermarkColumn updated_at, order_id
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [hashtable] $Source,
    [hashtable] $Target = @{ SqlitePath = './shop.db' },
    [string] $Table = 'orders',
    [string[]] $Key = 'order_id',
    [string[]] $WatermarkColumn = $Key,
    [timespan] $WatermarkLag = 0,
    [string] $DeadLetterPath = "./$Table.dead.jsonl"
)

$ErrorActionPreference = 'Stop'
Import-Module EtlTools

# The first run finds no database, and so no watermark.
$mark = if (-not $Target.SqlitePath -or (Test-Path $Target.SqlitePath)) { Get-EtlWatermark $Table @Target }
$result = Import-EtlSql @Source -Table $Table -WatermarkColumn $WatermarkColumn -WatermarkLag $WatermarkLag -ResumeFrom $mark |
    Export-EtlSqlUpsert @Target -Table $Table -Key $Key -CreateTable -WatermarkName $Table -DeadLetterPath $DeadLetterPath
$result

if (-not $result.Succeeded) { exit 2 }
