BeforeDiscovery {
    if (-not $env:ETLTOOLS_MODULE) { throw 'ETLTOOLS_MODULE names no built module; run build.ps1 Test.' }
    $module = Import-Module (Join-Path $env:ETLTOOLS_MODULE 'EtlTools.psd1') -PassThru
    $common = [System.Management.Automation.Cmdlet]::CommonParameters
    $commands = foreach ($command in $module.ExportedCmdlets.Values) {
        @{
            Name       = $command.Name
            Parameters = @($command.Parameters.Keys | Where-Object { $_ -notin $common } | ForEach-Object { @{ Parameter = $_ } })
            Examples   = @((Get-Help $command.Name -Full).examples.example | ForEach-Object { @{ Title = $_.title; Code = $_.code } })
        }
    }

    # Of every parameter, whatever its command: not every command has some.
    $parameters = foreach ($command in $commands) { foreach ($one in $command.Parameters) { @{ Name = $command.Name; Parameter = $one.Parameter } } }
    $plain = 'BufferSize', 'BatchSize', 'FlushIntervalSec', 'OutageBudgetSec', 'Delimiter', 'Quote', 'SkipRows', 'InvalidBytes', 'DuplicateHeaderBehavior', 'MismatchedFieldAction', 'MaxFieldBytes', 'MaxDecompressedBytes'

    $readme = Get-Content (Join-Path $PSScriptRoot '../../README.md') -Raw
    $samples = @([regex]::Matches($readme, '(?ms)^```powershell\r?\n(.*?)^```') | ForEach-Object { @{ Sample = $_.Groups[1].Value } })
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Fixtures.ps1')

    # A folder with what the examples read.
    function New-TestFolder([string] $Name) {
        $header = 'order_id,email,customer,amount,ordered_at'
        $good = '00001001,Ada@Example.org,Ada Lovelace,120.50,2026-11-02T09:12:00', '00001002,grace@example.org,"Hopper, Grace",75.00,2026-11-02T10:01:30'
        $folder = Join-Path $TestDrive $Name
        $null = New-Item -ItemType Directory -Path (Join-Path $folder 'stores') -Force
        Set-Content (Join-Path $folder 'orders.csv') (@($header) + $good)
        $sales = 'Sales of the week', '', 'Order No;Date;Amount', '17;24.11.2026 10:30;1.234,50'
        $gzip = [IO.Compression.GZipStream]::new([IO.File]::Create((Join-Path $folder 'sales.csv.gz')), [IO.Compression.CompressionMode]::Compress)
        $gzip.Write([Text.Encoding]::UTF8.GetBytes($sales -join "`n"))
        $gzip.Dispose()
        Set-Content (Join-Path $folder 'stores/south.csv') '1;Rome;2019-04-01', '2;Porto;2021-09-15'
        Set-Content (Join-Path $folder 'events.jsonl') '{"id":1,"at":"2026-11-02T09:12:00Z"}', '{"id":2,"at":"2026-11-02T09:13:00Z"}'
        Set-Content (Join-Path $folder 'export.json') '{"data":{"rows":[{"id":1,"address":{"city":"Rome"}},{"id":2,"address":{"city":"Porto"}}]}}'
        Push-Location $folder
        try {
            $null = Import-EtlCsv ./orders.csv -Type @{ amount = 'decimal' } | Export-EtlSqlUpsert -SqlitePath ./source.db -Table orders -Key order_id -CreateTable
        }
        finally {
            Pop-Location
        }
        $folder
    }

    # What the examples call.
    function Start-ExampleService {
        Start-WebService {
            param($Path)
            if ($Path -eq '/token') { '{"access_token":"t","expires_in":3600}' }
            elseif ($Path -like '/customers/*') { '{"email":"ada@example.org"}' }
            else { '{"items":[{"id":1,"amount":120.50,"updated_at":"2026-11-02T09:12:00Z","address":{"city":"Rome"}},{"id":2,"amount":75,"updated_at":"2026-11-02T10:01:30Z","address":{"city":"Porto"}}],"links":{"next":null}}' }
        }
    }

    # The files and settings that an example may change.
    function Get-TestState([string] $Folder) {
        $files = foreach ($file in Get-ChildItem $Folder -Recurse -File | Sort-Object FullName) {
            "$($file.FullName) $([Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([IO.File]::ReadAllBytes($file.FullName))))"
        }

        ($files -join "`n") + (Get-EtlTelemetry | ConvertTo-Json)
    }
}

