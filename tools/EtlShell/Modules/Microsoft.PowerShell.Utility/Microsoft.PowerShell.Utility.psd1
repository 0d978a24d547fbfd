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
        'Add-Member'
        'Compare-Object'
        'ConvertFrom-Csv', 'ConvertFrom-Json'
        'ConvertTo-Csv', 'ConvertTo-Json'
        'Export-Csv'
        'Format-List', 'Format-Table'
        'Get-Date', 'Get-Member', 'Get-Random', 'Get-Variable'
        'Group-Object'
        'Import-Csv', 'Import-PowerShellDataFile'
        'Invoke-Expression'
        'Measure-Command', 'Measure-Object'
        'New-Guid', 'New-Object', 'New-TemporaryFile', 'New-Variable'
        'Out-File', 'Out-String'
        'Remove-Variable'
        'Select-Object'
        'Set-Variable'
        'Sort-Object'
        'Start-Sleep'
        'Tee-Object'
        'Write-Debug', 'Write-Error', 'Write-Host', 'Write-Information', 'Write-Output', 'Write-Progress', 'Write-Verbose', 'Write-Warning'
    )
}
