using EtlTools.Engine.Load.Staged;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>The target table.</summary>
internal sealed record PostgresTable : StagedTable
{
    /// <summary>The largest number of columns in a table.</summary>
    private const int MostColumns = 1_600;

    /// <summary>The table is partitioned, so the server does not distinguish inserts from updates.</summary>
    public bool IsPartitioned { get; init; }

    /// <summary>A constraint of the table, or one that refers to it, is deferred to the end of the transaction.</summary>
    public bool HasDeferredConstraints { get; init; }

    /// <summary>Nothing was ever written to it, or everything was truncated.</summary>
    public bool IsEmpty { get; init; }

    /// <summary>The user may read all columns.</summary>
    public bool MaySelectAll { get; init; } = true;

    /// <summary>It has so many columns that the staging table, which also has the row number, cannot have all of them.</summary>
    public bool IsWide => Columns.Count >= MostColumns;

    /// <summary>Throws if the staging table, which also has the row number, cannot have the columns.</summary>
    /// <exception cref="EtlException">Says what to do.</exception>
    public static void RequireRoom(IReadOnlyCollection<TargetColumn> columns)
    {
        if (columns.Count >= MostColumns)
            throw new EtlException(
                FailureCodes.StatementFailed, FailureKind.InvalidData,
                FormattableString.Invariant($"The records have all {MostColumns} columns of the table, and the staging table needs one more. Load one column less in each run, with Select-Object. Nothing of the open batch was loaded."));
    }

    /// <summary>Whether the server distinguishes inserts from updates, by a system column, which a right on some columns does not
    /// cover.</summary>
    public bool TellsInserts => Key.Count == 0 || (!IsPartitioned && MaySelectAll);

    /// <summary>Whether rows may be copied directly to the table while none of their keys exists, or if they have none: each row is
    /// accepted or refused on its own, and is stored as it is sent.</summary>
    public bool TakesCopies =>
        (IsEmpty || Key.Count == 0) && MaySelectAll && !IsPartitioned && !OrderMatters && !EachRowCounts && !HasDeferredConstraints && !Columns.Any(column => column.Type.IsReadByServer);

    /// <summary>Whether rows are sent in the order of their keys, so that the statement that writes them need not sort.</summary>
    public bool IsSentInOrder => !OrderMatters && Key.Count > 0 && Key.All(column => ((PostgresType)column.Type).HasKnownOrder);

    /// <summary>A trigger may leave a new row out.</summary>
    public bool MayIgnoreRows { get; init; }

    /// <summary>The predicate of the key's unique index, with WHERE before it, if it is a partial index.</summary>
    public string KeyPredicate { get; init; } = "";

    /// <summary>The names of the table's constraints and unique indexes, with the column of those on a single one.</summary>
    public IReadOnlyDictionary<string, string?> ColumnOfConstraint { get; init; } = new Dictionary<string, string?>();

    /// <summary>Foreign keys to the table itself: the columns of a row, and those to which they refer.</summary>
    public IReadOnlyList<SelfReference> SelfReferences { get; init; } = [];

    /// <summary>Foreign keys to columns that rows with other keys may take over from each other.</summary>
    public IReadOnlyList<ReferencedColumns> Referenced { get; init; } = [];

    public override bool CanMark(TargetColumn column) => PostgresSql.FindMark(column) is not null;

    public override string CreateStatement => PostgresSql.CreateTable(this);

    public override string AddStatement(TargetColumn column) => PostgresSql.AddColumn(Name, column);

    public override string AlterStatement(TargetColumn column) => PostgresSql.AlterColumn(Name, column);

    public override IEnumerable<string> LoadStatements(StagedPlan plan, LoadOptions options)
    {
        if (options.Mode == LoadMode.Replace)
            yield return MissingRows.DeleteAll(Name);
        if (options.DeleteMissing)
        {
            yield return PostgresSql.CreateThere(this);
            yield return PostgresSql.KeepThere(this, options);
            yield return PostgresSql.CreateSeen(this);
        }
        if (TakesCopies)
            yield return PostgresSql.CopyToTable(this, plan.Columns);
        yield return PostgresSql.CreateStage(this);
        yield return PostgresSql.Copy(this, plan.Columns);
        if (options.DeleteMissing)
            yield return PostgresSql.KeepKeys(this);
        yield return PostgresSql.Upsert(this, plan, options, without: false);
        if (options.DeleteMissing)
        {
            foreach (string statement in PostgresSql.TakeOut(this, options))
                yield return statement;
        }
    }
}

/// <summary>A foreign key of any table to columns of this one, checked at the end of a statement.</summary>
/// <param name="Name">The constraint's name.</param>
/// <param name="Columns">The columns of this table.</param>
internal sealed record ReferencedColumns(string Name, IReadOnlyList<TargetColumn> Columns);

/// <summary>A foreign key to the table itself.</summary>
/// <param name="Name">The constraint's name.</param>
/// <param name="Children">The columns that refer to another row.</param>
/// <param name="Parents">The columns to which they refer.</param>
internal sealed record SelfReference(string Name, IReadOnlyList<TargetColumn> Children, IReadOnlyList<TargetColumn> Parents);
