using System.Data;
using System.Data.Common;
using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;
using Npgsql;
using NpgsqlTypes;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>One writer's connection. Nothing in its session outlives a transaction, because a pooler may give the next one another
/// session.</summary>
internal sealed class PostgresSession(PostgresTarget target) : StagedSession(target), ITargetSession
{
    /// <summary>How often a batch is retried because a trigger reports that it waits for others.</summary>
    private const int MostRaised = 3;

    private readonly PostgresOneTransaction? _one = target.Options.IsOneTransaction ? new PostgresOneTransaction(target.Options, target.Source) : null;
    private NpgsqlConnection? _connection;
    private PostgresTable? _staged;
    private bool _hasStage;
    private int _raised;
    private int _backend;
    private string _keepAlive = "";

    protected internal override bool StartsOver => _one is null;

    protected internal override bool IsConnectionLost => _connection is not { State: ConnectionState.Open };

    /// <summary>The server refuses an upsert with a duplicate key, so duplicates need not be looked for in advance; an update of several
    /// rows is not refused.</summary>
    protected internal override bool NeedsDuplicates(StagedPlan plan) => Table.UpdatesFirst(plan.Columns);

    protected internal override bool WritesOneByOne(StagedPlan plan) => Table.OrderMatters && NeedsDuplicates(plan);

    public override async ValueTask WriteWatermarksAsync(IReadOnlyList<Watermark> watermarks, long sequence, CancellationToken cancellationToken) =>
        await target.WatermarksOf(_connection!).WriteAsync(watermarks, target.Run, sequence, cancellationToken).ConfigureAwait(false);

    public async ValueTask WriteShareAsync(string counts, CancellationToken cancellationToken) =>
        await target.WatermarksOf(_connection!).WriteCountsAsync(target.Options.WatermarkName!, target.Run, counts, cancellationToken).ConfigureAwait(false);

    public override async ValueTask RollbackAsync()
    {
        if (_connection is not { State: ConnectionState.Open })
            return;
        if (_one is not null)
        {
            if (!await _one.RollbackBatchAsync(_connection).ConfigureAwait(false))
                await DisconnectAsync().ConfigureAwait(false);
            return;
        }
        try
        {
            await RunAsync("ROLLBACK", CancellationToken.None).ConfigureAwait(false);
        }
        catch (DbException)
        {
            // Closing rolls back as well, and the next transaction starts on a new connection.
            await DisconnectAsync().ConfigureAwait(false);
        }
    }

    public override ValueTask DisposeAsync() => DisconnectAsync();

    public async ValueTask<long> CompleteAsync(bool takesOut, CancellationToken cancellationToken)
    {
        _one!.RequireAlive(_connection is null or { State: ConnectionState.Open });
        return _connection is null ? 0 : await _one.CompleteAsync(_connection, takesOut, cancellationToken).ConfigureAwait(false);
    }

    protected internal override ValueTask ConnectToServerAsync(CancellationToken cancellationToken) =>
        _connection is { State: ConnectionState.Open } ? ValueTask.CompletedTask : OpenAsync(cancellationToken);

    protected internal override async ValueTask BeginTransactionAsync(StagedTable? table, bool stages, CancellationToken cancellationToken)
    {
        _one?.RequireAlive(_connection is { State: ConnectionState.Open });
        await ConnectToServerAsync(cancellationToken).ConfigureAwait(false);
        _staged = (PostgresTable?)table;
        if (_one is not null)
        {
            await _one.BeginBatchAsync(_connection!, _staged!, _keepAlive, cancellationToken).ConfigureAwait(false);
            return;
        }
        // The staging table of a wide table has only the columns of the records.
        stages = stages && !_staged!.IsWide;
        string constraints = _staged is { HasDeferredConstraints: true } ? "; SET CONSTRAINTS ALL IMMEDIATE" : "";
        bool copies = !stages && CopiesToTable && _staged is { TakesCopies: true };
        using var begin = new NpgsqlCommand($"BEGIN{constraints}; {(stages ? PostgresSql.CreateStage(_staged!) : copies ? PostgresSql.FindBackend(_staged!) : "SELECT pg_backend_pid()")}{_keepAlive}", _connection);
        _backend = await begin.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as int? ?? 0;
        // COPY does not tell which rows a trigger leaves out, and accepts a key again that no index protects.
        CopiesToTable &= !copies || _backend != 0;
        _hasStage = stages;
    }

