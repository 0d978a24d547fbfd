<#
.SYNOPSIS
Loads what is new in a web service into a SQLite table.
.DESCRIPTION
The table's watermark holds the latest updated_at that was loaded, and the next run asks for what came since. It is written with
the rows, so that a run that ends early is gone on with where it stopped; for that the service must give its items in the order of
updated_at. Items of that very moment come twice, which loading by key makes harmless.
Exit codes: 0 all items are in the table, or the run was drained; 2 items lie in the dead letter; 1 an error ended the run.
.PARAMETER Uri
The address of the items: {"items":[{"id":1,"updated_at":"2026-11-02T09:12:00Z"}],"next_page":"a cursor, or null"}.
.PARAMETER Database
The SQLite file. It is made if it is not there.
.PARAMETER Token
A bearer token for the service.
.PARAMETER DeadLetterPath
A file for the items that fail.
.PARAMETER MaxDuration
How long to read. The rest is for the next run.
.EXAMPLE
./api-to-sqlite.ps1 -Uri https://api.example.org/orders -Token (Get-Secret orders-api)
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $Uri,
    [string] $Database = './shop.db',
    [securestring] $Token,
    [string] $DeadLetterPath = './orders.dead.jsonl',
    [timespan] $MaxDuration = '00:50:00'
)

$ErrorActionPreference = 'Stop'
Import-Module EtlTools

$to = @{ SqlitePath = $Database }
$how = @{ Pagination = 'Cursor'; NextPath = 'next_page'; MaxDuration = $MaxDuration }
if ($Token) { $how += @{ Authentication = 'Bearer'; Token = $Token } }

# The newest comes first. Each -Since is a query of its own, with a watermark of its own.
$marks = @(Get-EtlWatermark orders @to)
if ($marks) { $how.Since = $marks[0].Value }

$result = Invoke-EtlApi $Uri @how |
    Invoke-EtlTransform -Required id, updated_at |
    Export-EtlSqlUpsert @to -Table orders -Key id -CreateTable -WatermarkName orders -WatermarkColumn updated_at -DeadLetterPath $DeadLetterPath
$result

Get-EtlWatermark orders @to | Select-Object -Skip 1 | Remove-EtlWatermark @to
if (-not $result.Succeeded) { exit 2 }
if ($result.Drained) { 'Told to end before the last page: the next run goes on from here.' }
