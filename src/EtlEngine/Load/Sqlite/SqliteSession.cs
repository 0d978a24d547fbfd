using EtlTools.Engine.Records;
using Microsoft.Data.Sqlite;
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

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _database;
    private readonly TableName _name;
    private readonly IReadOnlyList<string> _key;
    private readonly Utf8Scratch _scratch = new();
    private SqliteTable? _table;
    private SqlitePlans? _plans;
    private string? _pendingCreate;
    private bool _seenFirst;
    private int _rangesWritten;

    public SqliteSession(SqliteConnection connection, string databaseName, TableName name, IReadOnlyList<string> key, SqliteTable? table)
    {
        _connection = connection;
        _database = connection.Handle!;
        Database = databaseName;
        _name = name;
        _key = key;
        _table = table;
    }

    public string Database { get; }

    public string Table => (_table?.Name ?? _name).ToString();

    private SqlitePlans Plans => _plans ??= new SqlitePlans(_database, _table!);

    public RowFault? Check(Record record)
    {
        if (_table is null)
            return DefineTable(record);
        SqliteMapping mapping = Plans.MappingOf(record.Schema);
        if (!_seenFirst)
            SqliteRowCheck.RequireFitting(mapping, _table);
        _seenFirst = true;
        return SqliteRowCheck.Check(record, mapping, _scratch);
    }

    public ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _rangesWritten = 0;
        Begin();
        return default;
    }

    public ValueTask<RangeRejection?> WriteAsync(Batch batch, RowRange range, CancellationToken cancellationToken)
    {
        // The first range needs no savepoint, which would cost a copy of every page it touches.
        bool hasSavepoint = _rangesWritten > 0;
        if (hasSavepoint)
            SqliteExec.Run(_database, "SAVEPOINT etl_range");
        RangeRejection? rejection = WriteRows(batch, range, cancellationToken);
        if (rejection is null && HasDeferredViolation)
            rejection = new RangeRejection(SqliteErrors.ForeignKey);
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
        else if (!rejection.TransactionLost)
        {
            SqliteExec.Run(_database, "ROLLBACK");
            Begin();
        }
        return ValueTask.FromResult(rejection);
    }

    public void Settle(Batch batch, IReadOnlyList<RowRange> written)
    {
        if (_table is not null)
            SqliteDuplicates.Mark(batch, written, row => Plans.MappingOf(row.Schema), _table, _scratch);
    }

    public ValueTask<RangeRejection?> CommitAsync(CancellationToken cancellationToken)
    {
        int result = SqliteExec.TryRun(_database, "COMMIT");
        if (result == raw.SQLITE_OK)
        {
            _pendingCreate = null;
            return ValueTask.FromResult<RangeRejection?>(null);
        }
        if (SqliteErrors.Primary(result) != raw.SQLITE_CONSTRAINT)
            throw Failure(result, cancellationToken);
        RowFault fault = SqliteErrors.ToRowFault(_database, result, _table!)!;
        SqliteExec.Run(_database, "ROLLBACK");
        return ValueTask.FromResult<RangeRejection?>(new RangeRejection(fault, TransactionLost: true));
    }

    public ValueTask RollbackAsync()
    {
        // What failed may have rolled back already; closing the connection does what is left.
        if (raw.sqlite3_get_autocommit(_database) == 0)
            SqliteExec.TryRun(_database, "ROLLBACK");
        return default;
    }

    public void Interrupt() => raw.sqlite3_interrupt(_database);

    public async ValueTask DisposeAsync()
    {
        _plans?.Dispose();
        // Brings what is committed to the disk though others may have the database open; they may also keep a part of it
        // from being copied, which is then no error. In other journal modes it does nothing.
        SqliteExec.TryRun(_database, "PRAGMA wal_checkpoint(PASSIVE)");
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private bool HasDeferredViolation =>
        raw.sqlite3_db_status(_database, DeferredForeignKeys, out int unresolved, out _, 0) == raw.SQLITE_OK && unresolved != 0;

    private void Begin()
    {
        SqliteExec.Run(_database, "BEGIN IMMEDIATE");
        if (_pendingCreate is not null)
            SqliteExec.Run(_database, _pendingCreate);
    }

    /// <summary>Takes the first record that the table made from it would take.</summary>
    private RowFault? DefineTable(Record record)
    {
        SqliteTable table = SqliteTableMaker.Define(_name, _key, record);
        RowFault? fault = SqliteRowCheck.Check(record, new SqliteMapping(table, record.Schema), _scratch);
        if (fault is not null)
            return fault;
        _table = table;
        _pendingCreate = SqliteSql.CreateTable(table);
        _seenFirst = true;
        return null;
    }

    private RangeRejection? WriteRows(Batch batch, RowRange range, CancellationToken cancellationToken)
    {
        for (int row = range.Start; row < range.End; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (batch.OutcomeOf(row) == RowOutcome.Refused)
                continue;
            SqlitePlan plan = Plans.PlanOf(batch[row]);
            int result = plan.Run(batch[row], _scratch, out RowOutcome outcome);
            RowFault? fault = null;
            if (result is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
                fault = RowFaultOf(result, plan) ?? throw Failure(result, cancellationToken);
            else if (outcome == RowOutcome.Rejected)
                fault = SqliteErrors.Ignored;
            // RAISE(ROLLBACK) and ON CONFLICT ROLLBACK take with them all that was written.
            if (fault is not null && raw.sqlite3_get_autocommit(_database) != 0)
                return new RangeRejection(fault, row, TransactionLost: true);
            if (fault is not null)
                batch.Reject(row, fault);
            else
                batch.SetOutcome(row, outcome);
        }
        return null;
    }

    private RowFault? RowFaultOf(int result, SqlitePlan plan)
    {
        RowFault? fault = SqliteErrors.ToRowFault(_database, result, _table!);
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
