namespace EtlTools.Engine.Load;

/// <summary>Rows of a batch, from <paramref name="Start"/> to before <paramref name="End"/>.</summary>
internal readonly record struct RowRange(int Start, int End)
{
    public int Count => End - Start;

    /// <summary>The range, divided into ranges of at most so many rows.</summary>
    public IEnumerable<RowRange> Cut(int most)
    {
        for (int start = Start; start < End; start += Math.Min(most, End - start))
            yield return new RowRange(start, start + Math.Min(most, End - start));
    }
}
