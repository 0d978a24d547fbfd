namespace EtlTools.Engine.Records;

/// <summary>The rows of another block with other columns, so that values that only move stay unread.</summary>
internal sealed class ColumnBlock(RecordBlock rows, ColumnMap map) : DerivedBlock(rows)
{
    public ColumnMap Map => map;

    public override object? GetValue(int row, int column) => Rows.GetValue(row, map.SourceOf(column));

    public override bool TryGetUtf8(int row, int column, out ReadOnlySpan<byte> utf8) => Rows.TryGetUtf8(row, map.SourceOf(column), out utf8);
}
