using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>The good rows of a batch for the bulk copy: each row's values in the order of its plan's columns.</summary>
internal sealed class SqlServerRows(StagedPlans? plans, Func<bool> isStale) : StagedRows(plans)
{
    /// <summary>The approximate size of texts and binaries in bytes at which a batch is closed even if it could take more rows.</summary>
    private const long MaxBytes = 64 * 1024 * 1024;

    /// <summary>The types of the table's columns.</summary>
    private readonly SqlServerType[] _types = [.. (plans?.Table.Columns ?? []).Select(column => (SqlServerType)column.Type)];

    private readonly List<object?> _current = [];
    private long _bytes;

    /// <summary>The values of each row of <see cref="StagedRows.Numbers"/>.</summary>
    public List<object?[]> Values { get; } = [];

    /// <summary>Rows that are not sent, because the driver refuses one of their values although the column's type should accept
    /// it.</summary>
    public Dictionary<int, RowFault> Withheld { get; } = [];

    public override bool IsFull => _bytes >= MaxBytes || isStale();

    /// <summary>Leaves out a row when the rows are sent.</summary>
    public void Withhold(int row) =>
        Withheld[row] = new RowFault(ErrorCodes.TargetTypeMismatch, "The driver did not accept a value of the row for the type of its column.");

    public override void Dispose()
    {
        // Values are objects, so there is no memory to return.
    }

    protected override void BeginRow() => _current.Clear();

    protected override string? Append(int place, Record record, int index, out bool isNull)
    {
        string? problem = _types[place].Convert(record[index], out object? value);
        _current.Add(value);
        isNull = value is null;
        _bytes += value is string text ? text.Length * sizeof(char) : value is byte[] bytes ? bytes.Length : 0;
        return problem;
    }

    protected override void EndRow(int row) => Values.Add([.. _current]);

    protected override void DropRow() => _current.Clear();
}
