namespace EtlTools.Engine.Load.Staged;

/// <summary>A target that is loaded through a staging table.</summary>
internal abstract record StagedTable : TargetTable
{
    /// <summary>
    /// Whether the order between rows with different keys may affect which rows are accepted: another unique constraint, a foreign key to
    /// the table itself, a trigger. If not, several writers load in parallel.
    /// </summary>
    public bool OrderMatters { get; init; }

    /// <summary>Whether the database may refuse a row that has passed the checks here, for example by a check constraint. If not, a row
    /// whose key comes again in its batch need not be written.</summary>
    public bool EachRowCounts { get; init; }

    /// <summary>Whether a trigger may give a value to a column that does not allow null, before the database looks.</summary>
    public bool MayFillNulls { get; init; }

    /// <summary>Whether each key column can be hashed here in such a way that keys that are equal in the database have equal
    /// hashes.</summary>
    public bool HasHashableKey { get; init; }

    /// <summary>The statement that creates the table unless it exists by then.</summary>
    public abstract string CreateStatement { get; }

    /// <summary>The statement that adds a column unless it exists by then.</summary>
    public abstract string AddStatement(TargetColumn column);

    /// <summary>The statement that changes a column to its described type.</summary>
    public abstract string AlterStatement(TargetColumn column);

    /// <summary>The statements that load a batch whose rows have these columns.</summary>
    public abstract IEnumerable<string> LoadStatements(StagedPlan plan, LoadOptions options);
}
