<#
.SYNOPSIS
Builds, tests, measures and packs the module; the same tasks at a desk and in CI.
.DESCRIPTION
Runs in PowerShell 7.6 or later, and in tools/EtlShell where no PowerShell is installed.
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Bench', 'Pack', 'Clean', 'Format', 'Quickstart')]
    [string] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    # What follows the task goes to the bench.
    [Parameter(ValueFromRemainingArguments)]
    [string[]] $Rest
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

$version = ([xml](Get-Content (Join-Path $PSScriptRoot 'Directory.Build.props') -Raw)).SelectSingleNode('/Project/PropertyGroup/Version').InnerText
$output = Join-Path $PSScriptRoot 'output'
$module = Join-Path $output 'EtlTools' $version
$manifest = Import-PowerShellDataFile (Join-Path $PSScriptRoot 'module/EtlTools.psd1')
$gallery = $manifest.PrivateData.PSData
$packageVersion = $gallery.Prerelease ? "$version-$($gallery.Prerelease)" : $version
$package = Join-Path $output "EtlTools.$packageVersion.nupkg"
$results = Join-Path $output 'results'
# A module of others for the package's test; a folder on a module path.
$others = Join-Path $output 'others'
$shell = Join-Path $PSScriptRoot 'tools' 'EtlShell' 'bin' $Configuration 'net10.0' 'EtlShell.dll'
$suiteLimit = [timespan]::FromMinutes(20)
# The two last hold what is managed and differs: the SQL Server driver.
$platforms = 'win-x64', 'win-arm64', 'linux-x64', 'linux-arm64', 'osx-x64', 'osx-arm64', 'win', 'unix'

function Invoke-Dotnet {
    & dotnet @args --nologo | Out-Host
}

function Remove-Tree([string] $Path) {
    if (Test-Path -LiteralPath $Path) { Remove-Item -LiteralPath $Path -Recurse -Force }
}

# The shell that runs this script cannot be rebuilt in the folder that it runs from.
function Test-RunningShell([string] $Folder) {
    $running = [IO.Path]::TrimEndingDirectorySeparator([AppContext]::BaseDirectory)
    $Host.Name -eq 'EtlShell' -and "$running/".StartsWith([IO.Path]::TrimEndingDirectorySeparator($Folder) + '/')
}

function Build-Module {
    # The new folder takes the old one's place at the end, so that no stale file stays and no half-built module is found.
    $fresh = Join-Path $output '.fresh'
    Remove-Tree $fresh
    $engine = Join-Path $fresh 'engine'
    $null = New-Item -ItemType Directory -Path $engine -Force

    Invoke-Dotnet build (Join-Path $PSScriptRoot 'src/EtlCmdlets') -c $Configuration -v quiet
    Invoke-Dotnet publish (Join-Path $PSScriptRoot 'src/EtlEngine') -c $Configuration -v quiet -o $engine

    Copy-Item (Join-Path $PSScriptRoot 'module/*') $fresh -Recurse
    Copy-Item (Join-Path $PSScriptRoot "src/EtlCmdlets/bin/$Configuration/net10.0/EtlCmdlets.dll") $fresh
    Get-ChildItem $engine -File | Where-Object Extension -In '.pdb', '.xml' | Remove-Item
    Get-ChildItem (Join-Path $engine 'runtimes') -Directory | Where-Object Name -NotIn $platforms | Remove-Item -Recurse
    foreach ($hosts in 'System.Management.Automation.dll', 'System.Diagnostics.DiagnosticSource.dll') {
        if (Test-Path (Join-Path $engine $hosts)) { throw "The engine was published with $hosts, which the host already has." }
    }

    Invoke-Dotnet build (Join-Path $PSScriptRoot 'tools/EtlHelp') -c $Configuration -v quiet
    & dotnet (Join-Path $PSScriptRoot "tools/EtlHelp/bin/$Configuration/net10.0/EtlHelp.dll") (Join-Path $PSScriptRoot 'docs') (Join-Path $fresh 'en-US')

    Remove-Tree $module
    $null = New-Item -ItemType Directory -Path (Split-Path $module) -Force
    Move-Item $fresh $module
    "Built $module"
}

