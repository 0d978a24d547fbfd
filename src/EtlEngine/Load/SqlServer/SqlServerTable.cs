using EtlTools.Engine.Load.Staged;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>The target as the server describes it, or as it is about to be created.</summary>
internal sealed record SqlServerTable : StagedTable
{
    /// <summary>There is a unique index without a filter on exactly the key.</summary>
    public bool HasUniqueKey { get; init; } = true;

    /// <summary>There is a trigger, or a reference to the table itself.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Constraints and unique indexes that may refuse a row, by the names that the server reports.</summary>
    public IReadOnlyList<SqlServerConstraint> Constraints { get; init; } = [];

    public override bool CanMark(TargetColumn column) => SqlServerWholeTable.FindMark(column) is not null;

    public override string CreateStatement => SqlServerSql.CreateTable(this);

    public override string AddStatement(TargetColumn column) => SqlServerSql.AddColumn(this, column);

    public override string AlterStatement(TargetColumn column) => SqlServerSql.AlterColumn(Name, column);

    /// <summary>The bulk copy that follows the creation of the staging table is the driver's own.</summary>
    public override IEnumerable<string> LoadStatements(StagedPlan plan, LoadOptions options)
    {
        if (options.Mode == LoadMode.Replace)
            yield return SqlServerWholeTable.DeleteAll(Name);
        if (options.DeleteMissing)
            yield return SqlServerWholeTable.CreateSeen(this);
        yield return SqlServerSql.CreateStaging(this, plan.Columns);
        if (options.DeleteMissing)
            yield return SqlServerWholeTable.KeepKeys(this);
        if (Key.Count > 0)
            yield return SqlServerSql.Duplicates(this);
        yield return new SqlServerUpsert(this, plan.Columns, options, skipsRows: false).Text;
        if (options.DeleteMissing)
        {
            foreach (string statement in SqlServerWholeTable.TakeOut(this, options))
                yield return statement;
        }
    }
}
