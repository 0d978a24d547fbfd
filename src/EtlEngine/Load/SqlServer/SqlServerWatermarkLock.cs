using System.Runtime.CompilerServices;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Keeps a second run of the same watermark away: an application lock of the session, which ends with the connection.</summary>
internal static class SqlServerWatermarkLock
{
    public static async ValueTask TakeAsync(SqlConnection connection, string name, string table, CancellationToken cancellationToken)
    {
        // The lock is on the table, which must be there to have an id.
        var creating = new SqlCommand(SqlServerSql.Watermarks(table).Create, connection);
        await using (creating.ConfigureAwait(false))
            await creating.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        var command = new SqlCommand(SqlServerSql.WatermarkLock, connection);
        await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
        command.Parameters.AddWithValue("@name", name);
        command.Parameters.AddWithValue("@quoted", SqlServerSql.Quote(TableName.Parse(table)));
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not >= 0)
            throw WatermarkFailures.InUse(name);
    }
}
