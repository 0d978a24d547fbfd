<#
.SYNOPSIS
Loads what is new in a web service into a SQLite table.
.DESCRIPTION
The watermark is the latest updated_at that was loaded; the next run asks for items from there on. It is committed together with the
rows, so after a run that ended early the next one continues where it stopped. For that, the service must return its items in the order
of updated_at. Items of exactly that moment are read twice, which does no harm, because they are loaded by key.
Exit codes: 0 all items are in the table, or the run was drained; 2 failed items are in the dead letter; 1 an error ended the run.
.PARAMETER Uri
The address of the items: {"items":[{"id":1,"updated_at":"2026-11-02T09:12:00Z"}],"next_page":"a cursor, or null"}.
.PARAMETER Database
The SQLite file. It is created if it does not exist.
.PARAMETER Token
A bearer token for the service.
.PARAMETER DeadLetterPath
A file for the items that fail.
.PARAMETER MaxDuration
The longest time to read. The next run reads the rest.
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
# Without colour codes, which a file would keep.
$PSStyle.OutputRendering = 'PlainText'
Import-Module EtlTools

$to = @{ SqlitePath = $Database }
$how = @{ Pagination = 'Cursor'; NextPath = 'next_page'; MaxDuration = $MaxDuration }
if ($Token) { $how += @{ Authentication = 'Bearer'; Token = $Token } }

$mark = Get-EtlWatermark orders @to
if ($mark) { $how.Since = $mark.Value }

$result = Invoke-EtlApi $Uri @how |
    Invoke-EtlTransform -Required id, updated_at |
    Export-EtlSqlUpsert @to -Table orders -Key id -CreateTable -WatermarkName orders -WatermarkColumn updated_at -DeadLetterPath $DeadLetterPath
$result

if (-not $result.Succeeded) { exit 2 }
if ($result.Drained) { 'Stopped before the last page. The next run continues from here.' }
