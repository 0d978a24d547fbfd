using EtlTools.Engine.Records;
using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>
/// Loads into one SQLite database. Each row is executed, in order: the database itself resolves duplicates, and a row that
/// it refuses leaves what was there before it.
/// </summary>
internal sealed class SqliteSession : ITargetSession
{
    /// <summary>SQLITE_DBSTATUS_DEFERRED_FKS: whether a foreign key waits for its row.</summary>
    private const int DeferredForeignKeys = 10;

    private readonly SqliteTarget _target;
    private readonly sqlite3 _database;
    private readonly SqliteRows _rows;
    private readonly SqliteInterrupt _interrupt;
    private readonly SqliteCache _cache;
    private readonly Utf8Scratch _scratch = new();
    private readonly SqliteOneTransaction? _one;
    private SqliteTable? _planned;
    private SqlitePlans? _plans;
    private bool _hasTurn;
    private int _rangesWritten;
    private int _batchRows;
    private SqliteChanges? _changes;

    /// <summary>A trigger that came during the load acts on what several rows by one statement do.</summary>
    private bool _goesOneByOne;

    public SqliteSession(SqliteTarget target, CancellationToken stopping)
    {
        _target = target;
        _rows = new SqliteRows(target);
        _database = target.Connection.Handle!;
        _interrupt = new SqliteInterrupt(_database, stopping);
        _cache = new SqliteCache(_database);
        _one = target.Options.IsOneTransaction ? new SqliteOneTransaction(target, _database, _scratch) : null;
    }

    /// <summary>The plans for the table as it is now.</summary>
    private SqlitePlans Plans
    {
        get
        {
            if (_plans is null || !ReferenceEquals(_planned, _target.Definition))
            {
                _plans?.Dispose();
                _planned = _target.Definition;
                _plans = new SqlitePlans(_database, _planned!, _target.Options);
            }
            return _plans;
        }
    }

    public IRowBuffer NewRows() => _rows;

    public async ValueTask BeginAsync(Batch batch, CancellationToken cancellationToken)
    {
        await _target.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        _hasTurn = true;
        _rangesWritten = 0;
        _batchRows = batch.Count;
        if (_one is null)
            SqliteExec.Run(_database, "BEGIN IMMEDIATE");
        else
            _one.BeginBatch();
    }

    /// <inheritdoc/>
    public ValueTask<long> CompleteAsync(bool takesOut, CancellationToken cancellationToken) => ValueTask.FromResult(_one!.Complete(takesOut));

    public ValueTask<RangeRejection?> WriteAsync(Batch batch, RowRange range, CancellationToken cancellationToken)
    {
        // The first range needs no savepoint, which would cost a copy of every page it touches.
        bool hasSavepoint = _rangesWritten > 0;
        if (hasSavepoint)
            SqliteExec.Run(_database, "SAVEPOINT etl_range");
        RangeRejection? rejection = WriteRows(batch, range, cancellationToken);
        if (rejection is null)
        {
            if (hasSavepoint)
                SqliteExec.Run(_database, "RELEASE etl_range");
            _rangesWritten++;
        }
        else if (!rejection.TransactionLost && hasSavepoint)
        {
            SqliteExec.Run(_database, "ROLLBACK TO etl_range");
            SqliteExec.Run(_database, "RELEASE etl_range");
        }
        else if (rejection.TransactionLost && _one is not null)
        {
            throw _one.RolledBack();
        }
        else if (!rejection.TransactionLost && _one is not null)
        {
            SqliteExec.Run(_database, "ROLLBACK TO etl_batch");
        }
        else if (!rejection.TransactionLost)
        {
            SqliteExec.Run(_database, "ROLLBACK");
            SqliteExec.Run(_database, "BEGIN IMMEDIATE");
        }
        return ValueTask.FromResult(rejection);
    }

    public ValueTask SettleAsync(Batch batch, IReadOnlyList<RowRange> written, CancellationToken cancellationToken)
    {
        if (_target.Definition is { Key.Count: > 0 } table && !_target.Options.InsertOnly)
            SqliteDuplicates.Mark(batch, written, row => Plans.MappingOf(row.Schema), table, _scratch);
        return default;
    }

    public ValueTask WriteWatermarksAsync(IReadOnlyList<Watermark> watermarks, long sequence, CancellationToken cancellationToken) =>
        _target.WriteWatermarksAsync(watermarks, sequence, cancellationToken);

    public ValueTask<RangeRejection?> CommitAsync(CancellationToken cancellationToken)
    {
        int result = _one?.CommitBatch() ?? SqliteExec.TryCommit(_database);
        if (result == raw.SQLITE_OK)
        {
            _cache.Adjust(_batchRows);
            GiveTurn();
            return ValueTask.FromResult<RangeRejection?>(null);
        }
        if (SqliteErrors.Primary(result) != raw.SQLITE_CONSTRAINT)
            throw Failure(result, cancellationToken);
        RowFault fault = SqliteErrors.ToRowFault(_database, result, _planned!)!;
        SqliteExec.Run(_database, "ROLLBACK");
        return ValueTask.FromResult<RangeRejection?>(new RangeRejection(fault, TransactionLost: true));
    }

