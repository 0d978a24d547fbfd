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
        $nuspec.tags | Should -Match '\bPSModule\b'
        $nuspec.releaseNotes | Should -Not -BeNullOrEmpty
    }

    It 'has the licence, icon and readme that it names' {
        $nuspec.license.InnerText | Should -Be 'MIT'
        Join-Path $folder $nuspec.icon | Should -Exist
        Join-Path $folder $nuspec.readme | Should -Exist
    }

    It 'names the licence of every library it holds' {
        $notices = Get-Content (Join-Path $folder 'THIRD-PARTY-NOTICES.txt') -Raw
        $libraries = (Get-Content (Join-Path $folder 'engine/EtlEngine.deps.json') -Raw | ConvertFrom-Json -AsHashtable).libraries
        foreach ($name in $libraries.Keys | Where-Object { $libraries[$_].type -eq 'package' }) { $notices | Should -Match "(?m)^$([regex]::Escape($name.Replace('/', ' ')))\r?$" }
        Join-Path $folder 'LICENSE' | Should -Exist
    }

    It 'has documents whose links lead somewhere in it' {
        $documents = @(Get-Item (Join-Path $folder '*.md')) + (Get-ChildItem (Join-Path $folder 'docs') -Recurse -Filter '*.md')
        $documents.Count | Should -BeGreaterThan 20
        $lost = foreach ($document in $documents) {
            foreach ($link in [regex]::Matches((Get-Content $document.FullName -Raw), '\]\(([^)\s]+)\)')) {
                $target = $link.Groups[1].Value -replace '#.*'
                if ($target -and $target -notmatch '^https?:' -and -not (Test-Path (Join-Path $document.DirectoryName $target))) { "$($document.Name): $target" }
            }
        }
        $lost | Should -BeNullOrEmpty
    }

    It 'runs its own quickstart' {
        $output = & (Join-Path $PSHOME 'pwsh') -NoProfile -NonInteractive -File (Join-Path $folder 'examples/quickstart.ps1') -Folder (Join-Path $TestDrive 'quickstart')
        $LASTEXITCODE | Should -Be 0
        $output -join "`n" | Should -Match '7 inserted'
        Join-Path $TestDrive 'quickstart/shop.db' | Should -Exist
    }

    It 'is installed, found by name, used and uninstalled by PSResourceGet' {
        # A user of its own: PSResourceGet keeps repositories and modules below the home directory.
        $user = (New-Item -ItemType Directory (Join-Path $TestDrive 'user')).FullName
        $script = @"
`$ProgressPreference = 'SilentlyContinue'
Register-PSResourceRepository -Name Local -Uri '$(Split-Path $env:ETLTOOLS_PACKAGE)' -Trusted
Install-PSResource EtlTools -Prerelease -Repository Local
(Get-InstalledPSResource EtlTools).Prerelease
Set-Location '$TestDrive'
(Import-EtlCsv ./orders.csv | Export-EtlSqlUpsert -SqlitePath installed.db -Table orders -Key order_id -CreateTable).Loaded
(Get-Module EtlTools).ModuleBase
(Get-Help Import-EtlCsv).Synopsis
Uninstall-PSResource EtlTools -Prerelease -Version '*'
@(Get-Module EtlTools -ListAvailable).Count
"@
        $saved = $env:HOME, $env:XDG_DATA_HOME, $env:XDG_CONFIG_HOME, $env:XDG_CACHE_HOME, $env:PSModulePath
        try {
            $env:HOME = $user
            $env:XDG_DATA_HOME = $env:XDG_CONFIG_HOME = $env:XDG_CACHE_HOME = $env:PSModulePath = $null
            $output = & (Join-Path $PSHOME 'pwsh') -NoProfile -NonInteractive -Command $script 2>&1
        }
        finally { $env:HOME, $env:XDG_DATA_HOME, $env:XDG_CONFIG_HOME, $env:XDG_CACHE_HOME, $env:PSModulePath = $saved }
        $output[0] | Should -Be $manifest.PrivateData.PSData.Prerelease -Because "$output"
        $output[1] | Should -Be 3
        $output[2] | Should -BeLike "$user*"
        $output[3] | Should -Match 'CSV'
        $output[4] | Should -Be 0
    }

    It 'holds what the built module holds, and nothing else' {
        $built = Get-ChildItem $env:ETLTOOLS_MODULE -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($env:ETLTOOLS_MODULE, $_.FullName) }
        $packed = Get-ChildItem $folder -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($folder, $_.FullName) } |
            Where-Object { $_ -notmatch '^(_rels|package)\b|^\[Content_Types\]|^EtlTools\.nuspec$' }
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
        if (-not (Test-Path (Join-Path $precompiled $platform))) {
            Invoke-FreshSession $script | Should -Be '3', 'engine'
            return
        }
        Invoke-FreshSession $script | Should -Be '3', (Join-Path 'engine' 'precompiled' $platform)
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
