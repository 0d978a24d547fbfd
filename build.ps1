<#
.SYNOPSIS
Builds, tests, measures and packs the module; the same tasks at a desk and in CI.
.DESCRIPTION
Runs in PowerShell 7.6 or later. Where none is installed, the .NET SDK brings it: dotnet tool exec powershell -y -- ./build.ps1 Test
.PARAMETER Suite
The suites that Test runs, all by default: a folder of tests/unit, or pester. Wildcards are allowed.
.PARAMETER Filter
The tests that Test runs, by a part of their full name or by a wildcard pattern for it: namespace, class and method of a unit test,
Describe and It of a Pester test. NAME.Tests.ps1 runs that file of Pester tests.
.PARAMETER NoPostgres
Test skips what needs a PostgreSQL server.
.PARAMETER PesterVersion
The version of Pester that Test restores and uses.
.EXAMPLE
./build.ps1 Test -Suite EtlEngine.Tests -Filter CsvShapeTests

Runs one class of unit tests.
.EXAMPLE
./build.ps1 Test -Suite pester -Filter Help.Tests.ps1

Runs one file of Pester tests.
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Bench', 'Pack', 'Clean', 'Format', 'Quickstart')]
    [string] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    [string[]] $Suite = '*',

    [string] $Filter,

    [switch] $NoPostgres,

    [version] $PesterVersion,

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
$exe = $IsWindows ? '.exe' : ''
# PowerShell itself: a signal to the tool's launcher does not reach it.
$pwsh = Join-Path $PSHOME "pwsh$exe"
$suiteLimit = [timespan]::FromMinutes(20)
# The two last hold what is managed and differs: the SQL Server driver.
$platforms = 'win-x64', 'win-arm64', 'linux-x64', 'linux-arm64', 'linux-musl-x64', 'linux-musl-arm64', 'osx-x64', 'osx-arm64', 'win', 'unix'
# Where a package has the engine compiled ahead of time; elsewhere the runtime compiles it.
$precompiledPlatforms = 'win-x64', 'linux-x64', 'linux-arm64', 'osx-arm64'

# Programs that bring no runtime look here for the one that runs this script.
if (-not $env:DOTNET_ROOT -and (Split-Path ([Environment]::ProcessPath) -LeafBase) -eq 'dotnet') { $env:DOTNET_ROOT = Split-Path ([Environment]::ProcessPath) }

function Invoke-Dotnet {
    & dotnet @args --nologo | Out-Host
}

function Write-Step([string] $Step) {
    "$Step ..." | Out-Host
}

function Remove-Tree([string] $Path) {
    if (Test-Path -LiteralPath $Path) { Remove-Item -LiteralPath $Path -Recurse -Force }
}

