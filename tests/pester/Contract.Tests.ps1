BeforeDiscovery {
    if (-not $env:ETLTOOLS_MODULE) { throw 'ETLTOOLS_MODULE names no built module; run build.ps1 Test.' }
    $file = @{ Path = 'Path'; LiteralPath = 'LiteralPath' }
    $web = $file + @{ Uri = 'Uri' }
    $webAliases = @{ ConnectionTimeoutSeconds = 'TimeoutSec' }
    $fileAliases = @{ LiteralPath = 'PSPath', 'LP', 'FullName' }
    $targetAliases = @{ ServerInstance = 'Server', 'DataSource' }

    # What scripts rely on. Sets: the mandatory parameters of each. A change here is a change for every user.
    $contracts = @(
        @{ Name = 'ConvertFrom-EtlCsv'; Output = 'EtlRecord'; Sets = @{ __AllParameterSets = 'InputObject' }; ByValue = 'InputObject'; Position = 'Delimiter', 'InputObject'
            Aliases = @{ Delimiter = 'Separator'; NoHeader = 'NoHeaderRow' }
        }
        @{ Name = 'ConvertFrom-EtlJson'; Output = 'EtlRecord'; Sets = @{ __AllParameterSets = 'InputObject' }; ByValue = 'InputObject'; Position = 'InputObject' }
        @{ Name = 'Import-EtlCsv'; Output = 'EtlRecord'; Sets = $web; ByValue = 'Path'; ByName = 'LiteralPath', 'Path', 'Uri'; Position = 'Delimiter', 'Path'
            Aliases = $fileAliases + $webAliases + @{ Delimiter = 'Separator'; NoHeader = 'NoHeaderRow' }
        }
        @{ Name = 'Import-EtlJson'; Output = 'EtlRecord'; Sets = $web; ByValue = 'Path'; ByName = 'LiteralPath', 'Path', 'Uri'; Position = 'Path'; Aliases = $fileAliases + $webAliases }
        @{ Name = 'Import-EtlSql'; Output = 'EtlRecord'; Sets = @{ Query = 'Query'; Table = 'Table' }; Position = 'Query'; Aliases = $targetAliases }
        @{ Name = 'Import-EtlDeadLetter'; Output = 'EtlRecord'; Sets = $file; ByValue = 'Path'; ByName = 'LiteralPath', 'Path'; Position = 'Path'; Aliases = $fileAliases }
        @{ Name = 'Invoke-EtlApi'; Output = 'EtlRecord'; ByValue = 'InputObject'; Position = 'Uri'; Aliases = @{ Uri = 'Url'; ConnectionTimeoutSeconds = 'TimeoutSec'; MaxPages = 'MaximumFollowRelLink'; RetryMaxDelaySec = 'RetryIntervalSec' }
            Sets = @{ Extract = 'Uri'; ExtractHttpClient = 'HttpClient', 'Uri'; Enrich = 'InputObject', 'Uri'; EnrichHttpClient = 'HttpClient', 'InputObject', 'Uri' }
        }
        @{ Name = 'Invoke-EtlTransform'; Output = 'EtlRecord'; Sets = @{ __AllParameterSets = @() }; ByValue = 'InputObject'; Position = 'ScriptBlock'
            Aliases = @{ ScriptBlock = 'Process'; FilterScript = 'Where'; ArgumentList = 'Args'; Pattern = 'Match'; Column = 'Property'; ExcludeColumn = 'ExcludeProperty'; AllowedValue = 'AllowedValues' }
        }
        @{ Name = 'Export-EtlSqlUpsert'; Output = 'EtlLoadResult', 'EtlRecord', 'EtlLoadPlan'; Sets = @{ __AllParameterSets = 'Table' }; ByValue = 'InputObject'; Position = 'Table'; Changes = $true
            Aliases = $targetAliases + @{ Table = 'TableName'; Key = 'KeyColumn', 'PrimaryKey'; CreateTable = 'AutoCreateTable' }
        }
        @{ Name = 'Export-EtlDeadLetter'; Output = 'EtlRecord'; Sets = @{ __AllParameterSets = 'Path' }; ByValue = 'InputObject'; Position = 'Path'; Aliases = @{ Path = 'DeadLetterPath' } }
        @{ Name = 'Export-EtlReport'; Output = 'EtlReport'; Sets = @{ Log = 'Path'; Run = 'Path', 'Run' }; ByValue = 'LogPath', 'Run'; Position = 'Path'; Changes = $true
            Aliases = $targetAliases + @{ Path = 'OutFile'; NoClobber = 'NoOverwrite' }
        }
        @{ Name = 'Get-EtlWatermark'; Output = 'EtlWatermark'; Sets = @{ __AllParameterSets = @() }; ByValue = 'Name'; Position = 'Name'; Aliases = $targetAliases }
        @{ Name = 'Set-EtlWatermark'; Output = 'EtlWatermark'; Sets = @{ Position = 'Name', 'Row', 'Source'; Watermark = 'InputObject' }; ByValue = 'InputObject'; Position = 'Name'; Changes = $true; Aliases = $targetAliases }
        @{ Name = 'Remove-EtlWatermark'; Sets = @{ Name = 'Name'; Watermark = 'InputObject' }; ByValue = 'InputObject'; Position = 'Name'; Changes = $true; Aliases = $targetAliases }
        @{ Name = 'Complete-EtlPartition'; Output = 'EtlPartitionStatus'; Sets = @{ __AllParameterSets = 'Count', 'Name' }; Position = 'Name'; Changes = $true; Aliases = $targetAliases }
        @{ Name = 'Select-EtlPartition'; Output = 'EtlRecord'; Sets = @{ __AllParameterSets = 'Partition' }; ByValue = 'InputObject'; Position = 'Partition' }
        @{ Name = 'Get-EtlPartition'; Output = 'EtlPartition'; Sets = @{ __AllParameterSets = @() } }
        @{ Name = 'Get-EtlRun'; Output = 'EtlRunInfo'; Sets = @{ __AllParameterSets = @() }; ByName = 'Id'; Position = 'Id'; Aliases = @{ Id = 'RunId' } }
        @{ Name = 'Stop-EtlPipeline'; Output = 'EtlRunInfo'; Sets = @{ __AllParameterSets = @() }; ByName = 'Id'; Position = 'Id'; Changes = $true; Aliases = @{ Id = 'RunId' } }
        @{ Name = 'Get-EtlBreaker'; Output = 'EtlBreaker'; Sets = @{ __AllParameterSets = @() }; ByValue = 'Name'; ByName = 'Name'; Position = 'Name' }
        @{ Name = 'Reset-EtlBreaker'; Output = 'EtlBreaker'; Sets = @{ __AllParameterSets = @() }; ByValue = 'Name'; ByName = 'Name'; Position = 'Name'; Changes = $true }
        @{ Name = 'Set-EtlTelemetry'; Output = 'EtlTelemetry'; Sets = @{ __AllParameterSets = @() }; Changes = $true }
        @{ Name = 'Get-EtlTelemetry'; Output = 'EtlTelemetry'; Sets = @{ __AllParameterSets = @() } }
    )
    foreach ($contract in $contracts) {
        foreach ($part in 'Output', 'ByValue', 'ByName', 'Position') { if (-not $contract[$part]) { $contract[$part] = @() } }
        if (-not $contract.Aliases) { $contract.Aliases = @{} }
        $contract.Changes = [bool]$contract.Changes
        $contract.Aliases = @(foreach ($of in $contract.Aliases.Keys) { foreach ($alias in $contract.Aliases[$of]) { @{ Alias = $alias; Of = $of } } })
        $contract.Sets = @(foreach ($set in $contract.Sets.Keys) { @{ InSet = $set; Mandatory = @($contract.Sets[$set]) } })
        $contract.SetNames = $contract.Sets.InSet
    }

    # A call that cannot work, and the id that a script may look for. What ends a run is thrown; what is one of several is an error.
    $wrong = @(
        @{ Why = 'a file that is not there'; Id = 'FileNotFound'; Call = { Import-EtlCsv ./nothing.csv } }
        @{ Why = 'a folder in the place of a file'; Id = 'PathIsFolder'; Call = { Import-EtlCsv ./stores } }
        @{ Why = 'an empty file'; Id = 'EmptyFile'; Call = { Import-EtlCsv ./empty.csv } }
        @{ Why = 'a column that the file lacks'; Id = 'UnknownColumn'; Call = { Import-EtlCsv ./orders.csv -Column nothing } }
        @{ Why = 'a type that there is not'; Id = 'UnknownType'; Call = { Import-EtlCsv ./orders.csv -Type @{ amount = 'number' } } }
        @{ Why = 'an encoding that there is not'; Id = 'ParameterArgumentTransformationError'; Call = { Import-EtlCsv ./orders.csv -Encoding utf-7000 } }
        @{ Why = 'a value out of range'; Id = 'ParameterArgumentValidationError'; Call = { Import-EtlCsv ./orders.csv -BufferSize 0 } }
        @{ Why = 'two ways to name a file'; Id = 'AmbiguousParameterSet'; Call = { Import-EtlCsv -Path ./orders.csv -LiteralPath ./orders.csv } }
        @{ Why = 'a parameter that there is not'; Id = 'NamedParameterNotFound'; Call = { Import-EtlCsv ./orders.csv -Seperator ';' } }
        @{ Why = 'a path in JSON that cannot be read'; Id = 'InvalidParameter'; Call = { Import-EtlJson ./items.json -ItemPath 'a[' } }
        @{ Why = 'a query that is none'; Id = 'StatementFailed'; Call = { Import-EtlSql -SqlitePath shop.db -Query 'SELEC 1' } }
        @{ Why = 'no file of letters'; Id = 'FileNotFound'; Call = { Import-EtlDeadLetter ./nothing.jsonl } }
        @{ Why = 'an address that is none'; Id = 'InvalidParameter'; Call = { Invoke-EtlApi 'ftp://127.0.0.1/orders' } }
        @{ Why = 'a service that does not listen'; Id = 'OutageBudgetSpent'; Call = { Invoke-EtlApi 'http://127.0.0.1:1/orders' -OutageBudgetSec 0 } }
        @{ Why = 'a rule for a column that no record has'; Id = 'UnknownColumn'; Call = { Import-EtlCsv ./orders.csv | Invoke-EtlTransform -Pattern @{ emial = '@' } } }
        @{ Why = 'a pattern that is none'; Id = 'InvalidParameter'; Call = { Import-EtlCsv ./orders.csv | Invoke-EtlTransform -Pattern @{ email = '(' } } }
        @{ Why = 'a rule file that is not there'; Id = 'FileNotFound'; Call = { Import-EtlCsv ./orders.csv | Invoke-EtlTransform -RulePath ./nothing.json } }
        @{ Why = 'a database that the call does not tell'; Id = 'InvalidParameter'; Call = { Import-EtlCsv ./orders.csv | Export-EtlSqlUpsert -Table t -Key order_id } }
        @{ Why = 'a connection string that cannot be read'; Id = 'InvalidConnectionString'; Call = { Import-EtlCsv ./orders.csv | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source' -Table t -Key order_id } }
        @{ Why = 'a table that is not there'; Id = 'TableNotFound'; Call = { Import-EtlCsv ./orders.csv | Export-EtlSqlUpsert -SqlitePath shop.db -Table orderz -Key order_id } }
        @{ Why = 'a key that the table lacks'; Id = 'KeyColumnMissing'; Call = { Import-EtlCsv ./orders.csv | Export-EtlSqlUpsert -SqlitePath shop.db -Table orders -Key nothing } }
        @{ Why = 'a key that is not unique'; Id = 'KeyNotUnique'; Call = { Import-EtlCsv ./orders.csv | Export-EtlSqlUpsert -SqlitePath shop.db -Table orders -Key email } }
        @{ Why = 'a watermark without a dead letter'; Id = 'InvalidParameter'; Call = { Import-EtlCsv ./orders.csv | Export-EtlSqlUpsert -SqlitePath shop.db -Table orders -Key order_id -WatermarkName w } }
        @{ Why = 'a watermark of unordered records'; Id = 'WatermarkImpossible'; Call = { Import-EtlCsv ./orders.csv | Sort-Object order_id -Descending | Export-EtlSqlUpsert -SqlitePath shop.db -Table orders -Key order_id -WatermarkName w -DeadLetterPath d.jsonl } }
        @{ Why = 'a dead letter in a folder that is not there'; Id = 'DeadLetterFailed'; Call = { Import-EtlCsv ./damaged.csv -Type @{ amount = 'decimal' } -DeadLetterPath ./nothing/d.jsonl } }
        @{ Why = 'a watermark that is not there'; Id = 'WatermarkNotFound'; Call = { Remove-EtlWatermark nothing -SqlitePath shop.db } }
        @{ Why = 'a share of which nobody says which'; Id = 'PartitionImpossible'; Call = { Get-EtlPartition -Count 8 } }
        @{ Why = 'a run that is not there'; Id = 'RunNotFound'; Call = { Get-EtlRun 00000000-0000-0000-0000-000000000001 } }
        @{ Why = 'no such run to stop'; Id = 'RunNotFound'; Call = { Stop-EtlPipeline 00000000-0000-0000-0000-000000000001 } }
        @{ Why = 'a breaker that is not there'; Id = 'BreakerNotFound'; Call = { Get-EtlBreaker nothing } }
        @{ Why = 'no such breaker to close'; Id = 'BreakerNotFound'; Call = { Reset-EtlBreaker nothing } }
        @{ Why = 'a report of a log that is not there'; Id = 'FileNotFound'; Call = { Export-EtlReport ./report.html -LogPath ./nothing.jsonl } }
        @{ Why = 'a report in a folder that is not there'; Id = 'FileNotFound'; Call = { Export-EtlReport ./nothing/report.html } }
        @{ Why = 'a report in the place of a folder'; Id = 'PathIsFolder'; Call = { Export-EtlReport ./stores } }
        @{ Why = 'a report that is there already'; Id = 'FileExists'; Call = { Export-EtlReport ./orders.csv -NoClobber } }
        @{ Why = 'a collector that is not an address'; Id = 'InvalidParameter'; Call = { Set-EtlTelemetry -OtlpEndpoint nothing } }
    )
}

BeforeAll {
    $module = Import-Module (Join-Path $env:ETLTOOLS_MODULE 'EtlTools.psd1') -PassThru
    Push-Location $TestDrive
    $null = New-Item -ItemType Directory ./stores
    Set-Content ./orders.csv 'order_id,email,amount', '1,ada@example.org,10.5', '2,grace@example.org,7'
    Set-Content ./damaged.csv 'order_id,email,amount', '1,ada@example.org,abc'
    Set-Content ./items.json '[{"id":1}]'
    $null = New-Item -ItemType File ./empty.csv
    $load = Import-EtlCsv ./orders.csv |
        Export-EtlSqlUpsert -SqlitePath shop.db -Table orders -Key order_id -CreateTable -WatermarkName orders -DeadLetterPath ./dead.jsonl
    function Get-Uses([string] $Name) {
        # Each parameter's declaration in each of its sets.
        foreach ($parameter in (Get-Command $Name).Parameters.Values) {
            foreach ($use in $parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.ParameterAttribute] }) {
                [pscustomobject]@{ Parameter = $parameter.Name; Use = $use }
            }
        }
    }
}

