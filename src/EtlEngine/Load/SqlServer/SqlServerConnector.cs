using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Opens connections to one database of one server, all with the same settings.</summary>
internal sealed class SqlServerConnector
{
    /// <summary>The first that has all that the statements need: SQL Server 2016.</summary>
    private const int OldestVersion = 13;

    private readonly SqlConnectionStringBuilder _builder;
    private readonly SqlCredential? _credential;
    private readonly string? _accessToken;
    private volatile bool _hasConnected;

    private SqlServerConnector(SqlConnectionStringBuilder builder, SqlCredential? credential, string? accessToken)
    {
        _builder = builder;
        _credential = credential;
        _accessToken = accessToken;
    }

    /// <summary>The database as messages and the summary show it.</summary>
    public string Name => _builder.InitialCatalog.Length > 0 ? $"{_builder.DataSource}/{_builder.InitialCatalog}" : _builder.DataSource;

    /// <summary>How long a statement may take, in seconds.</summary>
    public int CommandTimeout => _builder.CommandTimeout;

    /// <summary>Whether it has ever worked: what fails then is an outage and no wrong call.</summary>
    public bool HasConnected => _hasConnected;

    /// <summary>Reads where the server is and who logs in.</summary>
    /// <exception cref="EtlException">It cannot be used; the message quotes nothing of it that may be a secret.</exception>
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
            throw Invalid("-ConnectionString cannot be read. Write it as 'Data Source=server;Initial Catalog=database'; a value with ; or = in it goes into quotes.");
        }
        if (options.SqlitePath is not null)
            throw Invalid("-SqlitePath is for SQLite. Name the server with -ServerInstance and the database with -Database.");
        var specific = options.Specific as SqlServerOptions;
        builder.DataSource = options.Server ?? builder.DataSource;
        builder.InitialCatalog = options.Database ?? builder.InitialCatalog;
        if (builder.DataSource.Length == 0)
            throw Invalid("No server is named. Use -ServerInstance, or write 'Data Source=' and its name in -ConnectionString.");
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
        // A connection lives as long as its writer, and closing closes. What fails is tried again by the loader, which knows
        // what was written: the driver must not mend a connection under it.
        builder.Pooling = false;
        builder.ConnectRetryCount = 0;
        builder.Enlist = false;
        builder.MultipleActiveResultSets = false;
        return new SqlServerConnector(builder, LogIn(builder, options, specific), specific?.AccessToken is { } token ? Reveal(token) : null);
    }

    /// <summary>Connects.</summary>
    public async ValueTask<SqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new SqlConnection(_builder.ConnectionString, _credential);
        if (_accessToken is not null)
            connection.AccessToken = _accessToken;
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            RequireVersion(connection);
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
            if (e is InvalidOperationException)
                throw Invalid("The options of the connection do not go together. Look at -ConnectionString, -Credential, -AccessToken and -Encrypt.", e);
            throw;
        }
    }

    private static async ValueTask ExecuteAsync(SqlConnection connection, string text, CancellationToken cancellationToken)
    {
        SqlCommand command = connection.CreateCommand();
        await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
        command.CommandText = text;
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Who logs in: -AccessToken, -Credential, the connection string, or this process's own user.</summary>
    private static SqlCredential? LogIn(SqlConnectionStringBuilder builder, TargetOptions options, SqlServerOptions? specific)
    {
        bool hasUser = builder.UserID.Length > 0 || builder.Password.Length > 0;
        if (specific?.AccessToken is not null)
        {
            if (options.Credential is not null || hasUser || builder.IntegratedSecurity)
                throw Invalid("-AccessToken logs in by itself: leave out -Credential, and user, password and Integrated Security in -ConnectionString.");
            return null;
        }
        if (options.Credential is { } credential)
        {
            if (hasUser || builder.IntegratedSecurity)
                throw Invalid("-Credential and -ConnectionString both say who logs in. Leave one out.");
            SecureString password = credential.SecurePassword.Copy();
            password.MakeReadOnly();
            return new SqlCredential(credential.UserName, password);
        }
        if (!hasUser && builder.Authentication == SqlAuthenticationMethod.NotSpecified)
            builder.IntegratedSecurity = true;
        return null;
    }

    private static void RequireVersion(SqlConnection connection)
    {
        if (int.TryParse(connection.ServerVersion.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int version) && version < OldestVersion)
            throw new EtlException(
                FailureCodes.TargetUnavailable, FailureKind.InvalidCall,
                $"The server '{connection.DataSource}' is older than SQL Server 2016, which is the first that the loader knows.");
    }

    private static string Reveal(SecureString secret)
    {
        nint text = Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            return Marshal.PtrToStringUni(text)!;
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(text);
        }
    }

    private static EtlException Invalid(string message, Exception? inner = null) =>
        new(FailureCodes.InvalidConnectionString, FailureKind.InvalidCall, message, inner);
}
