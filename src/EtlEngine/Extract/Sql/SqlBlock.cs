using System.Buffers;
using System.Text.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>Rows of a query before they become records.</summary>
internal sealed class SqlChunk(SqlBlock block) : StageChunk
{
    public SqlBlock Block => block;

    /// <inheritdoc/>
    public override int Count => block.Count;
}

/// <summary>Rows of a query.</summary>
/// <param name="schema">The columns.</param>
/// <param name="source">The query or table.</param>
/// <param name="isKeyed">Whether each row has the values of watermark columns, which are its position in the source.</param>
/// <param name="size">The largest number of rows.</param>
internal sealed class SqlBlock(Schema schema, SourceInfo source, bool isKeyed, int size) : RecordBlock
{
    private readonly List<SqlRow> _rows = new(size);
    private bool _isEnded;

    public Schema Schema => schema;

    public int Count => _rows.Count;

    /// <summary>The bytes of the texts and byte arrays in its rows.</summary>
    public long Bytes { get; private set; }

    /// <summary>The fault of a row, or null.</summary>
    public SqlFault? FaultOf(int row) => _rows[row].Fault;

    public void Add(in SqlRow row)
    {
        _rows.Add(row);
        Bytes += RecordWeight.BytesOf(row.Values);
    }

    /// <inheritdoc/>
    public override int RowWeight => RecordWeight.OfBytes(Bytes / Count);

    /// <inheritdoc/>
    public override object? GetValue(int row, int column) => _rows[row].Values[column];

    /// <summary>A row behind the block shows whether further rows stand at the position of its last one. The block may have been passed on
    /// already.</summary>
    public void EndBefore(in SqlRow next)
    {
        if (next.Number != _rows[^1].Number)
            End();
    }

    /// <summary>No further row stands at the position of the last one.</summary>
    public void End() => Volatile.Write(ref _isEnded, true);

    /// <inheritdoc/>
    public override bool IsLastAtPosition(int row) =>
        row + 1 < Count ? _rows[row + 1].Number != _rows[row].Number : Volatile.Read(ref _isEnded);

    /// <inheritdoc/>
    public override SourcePosition GetPosition(int row)
    {
        SqlRow place = _rows[row];
        return new SourcePosition(
            isKeyed && place.Keys is { } keys ? source with { Cursor = KeysetCursor.Write(keys), IsUnordered = place.IsUnordered } : source, 0, 0, place.Number);
    }

    /// <summary>The hash of its values.</summary>
    public override uint GetHash(int row)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonText.WriterOptions))
            JsonText.Write(json, _rows[row].Values);
        return SourceCheck.HashOf(buffer.WrittenSpan);
    }
}

/// <summary>One row.</summary>
/// <param name="Values">The values of the columns.</param>
/// <param name="Number">Its number in the source, from 1; rows with the same watermark columns have the number of the first one.</param>
/// <param name="Keys">The values of the watermark columns; for a row that has a null in them, those after which reading started; null if there
/// are no such columns.</param>
/// <param name="Fault">Why it fails, or null.</param>
/// <param name="IsUnordered">Whether it has a null in a watermark column, and so no place in the order.</param>
internal readonly record struct SqlRow(object?[] Values, long Number, object[]? Keys, SqlFault? Fault, bool IsUnordered = false);

/// <summary>Why a row fails.</summary>
/// <param name="Code">One of <see cref="ErrorCodes"/>.</param>
/// <param name="Message">What is wrong; no value.</param>
/// <param name="Column">The column.</param>
internal sealed record SqlFault(string Code, string Message, string Column)
{
    /// <summary>The columns whose values could not be read.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];
}
