namespace EtlTools.Engine.Extract.Csv;

internal enum CsvFrameKind
{
    Good,
    TooLarge,
    UnclosedQuote,
    InvalidBytes,

    /// <summary>It has another line end than the file's rows, or the record before it has.</summary>
    OtherLineEnd,

    /// <summary>It follows a #Fields line whose columns differ from the header.</summary>
    OtherColumns,

    /// <summary>Good except for invalid bytes that must be replaced.</summary>
    Repaired,
}

/// <summary>The position of one record in a chunk's buffer.</summary>
internal struct CsvFrame
{
    /// <summary>How many bytes of an unparsable record are kept.</summary>
    public const int MaxRawBytes = 4096;

    /// <summary>The first byte, from the start of the chunk's buffer.</summary>
    public int Start;

    /// <summary>Its length in bytes, with the line end. For a frame that is not good, at most <see cref="MaxRawBytes"/>.</summary>
    public int Length;

    /// <summary>Lines after the chunk's first line.</summary>
    public int Line;

    public CsvFrameKind Kind;

    /// <summary>The largest size of its decoded fields: an invalid byte becomes a character of three bytes.</summary>
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
