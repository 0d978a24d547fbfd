BeforeDiscovery {
    . (Join-Path $PSScriptRoot 'Slurm.ps1')
    $isThere = Test-Slurm
    # CI installs it: there its absence is a fault.
    if (-not $isThere -and $env:ETLTOOLS_TEST_SLURM -eq 'required') { throw 'Slurm is not installed, and ETLTOOLS_TEST_SLURM says that it must be: slurmctld, slurmd, slurm-client, munge; its tests run as root.' }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Fixtures.ps1')
    . (Join-Path $PSScriptRoot 'Slurm.ps1')
    Import-Module (Join-Path $env:ETLTOOLS_MODULE 'EtlTools.psd1')
    $scripts = (Resolve-Path (Join-Path $PSScriptRoot '../../examples/scaling')).Path
    $table = 'CREATE TABLE orders (order_id bigint PRIMARY KEY, email text NOT NULL, note text, amount numeric CONSTRAINT amount_limit CHECK (amount < 990))'

    # Rows that are hard on whoever shares them: keys that come again anywhere, line breaks and whole false rows in quotes, quotes that stand
    # alone or are never closed, bad numbers, bad bytes, and values that the table refuses.
    function Write-HardFile([string] $Path, [int] $Count) {
        $random = [Random]::new(22)
        $stream = [IO.File]::Create($Path)
        $write = { param([string] $Text) $stream.Write([Text.Encoding]::UTF8.GetBytes($Text)) }
        & $write "order_id,email,note,amount`n"
        $text = [Text.StringBuilder]::new()
        for ($i = 1; $i -le $Count; $i++) {
            $key = $random.Next(100) -lt 5 ? $random.Next(20) : $random.Next([int]($Count * 0.6))
            $amount = $random.Next(100000) / 100
            $kind = $random.Next(1000)
            $note = if ($kind -lt 60) { "`"a`n$key,x@example.org,false row,1.00`nb`"" } elseif ($kind -lt 80) { "5`" pipe" } elseif ($kind -lt 100) { "`"say `"`"so`"`"`"" } else { "n$i" }
            $row = if ($kind -ge 990) { "$key,u$i@example.org,$note,abc" } elseif ($kind -ge 985) { "$key,,$note,$amount" } elseif ($kind -ge 980) { "$key,u$i@example.org" } elseif ($kind -ge 975) { "k$i,u$i@example.org,$note,$amount" } else { "$key,u$i@example.org,$note,$amount" }
            $null = $text.Append($row).Append("`n")
            if ($i % 7919 -eq 0) {
                & $write $text.ToString()
                $null = $text.Clear()
                $stream.Write([byte[]](0x37, 0x2C, 0xFF, 0xFE, 0x2C, 0x6E, 0x2C, 0x31, 0x0A))
            }
        }
        & $write $text.ToString()
        $stream.Dispose()
    }

    function Get-Letters([string] $Filter) {
        $seen = @{}
        foreach ($file in Get-ChildItem $Filter) {
            foreach ($line in [IO.File]::ReadLines($file.FullName)) {
                $letter = $line | ConvertFrom-Json
                $seen[$letter.letterId] = "$($letter.letterId) $($letter.line) $($letter.row) $($letter.byteOffset) $($letter.code) $($letter.message) $($letter.data | ConvertTo-Json -Compress)"
            }
        }
        @($seen.Values | Sort-Object)
    }

    # Runs the example's load in a process of its own.
    function Invoke-Share([hashtable] $Server, [string] $Folder, [int] $Index, [int] $Count, [string[]] $With = @()) {
        Invoke-FreshShell -Folder $Folder -Arguments (@('-Command', "`$env:ETL_PARTITION_INDEX = $Index; & '$scripts/load.ps1' -Count $Count -Path '$($Server.Path)' -ConnectionString '$($Server.ConnectionString)' $With; exit `$LASTEXITCODE"))
    }
}