function Build-Shell {
    if (Test-RunningShell (Split-Path $shell)) {
        "EtlShell runs from $(Split-Path $shell): it is tested as it is, not rebuilt."
        return
    }

    Invoke-Dotnet build (Join-Path $PSScriptRoot 'tools/EtlShell') -c $Configuration -v quiet
}

function Build-Others {
    Remove-Tree $others
    Invoke-Dotnet publish (Join-Path $PSScriptRoot 'tests/OtherDrivers') -c $Configuration -v quiet --use-current-runtime --no-self-contained -o (Join-Path $others 'OtherDrivers')
}

function Invoke-Suite {
    # Runs a test program in a process of its own; what it leaves in the file is its result, and no file is a failure.
    param([string] $Name, [string] $Program, [string[]] $Arguments, [string] $File, [scriptblock] $Read)
    Remove-Tree $File
    $env:ETLTOOLS_MODULE = $module
    $env:ETLTOOLS_PACKAGE = $package
    $env:ETLTOOLS_OTHERS = $others
    $start = [Diagnostics.ProcessStartInfo]::new($Program)
    foreach ($argument in $Arguments) { $start.ArgumentList.Add($argument) }
    $process = [Diagnostics.Process]::Start($start)
    $began = [Diagnostics.Stopwatch]::StartNew()
    # Short waits, so that Ctrl+C is heard.
    while (-not $process.WaitForExit(200) -and $began.Elapsed -lt $suiteLimit) { }
    $end = if ($process.HasExited) { "ended with $($process.ExitCode)" } else { "did not end within $suiteLimit" }
    if (-not $process.HasExited) { $process.Kill($true) }
    if (-not (Test-Path $File)) {
        return [pscustomobject]@{ Suite = $Name; Passed = 0; Failed = 1; Skipped = 0; Remark = " ($end and without a result)" }
    }

    $passed, $failed, $skipped = & $Read $File
    $remark = ''
    if ($failed -eq 0 -and $end -ne 'ended with 0') { $failed = 1; $remark = " ($end)" }
    if ($passed + $failed + $skipped -eq 0) { $failed = 1; $remark = ' (no test ran)' }
    [pscustomobject]@{ Suite = $Name; Passed = $passed; Failed = $failed; Skipped = $skipped; Remark = $remark }
}

function Invoke-UnitSuite([string] $Name) {
    $folder = Join-Path $PSScriptRoot 'tests/unit' $Name
    Invoke-Dotnet build $folder -c $Configuration -v quiet
    $file = Join-Path $results "$Name.xml"
    $program = Join-Path $folder "bin/$Configuration/net10.0/$Name$($IsWindows ? '.exe' : '')"
    Invoke-Suite -Name $Name -Program $program -Arguments '-noLogo', '-noColor', '-result-xml', $file -File $file -Read {
        param($File)
        $sums = @{ passed = 0; failed = 0; skipped = 0; errors = 0 }
        foreach ($assembly in ([xml](Get-Content $File -Raw)).SelectNodes('//assembly')) {
            foreach ($name in @($sums.Keys)) { $sums[$name] += [int]$assembly.GetAttribute($name) }
        }

        $sums.passed
        $sums.failed + $sums.errors
        $sums.skipped
    }
}

