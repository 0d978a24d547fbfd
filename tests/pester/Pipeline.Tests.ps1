BeforeAll {
    Import-Module (Join-Path $env:ETLTOOLS_MODULE 'EtlTools.psd1')
    Set-Content (Join-Path $TestDrive 'orders.csv') @(
        'order_id,email,amount'
        '0001,ADA@example.org,10.50'
        '0002,grace@example.org,abc'
        '0003,alan@example.org'
        '0004,edsger@example.org,7'
    )
    Push-Location $TestDrive
}

AfterAll {
    Pop-Location
}

Describe 'The main job' {
    BeforeAll {
        function Import-Orders {
            Import-EtlCsv ./orders.csv -Type @{ amount = 'decimal' } |
                Invoke-EtlTransform -Required email -ScriptBlock { $_.email = $_.email.ToLowerInvariant(); $_ } |
                Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=shop.db' -Table orders -Key order_id -CreateTable -DeadLetterPath ./orders.dead.jsonl
        }
        $first = Import-Orders
        $second = Import-Orders
    }

    It 'loads the good rows and counts the bad ones' {
        $first.Received | Should -Be 4
        $first.Loaded | Should -Be 2
        $first.DeadLettered | Should -Be 2
        $first.Succeeded | Should -BeFalse
    }

    It 'keeps the bad rows with line, code and data' {
        $letters = Get-Content ./orders.dead.jsonl | ConvertFrom-Json | Select-Object -First 2
        $letters.line | Should -Be 3, 4
        $letters.code | Should -Be 'ConversionFailed', 'TooFewFields'
        $letters[0].data.amount | Should -Be 'abc'
    }

    It 'doubles nothing the second time' {
        $second.Inserted | Should -Be 0
        $second.Updated | Should -Be 2
    }

    It 'lists every command in order' {
        $first.Stages.Name | Should -Be 'Import-EtlCsv', 'Invoke-EtlTransform', 'Export-EtlSqlUpsert'
    }
}

Describe 'Records among foreign commands' {
    It 'sorts, selects, groups and measures as other objects do' {
        $records = Import-EtlCsv ./orders.csv -ErrorAction SilentlyContinue
        ($records | Sort-Object order_id -Descending | Select-Object -First 1).order_id | Should -Be '0004'
        ($records | Where-Object amount -EQ 'abc').email | Should -Be 'grace@example.org'
        ($records | Select-Object order_id, amount | ConvertTo-Json | ConvertFrom-Json)[0].amount | Should -Be '10.50'
        ($records | Measure-Object).Count | Should -Be 3
    }

    It 'stops at once behind Select-Object -First' {
        (Import-EtlCsv ./orders.csv | Invoke-EtlTransform { $_ } | Select-Object -First 1).order_id | Should -Be '0001'
    }
}

Describe 'A call that cannot work' {
    It '<Why>' -ForEach @(
        @{ Why = 'a missing file'; Id = 'FileNotFound,*'; Call = { Import-EtlCsv ./nothing.csv } }
        @{ Why = 'an unknown type'; Id = 'UnknownType,*'; Call = { Import-EtlCsv ./orders.csv -Type @{ amount = 'number' } } }
        @{ Why = 'a missing table'; Id = 'TableNotFound,*'; Call = { Import-EtlCsv ./orders.csv | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=shop.db' -Table nothing -Key order_id } }
    ) {
        $thrown = $Call | Should -Throw -PassThru
        $thrown.FullyQualifiedErrorId | Should -BeLike $Id
    }

    It 'changes nothing with -WhatIf, and gives the plan' {
        $plan = Import-EtlCsv ./orders.csv | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=new.db' -Table orders -Key order_id -CreateTable -WhatIf
        './new.db' | Should -Not -Exist
        $plan.Columns[0].Use | Should -Be 'Key'
        $plan.Statements | Should -HaveCount 2
    }
}

Describe 'The quickstart' {
    It 'runs to its end' {
        $output = & (Join-Path $PSScriptRoot '../../examples/quickstart.ps1') -Folder (Join-Path $TestDrive 'quickstart')
        $output | Select-Object -Last 1 | Should -BeLike 'Database and dead letters are in *quickstart.'
        Get-Content (Join-Path $TestDrive 'quickstart/report.html') -Raw | Should -BeLike '<!DOCTYPE html>*Records failed*'
    }
}
