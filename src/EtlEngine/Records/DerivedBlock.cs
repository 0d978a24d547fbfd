using EtlTools.Engine.DeadLetters;

namespace EtlTools.Engine.Records;

/// <summary>The rows of another block, of which something else is known.</summary>
internal abstract class DerivedBlock(RecordBlock rows) : RecordBlock
{
    protected RecordBlock Rows => rows;

    public override object? GetValue(int row, int column) => rows.GetValue(row, column);

    public override bool TryGetUtf8(int row, int column, out ReadOnlySpan<byte> utf8) => rows.TryGetUtf8(row, column, out utf8);

    public override int RowWeight => rows.RowWeight;

    public override SourcePosition GetPosition(int row) => rows.GetPosition(row);

    public override string GetId(int row) => rows.GetId(row);

    public override uint GetHash(int row) => rows.GetHash(row);

    public override SourceCheck? GetCheck(int row) => rows.GetCheck(row);

    public override bool IsLastAtPosition(int row) => rows.IsLastAtPosition(row);

    public override bool IsUnfinished(int row) => rows.IsUnfinished(row);

    public override DeadLetter? GetDeadLetter(int row) => rows.GetDeadLetter(row);
}
