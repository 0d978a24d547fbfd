using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Opens connections to one database of one server, all with the same settings.</summary>
internal sealed class SqlServerConnector
{
    /// <summary>The oldest version that supports all statements: SQL Server 2016.</summary>
    private const int OldestVersion = 13;

    private readonly SqlConnectionStringBuilder _builder;
    private readonly SqlServerLogin _login;
    private volatile bool _hasConnected;

    private SqlServerConnector(SqlConnectionStringBuilder builder, SqlServerLogin login)
    {
        _builder = builder;
        _login = login;
    }

    /// <summary>The database as messages and the summary show it.</summary>
    public string Name => _builder.InitialCatalog.Length > 0 ? $"{_builder.DataSource}/{_builder.InitialCatalog}" : _builder.DataSource;

    /// <summary>The time-out of a statement, in seconds.</summary>
    public int CommandTimeout => _builder.CommandTimeout;

    /// <summary>Whether the user of this process logs in.</summary>
    public bool IsIntegrated => _builder.IntegratedSecurity;

    /// <summary>Whether a token logs in.</summary>
    public bool HasToken => _login.AccessToken is not null;

    /// <summary>Whether a connection has ever worked; after that, a failure is an outage and not a wrong call.</summary>
    public bool HasConnected => _hasConnected;

    /// <summary>Parses the server's address and the login.</summary>
    /// <exception cref="EtlException">It cannot be used; the message quotes nothing that may be a secret.</exception>
    public static SqlServerConnector Parse(TargetOptions options)
    {
        SqlConnectionStringBuilder builder;
        try
        {
            builder = new SqlConnectionStringBuilder(options.ConnectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The parser's message may quote a part of an unquoted password.
            throw SqlServerAddress.Invalid("-ConnectionString cannot be read. Write it as 'Data Source=server;Initial Catalog=database'; put a value that contains ; or = into quotes.");
        }
        catch (NotSupportedException)
        {
            throw SqlServerAddress.Invalid("-ConnectionString has a keyword that the driver no longer knows, such as Network Library. Leave it out: the server is reached by TCP.");
        }
        if (options.SqlitePath is not null)
            throw SqlServerAddress.Invalid("-SqlitePath is for SQLite. Name the server with -ServerInstance and the database with -Database.");
        var specific = options.Specific as SqlServerOptions;
        builder.DataSource = options.Server ?? builder.DataSource;
        builder.InitialCatalog = options.Database ?? builder.InitialCatalog;
        if (builder.DataSource.Length == 0)
            throw SqlServerAddress.Invalid("No server is given. Use -ServerInstance, or 'Data Source=' and its name in -ConnectionString.");
        SqlServerAddress.Require(builder.DataSource);
        if (specific?.Encrypt is { } encrypt)
            builder.Encrypt = encrypt switch
            {
                SqlServerEncrypt.Optional => SqlConnectionEncryptOption.Optional,
                SqlServerEncrypt.Strict => SqlConnectionEncryptOption.Strict,
                _ => SqlConnectionEncryptOption.Mandatory,
            };
        if (specific?.TrustServerCertificate == true)
            builder.TrustServerCertificate = true;
        if (options.CommandTimeout is { } timeout)
            builder.CommandTimeout = (int)Math.Ceiling(timeout.TotalSeconds);
        if (builder.ApplicationName == new SqlConnectionStringBuilder().ApplicationName)
            builder.ApplicationName = "EtlTools";
        // A connection lives as long as its writer, and closing really closes. The loader retries failures, because it knows what was
        // written; the driver must not reconnect by itself.
        builder.Pooling = false;
        builder.ConnectRetryCount = 0;
        builder.Enlist = false;
        builder.MultipleActiveResultSets = false;
        return new SqlServerConnector(builder, SqlServerLogin.Of(builder, options));
    }

    /// <summary>Connects.</summary>
    public async ValueTask<SqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new SqlConnection();
        try
        {
            connection.ConnectionString = _builder.ConnectionString;
            connection.Credential = _login.Credential;
            if (_login.AccessToken is not null)
                connection.AccessToken = _login.AccessToken;
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await RequireVersionAsync(connection, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(connection, SqlServerSql.Settings, cancellationToken).ConfigureAwait(false);
            _hasConnected = true;
            return connection;
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (e is SqlException error)
                throw SqlServerFailures.ToException(error, this);
            if (e is InvalidOperationException or NotSupportedException or ArgumentException)
                throw SqlServerAddress.Invalid("The options of the connection cannot be combined, or the driver does not support one of them on this machine. Check -ConnectionString, -Credential, -AccessToken and -Encrypt.", e);
            throw;
        }
    }

    private static async ValueTask<object?> ExecuteAsync(SqlConnection connection, string text, CancellationToken cancellationToken)
    {
        SqlCommand command = connection.CreateCommand();
        await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
        command.CommandText = text;
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Azure SQL Database and Managed Instance report version 12, whatever they support:
    /// https://learn.microsoft.com/sql/t-sql/functions/version-transact-sql-configuration-functions. The edition identifies them.</summary>
    private static async ValueTask RequireVersionAsync(SqlConnection connection, CancellationToken cancellationToken)
    {
        if (!int.TryParse(connection.ServerVersion.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int version) || version >= OldestVersion)
            return;
        // https://learn.microsoft.com/sql/t-sql/functions/serverproperty-transact-sql: 5 is SQL Database, 8 Managed Instance; those that
        // came later are Edge, Arc, serverless pools and Fabric.
        const int sqlDatabase = 5, managedInstance = 8;
        if (await ExecuteAsync(connection, SqlServerSql.EngineEdition, cancellationToken).ConfigureAwait(false) is not (sqlDatabase or >= managedInstance))
            throw new EtlException(
                FailureCodes.TargetUnavailable, FailureKind.InvalidCall,
                $"The server '{connection.DataSource}' is older than SQL Server 2016, which is the oldest version that the loader supports.");
    }
}