Describe 'The help of <Name>' -ForEach $commands {
    BeforeAll {
        $command = Get-Command $Name
        $help = Get-Help $Name -Full

        # The examples run as they stand, beside examples/orders.csv.
        $folder = New-TestFolder $Name
        Copy-Item (Join-Path $PSScriptRoot '../../examples/orders.csv') $folder -Force
        # What the examples call.
        $api = ''
        if ($Name -in 'Invoke-EtlApi', 'Get-EtlBreaker', 'Reset-EtlBreaker') {
            $service = Start-ExampleService
            $api = $service.Address
            $null = Invoke-EtlApi "$api/orders" -Pagination None -ConnectionTimeoutSeconds 20 -OutageBudgetSec 0
        }
    }

    AfterAll {
        if ($api) { Stop-WebService $service }
    }

    It 'has a synopsis and a description' {
        $help.Name | Should -Be $Name
        $help.Synopsis | Should -Match '^[A-Z].+\.$'
        $help.description.Text | Should -Not -BeNullOrEmpty
    }

    It 'has three examples or more' {
        @($help.examples.example).Count | Should -BeGreaterOrEqual 3
    }

    It 'tells what goes in and what comes out' {
        $help.inputTypes.inputType.type.name | Should -Not -BeNullOrEmpty
        $help.returnValues.returnValue.type.name | Should -Contain $(if ($command.OutputType) { $command.OutputType[0].Name } else { 'None' })
        $help.alertSet.alert.Text | Should -Not -BeNullOrEmpty
    }

    It 'shows the syntax that the command has' {
        $page = Get-Content (Join-Path $PSScriptRoot "../../docs/cmdlets/$Name.md") -Raw
        $stated = [regex]::Match($page, '(?ms)^## Syntax\s+```text\n(.*?)```').Groups[1].Value -split '\n\n' | ForEach-Object { ($_ -replace '\s+', ' ').Trim() }
        $actual = (Get-Command $Name -Syntax) -split '[\r\n]+' | Where-Object { $_ } | ForEach-Object { $_.Trim() }
        $stated | Should -Be $actual
    }

    It 'describes the parameters that the command has' {
        $help.parameters.parameter.name | Sort-Object | Should -Be ($Parameters.Parameter | Sort-Object)
    }

    It 'has an example that works: <Title>' -ForEach $Examples {
        Push-Location $folder
        try {
            $before = Get-TestState $folder
            $ErrorActionPreference = 'Continue'
            # The service that stands in for the examples' one has no https.
            $PSDefaultParameterValues = @{ 'Invoke-EtlApi:AllowUnencryptedAuthentication' = $true }
            $all = & ([scriptblock]::Create($Code.Replace('https://api.example.org', $api))) 2>&1
            # orders.csv has bad rows, and their errors are all that may be told.
            $all | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] -and $_.Exception.GetType().Name -ne 'EtlRecordException' } | Should -BeNullOrEmpty
            $shown = ($all | Where-Object { $_ -isnot [System.Management.Automation.ErrorRecord] } | Out-String).Trim()
            $changed = (Get-TestState $folder) -ne $before
            # What a command says with -WhatIf goes to the host alone, and then nothing may have changed.
            if ($Code -match '-WhatIf' -and -not $shown) { $changed | Should -BeFalse }
            elseif (-not $command.OutputType) { "$shown$changed" | Should -Not -Be 'False' }
            else { $shown | Should -Not -BeNullOrEmpty }
        }
        finally {
            Pop-Location
        }
    }
}

