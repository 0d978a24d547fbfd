namespace EtlTools.Engine.Load;

/// <summary>The committed records by outcome. Immutable, so that any thread sees a consistent state.</summary>
internal sealed record LoadTotals
{
    public long Inserted { get; init; }

    public long Updated { get; init; }

    /// <summary>Inserted or updated; the database does not say which.</summary>
    public long Written { get; init; }

    public long Superseded { get; init; }

    public long Unchanged { get; init; }

    public long Filtered { get; init; }

    public long DeadLettered { get; init; }

    public long Batches { get; init; }

    public long Deleted { get; init; }

    public LoadTotals Plus(OutcomeCounts counts, bool endsBatch, bool lettersFailed) => this with
    {
        Inserted = Inserted + counts[RowOutcome.Inserted],
        Updated = Updated + counts[RowOutcome.Updated],
        Written = Written + counts[RowOutcome.Written],
        Superseded = Superseded + counts[RowOutcome.Superseded],
        Unchanged = Unchanged + counts[RowOutcome.Unchanged],
        Filtered = Filtered + counts[RowOutcome.Excluded],
        DeadLettered = DeadLettered + (lettersFailed ? counts[RowOutcome.Refused] : 0),
        Batches = Batches + (endsBatch ? 1 : 0),
    };
}

/// <summary>Counts the outcomes of some rows.</summary>
internal sealed class OutcomeCounts
{
    private readonly long[] _counts = new long[Enum.GetValues<RowOutcome>().Length];

    public long this[RowOutcome outcome] => _counts[(int)outcome];

    /// <summary>Rows that the database accepted.</summary>
    public long Good => this[RowOutcome.Inserted] + this[RowOutcome.Updated] + this[RowOutcome.Written]
        + this[RowOutcome.Superseded] + this[RowOutcome.Unchanged];

    public void Add(RowOutcome outcome) => _counts[(int)outcome]++;

    /// <summary>Moves at most so many rows from one outcome to another.</summary>
    public void Move(long rows, RowOutcome from, RowOutcome to)
    {
        long moved = Math.Min(rows, this[from]);
        _counts[(int)from] -= moved;
        _counts[(int)to] += moved;
    }
}
