using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>The good rows of a batch as the bulk copy takes them: a row's values in the order of its plan's columns.</summary>
internal sealed class SqlServerRows(Func<StagedPlans<SqlServerColumn>> plans) : StagedRows<SqlServerColumn>(plans)
{
    private readonly List<object?> _current = [];

    /// <summary>The values of each row of <see cref="StagedRows{TColumn}.Numbers"/>.</summary>
    public List<object?[]> Values { get; } = [];

    protected override void BeginRow() => _current.Clear();

    protected override string? Append(SqlServerColumn column, Record record, int index, out bool isNull)
    {
        string? problem = SqlServerConverter.Convert(record[index], column, out object? value);
        _current.Add(value);
        isNull = value is null;
        return problem;
    }

    protected override void EndRow() => Values.Add([.. _current]);

    protected override void DropRow() => _current.Clear();
}
