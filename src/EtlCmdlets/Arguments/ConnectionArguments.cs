using System.Data.Common;
using System.Management.Automation;
using System.Net;
using System.Security;
using EtlTools.Engine;
using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Postgres;
using EtlTools.Engine.Load.Sqlite;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Reads the parameters by which a database is connected to.</summary>
internal static class ConnectionArguments
{
    /// <summary>The database, and how to get there.</summary>
    /// <param name="command">The command.</param>
    /// <param name="commandTimeoutSec">Seconds that a statement may take; 0 for what the connection string or the driver says.</param>
    /// <param name="specific">Options of one kind of database, beside those for connecting.</param>
    /// <typeparam name="T">The command's type.</typeparam>
    /// <exception cref="EtlException">Options are of two kinds of databases.</exception>
    public static TargetOptions Target<T>(T command, int commandTimeoutSec, params ProviderOptions[] specific) where T : PSCmdlet, IConnectionArguments =>
        On(new TargetOptions(), command, commandTimeoutSec, SqlServer(command), specific);

    /// <summary>The same for options that have more to them.</summary>
    public static TOptions On<TOptions, T>(TOptions options, T command, int commandTimeoutSec, SqlServerOptions sqlServer, params ProviderOptions[] specific)
        where TOptions : TargetOptions
        where T : PSCmdlet, IConnectionArguments
    {
        Require(command.ServerInstance is null || command.SqlInstance is null, "-SqlInstance and -ServerInstance both name the server. Leave one of them out.");
        Require(command.Credential is null || command.SqlCredential is null, "-SqlCredential and -Credential both say who logs in. Leave one of them out.");
        string? file = command.SqlitePath ?? FileInPlaceOfServer(command);
        return (TOptions)(options with
        {
            Provider = command.Provider,
            ConnectionString = command.ConnectionString,
            Server = file is not null && file == command.ServerInstance ? null : command.SqlInstance ?? command.ServerInstance,
            Database = command.Database,
            SqlitePath = FullPathOf(file),
            Credential = Credential(command.SqlCredential ?? command.Credential),
            Specific = Specific([sqlServer, .. specific]),
            CommandTimeout = commandTimeoutSec > 0 ? TimeSpan.FromSeconds(commandTimeoutSec) : null,
            BaseDirectory = command.SessionState.Path.CurrentFileSystemLocation.ProviderPath,
        });

        string? FullPathOf(string? file)
        {
            if (file is null || SqliteDataSource.IsMemory(file))
                return file;
            string parameter = command.SqlitePath is null ? "-ServerInstance" : "-SqlitePath";
            return SessionPath.Full(command.SessionState.Path, file, parameter);
        }
    }

    // -DataSource shop.db: what other tools call a data source is a server or a file.
    private static string? FileInPlaceOfServer(IConnectionArguments command) =>
        IsFileInPlaceOfServer(command.ServerInstance, command.Provider, command.ConnectionString, command.Database) ? command.ServerInstance : null;

    /// <summary>Whether what is given as a server is a SQLite file.</summary>
    public static bool IsFileInPlaceOfServer(string? server, string provider, string connectionString, string? database) =>
        server is not null && connectionString.Length == 0 && database is null && SqliteDialect.IsFile(server)
        && (provider.Length == 0 || Dialects.IsSqlite(provider));

    /// <summary>User and password as they were given: Azure's logins have an @ in them, which is no domain's.</summary>
    public static NetworkCredential? Credential(PSCredential? argument) =>
        argument is null ? null : new NetworkCredential(argument.UserName.TrimStart('\\'), argument.Password);

    /// <summary>The database as it was named, for a question; without user or password.</summary>
    public static string Describe(IConnectionArguments command)
    {
        (string? sqlitePath, string? server, string? database, string? connectionString) = (command.SqlitePath, command.SqlInstance ?? command.ServerInstance, command.Database, command.ConnectionString);
        if (sqlitePath is not null)
            return $"'{sqlitePath}'";
        if (DescribeUri(connectionString) is { } uri)
            return uri;
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = connectionString ?? "" };
            string? Part(params string[] keys) => keys.Select(key => parts.TryGetValue(key, out object? value) ? value.ToString() : null).FirstOrDefault(value => value is not null);
            string? host = server ?? (Part("Data Source", "Server", "Host", "Address", "Filename") is { } named ? Part("Port") is { } port ? $"{named}:{port}" : named : null);
            string[] names = [.. new[] { host, database ?? Part("Database", "Initial Catalog", "DB") }.OfType<string>()];
            return names.Length > 0 ? $"'{string.Join('/', names)}'" : "the database of -ConnectionString";
        }
        catch (ArgumentException)
        {
            // The command itself will say that it cannot be read.
            return "the database of -ConnectionString";
        }
    }

    private static string? DescribeUri(string? connectionString)
    {
        if (connectionString is null || !PostgresUri.Is(connectionString))
            return null;
        try
        {
            return $"'{PostgresSource.Parse(new TargetOptions { ConnectionString = connectionString }).Name}'";
        }
        catch (EtlException)
        {
            // The command itself will say that it cannot be read.
            return "the database of -ConnectionString";
        }
    }

    /// <summary>Tells a redactor the secrets among them.</summary>
    public static void RememberSecrets(Redactor redactor, IConnectionArguments command)
    {
        if (!string.IsNullOrEmpty(command.ConnectionString))
            redactor.AddConnectionString(command.ConnectionString);
        redactor.AddSecret(command.Credential?.Password);
        redactor.AddSecret(command.SqlCredential?.Password);
        redactor.AddSecret(command.AccessToken);
    }

    /// <summary>What only SQL Server has.</summary>
    public static SqlServerOptions SqlServer(string? encrypt, bool trustServerCertificate, SecureString? accessToken, bool hasInstance, bool hasCredential) => new()
    {
        HasSqlInstance = hasInstance,
        HasSqlCredential = hasCredential,
        Encrypt = encrypt is null ? null : Enum.Parse<SqlServerEncrypt>(encrypt, ignoreCase: true),
        TrustServerCertificate = trustServerCertificate,
        AccessToken = accessToken,
    };

    /// <summary>What only SQL Server has, of a command.</summary>
    public static SqlServerOptions SqlServer(IConnectionArguments command) =>
        SqlServer(command.Encrypt, command.TrustServerCertificate, command.AccessToken, command.SqlInstance is not null, command.SqlCredential is not null);

    /// <summary>What only SQLite has.</summary>
    public static SqliteOptions Sqlite(string? journalMode) => new()
    {
        JournalMode = journalMode is null ? null : Enum.Parse<SqliteJournalMode>(journalMode, ignoreCase: true),
    };

    /// <summary>Those of one kind of database that are in use.</summary>
    /// <exception cref="EtlException">They are of two kinds.</exception>
    public static ProviderOptions? Specific(params ProviderOptions[] all) => Array.FindAll(all, options => options.InUse.Count > 0) switch
    {
        [] => null,
        [var only] => only,
        [var one, var other, ..] => throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall,
            $"{one.InUse[0]} is for -Provider {one.Provider} and {other.InUse[0]} for -Provider {other.Provider}. Leave one of them out."),
    };

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);
    }
}
