using Microsoft.Data.Sqlite;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>Which database a connection string means, checked and with its path made absolute.</summary>
internal sealed class SqliteDataSource
{
    private const string Memory = ":memory:";
    private const string UriScheme = "file:";

    private readonly bool _isPlainPath;

    private SqliteDataSource(SqliteConnectionStringBuilder builder, bool isPlainPath, string parameter)
    {
        Builder = builder;
        _isPlainPath = isPlainPath;
        Parameter = parameter;
    }

    /// <summary>The connection string, with an absolute path and without pooling, so that closing closes.</summary>
    public SqliteConnectionStringBuilder Builder { get; }

    /// <summary>The parameter that named the database.</summary>
    public string Parameter { get; }

    /// <summary>The database as messages show it.</summary>
    public string Name => Builder.DataSource;

    /// <summary>Reads where the database is.</summary>
    /// <param name="options">What the call says.</param>
    /// <param name="toRead">Whether it is only read from.</param>
    /// <exception cref="EtlException">It cannot be used; the message quotes nothing of it that may be a secret.</exception>
    public static SqliteDataSource Parse(TargetOptions options, bool toRead = false)
    {
        if (options.Server is not null)
            throw Invalid("-ServerInstance does not go with SQLite, which has no server: name the file with -SqlitePath.");
        if (options.Credential is not null)
            throw Invalid("-Credential does not go with SQLite, which has no users.");

        SqliteConnectionStringBuilder builder;
        try
        {
            builder = new SqliteConnectionStringBuilder(options.ConnectionString);
        }
        catch (ArgumentException)
        {
            // The parser's message may quote a part of an unquoted password.
            throw Invalid("-ConnectionString cannot be read. Write it as 'Data Source=shop.db'; a value with ; or = in it goes into quotes.");
        }
        if (options.Database is not null)
            throw Invalid("-Database does not go with SQLite, which has one in a file: name it with -SqlitePath.");
        if (options.SqlitePath is { } file)
            builder.DataSource = file;
        if (builder.Password.Length > 0)
            throw Invalid("-ConnectionString has a password, and encrypted SQLite databases are not supported.");
        if (toRead && builder.Mode != SqliteOpenMode.Memory)
            builder.Mode = SqliteOpenMode.ReadOnly;
        else if (builder.Mode == SqliteOpenMode.ReadOnly)
            throw new EtlException(FailureCodes.ReadOnlyTarget, FailureKind.InvalidCall, "-ConnectionString opens the database with Mode=ReadOnly. Leave that out.");
        if (builder.DataSource.Length == 0)
            throw Invalid("-ConnectionString names no database. Write 'Data Source=' and the path of the file.");
        string parameter = options.SqlitePath is null ? "-ConnectionString" : "-SqlitePath";
        if (!toRead && IsPrivate(builder))
            throw Invalid($"{parameter} names a database in memory. It would end with this command, and what is loaded with it. Name a file.");
        builder.Pooling = false;
        // What describes the table goes through Microsoft.Data.Sqlite, which waits for a lock by itself and cannot be interrupted.
        builder.DefaultTimeout = 1;
        bool inMemory = builder.Mode == SqliteOpenMode.Memory || IsMemory(builder.DataSource);
        bool isUri = IsUri(builder.DataSource);
        string folder = options.BaseDirectory ?? Environment.CurrentDirectory;
        if (isUri)
            builder.DataSource = ResolveUri(builder.DataSource, folder);
        else if (!inMemory)
            builder.DataSource = Path.GetFullPath(builder.DataSource, folder);
        return new SqliteDataSource(builder, !isUri && !inMemory, parameter);
    }

    /// <summary>Whether a name is not that of a file, but of a database in memory.</summary>
    public static bool IsMemory(string source) => source == Memory;

