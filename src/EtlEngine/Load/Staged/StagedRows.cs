using System.Runtime.CompilerServices;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Staged;

/// <summary>
/// The good rows of a batch, converted when they join it, in the format of the driver's bulk copy. A retry or a bisection sends them again
/// unchanged.
/// </summary>
internal abstract class StagedRows(StagedPlans? plans) : IRowBuffer
{
    private readonly List<StagedPlan?> _plans = [];

    /// <summary>The table when the batch began; null if there was none, and then there are no rows.</summary>
    public StagedTable? Table => plans?.Table;

    /// <summary>The plans by which the rows are written.</summary>
    public HashSet<StagedPlan> Plans { get; } = [];

    /// <summary>The columns that any of the rows has, in the order of the table.</summary>
    public IEnumerable<TargetColumn> Columns
    {
        get
        {
            HashSet<TargetColumn> any = new(Plans.SelectMany(plan => plan.Columns), ReferenceEqualityComparer.Instance);
            return Table!.Columns.Where(any.Contains);
        }
    }

    /// <summary>The rows' numbers, ascending.</summary>
    public List<int> Numbers { get; } = [];

    /// <summary>The plan of the row; null if it is not written.</summary>
    public StagedPlan? PlanOf(int row) => row < _plans.Count ? _plans[row] : null;

    public abstract bool IsFull { get; }

    public abstract void Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public RowFault? Add(int row, Record record)
    {
        StagedPlans.Entry entry = plans!.Of(record.Schema);
        ColumnMapping mapping = entry.Mapping;
        if (mapping.Unknown is { } unknown)
            return unknown;
        if (mapping.MissingKey is { } missing)
            return ColumnFaults.KeyIsNull(missing);
        int without = entry.FreeIdentity >= 0 && record[mapping.Sources[entry.FreeIdentity]] is null or DBNull ? entry.FreeIdentity : -1;
        BeginRow();
        foreach (int i in entry.Order)
        {
            if (i == without)
                continue;
            TargetColumn column = mapping.Columns[i];
            string? problem = Append(entry.Places[i], record, mapping.Sources[i], out bool isNull);
            RowFault? fault = problem is not null ? ColumnFaults.DoesNotFit(column, problem, record, mapping.Sources[i])
                : isNull && entry.IsKey[i] ? ColumnFaults.KeyIsNull(column)
                : isNull && column.NotNull && !Table!.MayFillNulls ? ColumnFaults.IsNull(column)
                : null;
            if (fault is null)
                continue;
            DropRow();
            return fault;
        }
        StagedPlan plan = plans.PlanOf(entry, without);
        if (Numbers.Count == 0 || !ReferenceEquals(plan, _plans[^1]))
            Plans.Add(plan);
        while (_plans.Count < row)
            _plans.Add(null);
        _plans.Add(plan);
        Numbers.Add(row);
        EndRow(row);
        return null;
    }

    /// <summary>The values of the next row follow, in the order of the table's columns.</summary>
    protected abstract void BeginRow();

    /// <summary>Converts and keeps one value.</summary>
    /// <param name="place">The column's place in the table.</param>
    /// <param name="record">The record.</param>
    /// <param name="index">The value's place in it.</param>
    /// <param name="isNull">Whether it is null.</param>
    /// <returns>Null, or why the column does not accept it, as a clause.</returns>
    protected abstract string? Append(int place, Record record, int index, out bool isNull);

    /// <summary>The row is complete.</summary>
    protected abstract void EndRow(int row);

    /// <summary>The row is not accepted after all.</summary>
    protected abstract void DropRow();
}