function Invoke-PesterSuite {
    $file = Join-Path $results 'pester.json'
    $tests = Join-Path $PSScriptRoot 'tests/pester'
    $real = $Host.Name -ne 'EtlShell' -and (Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -eq 5 })
    $run = @{ Program = 'dotnet'; Arguments = $shell, '-Pester', $tests, '-ResultPath', $file }
    if ($real) {
        $script = @"
`$run = Invoke-Pester -Path '$tests' -Output Normal -PassThru
`$failed = `$run.FailedCount + `$run.FailedBlocksCount + `$run.FailedContainersCount
@{ passed = `$run.PassedCount; failed = `$failed; skipped = `$run.SkippedCount } | ConvertTo-Json | Set-Content '$file'
exit `$failed
"@
        $run = @{ Program = [Environment]::ProcessPath; Arguments = '-NoProfile', '-NonInteractive', '-Command', $script }
    }

    Invoke-Suite -Name 'tests/pester' @run -File $file -Read {
        param($File)
        $counts = Get-Content $File -Raw | ConvertFrom-Json
        $counts.passed
        $counts.failed
        $counts.skipped
    }
}

function Invoke-Test {
    New-Package
    Build-Others
    Build-Shell
    Remove-Tree $results
    $null = New-Item -ItemType Directory -Path $results
    $suites = @(
        Get-ChildItem (Join-Path $PSScriptRoot 'tests/unit') -Directory | ForEach-Object { Invoke-UnitSuite $_.Name }
        Invoke-PesterSuite
    )

    ''
    foreach ($suite in $suites) { "$($suite.Suite): $($suite.Passed) passed, $($suite.Failed) failed, $($suite.Skipped) skipped$($suite.Remark)" }
    $passed, $failed, $skipped = foreach ($count in 'Passed', 'Failed', 'Skipped') { ($suites | Measure-Object -Property $count -Sum).Sum }
    "$passed passed, $failed failed, $skipped skipped"
    if ($failed -gt 0) { exit 1 }
}

function New-Package {
    # The package is what the Gallery takes: the module's folder with a nuspec made from its manifest.
    Build-Module
    $text = { param($Value) [Security.SecurityElement]::Escape($Value) }
    $nuspec = Join-Path $output 'EtlTools.nuspec'
    Set-Content $nuspec @"
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
  <metadata>
    <id>EtlTools</id>
    <version>$(& $text $packageVersion)</version>
    <authors>$(& $text $manifest.Author)</authors>
    <description>$(& $text $manifest.Description)</description>
    <copyright>$(& $text $manifest.Copyright)</copyright>
    <license type="expression">MIT</license>
    <projectUrl>$(& $text $gallery.ProjectUri)</projectUrl>
    <icon>EtlTools.png</icon>
    <iconUrl>$(& $text $gallery.IconUri)</iconUrl>
    <readme>README.md</readme>
    <releaseNotes>$(& $text $gallery.ReleaseNotes)</releaseNotes>
    <tags>$(& $text (@('PSModule') + $gallery.Tags -join ' '))</tags>
  </metadata>
  <files>
    <file src="$(& $text $module)/**" target="" />
    <file src="$(& $text $PSScriptRoot)/README.md" target="" />
  </files>
</package>
"@
    # What NuGet warns of is about libraries for compilers, which a module is not.
    & dotnet pack $nuspec -o $output --nologo 2>&1 | Where-Object { "$_" -notlike '*`[Warning`]*' } | Out-Host
    'Packed {0}, {1:0.0} MB' -f $package, ((Get-Item $package).Length / 1e6)
}

function Clear-Build {
    Remove-Tree $output
    foreach ($project in Get-ChildItem $PSScriptRoot -Recurse -File -Filter '*.csproj') {
        foreach ($folder in 'bin', 'obj') {
            $path = Join-Path $project.DirectoryName $folder
            if ($Host.Name -eq 'EtlShell' -and [AppContext]::BaseDirectory.StartsWith($path)) { "Kept $path, from which EtlShell runs." }
            else { Remove-Tree $path }
        }
    }
}

switch ($Task) {
    'Build' { Build-Module }
    'Test' { Invoke-Test }
    'Bench' { & dotnet run -c Release --project (Join-Path $PSScriptRoot 'bench/EtlTools.Bench') -- @Rest }
    'Pack' { New-Package }
    'Clean' { Clear-Build }
    'Format' { & dotnet format (Join-Path $PSScriptRoot 'EtlTools.sln') --verify-no-changes }
    'Quickstart' { Build-Module; & (Join-Path $PSScriptRoot 'examples/quickstart.ps1') }
}
