using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>
/// One writer's connection. The staging table belongs to the connection and is filled before the transaction begins, so that
/// no locks are held while rows are sent, and that a rollback leaves them there. Transactions are begun and committed as
/// statements: the driver's own calls cannot be cancelled.
/// </summary>
internal sealed class SqlServerSession(SqlServerTarget target) : StagedSession(target)
{
    private SqlConnection? _connection;
    private SqlBulkCopy? _copy;
    private SqlServerTable? _stagedTable;
    private List<TargetColumn> _stagedColumns = [];
    private SqlServerRows? _staged;
    private bool _isClean;
    private bool _hasBegun;
    private bool _isLost;

    protected override bool HasSavepoints => !_isLost;

    /// <summary>UPDATE … FROM takes any one of several rows of a key, silently.</summary>
    protected override bool NeedsDuplicates(StagedPlan plan) => true;

    /// <summary>Where rows have to be written one by one the statement itself does so.</summary>
    protected override bool WritesOneByOne(StagedPlan plan) => false;

    private SqlConnection Connection => _connection ?? throw SqlServerFailures.Broken(target.Connector);

    public override async ValueTask WriteWatermarksAsync(IReadOnlyList<Watermark> watermarks, long sequence, CancellationToken cancellationToken)
    {
        await BeginIfNeededAsync("", cancellationToken).ConfigureAwait(false);
        await CallAsync(
            async () =>
            {
                await target.WatermarksOver(Connection).WriteAsync(watermarks, target.Run, sequence, cancellationToken).ConfigureAwait(false);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask RollbackAsync()
    {
        if (_connection is null)
            return;
        try
        {
            if (_isClean && _hasBegun)
                await ExecuteAsync(SqlServerSql.Rollback, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DbException or TransientTargetException)
        {
            _isClean = false;
        }
        _hasBegun = false;
        // The server rolls back what a closed connection leaves.
        if (!_isClean)
            await CloseAsync().ConfigureAwait(false);
    }

    public override ValueTask DisposeAsync() => CloseAsync();

    /// <summary>Only connects: what begins the transaction is the first statement that needs one.</summary>
    protected override async ValueTask BeginTransactionAsync(StagedTable? table, CancellationToken cancellationToken)
    {
        _hasBegun = false;
        _isLost = false;
        if (_connection is { State: ConnectionState.Open })
            return;
        await CloseAsync().ConfigureAwait(false);
        _connection = await target.Connector.OpenAsync(cancellationToken).ConfigureAwait(false);
        _isClean = true;
        await target.KeepWatermarkLockAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override async ValueTask StageAsync(StagedRows rows, CancellationToken cancellationToken)
    {
        // A retry finds them there.
        if (ReferenceEquals(rows, _staged))
            return;
        _staged = null;
        var table = (SqlServerTable)rows.Table!;
        List<TargetColumn> columns = [.. rows.Columns];
        if (ReferenceEquals(table, _stagedTable) && columns.SequenceEqual(_stagedColumns, ReferenceEqualityComparer.Instance))
            await ExecuteAsync(SqlServerSql.ClearStaging, cancellationToken).ConfigureAwait(false);
        else
            await MakeStagingAsync(table, columns, cancellationToken).ConfigureAwait(false);
        var staged = (SqlServerRows)rows;
        var reader = new StagedReader(staged, columns);
        await using ConfiguredAsyncDisposable disposing = reader.ConfigureAwait(false);
        await CallAsync(
            async () =>
            {
                await _copy!.WriteToServerAsync(reader, cancellationToken).ConfigureAwait(false);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        _staged = staged;
    }

    protected override ValueTask SaveAsync(bool replaces, CancellationToken cancellationToken) =>
        _hasBegun ? RunAsync(SqlServerSql.Save, cancellationToken) : BeginIfNeededAsync($"\n{SqlServerSql.Save}", cancellationToken);

    protected override ValueTask GoBackAsync(CancellationToken cancellationToken) => RunAsync(SqlServerSql.GoBack, cancellationToken);

    protected override async ValueTask<IReadOnlyList<(int Row, int Next)>> QueryDuplicatesAsync(CancellationToken cancellationToken) =>
        await QueryAsync(SqlServerSql.Duplicates(_stagedTable!), [], row => (row.GetInt32(0), row.GetInt32(1)), cancellationToken).ConfigureAwait(false);

    protected override async ValueTask<PieceEffect> UpsertAsync(
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
        {
            byte[] skip = new byte[range.Count];
            foreach (int row in without)
                skip[row - range.Start] = 1;
            parameters.Add(new SqlParameter("@skip", SqlDbType.VarBinary, -1) { Value = skip });
        }
        try
        {
            List<PieceEffect> effects = await QueryAsync(
                text, parameters, row => new PieceEffect(row.GetInt64(0) + row.GetInt64(1), row.GetInt64(1)), cancellationToken).ConfigureAwait(false);
            return effects[0];
        }
        catch (SqlException e) when (SqlServerErrors.KindOf(e, out _) == SqlServerErrorKind.Data)
        {
            // Some errors doom the transaction, and triggers may roll it back.
            List<int> state = await QueryAsync(SqlServerSql.TransactionState, [], row => row.GetInt32(0), cancellationToken).ConfigureAwait(false);
            _isLost = state[0] != 1;
            throw;
        }
    }

    /// <summary>Where the order matters rows are written one by one, and the server checks each.</summary>
    protected override ValueTask<RangeRejection?> FindEarlyChildAsync(RowRange range, int[] without, CancellationToken cancellationToken) => default;

    protected override async ValueTask CommitTransactionAsync(CancellationToken cancellationToken)
    {
        if (_hasBegun)
            await ExecuteAsync(SqlServerSql.Commit, cancellationToken).ConfigureAwait(false);
        _hasBegun = false;
    }

    protected override RowFault? FaultOf(DbException error, StagedPlan? plan) =>
        error is SqlException sql && SqlServerErrors.KindOf(sql, out SqlError? cause) == SqlServerErrorKind.Data ? SqlServerErrors.ToRowFault(cause!, _stagedTable!) : null;

    protected override bool IsDuplicateKey(DbException error) => false;

    protected override Exception Translate(DbException error) => SqlServerFailures.ToException((SqlException)error, target.Connector);

    private async ValueTask MakeStagingAsync(SqlServerTable table, List<TargetColumn> columns, CancellationToken cancellationToken)
    {
        _stagedTable = null;
        await ExecuteAsync(SqlServerSql.CreateStaging(table, columns), cancellationToken).ConfigureAwait(false);
        ((IDisposable?)_copy)?.Dispose();
        _copy = new SqlBulkCopy(Connection, SqlBulkCopyOptions.TableLock | SqlBulkCopyOptions.CacheMetadata, null)
        {
            DestinationTableName = SqlServerSql.Staging,
            BulkCopyTimeout = target.Connector.CommandTimeout,
        };
        _copy.ColumnMappings.Add(0, "etl_row");
        for (int i = 0; i < columns.Count; i++)
            _copy.ColumnMappings.Add(i + 1, SqlServerSql.StagingColumn(table, columns[i]));
        (_stagedTable, _stagedColumns) = (table, columns);
    }

    private async ValueTask BeginIfNeededAsync(string then, CancellationToken cancellationToken)
    {
        if (_hasBegun)
            return;
        await ExecuteAsync(SqlServerSql.Begin + then, cancellationToken).ConfigureAwait(false);
        _hasBegun = true;
    }

    private async ValueTask RunAsync(string text, CancellationToken cancellationToken) => await ExecuteAsync(text, cancellationToken).ConfigureAwait(false);

    private ValueTask<int> ExecuteAsync(string text, CancellationToken cancellationToken) => CallAsync(
        async () =>
        {
            SqlCommand command = target.NewCommand(Connection, text);
            await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    private ValueTask<List<T>> QueryAsync<T>(string text, List<SqlParameter> parameters, Func<SqlDataReader, T> read, CancellationToken cancellationToken) => CallAsync(
        async () =>
        {
            SqlCommand command = target.NewCommand(Connection, text);
            await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
            command.Parameters.AddRange([.. parameters]);
            SqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable closing = reader.ConfigureAwait(false);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                rows.Add(read(reader));
            return rows;
        },
        cancellationToken);

    /// <summary>Calls the server, and keeps in mind whether the connection may be used again.</summary>
    private async ValueTask<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        _isClean = false;
        try
        {
            T result = await call().ConfigureAwait(false);
            _isClean = true;
            return result;
        }
        catch (SqlException e)
        {
            SqlServerErrorKind kind = SqlServerErrors.KindOf(e, out SqlError? cause);
            _isClean = Connection.State == ConnectionState.Open && !cancellationToken.IsCancellationRequested
                && (kind is SqlServerErrorKind.Data or SqlServerErrorKind.Fatal || SqlServerFailures.IsContention(cause!.Number));
            throw;
        }
        catch (InvalidOperationException)
        {
            // The driver says so where it finds the connection closed in the middle of its work, and does not always show it.
            cancellationToken.ThrowIfCancellationRequested();
            throw await IsBrokenAsync(cancellationToken).ConfigureAwait(false)
                ? SqlServerFailures.Broken(target.Connector)
                : SqlServerFailures.NotSent(target.Connector);
        }
    }

    private async ValueTask<bool> IsBrokenAsync(CancellationToken cancellationToken)
    {
        if (_connection is not { State: ConnectionState.Open } connection)
            return true;
        try
        {
            SqlCommand command = target.NewCommand(connection, SqlServerSql.Probe);
            await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (Exception e) when (e is DbException or InvalidOperationException)
        {
            return true;
        }
    }

    private async ValueTask CloseAsync()
    {
        _staged = null;
        _stagedTable = null;
        ((IDisposable?)_copy)?.Dispose();
        _copy = null;
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
