BeforeAll {
    $folder = $env:ETLTOOLS_MODULE
    if (-not $folder) { throw 'ETLTOOLS_MODULE names no built module; run build.ps1 Test.' }
    $manifest = Join-Path $folder 'EtlTools.psd1'
    $files = Get-ChildItem $folder -Recurse -File | ForEach-Object Name
}

Describe 'The built module' {
    It 'has EtlCmdlets.dll alone in its root' {
        Get-ChildItem $folder -File -Filter '*.dll' | ForEach-Object Name | Should -Be 'EtlCmdlets.dll'
    }

    It 'has its engine in a folder of its own' {
        Join-Path $folder 'engine/EtlEngine.dll' | Should -Exist
        Join-Path $folder 'engine/EtlEngine.deps.json' | Should -Exist
    }

    It 'holds no <_>' -ForEach 'System.Management.Automation.dll', 'System.Diagnostics.DiagnosticSource.dll' {
        $files | Should -Not -Contain $_
    }

    It 'holds no symbols' {
        $files | Where-Object { $_ -like '*.pdb' } | Should -BeNullOrEmpty
    }

    It 'has what depends on the platform for eight of them, and no other' {
        $platforms = Get-ChildItem (Join-Path $folder 'engine/runtimes') -Directory | ForEach-Object Name | Sort-Object
        $platforms | Should -Be 'linux-arm64', 'linux-musl-arm64', 'linux-musl-x64', 'linux-x64', 'osx-arm64', 'osx-x64', 'unix', 'win', 'win-arm64', 'win-x64'
    }

    It 'has the hot path compiled ahead of time, each assembly beside its portable one' {
        $compiled = @(Get-ChildItem (Join-Path $folder 'engine/precompiled/*/*.dll'))
        $compiled | Where-Object Name -EQ 'EtlEngine.dll' | Should -Not -BeNullOrEmpty
        foreach ($assembly in $compiled) { Join-Path $folder 'engine' $assembly.Name | Should -Exist }
    }

    It 'has a manifest of the folder''s version' {
        (Test-ModuleManifest $manifest).Version | Should -Be (Split-Path $folder -Leaf)
    }

    It 'lists its commands one by one' {
        $data = Import-PowerShellDataFile $manifest
        $data.CmdletsToExport | Should -Not -BeNullOrEmpty
        $data.CmdletsToExport | Where-Object { $_ -match '\*' } | Should -BeNullOrEmpty
        $data.AliasesToExport | Should -BeNullOrEmpty
        $data.FunctionsToExport | Should -BeNullOrEmpty
    }

    It 'exports the commands that it lists' {
        $module = Import-Module $manifest -PassThru
        $listed = (Import-PowerShellDataFile $manifest).CmdletsToExport | Sort-Object
        $module.ExportedCmdlets.Keys | Sort-Object | Should -Be $listed
    }
}
