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

    $readme = Get-Content (Join-Path $PSScriptRoot '../../README.md') -Raw
    $samples = @([regex]::Matches($readme, '(?ms)^```powershell\r?\n(.*?)^```') | ForEach-Object { @{ Sample = $_.Groups[1].Value } })
}

Describe 'The help of <Name>' -ForEach $commands {
    BeforeAll {
        $command = Get-Command $Name
        $help = Get-Help $Name -Full
        $fresh = [Activator]::CreateInstance($command.ImplementingType)

        # What the examples read.
        $header = 'order_id,email,customer,amount,ordered_at'
        $good = '00001001,Ada@Example.org,Ada Lovelace,120.50,2026-11-02T09:12:00', '00001002,grace@example.org,"Hopper, Grace",75.00,2026-11-02T10:01:30'
        $bad = '00001003,alan@example.org,Alan Turing,abc,2026-11-02T11:45:10', '00001004,,Edsger Dijkstra,19.99,2026-11-03T08:00:00', '00001005,frances@example.org'
        $folder = Join-Path $TestDrive $Name
        $null = New-Item -ItemType Directory -Path (Join-Path $folder 'stores') -Force
        Set-Content (Join-Path $folder 'orders.csv') (@($header) + $good)
        Set-Content (Join-Path $folder 'damaged.csv') (@($header) + $good + $bad)
        $sales = 'Sales of the week', '', 'Order No;Date;Amount', '17;24.11.2026 10:30;1.234,50'
        $gzip = [IO.Compression.GZipStream]::new([IO.File]::Create((Join-Path $folder 'sales.csv.gz')), [IO.Compression.CompressionMode]::Compress)
        $gzip.Write([Text.Encoding]::UTF8.GetBytes($sales -join "`n"))
        $gzip.Dispose()
        Set-Content (Join-Path $folder 'stores/south.csv') '1;Rome;2019-04-01', '2;Porto;2021-09-15'
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
        $help.returnValues.returnValue.type.name | Should -Contain $command.OutputType[0].Name
        $help.alertSet.alert.Text | Should -Not -BeNullOrEmpty
    }

    It 'shows the syntax that the command has' {
        $page = Get-Content (Join-Path $PSScriptRoot "../../docs/cmdlets/$Name.md") -Raw
        $stated = [regex]::Match($page, '(?ms)^## Syntax\s+```text\n(.*?)```').Groups[1].Value -split '\n\n' | ForEach-Object { ($_ -replace '\s+', ' ').Trim() }
        $actual = (Get-Command $Name -Syntax) -split '[\r\n]+' | Where-Object { $_ } | ForEach-Object { $_.Trim() }
        $stated | Should -Be $actual
    }

    It 'describes the parameters that the command has' {
        $help.parameters.parameter.name | Should -Be $Parameters.Parameter
    }

    It 'describes -<Parameter> as it is' -ForEach $Parameters {
        $stated = $help.parameters.parameter | Where-Object name -EQ $Parameter
        $actual = $command.Parameters[$Parameter]
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

    It 'states the default of -<Parameter> that a new command has' -ForEach @($Parameters | Where-Object Parameter -In 'BufferSize', 'BatchSize', 'FlushIntervalSec', 'OutageBudgetSec', 'Delimiter', 'Quote', 'SkipRows', 'InvalidBytes', 'DuplicateHeaderBehavior', 'MismatchedFieldAction', 'MaxFieldBytes', 'MaxDecompressedBytes') {
        $stated = ($help.parameters.parameter | Where-Object name -EQ $Parameter).defaultValue
        $stated -replace ' (records|seconds?|bytes)$' | Should -BeExactly "$($fresh.$Parameter)"
    }

    It 'states the default of -<Parameter> that a new command has' -ForEach @($Parameters | Where-Object Parameter -EQ 'ThrottleLimit') {
        ($help.parameters.parameter | Where-Object name -EQ $Parameter).defaultValue | Should -Be 'One worker a processor, at most 8.'
        $fresh.ThrottleLimit | Should -Be ([Math]::Min([Environment]::ProcessorCount, 8))
    }

    It 'has an example that works: <Title>' -ForEach $Examples {
        Push-Location $folder
        try {
            $ErrorActionPreference = 'Stop'
            & ([scriptblock]::Create($Code)) | Out-String | Should -Not -BeNullOrEmpty
        }
        finally {
            Pop-Location
        }
    }
}

Describe 'The help file' {
    It 'is well-formed and has a page a command' {
        $xml = [xml](Get-Content (Join-Path $env:ETLTOOLS_MODULE 'en-US/EtlCmdlets.dll-Help.xml') -Raw)
        $names = $xml.helpItems.command.details.name | Sort-Object
        $names | Should -Be (Import-PowerShellDataFile (Join-Path $env:ETLTOOLS_MODULE 'EtlTools.psd1')).CmdletsToExport
    }
}

Describe 'README.md' {
    It 'has code that parses: <Sample>' -ForEach $samples {
        $errors = $null
        $null = [System.Management.Automation.Language.Parser]::ParseInput($Sample, [ref]$null, [ref]$errors)
        $errors | Should -BeNullOrEmpty
    }
}
