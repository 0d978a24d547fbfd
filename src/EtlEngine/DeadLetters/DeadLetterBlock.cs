using EtlTools.Engine.Records;

namespace EtlTools.Engine.DeadLetters;

/// <summary>The lineage of a record that was read back: its original position and its letter.</summary>
internal sealed class DeadLetterBlock(SourcePosition position, string? id, DeadLetter? letter) : RecordBlock
{
    public override object? GetValue(int row, int column) => null;

    public override SourcePosition GetPosition(int row) => position;

    public override string GetId(int row) => id ?? position.ToString();

    public override DeadLetter? GetDeadLetter(int row) => letter;
}
