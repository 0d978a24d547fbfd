namespace EtlTools.Engine.Load.Staged;

/// <summary>A target that is loaded through a staging table.</summary>
internal abstract record StagedTable : TargetTable
{
    /// <summary>
    /// Whether the order between rows of different keys may decide what is accepted: another unique constraint, a foreign key to
    /// the table itself, a trigger. Where it may not, several writers load side by side.
    /// </summary>
    public bool OrderMatters { get; init; }

    /// <summary>Whether the database may refuse a row that has passed the checks here, as by a check constraint. Where it may
    /// not, a row whose key comes again in its batch need not be written.</summary>
    public bool EachRowCounts { get; init; }

    /// <summary>Whether each column of the key can be hashed here so that keys that the database holds for equal have equal
    /// hashes.</summary>
    public bool HasHashableKey { get; init; }

    /// <summary>The statement that creates the table if it does not exist by then.</summary>
    public abstract string CreateStatement { get; }

    /// <summary>The statement that adds a column if it does not exist by then.</summary>
    public abstract string AddStatement(TargetColumn column);

    /// <summary>The statement that gives a column the type that it is described with.</summary>
    public abstract string AlterStatement(TargetColumn column);

    /// <summary>The statements that load a batch whose rows have these columns.</summary>
    public abstract IEnumerable<string> LoadStatements(StagedPlan plan, LoadOptions options);
}
