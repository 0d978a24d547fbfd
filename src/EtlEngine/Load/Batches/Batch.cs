using System.Runtime.CompilerServices;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load;

/// <summary>The records of one batch, in the order of arrival, with the outcome of each.</summary>
/// <param name="rows">The good rows in the session's own format.</param>
/// <param name="expected">How many records are expected.</param>
internal sealed class Batch(IRowBuffer rows, int expected = 0) : IDisposable
{
    private readonly List<Record> _records = new(expected);
    private readonly List<int> _siblings = new(expected);
    private readonly List<RowOutcome> _outcomes = new(expected);
    private readonly Dictionary<int, RowFault> _faults = [];
    private readonly HashSet<int> _lettered = [];
    private readonly List<int> _unfit = [];
    private List<long>? _sequences;
    private int _seen;
    private bool _hasSlowRow;

    public int Count => _records.Count;

    /// <summary>The weight of all records; see <see cref="RecordWeight"/>.</summary>
    public int Weight { get; private set; }

    /// <summary>Rows that may go to the database.</summary>
    public int Good { get; private set; }

    /// <summary>The good rows in the session's own format.</summary>
    public IRowBuffer Rows => rows;

    /// <summary>Rows with a value that does not fit the type of its column, in order.</summary>
    public IReadOnlyList<int> Unfit => _unfit;

    /// <summary>A commit was not acknowledged, so after a retry it is unknown which rows existed before the batch.</summary>
    public bool MayHaveBeenCommitted { get; set; }

    /// <summary>A statement took too long. If it happens again with a single row, that row is slow.</summary>
    public bool IsSlow { get; set; }

    /// <summary>A single row is refused because it takes too long.</summary>
    public void FindSlowRow() => _hasSlowRow = true;

    /// <summary>Whether such a row was found since the last call.</summary>
    public bool TakeSlowRow()
    {
        bool found = _hasSlowRow;
        _hasSlowRow = false;
        return found;
    }

    public Record this[int row] => _records[row];

    /// <summary>See <see cref="RoutedRecord.Sibling"/>.</summary>
    public int SiblingOf(int row) => _siblings[row];

    public RowOutcome OutcomeOf(int row) => _outcomes[row];

    /// <summary>Whether the row goes to the database.</summary>
    public bool IsGood(int row) => _outcomes[row] is not (RowOutcome.Refused or RowOutcome.Excluded);

    /// <summary>Adds a record, and checks it if it is good.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(in RoutedRecord routed)
    {
        Record record = routed.Record;
        RowFault? fault = routed.Fault ?? (record.Error is null ? UnconvertedIn(record) ?? rows.Add(Count, record) : null);
        if (fault is { Code: ErrorCodes.TargetTypeMismatch })
            _unfit.Add(Count);
        if (fault is not null)
            _faults.Add(Count, fault);
        bool refused = fault is not null || record.Error is not null;
        RowOutcome outcome = ReferenceEquals(fault, RowFault.LeaveOut) ? RowOutcome.Excluded : refused ? RowOutcome.Refused : RowOutcome.Waiting;
        if (!record.HasPosition || _sequences is not null)
            AddSequence(routed.Sequence);
        _records.Add(record);
        Weight += record.Weight;
        _siblings.Add(routed.Sibling);
        _outcomes.Add(outcome);
        if (!refused)
            Good++;
    }

    /// <summary>The same records, checked again because the table has changed.</summary>
    public Batch RejoinedIn(IRowBuffer fresh)
    {
        var batch = new Batch(fresh, Count);
        var unfit = _unfit.ToHashSet();
        for (int row = 0; row < Count; row++)
            batch.Add(new RoutedRecord(_records[row], _sequences?[row] ?? row, _siblings[row], null, unfit.Contains(row) ? null : _faults.GetValueOrDefault(row)));
        Dispose();
        return batch;
    }

    /// <summary>The batch is loaded, or another one has replaced it.</summary>
    public void Dispose() => rows.Dispose();

    public void SetOutcome(int row, RowOutcome outcome) => _outcomes[row] = outcome;

    /// <summary>The database refused the row in the current transaction.</summary>
    public void Reject(int row, RowFault fault) => SetFault(row, RowOutcome.Rejected, fault);

    /// <summary>The row is guilty and must not be written again.</summary>
    public void Refuse(int row, RowFault fault) => SetFault(row, RowOutcome.Refused, fault);

    /// <summary>Makes the record of a refused or rejected row a failed record for good. Its dead letter may have been written, so a retry
    /// of the transaction must not load the row.</summary>
    public void Fail(int row, StageCounters stage)
    {
        _outcomes[row] = RowOutcome.Refused;
        if (_records[row].Error is null)
            _records[row] = _records[row].Fail(stage.NewError(_faults[row].Code, _faults[row].Message, _faults[row].Column) with { Number = _sequences?[row] + 1 });
    }

    /// <summary>Claims the writing of a row's dead letter.</summary>
    /// <returns>False if the letter was already written before a transaction that was rolled back.</returns>
    public bool TryTakeLetter(int row) => _lettered.Add(row);

    /// <summary>Rows are about to be committed, in order; a retry of the transaction begins with the same row.</summary>
    /// <param name="end">The end of the rows.</param>
    /// <returns>How many of them were not in an earlier attempt.</returns>
    public int TakeUnseen(int end)
    {
        int unseen = Math.Max(0, end - _seen);
        _seen += unseen;
        return unseen;
    }

    /// <summary>A text that its source did not convert is not a value yet: the database might read another one from it.</summary>
    private static RowFault? UnconvertedIn(Record record)
    {
        int index = UnconvertedText.FirstIn(record);
        if (index < 0)
            return null;
        string column = record.Schema[index];
        return new RowFault(
            ErrorCodes.ConversionFailed,
            $"'{column}' is still text that could not be converted. Convert it with Invoke-EtlTransform -Type; use the type string to load it as it is.",
            column);
    }

    /// <summary>Only records without a position need their numbers.</summary>
    private void AddSequence(long sequence)
    {
        if (_sequences is null)
        {
            _sequences = new List<long>(expected);
            _sequences.AddRange(Enumerable.Repeat(0L, Count));
        }
        _sequences.Add(sequence);
    }

    private void SetFault(int row, RowOutcome outcome, RowFault fault)
    {
        _outcomes[row] = outcome;
        _faults[row] = fault;
    }
}