AfterAll {
    Pop-Location
}

Describe 'The contracts' {
    It 'are of every command of the module' -ForEach @{ Listed = $contracts.Name } {
        $Listed | Sort-Object | Should -Be ($module.ExportedCmdlets.Keys | Sort-Object)
        $module.ExportedAliases.Keys | Should -BeNullOrEmpty
        $module.ExportedFunctions.Keys | Should -BeNullOrEmpty
    }
}

Describe 'The contract of <Name>' -ForEach $contracts {
    BeforeAll {
        $command = Get-Command $Name
        $uses = @(Get-Uses $Name)
    }

    It 'has its parameter sets' {
        $command.ParameterSets.Name | Sort-Object | Should -Be ($SetNames | Sort-Object)
    }

    It 'asks for <Mandatory> in the set <InSet>' -ForEach $Sets {
        $asked = ($command.ParameterSets | Where-Object Name -EQ $InSet).Parameters | Where-Object IsMandatory
        @($asked.Name | Sort-Object) | Should -Be $Mandatory
    }

    It 'takes from the pipeline what it says' {
        @(($uses | Where-Object { $_.Use.ValueFromPipeline }).Parameter | Sort-Object -Unique) | Should -Be @($ByValue)
        @(($uses | Where-Object { $_.Use.ValueFromPipelineByPropertyName }).Parameter | Sort-Object -Unique) | Should -Be @($ByName)
    }

    It 'has no other parameters without a name than these' {
        @(($uses | Where-Object { $_.Use.Position -ge 0 }).Parameter | Sort-Object -Unique) | Should -Be @($Position)
    }

    It 'knows its parameters by these other names' {
        $common = [System.Management.Automation.Cmdlet]::CommonParameters + [System.Management.Automation.Cmdlet]::OptionalCommonParameters
        $actual = $command.Parameters.Values | Where-Object Name -NotIn $common | ForEach-Object { foreach ($alias in $_.Aliases) { "$($_.Name) $alias" } }
        @($actual | Sort-Object) | Should -Be @($Aliases | ForEach-Object { "$($_.Of) $($_.Alias)" } | Sort-Object)
    }

    It 'says what it writes' {
        @($command.OutputType.Name) | Should -Be @($Output | ForEach-Object { "EtlTools.Cmdlets.$_" })
    }

    It 'has -WhatIf and -Confirm where it changes something, and only there' {
        $command.Parameters.ContainsKey('WhatIf') | Should -Be $Changes
        $command.Parameters.ContainsKey('Confirm') | Should -Be $Changes
    }

    It 'is named and spelled as PowerShell has it' {
        $command.Verb | Should -BeIn 'Complete', 'ConvertFrom', 'Export', 'Get', 'Import', 'Invoke', 'Remove', 'Reset', 'Select', 'Set', 'Stop'
        $command.Noun | Should -BeLike 'Etl*'
        foreach ($parameter in $command.Parameters.Values) { $parameter.Name | Should -MatchExactly '^[A-Z][A-Za-z0-9]+$' }
    }

    It 'has help with three examples or more' {
        @((Get-Help $Name -Full).examples.example).Count | Should -BeGreaterOrEqual 3
    }
}