    protected internal override bool TakesCopies(StagedRows rows) => _one is null && rows.Table is PostgresTable { TakesCopies: true } && rows.Plans.Count == 1;

    /// <summary>Unlike the copy to the staging table, this may have to wait for others, for the table or for a key, and the driver does not
    /// cancel a COPY. Without this cancellation it would go on waiting after its client is gone.</summary>
    protected internal override async ValueTask CopyToTableAsync(StagedRows rows, CancellationToken cancellationToken)
    {
        Task? cancelling = null;
        CancellationTokenRegistration stop = cancellationToken.Register(() => cancelling = CancelAsync(_backend));
        try
        {
            await CopyAsync(PostgresSql.CopyToTable(_staged!, rows.Columns), stream => ((PostgresRows)rows).CopyBareToAsync(stream, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await stop.DisposeAsync().ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested)
                await (cancelling ?? CancelAsync(_backend)).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the server cancel the current work of a session. The session is reserved while its transaction is open; the number
    /// that the driver knows may be the pooler's own.</summary>
    private async Task CancelAsync(int backend)
    {
        try
        {
            NpgsqlConnection other = await target.Source.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            await using System.Runtime.CompilerServices.ConfiguredAsyncDisposable disposing = other.ConfigureAwait(false);
            using var command = new NpgsqlCommand("SELECT pg_cancel_backend($1)", other);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = backend });
            await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (DbException)
        {
            // A server that cannot be reached ends the connection's work by itself, or is down.
            return;
        }
    }

    protected internal override async ValueTask<IReadOnlyList<(int Row, RowFault Fault)>> StageAsync(StagedRows rows, CancellationToken cancellationToken)
    {
        TargetColumn[] columns = [.. rows.Columns];
        PostgresTable.RequireRoom(columns);
        if (_one is not null)
            await _one.PrepareStageAsync(_connection!, _staged!, columns, cancellationToken).ConfigureAwait(false);
        else if (!_hasStage)
            await RunAsync(PostgresSql.CreateStage(_staged!, _staged!.IsWide ? columns : null), cancellationToken).ConfigureAwait(false);
        _hasStage = true;
        await CopyAsync(PostgresSql.Copy(_staged!, columns), stream => ((PostgresRows)rows).CopyToAsync(stream, columns, cancellationToken), cancellationToken).ConfigureAwait(false);
        IReadOnlyList<(int Row, RowFault Fault)> refused = await new PostgresKeyCheck(target.Source, _staged!, _connection!).TakeOutAsync(rows, cancellationToken).ConfigureAwait(false);
        if (_one is not null)
            await _one.KeepKeysAsync(_connection!, _staged!, cancellationToken).ConfigureAwait(false);
        return refused;
    }

    private async ValueTask CopyAsync(string sql, Func<Stream, ValueTask> send, CancellationToken cancellationToken)
    {
        NpgsqlRawCopyStream stream = await _connection!.BeginRawBinaryCopyAsync(sql, cancellationToken).ConfigureAwait(false);
        bool isDone = false;
        try
        {
            await send(stream).ConfigureAwait(false);
            isDone = true;
        }
        finally
        {
            if (!isDone)
                await stream.CancelAsync().ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    protected internal override ValueTask SaveAsync(bool replaces, CancellationToken cancellationToken) =>
        RunAsync($"{(replaces ? "RELEASE SAVEPOINT etl_range; " : "")}SAVEPOINT etl_range", cancellationToken);

    protected internal override ValueTask GoBackAsync(CancellationToken cancellationToken) => RunAsync("ROLLBACK TO SAVEPOINT etl_range", cancellationToken);

    protected internal override async ValueTask<IReadOnlyList<(int Row, int Next)>> QueryDuplicatesAsync(CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(PostgresSql.Duplicates(_staged!), _connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using System.Runtime.CompilerServices.ConfiguredAsyncDisposable disposing = row.ConfigureAwait(false);
        var pairs = new List<(int, int)>();
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            pairs.Add((row.GetInt32(0), row.GetInt32(1)));
        return pairs;
    }

    protected internal override async ValueTask<PieceEffect> UpsertAsync(
        StagedPlan plan, RowRange range, int[] without, CancellationToken cancellationToken)
    {
        string sql = without.Length == 0
            ? plan.Upsert ??= PostgresSql.Upsert(_staged!, plan, target.Options, without: false)
            : plan.UpsertWithout ??= PostgresSql.Upsert(_staged!, plan, target.Options, without: true);
        using NpgsqlCommand command = InRange(sql, range, without.Length == 0 ? null : without);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using System.Runtime.CompilerServices.ConfiguredAsyncDisposable disposing = row.ConfigureAwait(false);
        await row.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new PieceEffect(row.GetInt64(0), await row.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false) ? null : row.GetInt64(1));
    }

    protected internal override async ValueTask<bool> LacksKeysAsync(RowRange range, int[] without, CancellationToken cancellationToken)
    {
        if (!_staged!.MayIgnoreRows)
            return false;
        using NpgsqlCommand command = InRange(PostgresSql.LacksKeys(_staged), range, without);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    protected internal override async ValueTask<RangeRejection?> FindEarlyChildAsync(StagedPlan plan, RowRange range, int[] without, CancellationToken cancellationToken)
    {
        foreach (SelfReference reference in _staged!.SelfReferences)
        {
            using NpgsqlCommand command = InRange(PostgresSql.EarlyChild(_staged, reference), range, without);
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is int row)
                return new RangeRejection(PostgresErrors.ForeignKey(reference.Name, reference.Children is [var only] ? only.Name : null), row);
        }
        foreach (ReferencedColumns referenced in range.Count > 1 ? _staged.Referenced : [])
        {
            if (!referenced.Columns.All(plan.Columns.Contains) || _staged.Changed(referenced.Columns, target.Options).Count == 0)
                continue;
            using NpgsqlCommand command = InRange(PostgresSql.TakesOver(_staged, referenced), range, without);
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true)
                return new RangeRejection(PostgresErrors.ForeignKey(referenced.Name, null));
        }
        return null;
    }

    protected override async ValueTask CommitTransactionAsync(CancellationToken cancellationToken)
    {
        if (_one is null)
            await RunAsync("COMMIT", cancellationToken).ConfigureAwait(false);
        else
            await PostgresOneTransaction.CommitBatchAsync(_connection!, cancellationToken).ConfigureAwait(false);
        _raised = 0;
    }

    protected internal override RowFault? FaultOf(DbException error, StagedPlan? plan)
    {
        if (_staged is null)
            return null;
        if (PostgresErrors.IsRaisedContention(error) && ++_raised > MostRaised)
            return PostgresErrors.Raised(error);
        RowFault? fault = PostgresErrors.ToRowFault(error, _staged);
        // The server does not name the column of a text that it could not convert; often there is only one.
        return fault is { Code: ErrorCodes.TargetTypeMismatch, Column: null } && plan?.Columns.Where(column => column.Type.IsReadByServer).ToArray() is [var only]
            ? ColumnFaults.DoesNotFit(only, PostgresReadByServer.Refusal(only.Type))
            : fault;
    }

    protected internal override RowFault? SlowRow => PostgresErrors.Slow;

    protected internal override async ValueTask LimitLockWaitsAsync(CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(PostgresSql.LimitLockWaits, _connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = command.CommandTimeout * 1000L });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    protected internal override RowFault? UnknownFaultOf(DbException error) => PostgresErrors.ToUnknownRowFault(error);

    protected internal override bool IsDuplicateKey(DbException error) => error is PostgresException { SqlState: PostgresErrorCodes.CardinalityViolation };

    protected override Exception Translate(DbException error) => PostgresErrors.ToLoadException(error, target.Source, !IsConnectionLost);

    private async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        await target.LeaveConnectionAsync(cancellationToken).ConfigureAwait(false);
        bool again = _connection is not null;
        await DisconnectAsync().ConfigureAwait(false);
        _connection = target.Source.NewConnection();
        await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        _keepAlive = await target.Source.KeepAliveAsync(_connection, cancellationToken).ConfigureAwait(false);
        if (again)
            await target.KeepWatermarkLockAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask DisconnectAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask RunAsync(string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private NpgsqlCommand InRange(string sql, RowRange range, int[]? without)
    {
        var command = new NpgsqlCommand(sql, _connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = range.Start });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = range.End });
        if (without is not null)
            command.Parameters.Add(new NpgsqlParameter { Value = without, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });
        return command;
    }
}
