using EtlTools.Engine.DeadLetters;

namespace EtlTools.Engine.Records;

/// <summary>The rows of another block with other columns, so that values that only move stay unread.</summary>
internal sealed class ColumnBlock(RecordBlock rows, ColumnMap map) : RecordBlock
{
    public ColumnMap Map => map;

    public override object? GetValue(int row, int column) => rows.GetValue(row, map.SourceOf(column));

    public override bool TryGetUtf8(int row, int column, out ReadOnlySpan<byte> utf8) => rows.TryGetUtf8(row, map.SourceOf(column), out utf8);

    public override int RowWeight => rows.RowWeight;

    public override SourcePosition GetPosition(int row) => rows.GetPosition(row);

    public override string GetId(int row) => rows.GetId(row);

    public override uint GetHash(int row) => rows.GetHash(row);

    public override SourceCheck? GetCheck(int row) => rows.GetCheck(row);

    public override bool IsLastAtPosition(int row) => rows.IsLastAtPosition(row);

    public override bool IsUnfinished(int row) => rows.IsUnfinished(row);

    public override DeadLetter? GetDeadLetter(int row) => rows.GetDeadLetter(row);
}
