BeforeAll {
    Import-Module (Join-Path $env:ETLTOOLS_MODULE 'EtlTools.psd1')
    . (Join-Path $PSScriptRoot 'Fixtures.ps1')
    $examples = Join-Path $PSScriptRoot '../../examples'

    # Runs an example in a folder of its own, as a task would, and says how it ended.
    function Invoke-Example([string] $Name, [string] $Folder, [string[]] $With = @()) {
        Invoke-FreshShell -Folder $Folder -Arguments (@('-File', (Join-Path $examples $Name)) + $With)
    }

    function New-Folder([string] $Name) {
        (New-Item -ItemType Directory -Path (Join-Path $TestDrive $Name) -Force).FullName
    }

    function New-Order([int] $From, [int] $To) {
        'order_id,email,customer,amount,ordered_at'
        for ($i = $From; $i -le $To; $i++) { "$i,user$i@example.org,Customer $i,$i.50,2026-11-02T09:12:00" }
    }

    function Write-Gzip([string] $Path, [string[]] $Lines) {
        $gzip = [IO.Compression.GZipStream]::new([IO.File]::Create($Path), [IO.Compression.CompressionMode]::Compress)
        $gzip.Write([Text.Encoding]::UTF8.GetBytes($Lines -join "`n"))
        $gzip.Dispose()
    }
}

Describe 'csv-to-postgres.ps1' -Tag PostgreSQL {
    BeforeAll {
        $server = Start-Postgres
        $folder = New-Folder 'postgres'
    }

    AfterAll {
        if ($server) { Stop-Postgres $server }
    }

    It 'loads the good rows, and ends with 2 for the others' {
        foreach ($time in 1, 2) {
            $run = Invoke-Example 'csv-to-postgres.ps1' $folder '-ConnectionString', $server.ConnectionString
            $run.ExitCode | Should -Be 2 -Because $run.Errors
        }
        Get-PostgresRow $server.ConnectionString 'SELECT count(*), sum(amount) FROM orders' | Should -Be '7|1175.60'
        (Import-EtlDeadLetter (Join-Path $folder 'orders.dead.jsonl')).EtlLetter.Code | Should -Be 'ConversionFailed', 'RequiredMissing', 'TooFewFields', 'ConversionFailed'
    }

    It 'ends with 0 where all rows are good' {
        Set-Content (Join-Path $folder 'good.csv') (New-Order 1 50)
        $run = Invoke-Example 'csv-to-postgres.ps1' $folder '-Path', './good.csv', '-ConnectionString', $server.ConnectionString, '-Table', 'good'
        $run.ExitCode | Should -Be 0 -Because $run.Errors
        Get-PostgresRow $server.ConnectionString 'SELECT count(*) FROM good' | Should -Be '50'
    }

    It 'ends with 1 where there is no server' {
        $run = Invoke-Example 'csv-to-postgres.ps1' $folder '-Path', './nothing.csv', '-ConnectionString', $server.ConnectionString
        $run.ExitCode | Should -Be 1
        $run.Errors | Should -Match 'nothing.csv'
    }
}

