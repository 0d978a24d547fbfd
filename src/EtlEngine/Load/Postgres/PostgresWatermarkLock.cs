using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Keeps a second run of the same watermark away: an advisory lock of the session, which ends with the connection.</summary>
internal static class PostgresWatermarkLock
{
    /// <summary>How long a lock is waited for: the server may take a moment to notice that the run before was killed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async ValueTask TakeAsync(NpgsqlConnection connection, string name, string table, CancellationToken cancellationToken)
    {
        TableName parsed = TableName.Parse(table);
        // The same table, whether it was named with its schema or is found by the search path, or will be made there.
        using var find = new NpgsqlCommand(
            "SELECT coalesce((SELECT n.nspname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)), $2, current_schema()::text)", connection);
        find.Parameters.Add(new NpgsqlParameter<string> { TypedValue = AnsiNames.Quote(parsed) });
        find.Parameters.Add(new NpgsqlParameter { Value = (object?)parsed.Schema ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        string? schema = (string?)await find.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        long key = BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"EtlTools\n{schema}\n{parsed.Name}\n{name}")));
        using var wait = new NpgsqlCommand(
            $"SELECT set_config('lock_timeout', '{(int)Patience.TotalMilliseconds}', false), pg_advisory_lock({key}), set_config('lock_timeout', '0', false)", connection);
        try
        {
            await wait.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw WatermarkFailures.InUse(name);
        }
    }
}
