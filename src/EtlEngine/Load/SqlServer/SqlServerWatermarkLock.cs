using System.Runtime.CompilerServices;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Keeps a second run of the same watermark away: an application lock of the session, which ends with the connection.</summary>
internal static class SqlServerWatermarkLock
{
    public static async ValueTask TakeAsync(SqlConnection connection, string name, string table, CancellationToken cancellationToken)
    {
        var command = new SqlCommand(SqlServerSql.WatermarkLock, connection);
        await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
        TableName parsed = TableName.Parse(table);
        command.Parameters.AddWithValue("@name", name);
        command.Parameters.AddWithValue("@table", parsed.Name);
        command.Parameters.AddWithValue("@quoted", SqlServerSql.Quote(parsed));
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not >= 0)
            throw WatermarkFailures.InUse(name);
    }
}
