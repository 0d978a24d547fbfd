namespace EtlTools.Engine.Load.Staged;

/// <summary>Which rows of a batch have the same key, as the database compares keys.</summary>
internal sealed class Duplicates
{
    private readonly Dictionary<int, int> _next = [];
    private readonly Dictionary<int, int> _previous = [];

    /// <summary>Creates it from pairs of neighbours: a row, and the next one with the same key.</summary>
    public Duplicates(IEnumerable<(int Row, int Next)> pairs)
    {
        foreach ((int row, int next) in pairs)
        {
            _next[row] = next;
            _previous[next] = row;
        }
    }

    public bool Any => _next.Count > 0;

    public IEnumerable<(int Row, int Next)> Pairs => _next.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value));

    /// <summary>Whether an earlier row, from <paramref name="start"/> on, has the same key.</summary>
    public bool IsLater(int row, int start) => _previous.TryGetValue(row, out int previous) && previous >= start;

    /// <summary>The later rows with the same key, in order.</summary>
    public IEnumerable<int> After(int row)
    {
        while (_next.TryGetValue(row, out row))
            yield return row;
    }

    /// <summary>The earlier rows with the same key, the nearest first.</summary>
    public IEnumerable<int> Before(int row)
    {
        while (_previous.TryGetValue(row, out row))
            yield return row;
    }
}
