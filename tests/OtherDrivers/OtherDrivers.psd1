@{
    ModuleVersion      = '1.0.0'
    GUID               = '0c0f2f5e-6d59-4b8e-9a43-6a9b3f7c9f0e'
    RequiredAssemblies = @('Microsoft.Data.SqlClient.dll', 'Npgsql.dll')
    FunctionsToExport  = @()
    CmdletsToExport    = @()
    AliasesToExport    = @()
}
