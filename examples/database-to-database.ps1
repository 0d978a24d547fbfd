<#
.SYNOPSIS
Copies a query's rows from any database into PostgreSQL, SQL Server or SQLite.
.DESCRIPTION
The rows are piped in as the data reader gives them, one by one: the result of the query is never held. The source is whatever
ADO.NET driver the session has: that of the modules SqlServer, dbatools or SimplySql, System.Data.Odbc, and so on.
Exit codes: 0 all rows are in the table, or the run was drained; 2 rows lie in the dead letter; 1 an error ended the run.
.PARAMETER Source
A connection to the source, open or not.
.PARAMETER Query
The query. Name the columns as the target does.
.PARAMETER Target
How the target is reached: parameters of Export-EtlSqlUpsert.
.PARAMETER Table
The target's table. It is made with the columns of the first row if it is not there.
.PARAMETER Key
The columns that identify a row.
.PARAMETER DeadLetterPath
A file for the rows that fail.
.EXAMPLE
$source = [System.Data.SqlClient.SqlConnection]::new('Server=erp;Database=erp;Integrated Security=true')
./database-to-database.ps1 -Source $source -Query 'SELECT order_id, amount FROM dbo.orders' -Target @{ SqlitePath = 'shop.db' } -Table orders -Key order_id
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [System.Data.Common.DbConnection] $Source,
    [Parameter(Mandatory)]
    [string] $Query,
    [hashtable] $Target = @{ SqlitePath = './shop.db' },
    [string] $Table = 'orders',
    [string[]] $Key = 'order_id',
    [string] $DeadLetterPath = "./$Table.dead.jsonl"
)

$ErrorActionPreference = 'Stop'
Import-Module EtlTools

if ($Source.State -ne 'Open') { $Source.Open() }
$command = $Source.CreateCommand()
$command.CommandText = $Query
$reader = $command.ExecuteReader()
try {
    $result = $reader | Export-EtlSqlUpsert @Target -Table $Table -Key $Key -CreateTable -DeadLetterPath $DeadLetterPath
    $result
}
finally {
    $reader.Dispose()
    $command.Dispose()
}

if (-not $result.Succeeded) { exit 2 }
