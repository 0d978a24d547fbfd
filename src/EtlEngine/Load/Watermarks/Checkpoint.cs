using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>The position of the input when every record up to it is loaded.</summary>
/// <param name="Position">The position; no later record has it.</param>
/// <param name="Record">The record there, which knows what comes before it.</param>
/// <param name="Value">The largest value of the watched column up to there; null without one.</param>
internal sealed record Checkpoint(SourcePosition Position, Record Record, WatermarkValue? Value)
{
    /// <summary>Whether both belong to the same source, on any page.</summary>
    public bool IsOfSource(Checkpoint other) => Position.Source.IsSameAs(other.Position.Source);
}