Describe 'api-to-sqlite.ps1' {
    BeforeAll {
        $folder = New-Folder 'api'
        # Items of a minute each; a cursor is the number of items that have been given.
        $shared = [hashtable]::Synchronized(@{ Count = 250; Given = 0; Asked = [Collections.Concurrent.ConcurrentQueue[string]]::new() })
        $service = Start-WebService -Shared $shared -Answer {
            param($path, $query, $shared)
            $shared.Asked.Enqueue("$($query.since)")
            $begin = [datetime]::new(2026, 11, 2, 0, 0, 0, [DateTimeKind]::Utc)
            $items = for ($i = 1; $i -le $shared.Count; $i++) { @{ id = $i; at = $begin.AddMinutes($i).ToString('yyyy-MM-ddTHH:mm:ssZ') } }
            $items = @($items | Where-Object { "$($_.at)" -ge "$($query.since)" })
            $from = [int]$query.cursor
            $to = [Math]::Min($from + 100, $items.Count)
            $texts = for ($i = $from; $i -lt $to; $i++) { '{"id":' + $items[$i].id + ',"updated_at":"' + $items[$i].at + '"}' }
            $shared.Given += $to - $from
            '{"items":[' + ($texts -join ',') + '],"next_page":' + ($to -lt $items.Count ? "`"$to`"" : 'null') + '}'
        }
    }

    AfterAll {
        Stop-WebService $service
    }

    It 'loads all at first, and then what is new' {
        foreach ($step in @{ Count = 250; Given = 250 }, @{ Count = 250; Given = 1 }, @{ Count = 270; Given = 21 }, @{ Count = 270; Given = 1 }) {
            $shared.Count = $step.Count
            $shared.Given = 0
            $run = Invoke-Example 'api-to-sqlite.ps1' $folder '-Uri', "$($service.Address)/orders"
            $run.ExitCode | Should -Be 0 -Because $run.Errors
            $shared.Given | Should -Be $step.Given
            Get-SqliteRow (Join-Path $folder 'shop.db') 'SELECT count(*), max(id) FROM orders' | Should -Be "$($step.Count)|$($step.Count)"
            @(Get-EtlWatermark orders -SqlitePath (Join-Path $folder 'shop.db')).Count | Should -Be 1
        }
    }
}

Describe 'enrich.ps1' {
    BeforeAll {
        $folder = New-Folder 'enrich'
        $service = Start-WebService {
            param($path)
            if ($path -like '*/c3') { 404 } else { '{"country":"' + (Split-Path $path -Leaf).ToUpperInvariant() + '","segment":"b2b"}' }
        }
    }

    AfterAll {
        Stop-WebService $service
    }

    It 'adds what the service says, and keeps the row that it refuses' {
        Set-Content (Join-Path $folder 'orders.csv') 'order_id,customer_id', '1,c1', '2,c2', '3,c3', '4,c1'
        $run = Invoke-Example 'enrich.ps1' $folder '-Uri', $service.Address
        $run.ExitCode | Should -Be 2 -Because $run.Errors
        Get-SqliteRow (Join-Path $folder 'shop.db') 'SELECT order_id, country, segment FROM orders ORDER BY order_id' | Should -Be '1|C1|b2b', '2|C2|b2b', '4|C1|b2b'
        (Import-EtlDeadLetter (Join-Path $folder 'orders.dead.jsonl')).order_id | Should -Be '3'
    }
}

Describe 'replay-dead-letters.ps1' {
    BeforeAll {
        function Invoke-Replay([string] $Name, [string[]] $Lines) {
            $folder = New-Folder $Name
            $null = New-Item -ItemType Directory -Path (Join-Path $folder 'inbox')
            Set-Content (Join-Path $folder 'inbox/orders.csv') $Lines
            $load = Invoke-Example 'scheduled/load-orders.ps1' $folder
            $load.ExitCode | Should -Be 2 -Because $load.Errors
            $letters = Get-Item (Join-Path $folder 'dead/orders.*.dead.jsonl')
            Move-Item -LiteralPath $letters.FullName -Destination (Join-Path $folder 'orders.dead.jsonl')
            Invoke-Example 'replay-dead-letters.ps1' $folder
        }

        $clean = New-Folder 'clean'
        $null = New-Item -ItemType Directory -Path (Join-Path $clean 'inbox')
        Set-Content (Join-Path $clean 'inbox/orders.csv') (New-Order 1 200)
        (Invoke-Example 'scheduled/load-orders.ps1' $clean).ExitCode | Should -Be 0
        $query = 'SELECT * FROM orders ORDER BY order_id'
    }

    It 'gives the table of a clean load' {
        $damaged = (New-Order 1 200) -replace ',(\d*7\.50),', ',EUR $1,' -replace '^(\d*3,.*),2026-11-02T09:12:00', '$1,02.11.2026 09:12'
        $run = Invoke-Replay 'replay' $damaged
        $run.ExitCode | Should -Be 0 -Because $run.Errors
        $run.Output | Should -Match '20 ConversionFailed, amount'
        Get-SqliteRow (Join-Path $TestDrive 'replay/shop.db') $query | Should -Be (Get-SqliteRow (Join-Path $clean 'shop.db') $query)
        Join-Path $TestDrive 'replay/orders.dead.jsonl' | Should -Not -Exist
    }

    It 'keeps what fails again, with the attempt' {
        $damaged = (New-Order 1 9) -replace 'user2@example.org' -replace '3\.50', 'abc' -replace '4\.50', '"12,50"' -replace '5\.50', '-5.00 EUR' -replace ',(user6.*),2026-11-02T09:12:00', ',$1'
        $run = Invoke-Replay 'again' $damaged
        $run.ExitCode | Should -Be 2 -Because $run.Errors
        $run.Output | Should -Match '3 ConversionFailed, amount'
        $run.Output | Should -Match 'DeadLettered'
        Get-SqliteRow (Join-Path $TestDrive 'again/shop.db') 'SELECT order_id, amount FROM orders ORDER BY order_id' | Should -Be '1|1.50', '5|-5.00', '7|7.50', '8|8.50', '9|9.50'
        $letters = (Import-EtlDeadLetter (Join-Path $TestDrive 'again/orders.dead.jsonl.again.jsonl')).EtlLetter
        $letters.Code | Should -Be 'RequiredMissing', 'ConversionFailed', 'ConversionFailed', 'ScriptFailed'
        $letters.Attempts | Should -Be 2, 2, 2, 2
    }
}

Describe 'database-to-database.ps1' {
    It 'copies a table, and then what is new in it' {
        $folder = New-Folder 'copy'
        $query = 'SELECT count(*), sum(order_id), max(amount), max(email) FROM orders'
        $arguments = '-NoProfile', '-NonInteractive', '-Command', "& '$(Join-Path $examples 'database-to-database.ps1')' -Source @{ SqlitePath = 'source.db' } -WatermarkColumn order_id | ForEach-Object Received"
        foreach ($step in @{ From = 1; To = 3000; Received = 3000 }, @{ From = 3001; To = 3010; Received = 10 }, @{ From = 1; To = 0; Received = 0 }) {
            Set-Content (Join-Path $folder 'orders.csv') (New-Order $step.From $step.To)
            $null = Import-EtlCsv (Join-Path $folder 'orders.csv') -Type @{ order_id = 'int'; amount = 'decimal' } | Export-EtlSqlUpsert -SqlitePath (Join-Path $folder 'source.db') -Table orders -Key order_id -CreateTable
            $run = Invoke-FreshShell -Folder $folder -Arguments $arguments
            $run.ExitCode | Should -Be 0 -Because $run.Errors
            $run.Output.Trim() | Should -Be $step.Received
            Get-SqliteRow (Join-Path $folder 'shop.db') $query | Should -Be (Get-SqliteRow (Join-Path $folder 'source.db') $query)
        }
    }
}

Describe 'gz-folder.ps1' {
    BeforeAll {
        $folder = New-Folder 'gz'
        Write-Gzip (Join-Path $folder '1.csv.gz') (New-Order 1 100)
        Write-Gzip (Join-Path $folder '2.csv.gz') (New-Order 101 5000)
        Write-Gzip (Join-Path $folder '3.csv.gz') (New-Order 5001 5100)
    }

    It 'loads all files' {
        $run = Invoke-Example 'gz-folder.ps1' $folder '-Database', 'all.db'
        $run.ExitCode | Should -Be 0 -Because $run.Errors
        Get-SqliteRow (Join-Path $folder 'all.db') 'SELECT count(*) FROM orders' | Should -Be '5100'
    }

    It 'tells of a damaged file, and loads the next' {
        $bytes = [IO.File]::ReadAllBytes((Join-Path $folder '2.csv.gz'))
        [IO.File]::WriteAllBytes((Join-Path $folder '2.csv.gz'), $bytes[0..([int]($bytes.Length / 2))])
        $run = Invoke-Example 'gz-folder.ps1' $folder '-Database', 'some.db'
        $run.ExitCode | Should -Be 2 -Because $run.Errors
        $run.Errors | Should -Match '2\.csv\.gz'
        $run.Output | Should -Match '1 files could not be read'
        Get-SqliteRow (Join-Path $folder 'some.db') 'SELECT count(*) FROM orders WHERE CAST(order_id AS INTEGER) NOT BETWEEN 101 AND 5000' | Should -Be '200'
    }
}

Describe 'load-orders.ps1' {
    BeforeAll {
        function New-Inbox([string] $Name) {
            $folder = New-Folder $Name
            $null = New-Item -ItemType Directory -Path (Join-Path $folder 'inbox')
            $folder
        }
    }

    It 'loads each file and puts it away' {
        $folder = New-Inbox 'tidy'
        foreach ($hour in 1..2) {
            # The same names again: other files.
            Set-Content -LiteralPath (Join-Path $folder 'inbox/a[1].csv') (New-Order ($hour * 1000) ($hour * 1000 + 9))
            Set-Content (Join-Path $folder 'inbox/b.csv') (New-Order ($hour * 2000) ($hour * 2000 + 9))
            $run = Invoke-Example 'scheduled/load-orders.ps1' $folder
            $run.ExitCode | Should -Be 0 -Because $run.Errors
        }
        Get-SqliteRow (Join-Path $folder 'shop.db') 'SELECT count(*) FROM orders' | Should -Be '30'
        @(Get-ChildItem (Join-Path $folder 'inbox')).Count | Should -Be 0
        Get-ChildItem (Join-Path $folder 'done') | ForEach-Object { $_.Name -replace '\.[0-9T]+Z' } | Should -Be 'a[1].csv', 'a[1].csv', 'b.csv', 'b.csv'
        Get-EtlWatermark -SqlitePath (Join-Path $folder 'shop.db') | Should -BeNullOrEmpty
    }

    It 'leaves the file where there is no time, and ends with 0' {
        $folder = New-Inbox 'late'
        Set-Content (Join-Path $folder 'inbox/a.csv') (New-Order 1 10)
        (Invoke-Example 'scheduled/load-orders.ps1' $folder '-MaxDuration', '00:00:00').ExitCode | Should -Be 0
        Join-Path $folder 'inbox/a.csv' | Should -Exist
    }

    It 'leaves the file where the stop file is there, and ends with 0' {
        $folder = New-Inbox 'stopped'
        Set-Content (Join-Path $folder 'inbox/a.csv') (New-Order 1 10)
        Set-Content (Join-Path $folder 'stop') ''
        (Invoke-Example 'scheduled/load-orders.ps1' $folder).ExitCode | Should -Be 0
        Join-Path $folder 'inbox/a.csv' | Should -Exist
        Remove-Item (Join-Path $folder 'stop')
        (Invoke-Example 'scheduled/load-orders.ps1' $folder).ExitCode | Should -Be 0
        Join-Path $folder 'inbox/a.csv' | Should -Not -Exist
    }

    It 'sets a poisoned file aside, loads the next, and ends with 1' {
        $folder = New-Inbox 'poisoned'
        $inbox = Join-Path $folder 'inbox'
        Set-Content (Join-Path $inbox 'a.csv') (New-Order 1 10)
        Set-Content (Join-Path $inbox 'b-empty.csv') '' -NoNewline
        [IO.File]::WriteAllBytes((Join-Path $inbox 'c-bytes.csv'), [byte[]](1..200 | ForEach-Object { 255 - $_ % 32 }))
        Set-Content (Join-Path $inbox 'd-delimiter.csv') ((New-Order 11 20) -replace ',', ';')
        Set-Content (Join-Path $inbox 'e-twice.csv') 'order_id,email,email', '1,a,b'
        Set-Content (Join-Path $inbox 'f-columns.csv') 'id,name', '1,a', '2,b'
        Set-Content (Join-Path $inbox 'g-more.csv') ((New-Order 21 30) -replace '$', ',more')
        Write-Gzip (Join-Path $inbox 'h-cut.csv') (New-Order 1001 9000)
        $bytes = [IO.File]::ReadAllBytes((Join-Path $inbox 'h-cut.csv'))
        [IO.File]::WriteAllBytes((Join-Path $inbox 'h-cut.csv'), $bytes[0..([int]($bytes.Length / 2))])
        Set-Content (Join-Path $inbox 'i-letters.csv') ((New-Order 31 40) -replace 'user35@example.org')
        Set-Content (Join-Path $inbox 'z.csv') (New-Order 41 50)

        $run = Invoke-Example 'scheduled/load-orders.ps1' $folder
        $run.ExitCode | Should -Be 1 -Because $run.Errors
        foreach ($code in 'EmptyFile', 'InvalidHeader', 'WrongDelimiter', 'DuplicateHeader', 'UnknownColumn', 'ReadFailed') {
            $run.Errors | Should -Match "(?m)^${code}: .*set aside"
        }
        "$($run.Output)$($run.Errors)" | Should -Not -Match "`e"
        Get-ChildItem $inbox | Should -BeNullOrEmpty
        Get-ChildItem (Join-Path $folder 'bad') | ForEach-Object { $_.Name -replace '\..*' } | Should -Be 'b-empty', 'c-bytes', 'd-delimiter', 'e-twice', 'f-columns', 'g-more', 'h-cut'
        Get-ChildItem (Join-Path $folder 'done') | ForEach-Object { $_.Name -replace '\.[0-9T]+Z' } | Should -Be 'a.csv', 'i-letters.csv', 'z.csv'
        Get-SqliteRow (Join-Path $folder 'shop.db') 'SELECT count(*) FROM orders WHERE CAST(order_id AS INTEGER) <= 100' | Should -Be '29'
        # The rows before the break are in the table.
        [int](Get-SqliteRow (Join-Path $folder 'shop.db') 'SELECT count(*) FROM orders WHERE CAST(order_id AS INTEGER) > 1000') | Should -BeIn (1000..7999)
        @(Import-EtlDeadLetter (Join-Path $folder 'dead/i-letters.*.jsonl')).Count | Should -Be 1
        Get-EtlWatermark -SqlitePath (Join-Path $folder 'shop.db') | Should -BeNullOrEmpty

        (Invoke-Example 'scheduled/load-orders.ps1' $folder).ExitCode | Should -Be 0
    }

    It 'ends at once where the fault is not the file''s' {
        $folder = New-Inbox 'faulty'
        Set-Content (Join-Path $folder 'inbox/a.csv') (New-Order 1 10)
        Set-Content (Join-Path $folder 'inbox/b.csv') (New-Order 11 20)
        $run = Invoke-Example 'scheduled/load-orders.ps1' $folder '-Database', './nowhere/shop.db'
        $run.ExitCode | Should -Be 1
        @(Get-ChildItem (Join-Path $folder 'inbox')).Count | Should -Be 2
        "$($run.Output)$($run.Errors)" | Should -Not -Match "`e"
    }

    It 'ends with 2 where rows failed, and with 1 where it cannot begin' {
        $folder = New-Inbox 'codes'
        Set-Content (Join-Path $folder 'inbox/a.csv') ((New-Order 1 10) -replace 'user5@example.org')
        (Invoke-Example 'scheduled/load-orders.ps1' $folder).ExitCode | Should -Be 2
        (Invoke-Example 'scheduled/load-orders.ps1' $folder '-Inbox', './nowhere').ExitCode | Should -Be 1
    }
}

Describe 'What starts load-orders.ps1' {
    BeforeDiscovery {
        $scheduled = Join-Path $PSScriptRoot '../../examples/scheduled'
        $starters = 'cronjob.yaml', 'crontab', 'load-orders.service', 'register-task.ps1' | ForEach-Object { @{ Starter = $_ } }
    }

    BeforeAll {
        $scheduled = Join-Path $examples 'scheduled'
        $parameters = (Get-Command (Join-Path $scheduled 'load-orders.ps1')).Parameters.Keys
    }

    It '<Starter> passes parameters that the script has' -ForEach $starters {
        $line = Get-Content (Join-Path $scheduled $Starter) | Where-Object { $_ -match 'pwsh.*load-orders\.ps1' } | Select-Object -Last 1
        $line | Should -Match '-NoProfile.*-NonInteractive.*-File'
        $passed = [regex]::Matches(($line -split 'load-orders\.ps1', 2)[1], '(?<=[\s"''])-([A-Za-z]+)') | ForEach-Object { $_.Groups[1].Value }
        $passed | Where-Object { $_ -notin $parameters } | Should -BeNullOrEmpty
    }

    It 'register-task.ps1 parses' {
        $errors = $null
        $null = [System.Management.Automation.Language.Parser]::ParseFile((Join-Path $scheduled 'register-task.ps1'), [ref]$null, [ref]$errors)
        $errors | Should -BeNullOrEmpty
    }

    It 'crontab has five fields of time and a command' {
        $entries = @(Get-Content (Join-Path $scheduled 'crontab') | Where-Object { $_ -notmatch '^\s*(#|$)' })
        $entries.Count | Should -Be 1
        $entries[0] | Should -Match '^([\d*,/-]+ ){5}cd \S+ && '
    }

    It 'the unit files are what systemd takes' {
        if (-not $IsLinux) { return }
        # The unit is looked at as it is but for what this machine need not have: the program and the user.
        $units = New-Folder 'units'
        Get-Content (Join-Path $scheduled 'load-orders.service') | ForEach-Object { $_ -replace '/usr/bin/pwsh', '/bin/true' -replace '^User=.*' } | Set-Content (Join-Path $units 'load-orders.service')
        Copy-Item (Join-Path $scheduled 'load-orders.timer') $units
        $said = & systemd-analyze verify (Join-Path $units 'load-orders.service') (Join-Path $units 'load-orders.timer') 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$said"
        "$said" | Should -Not -Match 'load-orders'
    }
}

Describe 'docs/examples.md' {
    It 'lists every example' {
        $page = Get-Content (Join-Path $PSScriptRoot '../../docs/examples.md') -Raw
        foreach ($script in Get-ChildItem $examples -Recurse -File -Filter *.ps1) {
            $page | Should -Match ([regex]::Escape($script.Name))
        }
    }
}
