using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>Finds the watermark of a table or query among those of a load.</summary>
internal static class SqlWatermark
{
    /// <summary>The watermark after which to start; null for the beginning.</summary>
    /// <param name="given">The watermarks.</param>
    /// <param name="source">The source.</param>
    /// <param name="others">Other sources of the load.</param>
    /// <param name="isKeyed">Whether reading continues after a row, and not only after the watermark's value.</param>
    /// <exception cref="EtlException">None of them belongs to the source, and some to a source that the load does not read.</exception>
    public static Watermark? Choose(IReadOnlyList<Watermark> given, SourceInfo source, IReadOnlyList<SourceInfo> others, bool isKeyed)
    {
        if (given.FirstOrDefault(mark => mark.IsOf(source)) is { } own)
            return own;
        Watermark[] foreign = [.. given.Where(mark => !others.Any(mark.IsOf))];
        // A watermark that was set by hand has a value for any query.
        if (!isKeyed && foreign is [{ Fingerprint: "" } value])
            return value;
        return foreign.Length == 0 ? null : throw Mismatch(foreign[0]);
    }

    /// <summary>The values of the watermark columns at a watermark; null for the beginning.</summary>
    /// <param name="mark">The watermark.</param>
    /// <param name="columns">The number of columns.</param>
    /// <exception cref="EtlException">It has other values.</exception>
    public static object[]? ValuesOf(Watermark? mark, int columns)
    {
        if (columns == 0 || mark?.Cursor is not { } cursor)
            return null;
        object[]? values = KeysetCursor.Read(cursor);
        return values is null || (values.Length > 0 && values.Length != columns) ? throw Mismatch(mark) : values.Length == 0 ? null : values;
    }

    private static EtlException Mismatch(Watermark mark) => new(
        FailureCodes.WatermarkMismatch, FailureKind.InvalidCall,
        $"-ResumeFrom: the watermark '{mark.Name}' belongs to another source ({mark.Source}), or to another -Table, -WatermarkColumn, -Where, -Query or value of -Parameter. "
        + $"Use another watermark name; for a source that has no watermark yet, or to start from the beginning, -ResumeFrom $null.");
}