Describe 'The help of the parameters' {
    BeforeAll {
        $pages = @{}
        function Get-ParameterHelp([string] $Name, [string] $Parameter) {
            if (-not $pages[$Name]) { $pages[$Name] = (Get-Help $Name -Full).parameters.parameter }
            $pages[$Name] | Where-Object name -EQ $Parameter
        }

        function New-Command([string] $Name) { [Activator]::CreateInstance((Get-Command $Name).ImplementingType) }
    }

    It 'describes -<Parameter> of <Name> as it is' -ForEach $parameters {
        $stated = Get-ParameterHelp $Name $Parameter
        $actual = (Get-Command $Name).Parameters[$Parameter]
        $uses = @($actual.Attributes | Where-Object { $_ -is [System.Management.Automation.ParameterAttribute] })
        $range = $actual.Attributes | Where-Object { $_ -is [System.Management.Automation.ValidateRangeAttribute] }
        $text = $stated.description.Text -join ' '

        $text | Should -Match '(?s)^[A-Z].{10,}\.$'
        $stated.type.name -as [type] | Should -Be $actual.ParameterType
        $stated.required | Should -Be ($uses.Mandatory -contains $true).ToString().ToLowerInvariant()
        $stated.position | Should -Be $(if ($uses[0].Position -ge 0) { "$($uses[0].Position)" } else { 'named' })
        $stated.pipelineInput | Should -Be $(
            if ($uses.ValueFromPipeline -contains $true) { 'True (ByValue)' }
            elseif ($uses.ValueFromPipelineByPropertyName -contains $true) { 'True (ByPropertyName)' }
            else { 'False' })
        $stated.globbing | Should -Be ([bool]($actual.Attributes | Where-Object { $_ -is [System.Management.Automation.SupportsWildcardsAttribute] })).ToString().ToLowerInvariant()
        $stated.aliases | Should -Be $(if ($actual.Aliases.Count) { $actual.Aliases -join ', ' } else { 'none' })
        if ($range) { $text | Should -BeLike "*Accepts $($range.MinRange) to $($range.MaxRange)." }
        else { $text | Should -Not -BeLike '*Accepts * to *' }
    }

    It 'states the default of -<Parameter> that a new <Name> has' -ForEach @($parameters | Where-Object Parameter -In $plain) {
        $stated = (Get-ParameterHelp $Name $Parameter).defaultValue
        $stated -replace ' (records|seconds?|bytes)$' | Should -BeExactly "$((New-Command $Name).$Parameter)"
    }

    It 'states the default of -<Parameter> that a new <Name> has' -ForEach @($parameters | Where-Object Parameter -EQ 'ThrottleLimit') {
        # Calls wait more than they work, so that their number does not depend on the processors.
        $default, $number = if ($Name -eq 'Invoke-EtlApi') { '8', 8 } else { 'One worker a processor, at most 8.', [Math]::Min([Environment]::ProcessorCount, 8) }
        (Get-ParameterHelp $Name $Parameter).defaultValue | Should -Be $default
        (New-Command $Name).ThrottleLimit | Should -Be $number
    }
}

Describe 'The help file' {
    It 'is well-formed and has a page a command' {
        $xml = [xml](Get-Content (Join-Path $env:ETLTOOLS_MODULE 'en-US/EtlCmdlets.dll-Help.xml') -Raw)
        $names = $xml.helpItems.command.details.name | Sort-Object
        $names | Should -Be ((Import-PowerShellDataFile (Join-Path $env:ETLTOOLS_MODULE 'EtlTools.psd1')).CmdletsToExport | Sort-Object)
    }
}

Describe 'docs/watermarks.md' {
    It 'does what it says, line by line' {
        $page = Get-Content (Join-Path $PSScriptRoot '../../docs/watermarks.md') -Raw
        $folder = New-TestFolder 'watermarks'
        $service = Start-ExampleService
        Push-Location $folder
        try {
            $ErrorActionPreference = 'Stop'
            $code = [regex]::Matches($page, '(?ms)^```powershell\r?\n(.*?)^```').Groups.Where({ $_.Name -eq '1' }).Value
            $results = . ([scriptblock]::Create(($code -join "`n").Replace('https://shop.example.org', $service.Address)))
            $loads = @($results | Where-Object { $_ -is [EtlTools.Cmdlets.EtlLoadResult] })
            $loads.Received | Should -Be 2, 1, 2, 2, 2, 2
            $loads.Succeeded | Should -Not -Contain $false
            $marks = Get-EtlWatermark -SqlitePath ./shop.db
            $marks.Name | Sort-Object | Should -Be 'api', 'changes', 'orders', 'source_orders', 'stores'
            ($marks | Where-Object Name -EQ 'changes').Value | Should -BeLike '2026-11-02T09:51:30*'
            (Get-EtlWatermark -SqlitePath ./shop.db -WatermarkTable orders_before_the_move).Row | Should -Be 3
            $again = . ([scriptblock]::Create(($code -join "`n").Replace('https://shop.example.org', $service.Address)))
            (@($again | Where-Object { $_ -is [EtlTools.Cmdlets.EtlLoadResult] }).Inserted | Measure-Object -Sum).Sum | Should -Be 0
        }
        finally {
            Pop-Location
            Stop-WebService $service
        }
    }
}

Describe 'README.md' {
    It 'has code that parses: <Sample>' -ForEach $samples {
        $errors = $null
        $null = [System.Management.Automation.Language.Parser]::ParseInput($Sample, [ref]$null, [ref]$errors)
        $errors | Should -BeNullOrEmpty
    }
}
