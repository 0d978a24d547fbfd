using System.Globalization;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>The database that a call names.</summary>
internal sealed class PostgresSource
{
    /// <summary>How long the driver waits for the answer to a cancel request; a stopped load should be gone soon.</summary>
    private const int CancellationTimeoutMs = 500;

    private const int ReadBufferSize = 64 * 1024;

    private const string ApplicationName = "EtlTools";

    private const string Ports = "Ports go from 1 to 65535.";

    private readonly NpgsqlConnectionStringBuilder _builder;
    private volatile string? _keepAlive;

    private PostgresSource(NpgsqlConnectionStringBuilder builder) => _builder = builder;

    /// <summary>The database as messages show it, without a user.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{_builder.Host}:{_builder.Port}/{_builder.Database ?? _builder.Username}");

    /// <summary>The schemas in which unqualified names are searched for, or the options of the connection that name them; null for those of the
    /// user or the database.</summary>
    public string? SearchPath =>
        !string.IsNullOrWhiteSpace(_builder.SearchPath) ? _builder.SearchPath
        : _builder.Options?.Contains("search_path", StringComparison.OrdinalIgnoreCase) == true ? _builder.Options : null;

    /// <summary>Parses the location of the database.</summary>
    /// <exception cref="EtlException">It cannot be used; the message quotes nothing that may be a secret.</exception>
    public static PostgresSource Parse(TargetOptions options)
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = PostgresUri.Is(options.ConnectionString) ? PostgresUri.Parse(options.ConnectionString) : new NpgsqlConnectionStringBuilder(options.ConnectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            // The parser's message may quote a part of an unquoted password.
            string? wrong = LibpqNames.WrongName(options.ConnectionString);
            throw Invalid($"-ConnectionString cannot be read{(wrong is null ? ". Write" : $": {wrong}. Write")} it as 'Host=db;Database=shop;Username=etl', or as postgresql://etl@db/shop; put a value that contains ; or = into quotes.");
        }
        if (builder.Port > ushort.MaxValue)
            throw Invalid($"-ConnectionString has a port that cannot exist. {Ports}");
        if (LibpqNames.NameBehindSpace(builder.Host) is { } behind)
            throw Invalid($"-ConnectionString has '{behind}' after a space, as in libpq's notation. Write ; between the parts: 'Host=db;Database=shop;Username=etl', or a URI: postgresql://etl@db/shop.");
        if (options.Server is { } server)
            SetServer(builder, server);
        if (options.Database is { } database)
            builder.Database = database;
        if (options.Credential is { } credential)
        {
            builder.Username = credential.UserName;
            builder.Password = credential.Password;
        }
        if (string.IsNullOrEmpty(builder.Host))
            builder.Host = Environment.GetEnvironmentVariable("PGHOST");
        if (string.IsNullOrEmpty(builder.Host))
            throw Invalid("No server is given. Use -ServerInstance, or Host in -ConnectionString.");
        if (builder.Database is null && Environment.GetEnvironmentVariable("PGDATABASE") is { Length: > 0 } fromEnvironment)
            builder.Database = fromEnvironment;
        if (!builder.ShouldSerialize(nameof(NpgsqlConnectionStringBuilder.Port)) && Environment.GetEnvironmentVariable("PGPORT") is { Length: > 0 } port)
            builder.Port = ReadPort(port) ?? throw Invalid("PGPORT in the environment is not a port. Correct it, or give Port in -ConnectionString.");
        // Closing really closes, so that transactions and locks end; and exceptions contain no row data.
        builder.Pooling = false;
        builder.Multiplexing = false;
        // A pooler may give the next transaction another session, in which the prepared statement does not exist.
        builder.MaxAutoPrepare = 0;
        builder.Enlist = false;
        builder.IncludeErrorDetail = false;
        builder.CancellationTimeout = CancellationTimeoutMs;
        builder.ApplicationName ??= ApplicationName;
        if (options.CommandTimeout is { } timeout)
            builder.CommandTimeout = (int)Math.Ceiling(timeout.TotalSeconds);
        return new PostgresSource(builder);
    }

    /// <summary>An open connection.</summary>
    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = NewConnection();
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc cref="PostgresKeepAlive.FindAsync"/>
    public async ValueTask<string> KeepAliveAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        _keepAlive ??= await PostgresKeepAlive.FindAsync(connection, cancellationToken).ConfigureAwait(false);

    /// <summary>A connection that is not open yet.</summary>
    public NpgsqlConnection NewConnection() => new(_builder.ConnectionString);

    /// <summary>A connection for large reads, which waits for the server less often, and reads arrays with nulls in them.</summary>
    public NpgsqlConnection NewReadingConnection()
    {
        var builder = new NpgsqlConnectionStringBuilder(_builder.ConnectionString);
        if (builder.ReadBufferSize < ReadBufferSize)
            builder.ReadBufferSize = ReadBufferSize;
        builder.ArrayNullabilityMode = ArrayNullabilityMode.PerInstance;
        return new NpgsqlConnection(builder.ConnectionString);
    }

    private static void SetServer(NpgsqlConnectionStringBuilder builder, string server)
    {
        int at = server.LastIndexOfAny([':', ',']);
        // An IPv6 address has several colons and no port.
        bool hasPort = at > 0 && (server[at] == ',' || server.IndexOf(':', StringComparison.Ordinal) == at)
            && at < server.Length - 1 && !server.AsSpan(at + 1).ContainsAnyExceptInRange('0', '9');
        builder.Host = hasPort ? server[..at] : server;
        if (hasPort)
            builder.Port = ReadPort(server[(at + 1)..]) ?? throw Invalid($"-ServerInstance ends with a port that cannot exist. {Ports}");
    }

    private static int? ReadPort(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0 ? port : null;

    internal static EtlException Invalid(string message) => new(FailureCodes.InvalidConnectionString, FailureKind.InvalidCall, message);
}
