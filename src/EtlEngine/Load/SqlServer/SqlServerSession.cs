using System.Buffers.Binary;
using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>
/// One writer's connection. The staging table belongs to the connection and is filled before the transaction begins, so that no locks are
/// held while rows are sent, and a rollback keeps them. Transactions are begun and committed by statements, because the driver's own calls
/// cannot be cancelled. A load that is one transaction stages inside it (<see cref="SqlServerOneTransaction"/>).
/// </summary>
internal sealed class SqlServerSession(SqlServerTarget target) : StagedSession(target), ITargetSession
{
    private readonly SqlServerCalls _calls = new(target);
    private SqlServerOneTransaction? _one;
    private SqlBulkCopy? _copy;
    private SqlServerTable? _stagedTable;
    private List<TargetColumn> _stagedColumns = [];
    private SqlServerRows? _staged;
    private Duplicates? _duplicates;
    private bool _hasBegun;
    private bool _isLost;
    private bool _limitsLockWaits;
    private SqlException? _slow;

    protected internal override bool IsDoomed => _isLost;

    /// <summary>UPDATE … FROM silently uses any one of several rows with the same key.</summary>
    protected internal override bool NeedsDuplicates(StagedPlan plan) => target.Options.Key.Count > 0;

    /// <summary>If rows must be written one by one, the statement itself does so.</summary>
    protected internal override bool WritesOneByOne(StagedPlan plan) => false;

