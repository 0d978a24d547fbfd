using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>The records of one batch, in the order of their arrival, and what became of each.</summary>
internal sealed class Batch
{
    private readonly List<Record> _records = [];
    private readonly List<RowOutcome> _outcomes = [];
    private readonly Dictionary<int, RowFault> _faults = [];
    private readonly HashSet<int> _lettered = [];

    public int Count => _records.Count;

    /// <summary>Rows that may go to the database.</summary>
    public int Good { get; private set; }

    public Record this[int row] => _records[row];

    public RowOutcome OutcomeOf(int row) => _outcomes[row];

    /// <summary>Adds a record.</summary>
    /// <param name="record">The record, good or failed.</param>
    /// <param name="fault">Why the target does not take a good one.</param>
    public void Add(Record record, RowFault? fault)
    {
        _records.Add(record);
        if (fault is not null)
            _faults.Add(Count - 1, fault);
        bool refused = fault is not null || record.Error is not null;
        _outcomes.Add(refused ? RowOutcome.Refused : RowOutcome.Waiting);
        if (!refused)
            Good++;
    }

    public void SetOutcome(int row, RowOutcome outcome) => _outcomes[row] = outcome;

    /// <summary>The database refused the row in the transaction at hand.</summary>
    public void Reject(int row, RowFault fault) => SetFault(row, RowOutcome.Rejected, fault);

    /// <summary>The row is guilty and must not be written again.</summary>
    public void Refuse(int row, RowFault fault) => SetFault(row, RowOutcome.Refused, fault);

    public bool IsRefusedFor(int row, string code) =>
        _outcomes[row] == RowOutcome.Refused && _faults.TryGetValue(row, out RowFault? fault) && fault.Code == code;

    /// <summary>A row that was refused may be written after all.</summary>
    public void Reopen(int row)
    {
        _outcomes[row] = RowOutcome.Waiting;
        _faults.Remove(row);
    }

    /// <summary>Makes the record of a row that is refused or rejected a failed one, for good: its dead letter may be on its
    /// way, so a second try of the transaction must not load it after all.</summary>
    public void Fail(int row, Func<RowFault, Record, RecordError> makeError)
    {
        _outcomes[row] = RowOutcome.Refused;
        if (_records[row].Error is null)
            _records[row] = _records[row].Fail(makeError(_faults[row], _records[row]));
    }

    /// <summary>Claims the writing of a row's dead letter.</summary>
    /// <returns>False when it has been written before a transaction that was rolled back.</returns>
    public bool ClaimLetter(int row) => _lettered.Add(row);

    private void SetFault(int row, RowOutcome outcome, RowFault fault)
    {
        _outcomes[row] = outcome;
        _faults[row] = fault;
    }
}
