namespace EtlTools.Engine.Extract.Csv;

internal enum CsvFrameKind
{
    Good,
    TooLarge,
    UnclosedQuote,
    InvalidBytes,

    /// <summary>It ends with another line end than the file's rows do, or the one before it did.</summary>
    OtherLineEnd,

    /// <summary>It stands behind a #Fields line that names other columns than the header.</summary>
    OtherColumns,

    /// <summary>Good but for bytes that are not text and are to be replaced.</summary>
    Repaired,
}

/// <summary>Where one record stands in a chunk's buffer.</summary>
internal struct CsvFrame
{
    /// <summary>The longest part of a record that cannot be parsed that is kept, in bytes.</summary>
    public const int MaxRawBytes = 4096;

    /// <summary>The first byte, from the start of the chunk's buffer.</summary>
    public int Start;

    /// <summary>Bytes, line end included. For a frame that is not good no more than <see cref="MaxRawBytes"/>.</summary>
    public int Length;

    /// <summary>Lines after the chunk's first line.</summary>
    public int Line;

    public CsvFrameKind Kind;

    /// <summary>The most bytes that its fields have together: a byte that is not text becomes a character of three.</summary>
    public readonly int MaxTextLength => Kind == CsvFrameKind.Repaired ? 3 * Length : Length;

    /// <summary>Whether it can be split into fields.</summary>
    public readonly bool CanBeSplit => Kind is CsvFrameKind.Good or CsvFrameKind.Repaired;

    /// <summary>The record's bytes without the line end.</summary>
    public readonly ReadOnlySpan<byte> Content(byte[] buffer)
    {
        ReadOnlySpan<byte> bytes = buffer.AsSpan(Start, Length);
        if (Kind == CsvFrameKind.TooLarge)
            return bytes;
        if (bytes.EndsWith((byte)'\n'))
            bytes = bytes[..^1];
        return bytes.EndsWith((byte)'\r') ? bytes[..^1] : bytes;
    }
}
