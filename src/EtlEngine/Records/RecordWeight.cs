namespace EtlTools.Engine.Records;

/// <summary>
/// How many records a record counts as where memory is bounded by a number of records: one, and one more for each <see cref="Unit"/> of
/// its values.
/// </summary>
internal static class RecordWeight
{
    /// <summary>The bytes of values that count as one more record.</summary>
    public const int Unit = 8 * 1024;

    /// <summary>The weight of a record with values of this many bytes.</summary>
    public static int OfBytes(long bytes) => 1 + (int)(bytes / Unit);

    /// <summary>The weight of a record with these values, which is that of its texts and bytes.</summary>
    public static int Of(ReadOnlySpan<object?> values) => OfBytes(BytesOf(values));

    /// <summary>The bytes of the texts and byte arrays among some values.</summary>
    public static long BytesOf(ReadOnlySpan<object?> values)
    {
        long bytes = 0;
        foreach (object? value in values)
        {
            if (value is string text)
                bytes += (long)text.Length * sizeof(char);
            else if (value is byte[] binary)
                bytes += binary.Length;
        }
        return bytes;
    }
}
