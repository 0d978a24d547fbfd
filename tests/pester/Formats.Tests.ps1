BeforeAll {
    Import-Module (Join-Path $env:ETLTOOLS_MODULE 'EtlTools.psd1')
    Push-Location $TestDrive
    Set-Content ./orders.csv 'order_id,email,amount', '1,ada@example.org,10.5', '2,alan@example.org,abc', '3,grace@example.org,7'
    $target = @{ SqlitePath = 'shop.db'; Table = 'orders'; Key = 'order_id' }
    $result = Import-EtlCsv ./orders.csv -Type @{ amount = 'decimal' } |
        Export-EtlSqlUpsert @target -CreateTable -WatermarkName orders -DeadLetterPath ./dead.jsonl

    # Lines as they are shown at a prompt of 120 columns.
    function Show([Parameter(ValueFromPipeline)] $InputObject) {
        begin { $all = [Collections.Generic.List[object]]::new() }
        process { $all.Add($InputObject) }
        end { @(($all | Out-String -Width 120) -split '\r?\n' | ForEach-Object { $_.TrimEnd() } | Where-Object { $_ }) }
    }

}

AfterAll {
    Pop-Location
}

Describe 'A failed record' {
    BeforeAll {
        $null = Import-EtlCsv ./orders.csv -Type @{ amount = 'decimal' } -ErrorAction SilentlyContinue -ErrorVariable failed
        $record = $failed[0].TargetObject
    }

    It 'is marked, with its place, its fault and its columns' {
        $record | Show | Should -Be @(
            'FAILED   : ConversionFailed in Import-EtlCsv'
            'Position : orders.csv:3'
            'Column   : amount'
            "Message  : 'amount' is not a decimal in the invariant culture, like 1234.56; give its -Culture."
            'Values   : order_id : 2'
            '           email    : alan@example.org'
            '           amount   : abc'
        )
    }

    It 'is a line of a table where several are looked at' {
        $shown = @($record, $record | Format-Table | Show)
        $shown[0] | Should -Match '^Position\s+Code\s+Column\s+Message$'
        $shown[2] | Should -Match "^orders\.csv:3\s+ConversionFailed\s+amount\s+'amount' is not a decimal in the invariant"
    }

    It 'has its columns as properties all the same' {
        $record | Select-Object order_id, email | Show | Should -Contain '2        alan@example.org'
        ($record | ConvertTo-Json | ConvertFrom-Json).amount | Should -Be 'abc'
    }

    It 'is a record like any other once it is mended' {
        $null = Import-EtlCsv ./orders.csv -Type @{ amount = 'decimal' } -ErrorAction SilentlyContinue -ErrorVariable failed
        $mended = $failed[0].TargetObject
        $mended.amount = 0
        $mended | Show | Should -Not -Match 'FAILED'
    }
}

Describe 'A good record' {
    It 'is shown by its columns' {
        $shown = @(Import-EtlCsv ./orders.csv | Show)
        $shown[0] | Should -Match '^order_id\s+email\s+amount$'
        $shown | Should -HaveCount 5
    }
}

Describe 'A record read from a dead letter' {
    It 'says why it failed, with its columns' {
        Import-EtlDeadLetter ./dead.jsonl | Show | Should -Be @(
            'Letter   : ConversionFailed in Import-EtlCsv'
            'Position : orders.csv:3'
            'Column   : amount'
            "Message  : 'amount' is not a decimal in the invariant culture, like 1234.56; give its -Culture."
            'Values   : order_id : 2'
            '           email    : alan@example.org'
            '           amount   : abc'
        )
    }

    It 'has values as they are: lines below each other, dates as ISO' {
        Set-Content ./notes.csv 'id,note,at,amount', '1,"one', 'two",02.09.2021,abc'
        Import-EtlCsv ./notes.csv -Type @{ at = 'date'; amount = 'decimal' } -Culture de-DE -DeadLetterPath ./notes.dead.jsonl
        $shown = Import-EtlDeadLetter ./notes.dead.jsonl | Show
        $shown | Should -Contain 'Values   : id     : 1'
        $shown | Should -Contain '           note   : one'
        $shown | Should -Contain '                    two'
        $shown | Should -Contain '           at     : 2021-09-02'
    }

    It 'shows what a script block threw' {
        1 | ForEach-Object { [pscustomobject]@{ id = 1 } } | Invoke-EtlTransform { throw 'no such customer' } -DeadLetterPath ./thrown.jsonl
        Import-EtlDeadLetter ./thrown.jsonl | Show | Should -Contain 'Detail   : no such customer'
        ((Import-EtlDeadLetter ./thrown.jsonl).EtlLetter | Show) -join ' ' | Should -Match 'no such\s+customer'
    }

    It 'has a letter that is a line of a table' {
        $shown = @((Import-EtlDeadLetter ./dead.jsonl).EtlLetter | Show)
        $shown[0] | Should -Match '^Code\s+Column\s+Tries\s+Message$'
        $shown[2] | Should -Match "^ConversionFailed\s+amount\s+1\s+'amount' is not a"
    }
}

