namespace EtlTools.Engine.Load;

/// <summary>What is committed, in records. Immutable, so that any thread sees one moment.</summary>
internal sealed record LoadTotals
{
    public long Inserted { get; init; }

    public long Updated { get; init; }

    /// <summary>Inserted or updated, the database does not tell which.</summary>
    public long Written { get; init; }

    public long Superseded { get; init; }

    public long Unchanged { get; init; }

    public long Filtered { get; init; }

    public long DeadLettered { get; init; }

    public long Batches { get; init; }

    public LoadTotals Plus(Tally tally, bool endsBatch, bool lettersFailed) => this with
    {
        Inserted = Inserted + tally[RowOutcome.Inserted],
        Updated = Updated + tally[RowOutcome.Updated],
        Written = Written + tally[RowOutcome.Written],
        Superseded = Superseded + tally[RowOutcome.Superseded],
        Unchanged = Unchanged + tally[RowOutcome.Unchanged],
        Filtered = Filtered + tally[RowOutcome.Excluded],
        DeadLettered = DeadLettered + (lettersFailed ? tally[RowOutcome.Refused] : 0),
        Batches = Batches + (endsBatch ? 1 : 0),
    };
}

/// <summary>Counts the outcomes of some rows.</summary>
internal sealed class Tally
{
    private readonly long[] _counts = new long[Enum.GetValues<RowOutcome>().Length];

    public long this[RowOutcome outcome] => _counts[(int)outcome];

    /// <summary>Rows that the database took.</summary>
    public long Good => this[RowOutcome.Inserted] + this[RowOutcome.Updated] + this[RowOutcome.Written]
        + this[RowOutcome.Superseded] + this[RowOutcome.Unchanged];

    public void Add(RowOutcome outcome) => _counts[(int)outcome]++;
}
