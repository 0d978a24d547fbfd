<#
.SYNOPSIS
Adds data from a web service to each row of a CSV file, and loads the rows into SQLite.
.DESCRIPTION
Makes one call for each row, eight at a time, at most 50 per second; each customer is requested only once. A row that the service
refuses goes to the dead letter; the others continue.
Exit codes: 0 all rows are in the table, or the run was drained; 2 failed rows are in the dead letter; 1 an error ended the run.
.PARAMETER Uri
The address of the service. /customers/ and the row's customer_id are appended.
.PARAMETER Path
The file, with the columns order_id and customer_id.
.PARAMETER Database
The SQLite file. It is created if it does not exist.
.PARAMETER DeadLetterPath
A file for the rows that fail.
.EXAMPLE
./enrich.ps1 -Uri https://api.example.org -Path ./orders.csv
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $Uri,
    [string] $Path = './orders.csv',
    [string] $Database = './shop.db',
    [string] $DeadLetterPath = './orders.dead.jsonl'
)

$ErrorActionPreference = 'Stop'
# Without colour codes, which a file would keep.
$PSStyle.OutputRendering = 'PlainText'
Import-Module EtlTools

$result = Import-EtlCsv -LiteralPath $Path |
    Invoke-EtlTransform -Required order_id, customer_id |
    Invoke-EtlApi "$Uri/customers/{customer_id}" -ResultColumn customer -CacheSize 10000 -RateLimit 50 -ThrottleLimit 8 |
    Invoke-EtlTransform -SetColumn @{ country = { $_.customer.country }; segment = { $_.customer.segment } } -ExcludeColumn customer |
    Export-EtlSqlUpsert -SqlitePath $Database -Table orders -Key order_id -CreateTable -DeadLetterPath $DeadLetterPath
$result

if (-not $result.Succeeded) { exit 2 }
if ($result.Drained) { 'Stopped before the end of the file. Run it again.' }
