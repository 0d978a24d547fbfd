<#
.SYNOPSIS
Copies a table from one database to another; later runs copy only new and changed rows.
.DESCRIPTION
Rows are read in the order of the watermark columns and loaded by key. So it is safe to run it again, even after a kill.
Exit codes: 0 all rows are in the table, or the run was drained; 2 failed rows are in the dead letter; 1 an error ended the run.
.PARAMETER Source
The connection parameters of Import-EtlSql for the source.
.PARAMETER Target
The connection parameters of Export-EtlSqlUpsert for the target.
.PARAMETER Table
The table; it has the same name in both databases. If the target does not have it, it is created with the columns of the first rows.
.PARAMETER Key
The columns that identify a row.
.PARAMETER WatermarkColumn
The columns that show which rows are new. The last one must be unique.
.PARAMETER WatermarkLag
The longest time between a row's timestamp and its commit.
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
# Without colour codes, which a file would keep.
$PSStyle.OutputRendering = 'PlainText'
Import-Module EtlTools

# Null at the first run.
$mark = Get-EtlWatermark $Table @Target
$result = Import-EtlSql @Source -Table $Table -WatermarkColumn $WatermarkColumn -WatermarkLag $WatermarkLag -ResumeFrom $mark |
    Export-EtlSqlUpsert @Target -Table $Table -Key $Key -CreateTable -WatermarkName $Table -DeadLetterPath $DeadLetterPath
$result

if (-not $result.Succeeded) { exit 2 }
