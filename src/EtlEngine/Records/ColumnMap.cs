namespace EtlTools.Engine.Records;

/// <summary>Which column of one schema each column of another comes from.</summary>
internal sealed class ColumnMap
{
    private readonly int[] _sources;

    /// <param name="sources">For each column its position in the source, or -1 for one that is new.</param>
    public ColumnMap(IEnumerable<int> sources)
    {
        _sources = [.. sources];
        Adds = _sources.Contains(-1);
        KeepsPositions = !_sources.Where((source, i) => source >= 0 && source != i).Any();
    }

    /// <summary>True when a column is new.</summary>
    public bool Adds { get; }

    /// <summary>True when every column that is not new stands where it stood.</summary>
    public bool KeepsPositions { get; }

    public int SourceOf(int column) => _sources[column];
}