Describe 'What the session has' {
    It 'shows runs with state and failed records' {
        $shown = @(Get-EtlRun $result.RunId | Show)
        $shown[0] | Should -Match '^Started\s+State\s+Succeeded\s+Elapsed\s+Failed\s+Error or stages\s+Id$'
        $shown[2] | Should -Match "^\d\d:\d\d:\d\d\s+Completed\s+False\s+\d+\.\d\d s\s+1\s+Csv > SqlUpsert\s+$($result.RunId)$"
    }

    It 'shows what ended a run' {
        { Import-EtlCsv ./nothing.csv } | Should -Throw
        @(Get-EtlRun | Select-Object -Last 1 | Show)[2] | Should -Match 'Failed\s+False\s.*\sFileNotFound\s'
    }

    It 'shows breakers' {
        $shown = @(Get-EtlBreaker | Show)
        $shown[0] | Should -Match '^Name\s+State\s+Failures\s+Opened\s+NextProbe\s+LastError$'
        $shown | Where-Object { $_ -match 'shop\.db|Closed\s+0$' } | Should -Not -BeNullOrEmpty
    }

    It 'shows telemetry without a pattern of a secret' {
        Set-EtlTelemetry -LogPath ./log.jsonl -Tag @{ job = 'orders' } -RedactPattern 'hunter\d'
        $shown = @(Get-EtlTelemetry | Show)
        $shown | Should -Contain 'Tag            : job=orders'
        $shown | Should -Contain 'RedactPattern  : 1 of your own'
        $shown | Should -Not -Match 'hunter'
        Set-EtlTelemetry -LogPath '' -Tag @{} -RedactPattern @()
    }
}

Describe 'A watermark' {
    It 'is a line of a table' {
        $shown = @(Get-EtlWatermark -SqlitePath shop.db | Show)
        $shown[0] | Should -Match '^Name\s+Source\s+Row\s+Value\s+UpdatedAt$'
        $shown[2] | Should -Match '^orders\s.*\s3\s+\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$'
    }
}

Describe 'A table at 80 columns' {
    It 'keeps what one looks for' {
        $shown = (Get-EtlRun $result.RunId | Out-String -Width 80) -split '\r?\n'
        $shown | Where-Object { $_ -match 'Completed\s+False\s.*Csv > SqlUpsert' } | Should -Not -BeNullOrEmpty
        $letters = ((Import-EtlDeadLetter ./dead.jsonl).EtlLetter | Out-String -Width 80) -replace '\s+', ' '
        $letters | Should -Match '-Culture'
        (Get-EtlBreaker | Out-String -Width 80) | Should -Match 'LastError'
    }
}

Describe 'Many records at 80 columns' {
    BeforeAll {
        Set-Content ./orders_of_the_whole_year_2026.csv (@('order_id,amount') + (1..23456 | ForEach-Object { "$_,1" }) + '23457,abc')
        $many = Import-EtlCsv ./orders_of_the_whole_year_2026.csv -Type @{ amount = 'decimal' } |
            Invoke-EtlTransform -Required amount | Export-EtlSqlUpsert -SqlitePath many.db -Table orders -Key order_id -CreateTable -DeadLetterPath ./many.jsonl
        $lines = ($many | Out-String -Width 80) -split '\r?\n' | ForEach-Object TrimEnd
    }

    It 'have their digits in groups' {
        $lines | Should -Contain 'Received       : 23,457'
        $lines | Should -Contain 'Loaded         : 23,456 (23,456 inserted, 0 updated)'
        $lines | Should -Contain 'Stages         : Import-EtlCsv: made 23,457 = out 23,456 + failed 1'
        $stages = ($many.Stages | Out-String -Width 80) -split '\r?\n' | ForEach-Object TrimEnd
        $stages | Should -Contain 'Import-EtlCsv            0 23,457 23,456        0      1         0'
    }

    It 'have names of stages and positions that are not cut' {
        (Get-EtlRun $many.RunId | Out-String -Width 80) | Should -Match 'Csv > Transform > SqlUpsert'
        $letters = Import-EtlDeadLetter ./many.jsonl | Format-Table | Out-String -Width 80
        $letters | Should -Not -Match '…'
        $letters -replace '\s' | Should -Match 'csv:23458'
    }
}

Describe 'A table of any of these' {
    It 'fits in 120 columns' {
        $objects = @(Get-EtlRun; Get-EtlBreaker; Get-EtlWatermark -SqlitePath shop.db; (Import-EtlDeadLetter ./dead.jsonl).EtlLetter)
        foreach ($object in $objects) {
            foreach ($line in $object | Format-Table | Show) { $line.Length | Should -BeLessOrEqual 120 }
        }
    }
}
