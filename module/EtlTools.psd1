@{
    RootModule           = 'EtlCmdlets.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '7fde78c9-ac9e-4464-8e3e-362cb6494e21'
    Author               = 'The EtlTools authors'
    CompanyName          = 'The EtlTools authors'
    Copyright            = '(c) The EtlTools authors. MIT licence.'
    Description          = 'Turns the PowerShell pipeline into a production ETL pipeline: streams CSV, JSON, web services and SQL tables, validates and transforms records on all cores, upserts them idempotently into SQLite, PostgreSQL and SQL Server, and keeps every bad record in a dead letter.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')

    # types.ps1xml is read before the root module is loaded, and names a type adapter that lives in it.
    RequiredAssemblies   = @('EtlCmdlets.dll')
    TypesToProcess       = @('EtlTools.types.ps1xml')
    FormatsToProcess     = @('EtlTools.format.ps1xml')

    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    CmdletsToExport      = @(
        'Complete-EtlPartition'
        'ConvertFrom-EtlCsv'
        'ConvertFrom-EtlJson'
        'Export-EtlDeadLetter'
        'Export-EtlReport'
        'Export-EtlSqlUpsert'
        'Get-EtlBreaker'
        'Get-EtlPartition'
        'Get-EtlRun'
        'Get-EtlTelemetry'
        'Get-EtlWatermark'
        'Import-EtlCsv'
        'Import-EtlDeadLetter'
        'Import-EtlJson'
        'Import-EtlSql'
        'Invoke-EtlApi'
        'Invoke-EtlTransform'
        'Remove-EtlWatermark'
        'Reset-EtlBreaker'
        'Select-EtlPartition'
        'Set-EtlTelemetry'
        'Set-EtlWatermark'
        'Stop-EtlPipeline'
    )

    PrivateData          = @{
        PSData = @{
            Tags         = @('ETL', 'CSV', 'JSON', 'REST', 'API', 'SQL', 'SQLite', 'PostgreSQL', 'SQLServer', 'Upsert', 'Pipeline', 'Data', 'Import', 'BulkLoad', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://opensource.org/license/mit'
            ReleaseNotes = 'See CHANGELOG.md in the module''s folder.'
            Prerelease   = 'preview1'
        }
    }
}
