using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>
/// Makes the server notice within seconds that the host of a session is gone, and release its locks; by default that takes two hours. It is
/// set for a transaction only, because a pooler gives the session to other clients, and only if nobody else has set it.
/// </summary>
internal static class PostgresKeepAlive
{
    // The last setting is in milliseconds.
    private const string Find = """
        SELECT string_agg(format('set_config(%L, %L, true)', s.name, v.value), ', ')
        FROM (VALUES ('tcp_keepalives_idle', '5'), ('tcp_keepalives_interval', '2'), ('tcp_keepalives_count', '3'), ('tcp_user_timeout', '10000')) AS v (name, value)
        JOIN pg_settings AS s ON s.name = v.name
        WHERE s.source = 'default' AND inet_client_addr() IS NOT NULL
        """;

    /// <summary>A statement that sets it in the current transaction, preceded by a semicolon; empty if nothing must be set.</summary>
    public static async ValueTask<string> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(Find, connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string { Length: > 0 } calls ? $"; SELECT {calls}" : "";
    }
}
