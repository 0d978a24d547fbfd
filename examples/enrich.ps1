<#
.SYNOPSIS
Adds to each row of a CSV file what a web service knows about it, and loads the rows into SQLite.
.DESCRIPTION
A call a row, eight at a time, at most 50 a second; the same customer is asked for once. A row that the service refuses goes to the
dead letter, and the others go on.
Exit codes: 0 all rows are in the table, or the run was drained; 2 rows lie in the dead letter; 1 an error ended the run.
.PARAMETER Uri
The service. Behind the address comes /customers/ and the row's customer_id.
.PARAMETER Path
The file.
.PARAMETER Database
The SQLite file. It is made if it is not there.
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
Import-Module EtlTools

$result = Import-EtlCsv -LiteralPath $Path |
    Invoke-EtlTransform -Required order_id, customer_id |
    Invoke-EtlApi "$Uri/customers/{customer_id}" -ResultColumn customer -CacheSize 10000 -RateLimit 50 -ThrottleLimit 8 |
    Invoke-EtlTransform -SetColumn @{ country = { $_.customer.country }; segment = { $_.customer.segment } } -ExcludeColumn customer |
    Export-EtlSqlUpsert -SqlitePath $Database -Table orders -Key order_id -CreateTable -DeadLetterPath $DeadLetterPath
$result

if (-not $result.Succeeded) { exit 2 }
if ($result.Drained) { 'Told to end before the end of the file: run it again.' }
