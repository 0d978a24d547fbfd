using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Keeps a second run of the same watermark away: an advisory lock of the session, which ends with the connection.</summary>
internal static class PostgresWatermarkLock
{
    /// <summary>How long a lock is waited for: the server may take a moment to notice that the run before was killed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async ValueTask TakeAsync(NpgsqlConnection connection, string name, string table, CancellationToken cancellationToken)
    {
        long key = BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"EtlTools\n{table}\n{name}")));
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
