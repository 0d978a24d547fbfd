# Loads orders.csv into a SQLite database, shows the rows that failed, and loads the file again.
# All output goes to a new folder, which is printed at the end.
param(
    # The folder for the database and the dead letters.
    [string] $Folder = (Join-Path ([IO.Path]::GetTempPath()) "etltools-quickstart-$PID")
)

$ErrorActionPreference = 'Stop'
# The module that contains this example, or the one built from this repository.
$module = '../EtlTools.psd1', '../output/EtlTools/*/EtlTools.psd1' | ForEach-Object { Get-ChildItem (Join-Path $PSScriptRoot $_) -ErrorAction Ignore } |
    Sort-Object LastWriteTime | Select-Object -Last 1
Import-Module ($module ? $module.FullName : 'EtlTools')
$null = New-Item -ItemType Directory -Path $Folder -Force
$deadLetters = Join-Path $Folder 'orders.dead.jsonl'

function Import-Orders {
    Import-EtlCsv (Join-Path $PSScriptRoot 'orders.csv') -Type @{ amount = 'decimal'; ordered_at = 'datetime' } |
        Invoke-EtlTransform -Required order_id, email -MaxLength @{ email = 254 } -ScriptBlock {
            $_.email = $_.email.ToLowerInvariant()
            $_
        } |
        Export-EtlSqlUpsert -Provider Sqlite -ConnectionString "Data Source=$Folder/shop.db" -Table orders -Key order_id -CreateTable -DeadLetterPath $deadLetters
}

'First load:'
$first = Import-Orders
$first

'The rows that could not be loaded, and why:'
Get-Content $deadLetters | ConvertFrom-Json | Select-Object source, line, code, message | Format-List

'The same file again gives the same rows, without duplicates:'
Remove-Item $deadLetters
$second = Import-Orders
$second | Select-Object Received, Loaded, Inserted, Updated, DeadLettered, Succeeded | Format-List

if ($second.Inserted -ne 0) { throw "The second load inserted $($second.Inserted) rows." }
Get-EtlRun | Export-EtlReport (Join-Path $Folder 'report.html')
"A report on both loads (Export-EtlReport) is in $Folder/report.html."
"Database and dead letters are in $Folder."
