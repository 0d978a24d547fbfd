namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the commands in which records fail.</summary>
internal sealed class StageCompleter()
    : NameCompleter(["ConvertFrom-EtlCsv", "ConvertFrom-EtlJson", "Export-EtlDeadLetter", "Export-EtlSqlUpsert", "Import-EtlCsv", "Import-EtlDeadLetter", "Import-EtlJson", "Import-EtlSql", "Invoke-EtlApi", "Invoke-EtlTransform"]);
