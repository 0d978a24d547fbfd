@{
    ModuleVersion     = '7.0.0.0'
    GUID              = 'd9c4b9d4-5d7a-4d0b-9a51-3c1a2d6e8f27'
    Author            = 'The EtlTools authors'
    Description       = 'The few Management commands that this project''s scripts need, for EtlShell.'
    PowerShellVersion = '7.6'
    NestedModules     = '../../EtlShell.dll'
    FunctionsToExport = @()
    AliasesToExport   = @()
    CmdletsToExport   = @(
        'Add-Content'
        'Clear-Content'
        'Convert-Path'
        'Copy-Item'
        'Get-ChildItem', 'Get-Content', 'Get-Item', 'Get-Location', 'Get-Process'
        'Join-Path'
        'Move-Item'
        'New-Item'
        'Pop-Location'
        'Push-Location'
        'Remove-Item'
        'Rename-Item'
        'Resolve-Path'
        'Set-Content', 'Set-Location'
        'Split-Path'
        'Test-Path'
    )
}
