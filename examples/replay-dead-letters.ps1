<#
.SYNOPSIS
Corrects the rows of a dead letter and loads them.
.DESCRIPTION
Shows which rows failed and why, repairs those that it can, and loads them with the same checks as the first time. Rows that fail again
go to a new dead letter, which counts the attempts. The old file is renamed. Rows that were loaded anew since they failed would be replaced by
the older ones: where your rows have a time of their last change, add -UpdateWhenNewer with its column to the loader.
Exit codes: 0 all rows are in the table; 2 rows failed again; 3 the run was drained, and the file was not renamed; 1 an error ended the run.
.PARAMETER Path
The dead letter, such as one of load-orders.ps1 in ./dead.
.PARAMETER Database
The SQLite file.
.PARAMETER AgainPath
A dead letter for the rows that fail again.
.EXAMPLE
./replay-dead-letters.ps1 -Path ./dead/orders.20261103T060000Z.dead.jsonl
#>
[CmdletBinding()]
param(
    [string] $Path = './orders.dead.jsonl',
    [string] $Database = './shop.db',
    [string] $AgainPath = "$Path.again.jsonl"
)

$ErrorActionPreference = 'Stop'
# Without colour codes, which a file would keep.
$PSStyle.OutputRendering = 'PlainText'
Import-Module EtlTools

Import-EtlDeadLetter $Path | ForEach-Object { $_.EtlLetter } | Group-Object Code, Column | Sort-Object Count -Descending | Format-Table Count, Name | Out-Host

# A repair changes only values that it understands ('EUR 12.50', '-5.00 $'). Others stay as they are and fail again: only somebody who
# knows the source can tell whether '12,50' is 12.5 or 1250.
$result = Import-EtlDeadLetter $Path |
    Invoke-EtlTransform {
        $row = $_
        switch -Wildcard ("$($row.EtlLetter.Code) $($row.EtlLetter.Column)") {
            'ConversionFailed amount' { $row.amount = $row.amount -creplace '^\s*(?:[A-Z]{3}|\p{Sc})?\s*(-?[0-9]+(?:\.[0-9]{2})?)\s*(?:[A-Z]{3}|\p{Sc})?\s*$', '$1' }
            'ConversionFailed ordered_at' { $row.ordered_at = $row.ordered_at -replace '^([0-9]{2})\.([0-9]{2})\.([0-9]{4}) ([0-9]{2}:[0-9]{2})$', '$3-$2-$1T$4' }
            'Too*Fields *' { throw 'A person has to find out which field is missing or extra.' }
        }
        $row
    } |
    Invoke-EtlTransform -Required order_id, email, amount -Type @{ amount = 'decimal'; ordered_at = 'datetime' } |
    Export-EtlSqlUpsert -SqlitePath $Database -Table orders -Key order_id -DeadLetterPath $AgainPath
$result

if ($result.Drained) { exit 3 }
Move-Item -LiteralPath $Path -Destination "$Path.$([datetime]::UtcNow.ToString('yyyyMMddTHHmmssZ')).done"
if (-not $result.Succeeded) { exit 2 }
