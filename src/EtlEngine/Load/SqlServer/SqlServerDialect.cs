using System.Data.Common;
using EtlTools.Engine.Extract.Sql;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>SQL Server 2016 and later, Azure SQL Database and Managed Instance, through Microsoft.Data.SqlClient.</summary>
internal sealed class SqlServerDialect : IDialect
{
    public const string ProviderName = "SqlServer";

    /// <summary>Keys that only SQL Server's connection strings have.</summary>
    private static readonly string[] OwnKeys =
    [
        "Initial Catalog", "Integrated Security", "Trusted_Connection", "Encrypt", "TrustServerCertificate", "MultipleActiveResultSets",
        "ApplicationIntent", "Application Intent", "MultiSubnetFailover", "AttachDbFilename", "Authentication", "Workstation ID", "Network Library",
    ];

    public string Name => ProviderName;

    public bool IsOnServer => true;

    // From 5,000 locks of a statement on, the server locks the whole table:
    // https://learn.microsoft.com/sql/relational-databases/sql-server-transaction-locking-and-row-versioning-guide#lock-escalation
    public int BatchSize => 2_000;

    public bool Recognizes(DbConnectionStringBuilder connectionString) =>
        Array.Exists(OwnKeys, connectionString.ContainsKey)
        || (connectionString.TryGetValue("Data Source", out object? source) && source is string server && SqlServerAddress.IsOwn(server));

    // An instance follows a backslash; in a connection string, that may also be the path of a SQLite file.
    public bool RecognizesServer(string server) => SqlServerAddress.IsOwn(server) || server.Contains('\\', StringComparison.Ordinal);

    public async ValueTask<ITarget> OpenAsync(LoadOptions options, CancellationToken cancellationToken)
    {
        TableName table = TableName.Parse(options.Table);
        var connector = SqlServerConnector.Parse(options);
        SqlConnection connection = await connector.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            SqlServerTable? target = await SqlServerTableReader.ReadAsync(connection, table, options, cancellationToken).ConfigureAwait(false);
            return target is null && !options.CreateTable ? throw await NoTableAsync(connection, table, connector, cancellationToken).ConfigureAwait(false) : new SqlServerTarget(connector, connection, table, options, target);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (e is SqlException error)
                throw SqlServerFailures.ToException(error, connector);
            throw;
        }
    }

    public async ValueTask<WatermarkStore> OpenWatermarksAsync(TargetOptions options, TableName table, CancellationToken cancellationToken)
    {
        var connector = SqlServerConnector.Parse(options);
        SqlConnection connection = await connector.OpenAsync(cancellationToken).ConfigureAwait(false);
        return new WatermarkStore(connection, SqlServerSql.Watermarks(table), e => SqlServerFailures.ToException((SqlException)e, connector))
        {
            Lock = async (name, token) =>
            {
                // It ends with the connection.
                var held = new SqlServerWatermarkLock(table);
                held.Claim(name);
                await held.HoldAsync(connection, token).ConfigureAwait(false);
                return null;
            },
        };
    }

    public async ValueTask<TargetCatalog> OpenCatalogAsync(TargetOptions options, CancellationToken cancellationToken) =>
        new(await SqlServerConnector.Parse(options).OpenAsync(cancellationToken).ConfigureAwait(false), SqlServerCatalog.Names);

    public string NameOf(TargetOptions options) => SqlServerConnector.Parse(options).Name;

    public async ValueTask<QuerySession> OpenQueryAsync(TargetOptions options, CancellationToken cancellationToken)
    {
        var connector = SqlServerConnector.Parse(options);
        return new SqlServerQuerySession(await connector.OpenAsync(cancellationToken).ConfigureAwait(false), connector);
    }

    public static EtlException NoTable(TableName table, SqlServerConnector connector, string hint = "") => new(
        FailureCodes.TableNotFound, FailureKind.NotFound,
        $"The table '{table}' does not exist in '{connector.Name}', or this login may not see it. Check -Table, or use -CreateTable to create it from the first record.{hint}");

    private static async ValueTask<EtlException> NoTableAsync(SqlConnection connection, TableName table, SqlServerConnector connector, CancellationToken cancellationToken) =>
        NoTable(table, connector, await new TargetCatalog(connection, SqlServerCatalog.Names).HintAsync(table, cancellationToken).ConfigureAwait(false));
}
