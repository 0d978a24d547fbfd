using EtlTools.Engine.Records;

namespace EtlTools.Engine.DeadLetters;

/// <summary>The lineage of one record that was read back: where it first came from, and the letter that it was.</summary>
internal sealed class DeadLetterBlock(SourcePosition position, string? id, DeadLetter? letter) : RecordBlock
{
    public override object? GetValue(int row, int column) => null;

    public override SourcePosition GetPosition(int row) => position;

    public override string GetId(int row) => id ?? position.ToString();

    public override DeadLetter? GetDeadLetter(int row) => letter;
}
