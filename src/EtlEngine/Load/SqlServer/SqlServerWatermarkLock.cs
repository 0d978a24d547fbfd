using System.Runtime.CompilerServices;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Prevents a second run of the same watermark, by an application lock of the session, which ends with the connection.</summary>
/// <param name="table">The watermark table.</param>
internal sealed class SqlServerWatermarkLock(TableName table)
{
    private string? _name;
    private SqlConnection? _holder;

    /// <summary>From now on, the target's current connection holds the lock.</summary>
    public void Claim(string name) => _name = name;

    /// <summary>Takes the lock, if one is claimed, for a connection that does not have it yet.</summary>
    /// <exception cref="EtlException">Another run holds it.</exception>
    public async ValueTask HoldAsync(SqlConnection connection, CancellationToken cancellationToken)
    {
        if (_name is not { } name || ReferenceEquals(_holder, connection))
            return;
        // The lock is on the table, which must exist to have an id.
        var creating = new SqlCommand(SqlServerSql.Watermarks(table).Create, connection);
        await using (creating.ConfigureAwait(false))
            await creating.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        var command = new SqlCommand(SqlServerSql.WatermarkLock, connection);
        await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
        command.Parameters.AddWithValue("@name", name);
        command.Parameters.AddWithValue("@wait", SqlServerSql.ShortLockWait(connection.CommandTimeout));
        command.Parameters.AddWithValue("@quoted", SqlServerSql.Quote(table));
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not >= 0)
            throw WatermarkFailures.InUse(name);
        _holder = connection;
    }
}
