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
/// Prevents a second run of the same watermark, by an advisory lock of a transaction that stays open as long as the load. A session lock
/// would outlive its load behind a pooler, which reuses sessions, and two loads could hold it in one session.
/// </summary>
/// <param name="source">The database.</param>
/// <param name="name">The watermark's name.</param>
/// <param name="table">The watermark table.</param>
/// <param name="job">The common name of the shares of a load, which no other load may use meanwhile; null for none.</param>
internal sealed class PostgresWatermarkLock(PostgresSource source, string name, TableName table, string? job = null) : IAsyncDisposable
{
    /// <summary>How long to wait for a lock: the server may take a moment to notice that the previous run was killed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Begins a transaction that does not hold back vacuum and that no time-out of the server ends; not every version has all
    /// settings.</summary>
    private static readonly string Begin = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
        SELECT set_config(name, CASE name WHEN 'lock_timeout' THEN '{Patience.TotalMilliseconds}' ELSE '0' END, true) FROM pg_settings
        WHERE name IN ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
        """);

    /// <summary>How long a pooler may take to provide a second session.</summary>
    private static readonly TimeSpan PatienceWithPooler = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private NpgsqlConnection? _connection;
    private bool _isPooled;

    /// <summary>Checks that a pooler, if there is one, has another session besides that of the lock, which stays in its
    /// transaction.</summary>
    /// <param name="other">Another connection.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="EtlException">There is none.</exception>
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

    /// <summary>Takes the lock if it is not held, or no longer held.</summary>
    /// <exception cref="EtlException">Another run holds it.</exception>
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

    /// <summary>Whether the transaction still exists; the driver notices a lost connection only when it is used.</summary>
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
        // A pooler reports its own session numbers to its clients.
        _isPooled = backend != connection.ProcessID;
        if (job is not null)
            await WaitAsync(connection, "pg_advisory_xact_lock_shared", KeyOf(schema, table, job), job, cancellationToken).ConfigureAwait(false);
        await WaitAsync(connection, "pg_advisory_xact_lock", KeyOf(schema, table, name), name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes the locks of names until the connection's transaction ends.</summary>
    /// <returns>False if another run holds one of them.</returns>
    public static async ValueTask<bool> TryAllAsync(NpgsqlConnection connection, TableName table, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        (string? schema, _) = await SchemaOfAsync(connection, table, cancellationToken).ConfigureAwait(false);
        using var take = new NpgsqlCommand("SELECT coalesce(bool_and(pg_try_advisory_xact_lock(k)), true) FROM unnest($1) AS k", connection);
        take.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. names.Select(name => KeyOf(schema, table, name))] });
        return await take.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    /// <summary>Identifies the table, whether it was named with its schema, is found by the search path, or will be created there; and the
    /// session's number.</summary>
    private static async ValueTask<(string? Schema, int Backend)> SchemaOfAsync(NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        using var find = new NpgsqlCommand(
            "SELECT coalesce((SELECT n.nspname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)), $2, current_schema()::text), pg_backend_pid()", connection);
        find.Parameters.Add(new NpgsqlParameter<string> { TypedValue = AnsiNames.Quote(table) });
        find.Parameters.Add(new NpgsqlParameter { Value = (object?)table.Schema ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        NpgsqlDataReader row = await find.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using System.Runtime.CompilerServices.ConfiguredAsyncDisposable disposing = row.ConfigureAwait(false);
        await row.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (await row.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false) ? null : row.GetString(0), row.GetInt32(1));
    }

    private static long KeyOf(string? schema, TableName table, string name) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"EtlTools\n{schema}\n{table.Name}\n{name}")));

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
