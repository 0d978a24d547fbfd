using System.Buffers.Binary;
using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>
/// Keeps a second run of the same watermark away: an advisory lock of a transaction that stays open as long as the load. A lock of the
/// session would outlive its load behind a pooler, which hands sessions on, and two loads could have it in one session.
/// </summary>
/// <param name="source">The database.</param>
/// <param name="name">The watermark's name.</param>
/// <param name="table">The table of watermarks.</param>
/// <param name="job">The name that the shares of a load have together, and that nobody else may have meanwhile; null for none.</param>
internal sealed class PostgresWatermarkLock(PostgresSource source, string name, string table, string? job = null) : IAsyncDisposable
{
    /// <summary>How long a lock is waited for: the server may take a moment to notice that the run before was killed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Begins a transaction that holds back no vacuum and that no time-out of the server ends; some of these are not in every version.</summary>
    private static readonly string Begin = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
        SELECT set_config(name, CASE name WHEN 'lock_timeout' THEN '{Patience.TotalMilliseconds}' ELSE '0' END, true) FROM pg_settings
        WHERE name IN ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
        """);

    /// <summary>How long a pooler may take to give a session that is not the lock's.</summary>
    private static readonly TimeSpan PatienceWithPooler = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private NpgsqlConnection? _connection;
    private bool _isPooled;

    /// <summary>Makes sure that a pooler, if there is one, has a session besides the lock's, which stays in its transaction.</summary>
    /// <param name="other">Another connection.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="EtlException">It has none.</exception>
    public async ValueTask RequireSecondSessionAsync(NpgsqlConnection other, CancellationToken cancellationToken)
    {
        if (!_isPooled)
            return;
        using var probe = new NpgsqlCommand("SELECT 1", other) { CommandTimeout = (int)PatienceWithPooler.TotalSeconds };
        try
        {
            await probe.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException e) when (e.InnerException is TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            throw new EtlException(
                FailureCodes.TargetUnavailable, FailureKind.Unavailable,
                $"The pooler at {source.Name} has no second session for this load: the lock of the watermark '{name}' needs one for the whole load, and all others are in use, or there are no others. "
                + "Raise the pooler's pool size (default_pool_size or pool_size of PgBouncer) to at least two for each load with a watermark that runs at the same time, or connect to the server behind the pooler.");
        }
    }

    /// <summary>Takes the lock where it is not held, or no longer.</summary>
    /// <exception cref="EtlException">Another run has it.</exception>
    public async ValueTask HoldAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (await IsHeldAsync(cancellationToken).ConfigureAwait(false))
                return;
            await ReleaseAsync().ConfigureAwait(false);
            _connection = await source.OpenAsync(cancellationToken).ConfigureAwait(false);
            await TakeAsync(_connection, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await ReleaseAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ReleaseAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    /// <summary>Whether the transaction is still there: the driver notices a lost connection only when it is used.</summary>
    private async ValueTask<bool> IsHeldAsync(CancellationToken cancellationToken)
    {
        if (_connection is not { State: ConnectionState.Open })
            return false;
        try
        {
            using var probe = new NpgsqlCommand("SELECT 1", _connection);
            await probe.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DbException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    private async ValueTask TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string keepAlive = await source.KeepAliveAsync(connection, cancellationToken).ConfigureAwait(false);
        using (var begin = new NpgsqlCommand(Begin + keepAlive, connection))
            await begin.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        (string? schema, int backend) = await SchemaOfAsync(connection, table, cancellationToken).ConfigureAwait(false);
        // A pooler tells its clients numbers of its own.
        _isPooled = backend != connection.ProcessID;
        if (job is not null)
            await WaitAsync(connection, "pg_advisory_xact_lock_shared", KeyOf(schema, table, job), job, cancellationToken).ConfigureAwait(false);
        await WaitAsync(connection, "pg_advisory_xact_lock", KeyOf(schema, table, name), name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes the locks of names until the connection's transaction ends.</summary>
    /// <returns>False where another run has one of them.</returns>
    public static async ValueTask<bool> TryAllAsync(NpgsqlConnection connection, string table, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        (string? schema, _) = await SchemaOfAsync(connection, table, cancellationToken).ConfigureAwait(false);
        using var take = new NpgsqlCommand("SELECT coalesce(bool_and(pg_try_advisory_xact_lock(k)), true) FROM unnest($1) AS k", connection);
        take.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. names.Select(name => KeyOf(schema, table, name))] });
        return await take.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    /// <summary>The same table, whether it was named with its schema or is found by the search path, or will be made there; and the session's number.</summary>
    private static async ValueTask<(string? Schema, int Backend)> SchemaOfAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        TableName parsed = TableName.Parse(table);
        using var find = new NpgsqlCommand(
            "SELECT coalesce((SELECT n.nspname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)), $2, current_schema()::text), pg_backend_pid()", connection);
        find.Parameters.Add(new NpgsqlParameter<string> { TypedValue = AnsiNames.Quote(parsed) });
        find.Parameters.Add(new NpgsqlParameter { Value = (object?)parsed.Schema ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        NpgsqlDataReader row = await find.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using System.Runtime.CompilerServices.ConfiguredAsyncDisposable disposing = row.ConfigureAwait(false);
        await row.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (await row.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false) ? null : row.GetString(0), row.GetInt32(1));
    }

    private static long KeyOf(string? schema, string table, string name) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"EtlTools\n{schema}\n{TableName.Parse(table).Name}\n{name}")));

    private static async ValueTask WaitAsync(NpgsqlConnection connection, string function, long key, string wanted, CancellationToken cancellationToken)
    {
        using var wait = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture, $"SELECT {function}({key})"), connection);
        try
        {
            await wait.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw WatermarkFailures.InUse(wanted);
        }
    }

    /// <summary>Closing ends the transaction, and with it the lock.</summary>
    private async ValueTask ReleaseAsync()
    {
        if (_connection is { } held)
            await held.DisposeAsync().ConfigureAwait(false);
        _connection = null;
    }
}