function Build-Module([string[]] $Precompile = [Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier) {
    # The new folder takes the old one's place at the end, so that no stale file stays and no half-built module is found.
    $fresh = Join-Path $output '.fresh'
    Remove-Tree $fresh
    $engine = Join-Path $fresh 'engine'
    $null = New-Item -ItemType Directory -Path $engine -Force

    Write-Step 'Compiling the commands'
    Invoke-Dotnet build (Join-Path $PSScriptRoot 'src/EtlCmdlets') -c $Configuration -v quiet
    Write-Step 'Compiling the engine'
    Invoke-Dotnet publish (Join-Path $PSScriptRoot 'src/EtlEngine') -c $Configuration -v quiet -o $engine

    foreach ($platform in $Precompile | Where-Object { $_ -in $precompiledPlatforms }) {
        Write-Step "Compiling the engine ahead of time for $platform"
        Invoke-Dotnet publish (Join-Path $PSScriptRoot 'tools/Precompiled') -c $Configuration -v quiet -r $platform -o (Join-Path $engine 'precompiled' $platform)
    }

    Copy-Item (Join-Path $PSScriptRoot 'module/*') $fresh -Recurse
    Copy-Item (Join-Path $PSScriptRoot "src/EtlCmdlets/bin/$Configuration/net10.0/EtlCmdlets.dll") $fresh
    foreach ($document in 'README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'CONTRIBUTING.md', 'docs', 'examples') {
        Copy-Item (Join-Path $PSScriptRoot $document) $fresh -Recurse
    }
    $packages = (& dotnet nuget locals global-packages --list) -replace '^global-packages:\s*'
    & (Join-Path $PSScriptRoot 'eng/notices.ps1') (Join-Path $engine 'EtlEngine.deps.json') $packages | Set-Content (Join-Path $fresh 'THIRD-PARTY-NOTICES.txt')
    Get-ChildItem $engine -File | Where-Object Extension -In '.pdb', '.xml' | Remove-Item
    Get-ChildItem (Join-Path $engine 'runtimes') -Directory | Where-Object Name -NotIn $platforms | Remove-Item -Recurse
    foreach ($hosts in 'System.Management.Automation.dll', 'System.Diagnostics.DiagnosticSource.dll') {
        if (Test-Path (Join-Path $engine $hosts)) { throw "The engine was published with $hosts, which the host already has." }
    }

    Write-Step 'Making the help'
    Invoke-Dotnet build (Join-Path $PSScriptRoot 'tools/EtlHelp') -c $Configuration -v quiet
    & dotnet (Join-Path $PSScriptRoot "tools/EtlHelp/bin/$Configuration/net10.0/EtlHelp.dll") (Join-Path $PSScriptRoot 'docs') (Join-Path $fresh 'en-US')

    Remove-Tree $module
    $null = New-Item -ItemType Directory -Path (Split-Path $module) -Force
    Move-Item $fresh $module
    "Built $module"
}

function Build-Others {
    Remove-Tree $others
    Invoke-Dotnet publish (Join-Path $PSScriptRoot 'tests/OtherDrivers') -c $Configuration -v quiet --use-current-runtime --no-self-contained -o (Join-Path $others 'OtherDrivers')
}

function Invoke-Suite {
    # Runs a test program in a process of its own; what it leaves in the file is its result, and no file is a failure.
    param([string] $Name, [string] $Program, [string[]] $Arguments, [string] $File, [scriptblock] $Read)
    Remove-Tree $File
    $start = [Diagnostics.ProcessStartInfo]::new($Program)
    foreach ($argument in $Arguments) { $start.ArgumentList.Add($argument) }
    $process = [Diagnostics.Process]::Start($start)
    $began = [Diagnostics.Stopwatch]::StartNew()
    # Short waits, so that Ctrl+C is heard.
    while (-not $process.WaitForExit(200) -and $began.Elapsed -lt $suiteLimit) { }
    $end = if ($process.HasExited) { "ended with $($process.ExitCode)" } else { "did not end within $suiteLimit" }
    if (-not $process.HasExited) { $process.Kill($true) }
    if (-not (Test-Path $File)) {
        return [pscustomobject]@{ Suite = $Name; Passed = 0; Failed = 1; Skipped = 0; Remark = " ($end and without a result)"; Seconds = $began.Elapsed.TotalSeconds }
    }

    $passed, $failed, $skipped = & $Read $File
    $remark = ''
    if ($failed -eq 0 -and $end -ne 'ended with 0') { $failed = 1; $remark = " ($end)" }
    if ($passed + $failed + $skipped -eq 0 -and -not $Filter) { $failed = 1; $remark = ' (no test ran)' }
    [pscustomobject]@{ Suite = $Name; Passed = $passed; Failed = $failed; Skipped = $skipped; Remark = $remark; Seconds = $began.Elapsed.TotalSeconds }
}

function Invoke-UnitSuite([string] $Name) {
    $folder = Join-Path $PSScriptRoot 'tests/unit' $Name
    Invoke-Dotnet build $folder -c $Configuration -v quiet
    $file = Join-Path $results "$Name.xml"
    $program = Join-Path $folder "bin/$Configuration/net10.0/$Name$exe"
    $arguments = '-noLogo', '-noColor', '-result-xml', $file
    if ($Filter) { $arguments += '-method', ($Filter.Contains('*') ? $Filter : "*$Filter*") }
    Invoke-Suite -Name $Name -Program $program -Arguments $arguments -File $file -Read {
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
    # The package's Pester, never the one that happens to be installed.
    $project = Join-Path $PSScriptRoot 'tests/pester/Pester.csproj'
    $wanted = @(if ($PesterVersion) { "-p:PesterVersion=$PesterVersion" })
    Invoke-Dotnet restore $project -v quiet @wanted
    $pester = & dotnet msbuild $project -nologo -getProperty:PesterManifest @wanted
    $file = Join-Path $results 'pester.json'
    $arguments = '-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot 'tests/pester/Invoke-Tests.ps1'), '-Pester', $pester, '-ResultPath', $file
    if ($Filter) { $arguments += '-Filter', $Filter }
    if ($NoPostgres) { $arguments += '-ExcludeTag', 'PostgreSQL' }
    Invoke-Suite -Name 'pester' -Program $pwsh -Arguments $arguments -File $file -Read {
        param($File)
        $counts = Get-Content $File -Raw | ConvertFrom-Json
        $counts.passed
        $counts.failed
        $counts.skipped
    }
}

function Invoke-Test {
    $names = @(Get-ChildItem (Join-Path $PSScriptRoot 'tests/unit') -Directory | ForEach-Object Name) + 'pester'
    $Suite = $Suite -split ','
    foreach ($pattern in $Suite) { if (-not ($names -like $pattern)) { throw "There is no suite '$pattern'. The suites are $($names -join ', ')." } }
    $names = @($names | Where-Object { foreach ($pattern in $Suite) { if ($_ -like $pattern) { $true; break } } })

    New-Package
    Build-Others
    Remove-Tree $results
    $null = New-Item -ItemType Directory -Path $results
    # What the tests need to know, in their processes.
    $env:ETLTOOLS_MODULE = $module
    $env:ETLTOOLS_PACKAGE = $package
    $env:ETLTOOLS_OTHERS = $others
    $env:ETLTOOLS_PWSH = $pwsh
    $env:ETLTOOLS_TEST_POSTGRES = $NoPostgres ? 'none' : ''
    $suites = foreach ($name in $names) { if ($name -eq 'pester') { Invoke-PesterSuite } else { Invoke-UnitSuite $name } }

    ''
    foreach ($one in $suites) { '{0}: {1} passed, {2} failed, {3} skipped in {4:0} s{5}' -f $one.Suite, $one.Passed, $one.Failed, $one.Skipped, $one.Seconds, $one.Remark }
    $passed, $failed, $skipped = foreach ($count in 'Passed', 'Failed', 'Skipped') { ($suites | Measure-Object -Property $count -Sum).Sum }
    if ($passed + $failed + $skipped -eq 0) { throw "No test matches '$Filter'." }
    "$passed passed, $failed failed, $skipped skipped"
    if ($failed -gt 0) { exit 1 }
}

function New-Package([string[]] $Precompile = [Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier) {
    # The package is what the Gallery takes: the module's folder with a nuspec made from its manifest.
    Build-Module $Precompile
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
    <icon>EtlTools.png</icon>
    <readme>README.md</readme>
    <releaseNotes>$(& $text $gallery.ReleaseNotes)</releaseNotes>
    <tags>$(& $text (@('PSModule') + $gallery.Tags -join ' '))</tags>
  </metadata>
  <files>
    <file src="$(& $text $module)/**" target="" />
  </files>
</package>
"@
    Write-Step 'Packing'
    # What NuGet warns of is about libraries for compilers, which a module is not.
    & dotnet pack $nuspec -o $output --nologo 2>&1 | Where-Object { "$_" -notlike '*`[Warning`]*' } | Out-Host
    'Packed {0}, {1:0.0} MB' -f $package, ((Get-Item $package).Length / 1e6)
}

function Clear-Build {
    Remove-Tree $output
    foreach ($project in Get-ChildItem $PSScriptRoot -Recurse -File -Filter '*.csproj') {
        foreach ($folder in 'bin', 'obj') { Remove-Tree (Join-Path $project.DirectoryName $folder) }
    }
}

switch ($Task) {
    'Build' { Build-Module }
    'Test' { Invoke-Test }
    'Bench' { $env:ETLTOOLS_PWSH = $pwsh; & dotnet run -c Release --project (Join-Path $PSScriptRoot 'bench/EtlTools.Bench') -- @Rest }
    'Pack' { New-Package $precompiledPlatforms }
    'Clean' { Clear-Build }
    'Format' { & dotnet format (Join-Path $PSScriptRoot 'EtlTools.sln') --verify-no-changes }
    'Quickstart' { Build-Module; & (Join-Path $PSScriptRoot 'examples/quickstart.ps1') }
}