Describe 'A load in shares without an engine' -Tag PostgreSQL {
    BeforeAll {
        $server = Start-Postgres
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'shares')).FullName
        $file = Join-Path $folder 'orders.csv'
        Write-HardFile $file 3000
        foreach ($database in 'one', 'several') {
            $null = Get-PostgresRow $server.ConnectionString "CREATE DATABASE $database"
            $null = Get-PostgresRow ($server.ConnectionString -replace 'Database=postgres', "Database=$database") $table
        }
        $one = @{ Path = $file; ConnectionString = $server.ConnectionString -replace 'Database=postgres', 'Database=one' }
        $some = @{ Path = $file; ConnectionString = $server.ConnectionString -replace 'Database=postgres', 'Database=several' }
    }

    AfterAll {
        if ($server) { Stop-Postgres $server }
    }

    It 'gives what one process gives, by the scripts of the examples' {
        $run = Invoke-FreshShell -Folder $folder -Arguments '-File', "$scripts/load.ps1", '-Path', $file, '-ConnectionString', $one.ConnectionString, '-DeadLetterPath', "$folder/one.dead.jsonl"
        $run.ExitCode | Should -Be 2 -Because $run.Errors
        foreach ($index in 0..2) {
            $verify = Invoke-FreshShell -Folder $folder -Arguments '-File', "$scripts/verify.ps1", '-Count', '3', '-ConnectionString', $some.ConnectionString
            $verify.ExitCode | Should -Be 75 -Because $verify.Errors
            $verify.Output | Should -Match "open: $((@($index..2)) -join ',')"
            $run = Invoke-Share $some $folder $index 3 '-DeadLetterPath', "'$folder/some.dead.jsonl'"
            $run.ExitCode | Should -Be 2 -Because $run.Errors
        }
        $verify = Invoke-FreshShell -Folder $folder -Arguments '-File', "$scripts/verify.ps1", '-Count', '3', '-ConnectionString', $some.ConnectionString
        $verify.ExitCode | Should -Be 2 -Because $verify.Errors
        $query = 'SELECT * FROM orders ORDER BY order_id'
        Get-PostgresRow $some.ConnectionString $query | Should -Be (Get-PostgresRow $one.ConnectionString $query)
        Get-Letters "$folder/some.dead.p*.jsonl" | Should -Be (Get-Letters "$folder/one.dead.jsonl")
        Get-EtlWatermark -ConnectionString $some.ConnectionString | ForEach-Object Name | Should -Be 'orders'
    }

    It 'ends with 1 where nobody says which share it is' {
        $run = Invoke-FreshShell -Folder $folder -Arguments '-File', "$scripts/load.ps1", '-Count', '3', '-Path', $file, '-ConnectionString', $some.ConnectionString
        $run.ExitCode | Should -Be 1
        $run.Errors | Should -Match 'nothing says which of them this is'
    }

    It 'ends when a key was changed on the way' {
        $share = Get-EtlPartition -Index 0 -Count 2
        {
            Import-EtlCsv $file -ErrorAction SilentlyContinue | Select-EtlPartition $share -Key order_id |
                Invoke-EtlTransform { $_.order_id = "9$($_.order_id)"; $_ } |
                Export-EtlSqlUpsert -ConnectionString $some.ConnectionString -Table orders -Key order_id -Partition $share -DeadLetterPath "$folder/changed.dead.jsonl"
        } | Should -Throw -ErrorId 'PartitionMismatch*'
        { Import-EtlCsv $file | Select-EtlPartition $share -Key order_id | Invoke-EtlTransform -Unique email } | Should -Throw -ErrorId 'PartitionImpossible*'
        { Import-EtlCsv $file | Select-EtlPartition $share -Key order_id | Export-EtlSqlUpsert -ConnectionString $some.ConnectionString -Table orders -Key order_id } | Should -Throw -ErrorId 'PartitionMismatch*'
        { Import-EtlCsv $file | Select-EtlPartition $share } | Should -Throw -ErrorId 'PartitionImpossible*'
    }

    It 'gives what one process gives of <Kind>' -ForEach @(@{ Kind = 'a compressed file' }, @{ Kind = 'UTF-16' }, @{ Kind = 'a folder' }) {
        $sources = New-Item -ItemType Directory -Path (Join-Path $folder $Kind)
        $lines = [IO.File]::ReadAllText($file, [Text.Encoding]::Latin1)
        switch ($Kind) {
            'a compressed file' {
                $gzip = [IO.Compression.GZipStream]::new([IO.File]::Create("$sources/orders.csv.gz"), [IO.Compression.CompressionMode]::Compress)
                $gzip.Write([IO.File]::ReadAllBytes($file))
                $gzip.Dispose()
            }
            'UTF-16' { [IO.File]::WriteAllText("$sources/orders.csv", $lines, [Text.Encoding]::Unicode) }
            'a folder' { foreach ($i in 1..3) { Write-HardFile "$sources/$i.csv" (400 * $i) } }
        }
        $to = @{ ConnectionString = $some.ConnectionString; Key = 'order_id' }
        $load = {
            param($share, $table)
            $letters = @{ WatermarkName = $table; DeadLetterPath = "$sources/$table.dead.jsonl" }
            Import-EtlCsv "$sources/*.csv*" -Type @{ amount = 'decimal' } -WarningAction Ignore |
                Select-EtlPartition $share -Key order_id | Export-EtlSqlUpsert @to @letters -Table $table -Partition $share
        }
        $name = $Kind -replace '\W', '_'
        foreach ($made in "${name}_one", "${name}_some") { $null = Get-PostgresRow $to.ConnectionString ($table -replace 'orders', "`"$made`"") }
        $null = & $load (Get-EtlPartition) "${name}_one"
        foreach ($index in 0..3) { $null = & $load (Get-EtlPartition -Index $index -Count 4) "${name}_some" }
        (Complete-EtlPartition "${name}_some" -Count 4 -ConnectionString $to.ConnectionString).Complete | Should -BeTrue
        $rows = Get-PostgresRow $to.ConnectionString "SELECT * FROM `"${name}_one`" ORDER BY order_id"
        $rows.Count | Should -BeGreaterThan 500
        Get-PostgresRow $to.ConnectionString "SELECT * FROM `"${name}_some`" ORDER BY order_id" | Should -Be $rows
        Get-Letters "$sources/${name}_some.dead.p*.jsonl" | Should -Be (Get-Letters "$sources/${name}_one.dead.jsonl")
    }

    It 'gives a list by turns' {
        $found = foreach ($index in 0..2) { , @(1..10 | Select-EtlPartition (Get-EtlPartition -Index $index -Count 3)) }
        $found[0] | Should -Be 1, 4, 7, 10
        $found[1] | Should -Be 2, 5, 8
        $found[2] | Should -Be 3, 6, 9
    }
}

Describe 'A load in shares by a job array of Slurm' -Tag PostgreSQL -Skip:(-not $isThere) {
    BeforeAll {
        $server = Start-Postgres
        $slurm = Start-Slurm
        $folder = [IO.Directory]::CreateTempSubdirectory('etl-array-').FullName
        $file = Join-Path $folder 'orders.csv'
        Write-HardFile $file 40000
        $databases = foreach ($database in 'one', 'several') {
            $null = Get-PostgresRow $server.ConnectionString "CREATE DATABASE $database"
            $of = $server.ConnectionString -replace 'Database=postgres', "Database=$database"
            $null = Get-PostgresRow $of $table
            $of
        }
        $env:ETL_PWSH = Join-Path $PSHOME 'pwsh'
        $env:ETL_EXAMPLES = $scripts
        function Get-Row-Of-Share([int] $Index) {
            $mark = Get-EtlWatermark "orders#$Index/3" -ConnectionString $databases[1]
            $mark ? $mark.Row : 0
        }
    }

    AfterAll {
        $env:ETL_PWSH = $env:ETL_EXAMPLES = $null
        if ($slurm) { Stop-Slurm $slurm }
        if ($server) { Stop-Postgres $server }
        if ($folder) { Remove-Item $folder -Recurse -Force }
    }

    It 'gives what one process gives, through a requeue and a kill' {
        $run = Invoke-FreshShell -Folder $folder -Arguments '-File', "$scripts/load.ps1", '-Path', $file, '-ConnectionString', $databases[0], '-DeadLetterPath', "$folder/one.dead.jsonl"
        $run.ExitCode | Should -Be 2 -Because $run.Errors

        Push-Location $folder
        try {
            $load = "$scripts/load.sh", '-Count', '3', '-Path', $file, '-ConnectionString', $databases[1], '-DeadLetterPath', "$folder/some.dead.jsonl"
            $job = Invoke-Program sbatch --parsable --array=0-2 @load
            $verify = Invoke-Program sbatch --parsable "--dependency=afterany:$job" "$scripts/verify.sh" -Count 3 -ConnectionString $databases[1]
            Wait-Until 180 'share 0 has begun' { (Get-Row-Of-Share 0) -gt 0 }
            Invoke-Program scontrol requeue "${job}_0"
            Wait-Until 180 'share 1 has begun' { (Get-Row-Of-Share 1) -gt 0 }
            $killed = @(Get-ChildItem /proc -Directory | Where-Object Name -Match '^\d+$' | Where-Object {
                    $variables = try { [IO.File]::ReadAllText("$($_.FullName)/environ") -split "`0" } catch [IO.IOException], [UnauthorizedAccessException] { @() }
                    "SLURM_ARRAY_JOB_ID=$job" -in $variables -and 'SLURM_ARRAY_TASK_ID=1' -in $variables -and (Get-Process -Id $_.Name -ErrorAction Ignore).ProcessName -eq 'pwsh'
                })
            foreach ($process in $killed) { (Get-Process -Id $process.Name).Kill() }
            Wait-Until 60 'share 1 is told as failed' { (scontrol show job "${job}_1" -o 2>$null) -match 'JobState=(FAILED|COMPLETED|NODE_FAIL)' }
            if ($killed) { Invoke-Program scontrol requeue "${job}_1" }
            Wait-Until 400 'the verifying job has ended' { (scontrol show job $verify -o 2>$null) -match 'JobState=(COMPLETED|FAILED).*ExitCode=(0|2):0' }
        }
        finally {
            Pop-Location
        }
        $said = @(Get-ChildItem $folder -Filter '*.out' | ForEach-Object { "$($_.Name): $(Get-Content $_ -Raw)" }) -join "`n"
        $query = 'SELECT * FROM orders ORDER BY order_id'
        $rows = Get-PostgresRow $databases[0] $query
        $rows.Count | Should -BeGreaterThan 10000
        (Get-PostgresRow $databases[1] $query) -join "`n" | Should -BeExactly ($rows -join "`n") -Because $said
        (Get-Letters "$folder/some.dead.p*.jsonl") -join "`n" | Should -BeExactly ((Get-Letters "$folder/one.dead.jsonl") -join "`n") -Because $said
        Get-EtlWatermark -ConnectionString $databases[1] | ForEach-Object Name | Should -Be 'orders' -Because $said
        $status = Complete-EtlPartition orders -Count 3 -ConnectionString $databases[1]
        $status.Complete | Should -BeTrue
        $status.Records | Should -Be (40000 + [Math]::Floor(40000 / 7919))
        $status.Inserted | Should -Be $rows.Count
    }
}