    public ValueTask RollbackAsync()
    {
        if (_one is not null)
        {
            _one.RollbackBatch();
            GiveTurn();
            return default;
        }
        // What failed may have rolled back already; closing the connection does what is left.
        if (raw.sqlite3_get_autocommit(_database) == 0)
            SqliteExec.TryRun(_database, "ROLLBACK");
        GiveTurn();
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _interrupt.DisposeAsync().ConfigureAwait(false);
        _plans?.Dispose();
        _one?.Dispose();
        _changes?.Dispose();
    }

    private bool HasDeferredViolation =>
        raw.sqlite3_db_status(_database, DeferredForeignKeys, out int unresolved, out _, 0) == raw.SQLITE_OK && unresolved != 0;

    private void GiveTurn()
    {
        if (_hasTurn)
            _target.Turn.Release();
        _hasTurn = false;
    }

    private RangeRejection? WriteRows(Batch batch, RowRange range, CancellationToken cancellationToken)
    {
        int oneByOne = range.Start;
        int refused = 0;
        for (int row = range.Start; row < range.End; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!batch.IsGood(row))
                continue;
            SqlitePlan plan = Plans.PlanOf(batch[row]);
            if (row >= oneByOne && TakesSeveral(batch, row, range.End, plan))
            {
                if (TryWriteSeveral(batch, row, plan, cancellationToken))
                {
                    row += plan.RowsAtOnce - 1;
                    continue;
                }
                // The range is written again.
                if (_goesOneByOne)
                    return new RangeRejection(SqliteErrors.Ignored, TransactionLost: raw.sqlite3_get_autocommit(_database) != 0);
                // The more are refused, the less several at once are worth.
                oneByOne = row + (plan.RowsAtOnce * ++refused);
            }
            int result = plan.Run(batch[row], _scratch, out RowOutcome outcome);
            RowFault? fault = null;
            if (result is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
                fault = RowFaultOf(result, plan) ?? throw Failure(result, cancellationToken);
            else if (outcome == RowOutcome.Rejected)
                fault = SqliteErrors.Ignored;
            // RAISE(ROLLBACK) and ON CONFLICT ROLLBACK take with them all that was written.
            if (fault is not null && raw.sqlite3_get_autocommit(_database) != 0)
                return new RangeRejection(fault, row, TransactionLost: true);
            // Where the constraint waits for the end of the transaction, the row would pass or not by what follows in its batch.
            if (fault is null && _planned!.HasDeferredForeignKeys && HasDeferredViolation)
                return new RangeRejection(SqliteErrors.ForeignKey, row);
            if (fault is not null)
            {
                batch.Reject(row, fault);
                continue;
            }
            batch.SetOutcome(row, outcome);
            if (_one?.Keep(batch[row], Plans.MappingOf(batch[row].Schema)) is { } kept and not raw.SQLITE_DONE)
                throw Failure(kept, cancellationToken);
        }
        return null;
    }

    /// <summary>Whether the rows from this one on can be written by one statement. With keys in no order that would cost a copy of each page
    /// that it touches.</summary>
    private bool TakesSeveral(Batch batch, int first, int end, SqlitePlan plan)
    {
        if (plan.RowsAtOnce == 1 || end - first < plan.RowsAtOnce || _cache.IsLarge || _goesOneByOne || _one is not null)
            return false;
        for (int row = first; row < first + plan.RowsAtOnce; row++)
        {
            // Another schema's plan might take the place of this one.
            if (!batch.IsGood(row) || batch[row].Weight > 1 || !ReferenceEquals(batch[row].Schema, batch[first].Schema) || !ReferenceEquals(Plans.PlanOf(batch[row]), plan))
                return false;
        }
        return true;
    }

    /// <summary>Writes several rows by one statement.</summary>
    /// <returns>False if one of them is refused, and none is written, or if it is not known what became of each.</returns>
    private bool TryWriteSeveral(Batch batch, int first, SqlitePlan plan, CancellationToken cancellationToken)
    {
        _changes ??= new SqliteChanges(_database.DangerousGetHandle());
        _changes.Begin();
        int result = plan.RunSeveral(batch, first, _scratch);
        if (result != raw.SQLITE_DONE)
        {
            if (RowFaultOf(result, plan) is null)
                throw Failure(result, cancellationToken);
            _goesOneByOne = raw.sqlite3_get_autocommit(_database) != 0;
            return false;
        }
        _goesOneByOne = _changes.Count != plan.RowsAtOnce;
        for (int i = 0; i < plan.RowsAtOnce && !_goesOneByOne; i++)
            batch.SetOutcome(first + i, _changes.IsInsert(i) ? RowOutcome.Inserted : RowOutcome.Updated);
        return !_goesOneByOne;
    }

    private RowFault? RowFaultOf(int result, SqlitePlan plan)
    {
        RowFault? fault = SqliteErrors.ToRowFault(_database, result, _planned!);
        // The same code stands for a function that failed for this row and for a table that is no longer what it was.
        if (result == raw.SQLITE_ERROR)
            plan.RequirePreparable();
        return fault;
    }

    private Exception Failure(int result, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return SqliteErrors.ToException(_database, result);
    }
}
