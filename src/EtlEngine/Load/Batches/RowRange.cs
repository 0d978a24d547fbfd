namespace EtlTools.Engine.Load;

/// <summary>Rows of a batch, from <paramref name="Start"/> to before <paramref name="End"/>.</summary>
internal readonly record struct RowRange(int Start, int End)
{
    public int Count => End - Start;

    /// <summary>The rows of all ranges, in order.</summary>
    public static IEnumerable<int> RowsOf(IEnumerable<RowRange> ranges)
    {
        foreach (RowRange range in ranges)
        {
            for (int row = range.Start; row < range.End; row++)
                yield return row;
        }
    }

    /// <summary>The range, divided into ranges of at most so many rows.</summary>
    public IEnumerable<RowRange> Cut(int most)
    {
        for (int start = Start; start < End; start += Math.Min(most, End - start))
            yield return new RowRange(start, start + Math.Min(most, End - start));
    }
}
