using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>How far the input is loaded when every record up to and including a position is.</summary>
/// <param name="Position">The position: no later record has it.</param>
/// <param name="Record">The record there, which knows what stands before it.</param>
/// <param name="Value">The largest value of the watched column up to there; null without one.</param>
internal sealed record Checkpoint(SourcePosition Position, Record Record, WatermarkValue? Value)
{
    /// <summary>Whether both are of one source, whichever page of it.</summary>
    public bool IsOfSource(Checkpoint other) => Position.Source.IsSameAs(other.Position.Source);
}
