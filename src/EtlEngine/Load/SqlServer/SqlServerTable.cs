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

    /// <summary>The bulk copy between the first two is the driver's own.</summary>
    public override IEnumerable<string> LoadStatements(StagedPlan plan, LoadOptions options) =>
        [.. options.Mode == LoadMode.Replace ? new[] { SqlServerWholeTable.DeleteAll(Name) } : [], SqlServerSql.CreateStaging(this, plan.Columns), .. Key.Count == 0 ? [] : new[] { SqlServerSql.Duplicates(this) }, new SqlServerUpsert(this, plan.Columns, options, skipsRows: false).Text, .. TakingOut(options)];

    private IEnumerable<string> TakingOut(LoadOptions options) =>
        !options.DeleteMissing ? []
        : options.DeletedColumn is { } marking && Find(marking) is { } column ? [SqlServerWholeTable.Unmark(this, column), SqlServerWholeTable.Mark(this, column, options)]
        : [SqlServerWholeTable.DeleteMissing(this, options)];
}