Describe 'A wrong call' {
    It 'with <Why> has the id <Id>' -ForEach $wrong {
        $seen = @(try { & $Call 2>&1 } catch { $_ }) | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] }
        @($seen).Count | Should -Be 1
        # PowerShell's own id, and the command.
        $seen.FullyQualifiedErrorId | Should -Match "^$Id,EtlTools\.Cmdlets\.\w+Command$"
    }
}

Describe 'With -WhatIf' {
    It 'a load makes no database and no dead letter' {
        Import-EtlCsv ./damaged.csv -Type @{ amount = 'decimal' } |
            Export-EtlSqlUpsert -SqlitePath ./new.db -Table orders -Key order_id -CreateTable -DeadLetterPath ./new.jsonl -WhatIf -WarningAction SilentlyContinue -ErrorAction SilentlyContinue
        './new.db' | Should -Not -Exist
        './new.jsonl' | Should -Not -Exist
    }

    It 'a watermark is neither set nor removed' {
        $before = (Get-EtlWatermark -SqlitePath shop.db).ToString()
        Set-EtlWatermark orders -Source $load.Watermark.Source -Row 1 -SqlitePath shop.db -WhatIf
        Set-EtlWatermark other -Source x -Row 1 -SqlitePath shop.db -WhatIf
        Remove-EtlWatermark * -SqlitePath shop.db -WhatIf
        Get-EtlWatermark -SqlitePath shop.db | Remove-EtlWatermark -SqlitePath shop.db -WhatIf
        (Get-EtlWatermark -SqlitePath shop.db).ToString() | Should -Be $before
    }

    It 'telemetry stays as it is' {
        $before = Get-EtlTelemetry | ConvertTo-Json
        Set-EtlTelemetry -LogPath ./log.jsonl -Tag @{ whatif = 'x' } -WhatIf
        Get-EtlTelemetry | ConvertTo-Json | Should -Be $before
    }

    It 'a breaker keeps its failures' {
        try { Invoke-EtlApi 'http://127.0.0.1:1/orders' -OutageBudgetSec 0 -MaximumRetryCount 0 } catch { $_.FullyQualifiedErrorId | Should -BeLike 'OutageBudgetSpent*' }
        $breaker = Get-EtlBreaker '127.0.0.1:1'
        $breaker.ConsecutiveFailures | Should -BeGreaterThan 0
        Reset-EtlBreaker '127.0.0.1:1' -WhatIf
        (Get-EtlBreaker '127.0.0.1:1').ConsecutiveFailures | Should -Be $breaker.ConsecutiveFailures
    }

    It 'a run goes on' {
        $seen = Import-EtlCsv ./orders.csv | ForEach-Object { Stop-EtlPipeline (Get-EtlRun | Where-Object State -EQ 'Running').Id -WhatIf; $_ }
        $seen.order_id | Should -Be 1, 2
        (Get-EtlRun | Select-Object -Last 1).State | Should -Be 'Completed'
    }
}