    /// <summary>Checks what the file system can tell before SQLite is asked.</summary>
    /// <param name="create">Whether the file may be made.</param>
    /// <param name="isLoad">Whether it is loaded into.</param>
    /// <exception cref="EtlException">The file cannot be there.</exception>
    public void CheckPath(bool create, bool isLoad = false)
    {
        // SQLite must not leave an empty database behind where there is none.
        if (!create && Builder.Mode == SqliteOpenMode.ReadWriteCreate)
            Builder.Mode = SqliteOpenMode.ReadWrite;
        if (!_isPlainPath)
            return;
        string path = Builder.DataSource;
        if (Directory.Exists(path))
            throw new EtlException(FailureCodes.PathIsFolder, FailureKind.InvalidCall, $"{Parameter}: '{path}' is a folder. Name a file in it.");
        string? folder = Path.GetDirectoryName(path);
        if (folder is not null && !Directory.Exists(folder))
            throw new EtlException(
                FailureCodes.FileNotFound, FailureKind.NotFound, $"{Parameter}: the folder '{folder}' does not exist. Create it first.");
        if (!create && !File.Exists(path))
            throw new EtlException(
                Builder.Mode == SqliteOpenMode.ReadOnly ? FailureCodes.FileNotFound : FailureCodes.TableNotFound, FailureKind.NotFound,
                isLoad
                    ? $"The database '{path}' does not exist, so there is no table to load into. Check {Parameter}, or use -CreateTable to create both."
                    : $"The database '{path}' does not exist. Check {Parameter}.");
    }

    /// <summary>The same database, to be looked at without a trace: no file is made, locked or changed.</summary>
    public SqliteDataSource ForLooking()
    {
        var builder = new SqliteConnectionStringBuilder(Builder.ConnectionString) { Mode = SqliteOpenMode.ReadOnly };
        if (!_isPlainPath)
            return new SqliteDataSource(IsUri(builder.DataSource) ? builder : new SqliteConnectionStringBuilder(Builder.ConnectionString), isPlainPath: false, Parameter);
        if (!File.Exists(Builder.DataSource))
            builder = new SqliteConnectionStringBuilder { DataSource = Memory, Pooling = false };
        // A reader of a write-ahead log makes files for it beside the database. Where there is none the file is all there is.
        else if (!File.Exists(Builder.DataSource + "-wal"))
            builder.DataSource = $"{UriOf(Builder.DataSource)}?immutable=1";
        return new SqliteDataSource(builder, isPlainPath: false, Parameter);
    }

    /// <summary>The database's file and those that SQLite keeps beside it, where it is in one.</summary>
    public IReadOnlyList<string> Files =>
        _isPlainPath ? [Builder.DataSource, Builder.DataSource + "-wal", Builder.DataSource + "-shm", Builder.DataSource + "-journal"] : [];

    /// <summary>Whether only its own connection sees a database, which ends with it: one in memory without a shared cache.</summary>
    private static bool IsPrivate(SqliteConnectionStringBuilder builder)
    {
        string source = builder.DataSource;
        bool isUri = IsUri(source);
        bool isMode = builder.Mode == SqliteOpenMode.Memory;
        // SQLite shares a cache by its URI only, which the driver makes of the name for Mode=Memory.
        bool isShared = (isUri || isMode) && (builder.Cache == SqliteCacheMode.Shared || (isUri && source.Contains("cache=shared", StringComparison.OrdinalIgnoreCase)));
        return !isShared && (isMode || IsMemory(source) || (isUri && IsMemoryUri(source)));
    }

    private static bool IsUri(string source) => source.StartsWith(UriScheme, StringComparison.OrdinalIgnoreCase);

    private static bool IsMemoryUri(string uri) =>
        uri.AsSpan(UriScheme.Length).StartsWith(Memory, StringComparison.Ordinal) || uri.Contains("mode=memory", StringComparison.OrdinalIgnoreCase);

    private static string ResolveUri(string uri, string folder)
    {
        string rest = uri[UriScheme.Length..];
        bool isRelative = rest.Length > 0 && rest[0] is not ('/' or '?') && !IsMemoryUri(uri);
        return isRelative ? UriOf(Path.Join(folder, "x"))[..^1] + rest : uri;
    }

    /// <summary>The URI of a full path. For SQLite, that of a share has its server in the path, not in front of it:
    /// https://www.sqlite.org/uri.html.</summary>
    private static string UriOf(string path)
    {
        var uri = new Uri(path);
        return $"{UriScheme}{(uri.IsUnc ? $"////{uri.Host}" : "")}{uri.AbsolutePath}";
    }

    private static EtlException Invalid(string message) => new(FailureCodes.InvalidConnectionString, FailureKind.InvalidCall, message);
}