    public override async ValueTask WriteWatermarksAsync(IReadOnlyList<Watermark> watermarks, long sequence, CancellationToken cancellationToken)
    {
        await BeginIfNeededAsync("", cancellationToken).ConfigureAwait(false);
        await _calls.RunAsync(
            async () =>
            {
                await target.WatermarksOver(_calls.Connection).WriteAsync(watermarks, target.Run, sequence, cancellationToken).ConfigureAwait(false);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask RollbackAsync()
    {
        if (!_calls.HasConnection)
            return;
        if (_one is not null)
        {
            // The rows were staged inside the batch.
            _staged = null;
            _stagedTable = null;
            if (!await _one.RollbackBatchAsync().ConfigureAwait(false))
                await CloseAsync().ConfigureAwait(false);
            return;
        }
        try
        {
            if (_calls.IsClean && _hasBegun)
                await _calls.ExecuteAsync(SqlServerSql.Rollback, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DbException or TransientTargetException)
        {
            _calls.IsClean = false;
        }
        _hasBegun = false;
        // The server rolls back the open transaction of a closed connection.
        if (!_calls.IsClean)
            await CloseAsync().ConfigureAwait(false);
    }

    public override ValueTask DisposeAsync() => CloseAsync();

    public async ValueTask<long> CompleteAsync(bool takesOut, CancellationToken cancellationToken) =>
        _one is null ? 0 : await _one.CompleteAsync(takesOut, cancellationToken).ConfigureAwait(false);

    /// <summary>Only connects; the first statement that needs a transaction begins it.</summary>
    protected internal override async ValueTask BeginTransactionAsync(StagedTable? table, bool stages, CancellationToken cancellationToken)
    {
        _isLost = false;
        _one?.RequireAlive();
        if (!_calls.IsOpen)
        {
            await CloseAsync().ConfigureAwait(false);
            await _calls.OpenAsync(cancellationToken).ConfigureAwait(false);
            await target.KeepWatermarkLockAsync(cancellationToken).ConfigureAwait(false);
        }
        _hasBegun = target.Options.IsOneTransaction;
        if (!target.Options.IsOneTransaction)
            return;
        _one ??= new SqlServerOneTransaction(target, _calls);
        await _one.BeginBatchAsync((SqlServerTable)table!, cancellationToken).ConfigureAwait(false);
    }

    protected internal override async ValueTask<IReadOnlyList<(int Row, RowFault Fault)>> StageAsync(StagedRows rows, CancellationToken cancellationToken)
    {
        // A retry finds them there.
        if (ReferenceEquals(rows, _staged))
            return [];
        _staged = null;
        _duplicates = null;
        var table = (SqlServerTable)rows.Table!;
        List<TargetColumn> columns = [.. rows.Columns];
        if (ReferenceEquals(table, _stagedTable) && columns.SequenceEqual(_stagedColumns, ReferenceEqualityComparer.Instance))
            await _calls.ExecuteAsync(SqlServerSql.ClearStaging, cancellationToken).ConfigureAwait(false);
        else
            await MakeStagingAsync(table, columns, cancellationToken).ConfigureAwait(false);
        var staged = (SqlServerRows)rows;
        while (await TryCopyAsync(staged, columns, cancellationToken).ConfigureAwait(false) is { } guilty)
        {
            staged.Withhold(guilty);
            await _calls.ExecuteAsync(SqlServerSql.ClearStaging, cancellationToken).ConfigureAwait(false);
        }
        _staged = staged;
        if (_one is not null)
            await _one.KeepKeysAsync(table, cancellationToken).ConfigureAwait(false);
        return [];
    }

    protected internal override ValueTask SaveAsync(bool replaces, CancellationToken cancellationToken) =>
        _hasBegun ? RunAsync(SqlServerSql.Save, cancellationToken) : BeginIfNeededAsync($"\n{SqlServerSql.Save}", cancellationToken);

    protected internal override ValueTask GoBackAsync(CancellationToken cancellationToken) => RunAsync(SqlServerSql.GoBack, cancellationToken);

    protected internal override async ValueTask<IReadOnlyList<(int Row, int Next)>> QueryDuplicatesAsync(CancellationToken cancellationToken)
    {
        List<(int Row, int Next)> pairs = await _calls.QueryAsync(
            SqlServerSql.Duplicates(_stagedTable!), [], row => (row.GetInt32(0), row.GetInt32(1)), cancellationToken).ConfigureAwait(false);
        _duplicates = new Duplicates(pairs);
        return pairs;
    }

    protected internal override async ValueTask<PieceEffect> UpsertAsync(
        StagedPlan plan, RowRange range, int[] without, CancellationToken cancellationToken)
    {
        string text = without.Length == 0
            ? plan.Upsert ??= new SqlServerUpsert(_stagedTable!, plan.Columns, target.Options, skipsRows: false).Text
            : plan.UpsertWithout ??= new SqlServerUpsert(_stagedTable!, plan.Columns, target.Options, skipsRows: true).Text;
        var parameters = new List<SqlParameter>
        {
            new("@from", SqlDbType.Int) { Value = range.Start },
            new("@to", SqlDbType.Int) { Value = range.End },
        };
        if (without.Length > 0)
            parameters.Add(new SqlParameter("@first", SqlDbType.VarBinary, -1) { Value = FirstRows(range, without) });
        try
        {
            List<PieceEffect> effects = await _calls.QueryAsync(
                text, parameters, row => new PieceEffect(row.GetInt64(0) + row.GetInt64(1), row.GetInt64(1)), cancellationToken, SqlServerUpsert.Updated).ConfigureAwait(false);
            return effects[^1];
        }
        catch (SqlException e) when (SqlServerErrors.KindOf(e, out SqlError? cause) == SqlServerErrorKind.Data || EndedAsSlow(cause!.Number, cancellationToken))
        {
            bool isSlow = cause!.Number == SqlServerTransientErrors.Timeout;
            _slow = isSlow ? e : null;
            _calls.IsClean |= isSlow;
            // Some errors doom the transaction, and triggers may roll it back. A time-out ends the statement and leaves the transaction
            // open (https://learn.microsoft.com/troubleshoot/sql/database-engine/performance/understand-resolve-blocking), but not where
            // XACT_ABORT is ON, as it is in triggers (https://learn.microsoft.com/sql/t-sql/statements/set-xact-abort-transact-sql).
            List<int> state = await _calls.QueryAsync(SqlServerSql.TransactionState, [], row => row.GetInt32(0), cancellationToken).ConfigureAwait(false);
            _isLost = state[0] != 1;
            throw;
        }
    }

    protected internal override RowFault? SlowRow => SqlServerFaults.Slow;

    protected internal override async ValueTask LimitLockWaitsAsync(CancellationToken cancellationToken)
    {
        if (SqlServerSql.LimitLockWaits(target.Connector.CommandTimeout) is not { } text)
            return;
        _limitsLockWaits = true;
        _one?.LimitsLockWaits = true;
        await RunAsync(text, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>If the order matters, rows are written one by one, and the server checks each. A row that the driver could not send is
    /// missing.</summary>
    protected internal override ValueTask<RangeRejection?> FindEarlyChildAsync(StagedPlan plan, RowRange range, int[] without, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_staged!.Withheld
            .Where(row => row.Key >= range.Start && row.Key < range.End && !without.Contains(row.Key))
            .OrderBy(row => row.Key)
            .Select(row => new RangeRejection(row.Value, row.Key)).FirstOrDefault());

    protected override async ValueTask CommitTransactionAsync(CancellationToken cancellationToken)
    {
        if (_hasBegun && _one is null)
            await _calls.ExecuteAsync(SqlServerSql.Commit, cancellationToken).ConfigureAwait(false);
        _hasBegun = false;
    }

    protected internal override RowFault? FaultOf(DbException error, StagedPlan? plan) =>
        _stagedTable is { } table && error is SqlException sql && SqlServerErrors.KindOf(sql, out SqlError? cause) == SqlServerErrorKind.Data ? SqlServerFaults.Of(cause!, table) : null;

    protected internal override bool IsDuplicateKey(DbException error) => false;

    protected override Exception Translate(DbException error) => SqlServerFailures.ToException((SqlException)error, target.Connector, isSlow: ReferenceEquals(error, _slow));

    private async ValueTask MakeStagingAsync(SqlServerTable table, List<TargetColumn> columns, CancellationToken cancellationToken)
    {
        _stagedTable = null;
        await _calls.ExecuteAsync(SqlServerSql.CreateStaging(table, columns), cancellationToken).ConfigureAwait(false);
        ((IDisposable?)_copy)?.Dispose();
        _copy = new SqlBulkCopy(_calls.Connection, SqlBulkCopyOptions.TableLock | SqlBulkCopyOptions.CacheMetadata, _calls.Transaction)
        {
            DestinationTableName = SqlServerSql.Staging,
            BulkCopyTimeout = target.Connector.CommandTimeout,
        };
        _copy.ColumnMappings.Add(0, "etl_row");
        // Rows come in the order of the staging table's key, and need not be sorted.
        _copy.ColumnOrderHints.Add("etl_row", SortOrder.Ascending);
        for (int i = 0; i < columns.Count; i++)
            _copy.ColumnMappings.Add(i + 1, SqlServerSql.StagingColumn(table, columns[i]));
        (_stagedTable, _stagedColumns) = (table, columns);
    }

    /// <summary>Copies the rows to the staging table.</summary>
    /// <returns>The row with a value that the driver does not accept, or null.</returns>
    private async ValueTask<int?> TryCopyAsync(SqlServerRows rows, List<TargetColumn> columns, CancellationToken cancellationToken)
    {
        var reader = new StagedReader(rows, columns);
        await using ConfiguredAsyncDisposable disposing = reader.ConfigureAwait(false);
        try
        {
            await _calls.RunAsync(
                async () =>
                {
                    await _copy!.WriteToServerAsync(reader, cancellationToken).ConfigureAwait(false);
                    return 0;
                },
                cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (EtlException e) when (SqlServerFailures.IsNotSent(e))
        {
            if (reader.Current is { } guilty)
                return guilty;
            // No value was read yet, so the driver has a problem of its own or with the server, and a new connection may solve it.
            _stagedTable = null;
            throw SqlServerFailures.Broken(target.Connector);
        }
        catch
        {
            // The driver caches its knowledge of the staging table, which may be incomplete.
            _stagedTable = null;
            throw;
        }
    }

    /// <summary>For each row of a range: the position, from 1, of the first row with its key, or 0 for rows that are not written. Encoded
    /// as T-SQL casts bytes to an int, the highest byte first.</summary>
    private byte[] FirstRows(RowRange range, int[] without)
    {
        byte[] first = new byte[range.Count * sizeof(int)];
        var skipped = without.ToHashSet();
        for (int row = range.Start; row < range.End; row++)
        {
            if (skipped.Contains(row))
                continue;
            // If each row must be written, rows with the same key are written one after another, and the first accepted one provides the
            // key.
            int from = _stagedTable!.EachRowCounts || target.Options.UpdateWhenNewer is not null ? row : _duplicates?.Before(row).TakeWhile(other => other >= range.Start).LastOrDefault(row) ?? row;
            BinaryPrimitives.WriteInt32BigEndian(first.AsSpan((row - range.Start) * sizeof(int)), from - range.Start + 1);
        }
        return first;
    }

    private async ValueTask BeginIfNeededAsync(string then, CancellationToken cancellationToken)
    {
        if (_hasBegun)
            return;
        // The limit of a single row's waits belongs to the connection, not to the transaction.
        await _calls.ExecuteAsync(SqlServerSql.Begin + then + (_limitsLockWaits ? $"\n{SqlServerSql.UnlimitLockWaits}" : ""), cancellationToken).ConfigureAwait(false);
        _limitsLockWaits = false;
        _hasBegun = true;
    }

    /// <summary>Whether the driver's time-out ended the statement. The driver closes a connection whose server does not confirm within
    /// seconds that it has ended (https://learn.microsoft.com/openspecs/windows_protocols/ms-tds, "Attention"); another one is as
    /// usable as after an error of the server.</summary>
    private bool EndedAsSlow(int number, CancellationToken cancellationToken) =>
        number == SqlServerTransientErrors.Timeout && !cancellationToken.IsCancellationRequested && _calls.IsOpen;

    private async ValueTask RunAsync(string text, CancellationToken cancellationToken) => await _calls.ExecuteAsync(text, cancellationToken).ConfigureAwait(false);

    private async ValueTask CloseAsync()
    {
        _staged = null;
        _stagedTable = null;
        _limitsLockWaits = false;
        ((IDisposable?)_copy)?.Dispose();
        _copy = null;
        await _calls.DisposeAsync().ConfigureAwait(false);
    }
}