Describe 'From the pipeline' {
    It 'files come by value, as file objects and by property' {
        ('./orders.csv' | Import-EtlCsv).Count | Should -Be 2
        (Get-Item ./orders.csv | Import-EtlCsv).Count | Should -Be 2
        ([pscustomobject]@{ FullName = (Join-Path $TestDrive 'orders.csv') } | Import-EtlCsv).Count | Should -Be 2
        ('./items.json' | Import-EtlJson).id | Should -Be 1
    }

    It 'text comes as lines, as arrays of lines and as a whole' {
        (Get-Content ./orders.csv | ConvertFrom-EtlCsv).order_id | Should -Be 1, 2
        (Get-Content ./orders.csv -ReadCount 0 | ConvertFrom-EtlCsv).order_id | Should -Be 1, 2
        $whole = Get-Content ./orders.csv -Raw | ConvertFrom-EtlCsv -Type @{ amount = 'decimal' }
        $whole.amount | Should -Be 10.5, 7
        $whole[1].EtlPosition.ToString() | Should -Be 'text:3'
        ('{"id":1}', '{"id":2}' | ConvertFrom-EtlJson).id | Should -Be 1, 2
        (Get-Content ./items.json -Raw | ConvertFrom-EtlJson).id | Should -Be 1
    }

    It 'text that cannot be read is failed records' {
        Get-Content ./damaged.csv | ConvertFrom-EtlCsv -Type @{ amount = 'decimal' } -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed.FullyQualifiedErrorId | Should -Be 'ConversionFailed,EtlTools.Cmdlets.ConvertFromEtlCsvCommand'
        $failed.TargetObject.EtlPosition.Line | Should -Be 2
    }

    It 'a slow text is read while it comes' {
        $seen = [System.Collections.Generic.List[string]]::new()
        & { 'id'; foreach ($i in 1..3) { $i; $seen.Add("wrote $i"); Start-Sleep -Seconds 1 } } | ConvertFrom-EtlCsv | ForEach-Object { $seen.Add("read $($_.id)") }
        $seen.IndexOf('read 1') | Should -BeLessThan $seen.IndexOf('wrote 3')
        $seen[-1] | Should -BeIn 'read 3', 'wrote 3'
    }

    It 'records come as any object' {
        $objects = [pscustomobject]@{ id = 1 }, @{ id = 2 }, [version]'3.0'
        ($objects | Invoke-EtlTransform -ErrorAction SilentlyContinue).id | Should -Be 1, 2, $null
    }

    It 'watermarks and breakers come as they were read' {
        (Get-EtlWatermark -SqlitePath shop.db | Set-EtlWatermark -SqlitePath shop.db -WatermarkTable copies -PassThru).Name | Should -Be 'orders'
        ('orders' | Get-EtlWatermark -SqlitePath shop.db -WatermarkTable copies).Row | Should -Be 2
        (Get-EtlBreaker | Reset-EtlBreaker -PassThru).State | Should -Not -Contain 'Open'
        ($load | Get-EtlRun).Id | Should -Be $load.RunId
    }

    It 'settings of columns are taken from any dictionary' {
        $types = [Collections.Generic.Dictionary[string, string]]::new()
        $types['amount'] = 'decimal'
        (Import-EtlCsv ./orders.csv -Type $types)[0].amount | Should -BeOfType decimal
    }

    It 'settings are taken as they were read' {
        Set-EtlTelemetry -Tag @{ job = 'x' }
        (Set-EtlTelemetry -Tag (Get-EtlTelemetry).Tag -PassThru).Tag.job | Should -Be 'x'
        Set-EtlTelemetry -Tag @{}
    }
}
