using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>Finds the watermark of a table or query among those of a load.</summary>
internal static class SqlWatermark
{
    /// <summary>The watermark after which to start; null for the beginning. Watermarks of other tables are passed over with a warning: a load may
    /// read several, of which this one had no row until now.</summary>
    /// <param name="given">The watermarks.</param>
    /// <param name="source">The source.</param>
    /// <param name="others">Other sources of the load.</param>
    /// <param name="isKeyed">Whether reading continues after a row, and not only after the watermark's value.</param>
    /// <param name="warn">Takes a warning.</param>
    /// <exception cref="EtlException">None of them belongs to the source, and one to what was read in its place.</exception>
    public static Watermark? Choose(IReadOnlyList<Watermark> given, SourceInfo source, IReadOnlyList<SourceInfo> others, bool isKeyed, Action<EtlException> warn)
    {
        if (given.FirstOrDefault(mark => mark.IsOf(source)) is { } own)
            return own;
        Watermark[] foreign = [.. given.Where(mark => !others.Any(mark.IsOf))];
        // A watermark that was set by hand has a value for any query.
        if (!isKeyed && foreign is [{ Fingerprint: "" } value])
            return value;
        if (Array.Find(foreign, mark => IsOfEarlier(source, mark)) is { } earlier)
            throw Mismatch(earlier);
        if (foreign is [{ } other, ..])
        {
            warn(new EtlException(
                FailureCodes.WatermarkMismatch, FailureKind.InvalidCall,
                $"-ResumeFrom has no watermark of {source.Path}, so it is read from the beginning. The watermark '{other.Name}' belongs to {other.Source}. If that is the same table, name it in the same way, with or without its schema."));
        }
        return null;
    }

    /// <summary>Whether a watermark may be of this source as it was called before: of the same table in another order or with another condition,
    /// or of another query of the same database. One that was set by hand is for whatever is read.</summary>
    private static bool IsOfEarlier(SourceInfo source, Watermark mark) =>
        mark.Fingerprint.Length == 0 || mark.Source == source.Path || (SqlIdentity.QueryOf(source.Path) is { } query && query == SqlIdentity.QueryOf(mark.Source));

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
        + "Use another watermark name. To start from the beginning, also where the load has several queries and this one had no row until now, use -ResumeFrom $null.");
}
