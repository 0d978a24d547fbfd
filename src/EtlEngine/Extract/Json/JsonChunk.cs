using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>Some items on their way through the pool.</summary>
internal sealed class JsonChunk : FileChunk
{
    internal JsonChunk(SourceInfo source, byte[] bytes, JsonRow[] rows, JsonCell[]? cells)
    {
        Source = source;
        Bytes = bytes;
        Rows = rows;
        Cells = cells;
    }

    /// <inheritdoc/>
    public override int Count => Rows.Length;

    internal byte[] Bytes { get; }

    internal JsonRow[] Rows { get; }

    /// <summary>The positions of the values; null if they are not known yet.</summary>
    internal JsonCell[]? Cells { get; }

    internal SourceInfo Source { get; }

    /// <summary>Whether the bytes were converted to UTF-8 from another encoding.</summary>
    internal bool IsTranscoded { get; set; }

    /// <summary>The number of the first item in its source, from 1.</summary>
    internal long FirstRow { get; set; }

    /// <summary>The bytes of an item.</summary>
    internal ReadOnlySpan<byte> Item(int index) => Bytes.AsSpan(Rows[index].Start, Rows[index].Length);

    /// <summary>The chunk without its first items.</summary>
    internal JsonChunk Skip(int items) => new(Source, Bytes, Rows[items..], Cells) { IsTranscoded = IsTranscoded };
}
