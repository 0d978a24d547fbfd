BeforeAll {
    Import-Module (Join-Path $env:ETLTOOLS_MODULE 'EtlTools.psd1')
    Set-Content (Join-Path $TestDrive 'orders.csv') @(
        'order_id,email,amount'
        '1, ADA@example.org ,10.50'
        '2,grace@example.org,20000'
        '1,alan@example.org,7'
        '4,nobody,8'
    )
    Push-Location $TestDrive
}

AfterAll {
    Pop-Location
}

Describe 'Invoke-EtlTransform' {
    It 'takes the declared steps in one order' {
        $records = Import-EtlCsv ./orders.csv |
            Invoke-EtlTransform -SetColumn @{ gross = { $_.amount * 2 } } -Unique order_id -Range @{ amount = 0, 10000 } -Pattern @{ mail = '@' } -Type @{ amount = 'decimal' } -Rename @{ email = 'mail' } -Trim -ErrorAction SilentlyContinue -ErrorVariable failed
        $records.mail | Should -Be 'ADA@example.org'
        $records.gross | Should -Be 21
        ($failed.FullyQualifiedErrorId -replace ',.*') | Should -Be 'OutOfRange', 'DuplicateValue', 'PatternMismatch'
    }

    It 'has the published schema beside it' {
        $schema = Get-Content (Join-Path $env:ETLTOOLS_MODULE 'rules.schema.json') -Raw | ConvertFrom-Json
        $schema.title | Should -Be 'Rules of Invoke-EtlTransform -RulePath'
    }

    It 'refuses a rule file with line and place' {
        Set-Content ./rules.json '{', ' "columns": { "amount": { "range": [1] } }', '}'
        $thrown = { Import-EtlCsv ./orders.csv | Invoke-EtlTransform -RulePath ./rules.json } | Should -Throw -PassThru
        $thrown.FullyQualifiedErrorId | Should -BeLike 'InvalidRuleFile,*'
        $thrown.Exception.Message | Should -BeLike '*rules.json:2: /columns/amount/range: *'
    }

    It 'ends a record that takes too long, and no other' {
        $seen = 1..3 | ForEach-Object { [pscustomobject]@{ n = $_ } } |
            Invoke-EtlTransform { while ($_.n -eq 2) { }; $_ } -TimeoutSec 0.5 -ErrorAction SilentlyContinue -ErrorVariable failed
        $seen.n | Should -Be 1, 3
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'ScriptTimedOut,*'
    }
}
