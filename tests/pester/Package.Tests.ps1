BeforeAll {
    if (-not $env:ETLTOOLS_PACKAGE) { throw 'ETLTOOLS_PACKAGE names no package; run build.ps1 Test.' }
    # As an install from the Gallery leaves it: a folder on the module path, of the package's name and version.
    $modules = Join-Path $TestDrive 'modules'
    $folder = Join-Path $modules 'EtlTools' (Split-Path $env:ETLTOOLS_MODULE -Leaf)
    [IO.Compression.ZipFile]::ExtractToDirectory($env:ETLTOOLS_PACKAGE, $folder)
    Set-Content (Join-Path $TestDrive 'orders.csv') 'order_id,amount', '1,10.5', '2,abc', '3,7'

    function Invoke-FreshSession([string[]] $Script) {
        & (Join-Path $PSHOME 'pwsh') -NoProfile -NonInteractive -Command "`$env:PSModulePath = '$modules$([IO.Path]::PathSeparator)' + `$env:PSModulePath; Set-Location '$TestDrive'; $($Script -join "`n")"
    }
}

Describe 'The package' {
    BeforeAll {
        $nuspec = ([xml](Get-Content (Join-Path $folder 'EtlTools.nuspec') -Raw)).SelectSingleNode('/*/*[local-name()="metadata"]')
        $manifest = Import-PowerShellDataFile (Join-Path $folder 'EtlTools.psd1')
    }

    It 'is smaller than 20 MB with one platform''s precompiled engine' {
        (Get-Item $env:ETLTOOLS_PACKAGE).Length | Should -BeLessThan 20MB
    }

    It 'says of itself what the manifest says' {
        $nuspec.id | Should -Be 'EtlTools'
        $nuspec.version | Should -Be "$($manifest.ModuleVersion)-$($manifest.PrivateData.PSData.Prerelease)".TrimEnd('-')
        $nuspec.description | Should -Be $manifest.Description
        $nuspec.projectUrl | Should -Be $manifest.PrivateData.PSData.ProjectUri
        $nuspec.tags | Should -Match '\bPSModule\b'
        $nuspec.releaseNotes | Should -Not -BeNullOrEmpty
    }

    It 'has the licence, icon and readme that it names' {
        $nuspec.license.InnerText | Should -Be 'MIT'
        Join-Path $folder $nuspec.icon | Should -Exist
        Join-Path $folder $nuspec.readme | Should -Exist
    }

    It 'holds what the built module holds, and nothing else' {
        $built = Get-ChildItem $env:ETLTOOLS_MODULE -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($env:ETLTOOLS_MODULE, $_.FullName) }
        $packed = Get-ChildItem $folder -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($folder, $_.FullName) } |
            Where-Object { $_ -notmatch '^(_rels|package)\b|^\[Content_Types\]|^EtlTools\.nuspec$|^README\.md$' }
        $packed | Sort-Object | Should -Be ($built | Sort-Object)
    }

    It 'does the main job in a session that finds it by name' {
        $output = Invoke-FreshSession @'
$result = Import-EtlCsv ./orders.csv -Type @{ amount = 'decimal' } |
    Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=shop.db' -Table orders -Key order_id -CreateTable -DeadLetterPath dead.jsonl
"$((Get-Module EtlTools).ModuleBase)|$($result.Loaded)|$($result.DeadLettered)"
'@
        $output | Should -Be "$folder|2|1"
    }

    It 'uses its own drivers beside a module that has brought older ones' {
        if (-not $env:ETLTOOLS_OTHERS) { throw 'ETLTOOLS_OTHERS names no folder of modules; run build.ps1 Test.' }
        $output = Invoke-FreshSession @"
`$env:PSModulePath = '$env:ETLTOOLS_OTHERS$([IO.Path]::PathSeparator)' + `$env:PSModulePath
Import-Module OtherDrivers
Import-Module EtlTools
"@, @'
(Import-EtlCsv ./orders.csv | Export-EtlSqlUpsert -SqlitePath beside.db -Table orders -Key order_id -CreateTable).Loaded
foreach ($connection in 'Host=127.0.0.1;Port=1;Username=etl;Password=x', 'Data Source=127.0.0.1,1;Initial Catalog=shop;User ID=etl;Password=x') {
    try { Import-EtlCsv ./orders.csv | Export-EtlSqlUpsert -ConnectionString $connection -Table orders -Key order_id -OutageBudgetSec 0 }
    catch { $_.FullyQualifiedErrorId }
}

foreach ($name in 'Npgsql', 'Microsoft.Data.SqlClient') {
    foreach ($assembly in [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq $name }) {
        "$name $([Runtime.Loader.AssemblyLoadContext]::GetLoadContext($assembly).Name) $([Diagnostics.FileVersionInfo]::GetVersionInfo($assembly.Location).ProductVersion -replace '\+.*')"
    }
}
'@
        $output[0..2] | Should -Be '3', 'TargetUnavailable,EtlTools.Cmdlets.ExportEtlSqlUpsertCommand', 'TargetUnavailable,EtlTools.Cmdlets.ExportEtlSqlUpsertCommand'
        foreach ($driver in 'Npgsql', 'Microsoft.Data.SqlClient') {
            $older = $output | Where-Object { $_ -like "$driver Default *" }
            $own = $output | Where-Object { $_ -like "$driver EtlTools *" }
            # One of each: what the module does with its own never touches the other.
            @($older).Count, @($own).Count | Should -Be 1, 1
            [version](-split $older)[2] | Should -BeLessThan ([version](-split $own)[2])
        }
    }

    It 'uses what is compiled ahead of time for its platform, and works without it' {
        $script = @'
$result = Import-EtlCsv ./orders.csv | Export-EtlSqlUpsert -SqlitePath fast.db -Table orders -Key order_id -CreateTable
"$($result.Loaded)"
[AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -in 'EtlEngine', 'Sylvan.Data.Csv', 'Polly.Core', 'Microsoft.Data.Sqlite' } |
    ForEach-Object { [IO.Path]::GetRelativePath((Get-Module EtlTools).ModuleBase, $_.Location) } | Split-Path | Sort-Object -Unique
'@
        $platform = [Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier
        $precompiled = Join-Path $folder 'engine/precompiled'
        $expected = (Test-Path (Join-Path $precompiled $platform)) ? (Join-Path 'engine' 'precompiled' $platform) : 'engine'
        Invoke-FreshSession $script | Should -Be '3', $expected
        Rename-Item $precompiled 'elsewhere'
        try { Invoke-FreshSession $script | Should -Be '3', 'engine' }
        finally { Rename-Item (Join-Path $folder 'engine/elsewhere') 'precompiled' }
    }

    It 'loads nothing heavy before it is used' {
        $loaded = Invoke-FreshSession @'
Import-Module EtlTools
[AppDomain]::CurrentDomain.GetAssemblies() | ForEach-Object { $_.GetName().Name } | Where-Object { $_ -match 'Etl|Sqlite|Npgsql|SqlClient|Polly|OpenTelemetry|Sylvan' }
'@
        $loaded | Should -Be 'EtlCmdlets'
    }
}
