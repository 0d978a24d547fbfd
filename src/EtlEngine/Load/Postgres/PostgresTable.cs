using EtlTools.Engine.Load.Staged;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>The target.</summary>
internal sealed record PostgresTable : StagedTable
{
    /// <summary>The columns that a table has at most.</summary>
    private const int MostColumns = 1_600;

    /// <summary>Rows are kept in partitions: the server does not tell an insert from an update.</summary>
    public bool IsPartitioned { get; init; }

    /// <summary>A constraint of the table, or one that names it, waits for the end of the transaction.</summary>
    public bool HasDeferredConstraints { get; init; }

    /// <summary>Nothing was ever written to it, or all was truncated.</summary>
    public bool IsEmpty { get; init; }

    /// <summary>The user may read all of it, not only some columns.</summary>
    public bool MaySelectAll { get; init; } = true;

    /// <summary>It has so many columns that the staging table, which has the row's number as well, cannot have all of them.</summary>
    public bool IsWide => Columns.Count >= MostColumns;

    /// <summary>Throws where the staging table, which has the row's number as well, cannot have the columns.</summary>
    /// <exception cref="EtlException">What to do.</exception>
    public static void RequireRoom(IReadOnlyCollection<TargetColumn> columns)
    {
        if (columns.Count >= MostColumns)
            throw new EtlException(
                FailureCodes.StatementFailed, FailureKind.InvalidData,
                FormattableString.Invariant($"The records have all {MostColumns} columns of the table, and the staging table needs one more. Load one column less in each run, with Select-Object. Nothing of the open batch was loaded."));
    }

    /// <summary>Whether the server tells an insert from an update: by a system column, which a right on some columns does not cover.</summary>
    public bool TellsInserts => Key.Count == 0 || (!IsPartitioned && MaySelectAll);

    /// <summary>Whether rows may be copied to the table itself for as long as none of their keys is there, or where they have none: each row is taken or refused
    /// for what it is, and has the form in which it is sent.</summary>
    public bool TakesCopies =>
        (IsEmpty || Key.Count == 0) && MaySelectAll && !IsPartitioned && !OrderMatters && !EachRowCounts && !HasDeferredConstraints && !Columns.Any(column => column.Type.IsReadByServer);

    /// <summary>Whether rows are sent in the order of their keys, and so need no order of the statement that writes them.</summary>
    public bool IsSentInOrder => !OrderMatters && Key.Count > 0 && Key.All(column => ((PostgresType)column.Type).HasKnownOrder);

    /// <summary>The predicate of the key's unique index, with WHERE before it, where it is a partial one.</summary>
    public string KeyPredicate { get; init; } = "";

    /// <summary>The constraints and unique indexes of the table by their names, with the column of those that are on one.</summary>
    public IReadOnlyDictionary<string, string?> ColumnOfConstraint { get; init; } = new Dictionary<string, string?>();

    /// <summary>Foreign keys to the table itself: a row's own columns, and those that they name.</summary>
    public IReadOnlyList<SelfReference> SelfReferences { get; init; } = [];

    public override bool CanMark(TargetColumn column) => PostgresSql.FindMark(column) is not null;

    public override string CreateStatement => PostgresSql.CreateTable(this);

    public override string AddStatement(TargetColumn column) => PostgresSql.AddColumn(Name, column);

    public override string AlterStatement(TargetColumn column) => PostgresSql.AlterColumn(Name, column);

    public override IEnumerable<string> LoadStatements(StagedPlan plan, LoadOptions options) =>
        [.. TakesCopies ? new[] { PostgresSql.CopyToTable(this, plan.Columns) } : [], PostgresSql.CreateStage(this), PostgresSql.Copy(this, plan.Columns), PostgresSql.Upsert(this, plan, options, without: false), .. TakingOut(options)];

    private IEnumerable<string> TakingOut(LoadOptions options)
    {
        if (!options.IsOneTransaction)
            return [];
        if (options.Mode == LoadMode.Replace)
            return [$"DELETE FROM {AnsiNames.Quote(Name)}"];
        var missing = new MissingRows(
            Name, "pg_temp.etl_seen", string.Join(" AND ", Key.Select((column, i) => $"t.{AnsiNames.Quote(column.Name)} = s.k{i}")),
            [.. options.MissingScope.Keys.Select((name, i) => $"t.{AnsiNames.Quote(name)} IS NOT DISTINCT FROM ${i + 1}")]);
        return options.DeletedColumn is { } marking && Find(marking) is { } column ? [missing.Mark(column, PostgresSql.MarkOf(column))] : [missing.Delete];
    }
}

/// <summary>A foreign key to the table itself.</summary>
/// <param name="Name">The constraint's name.</param>
/// <param name="Children">The columns that name another row.</param>
/// <param name="Parents">The columns that they are compared with.</param>
internal sealed record SelfReference(string Name, IReadOnlyList<TargetColumn> Children, IReadOnlyList<TargetColumn> Parents);
