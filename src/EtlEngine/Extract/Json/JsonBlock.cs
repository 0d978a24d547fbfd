using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>The items of one chunk: their bytes, and the positions of their values. Values are created at their first use.</summary>
internal sealed class JsonBlock(byte[] bytes, JsonCell[] cells, JsonRow[] rows, SourceInfo source, long firstRow) : RecordBlock
{
    public override object? GetValue(int row, int column)
    {
        JsonCell cell = CellAt(row, column);
        int start = rows[row].Start + cell.Start;
        ReadOnlySpan<byte> utf8 = bytes.AsSpan(start, cell.Length);
        return cell.Kind switch
        {
            JsonCellKind.Null => null,
            JsonCellKind.False => false,
            JsonCellKind.True => true,
            JsonCellKind.Number => JsonNumber.Read(utf8),
            JsonCellKind.Text => Encoding.UTF8.GetString(utf8),
            JsonCellKind.EscapedText => Unescape(bytes.AsSpan(start - 1, cell.Length + 2)),
            _ => new JsonValue(bytes.AsMemory(start, cell.Length)),
        };
    }

    public override bool TryGetUtf8(int row, int column, out ReadOnlySpan<byte> utf8)
    {
        JsonCell cell = CellAt(row, column);
        utf8 = bytes.AsSpan(rows[row].Start + cell.Start, cell.Length);
        return cell.Kind == JsonCellKind.Text;
    }

    public override int RowWeight { get; } = RecordWeight.OfBytes(bytes.Length / rows.Length);

    public override SourcePosition GetPosition(int row) => new(source, rows[row].Line, rows[row].Offset, firstRow + row);

    public override uint GetHash(int row) => JsonRow.HashOf(rows[row], bytes);

    public override SourceCheck? GetCheck(int row)
    {
        var check = new SourceCheck(rows[0].Offset, rows[0].Line, 0);
        for (int i = 0; i <= row; i++)
            check = check.With(GetHash(i));
        return check;
    }

    public override bool IsUnfinished(int row) => rows[row].IsUnfinished;

    private static string? Unescape(ReadOnlySpan<byte> quoted)
    {
        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        return JsonString.Read(ref reader);
    }

    private JsonCell CellAt(int row, int column) => cells[rows[row].FirstCell + column];
}
