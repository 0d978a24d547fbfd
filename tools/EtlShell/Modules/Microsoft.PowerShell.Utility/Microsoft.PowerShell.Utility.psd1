@{
    ModuleVersion     = '7.0.0.0'
    GUID              = '7c5e9d2a-7a0d-4a0c-8f3f-5a0f4a1b9e51'
    Author            = 'The EtlTools authors'
    Description       = 'The few Utility commands that this project''s scripts need, for EtlShell.'
    PowerShellVersion = '7.6'
    NestedModules     = '../../EtlShell.dll'
    FunctionsToExport = @()
    AliasesToExport   = @()
    CmdletsToExport   = @(
        'Format-List', 'Format-Table'
        'Out-File', 'Out-String'
        'Select-Object', 'Sort-Object', 'Tee-Object'
        'Write-Debug', 'Write-Error', 'Write-Host', 'Write-Information', 'Write-Output', 'Write-Progress', 'Write-Verbose', 'Write-Warning'
    )
}
