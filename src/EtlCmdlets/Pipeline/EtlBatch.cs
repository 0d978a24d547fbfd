using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// Finished records on their way to the Etl command right behind: PowerShell binds each object that it passes on to a parameter, which costs
/// more than most stages do with a record. It never reaches another command, and is empty again when it comes back.
/// </summary>
internal sealed class EtlBatch
{
    public List<Record> Records { get; } = [];
}
