namespace EtlTools.Engine.Records;

/// <summary>Where the columns of one schema come from in another.</summary>
internal sealed class ColumnMap
{
    private readonly int[] _sources;

    /// <param name="sources">For each column its index in the source, or -1 for a new one.</param>
    public ColumnMap(IEnumerable<int> sources)
    {
        _sources = [.. sources];
        Adds = _sources.Contains(-1);
        KeepsPositions = !_sources.Where((source, i) => source >= 0 && source != i).Any();
    }

    /// <summary>True when a column is new.</summary>
    public bool Adds { get; }

    /// <summary>True if every existing column keeps its index.</summary>
    public bool KeepsPositions { get; }

    public int SourceOf(int column) => _sources[column];
}
