using System.Data.Common;
using EtlTools.Engine.Extract.Sql;
using EtlTools.Engine.Files;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>SQLite: files, and databases in memory.</summary>
internal sealed class SqliteDialect : IDialect
{
    /// <summary>How long SQLite itself waits for a lock: short, since nothing can interrupt it; the loader's retry does the rest.</summary>
    private const int BusyTimeoutMs = 75;

    /// <summary>Pages after which the WAL is copied into the database, 32 MiB: with keys in random order each batch touches
    /// most pages of the index, and SQLite's own 1,000 would copy them all at every commit.</summary>
    private const int CheckpointPages = 8_000;

    private static readonly string[] FileKeys = ["Data Source", "DataSource"];

    private static readonly string[] Extensions = [".db", ".db3", ".sqlite", ".sqlite3"];

    public const string ProviderName = "Sqlite";

    public string Name => ProviderName;

    public bool IsOnServer => false;

    public bool Recognizes(DbConnectionStringBuilder connectionString)
    {
        bool isFile = Array.Exists(FileKeys, key =>
            connectionString.TryGetValue(key, out object? value) && value is string file
            && (file.StartsWith(':') || file.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || IsFile(file)));
        return isFile || connectionString.ContainsKey("Filename");
    }

    /// <summary>Whether a name has the extension of a SQLite file.</summary>
    public static bool IsFile(string source) => Array.Exists(Extensions, extension => source.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    public async ValueTask<ITarget> OpenAsync(LoadOptions options, CancellationToken cancellationToken)
    {
        TableName table = TableName.Parse(options.Table).RequireLasting(SqliteSql.Temporary);
        var source = SqliteDataSource.Parse(options);
        source.CheckPath(options.CreateTable, isLoad: true);
        RequireAnotherFile(options, source);
        SqliteJournalMode? journal = SqliteJournal.Wanted(options);
        return await ConnectAsync(
            options.IsPreview ? source.ForLooking() : source,
            async connection =>
            {
                if (!options.IsPreview)
                    Prepare(connection, source, journal);
                SqliteTable? target = SqliteTableReader.Read(connection, table, options.Key);
                return target is null && !options.CreateTable
                    ? throw new EtlException(
                        FailureCodes.TableNotFound, FailureKind.NotFound,
                        $"The table '{table}' does not exist in '{source.Name}'. Check -Table, or use -CreateTable to create it from the first record.{await new TargetCatalog(connection, SqliteSql.Catalog).HintAsync(table, cancellationToken).ConfigureAwait(false)}")
                    : new SqliteTarget(connection, source, table, options, target);
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<WatermarkStore> OpenWatermarksAsync(TargetOptions options, TableName table, CancellationToken cancellationToken)
    {
        var source = SqliteDataSource.Parse(options);
        source.CheckPath(create: false);
        return await ConnectAsync(
            source,
            connection => ValueTask.FromResult(
                new WatermarkStore(connection, SqliteSql.Watermarks(table), e => SqliteErrors.ToException(connection.Handle!, ((SqliteException)e).SqliteExtendedErrorCode))
                {
                    Lock = (name, _) => ValueTask.FromResult<IAsyncDisposable?>(SqliteWatermarkLock.Take(connection.Handle!, name)),
                }),
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<TargetCatalog> OpenCatalogAsync(TargetOptions options, CancellationToken cancellationToken)
    {
        var source = SqliteDataSource.Parse(options);
        source.CheckPath(create: false);
        return await ConnectAsync(source.ForLooking(), connection => ValueTask.FromResult(new TargetCatalog(connection, SqliteSql.Catalog)), cancellationToken).ConfigureAwait(false);
    }

    public string BesideReader => "use -JournalMode Wal";

    public string NameOf(TargetOptions options) => SqliteDataSource.Parse(options, toRead: true).Name;

    public async ValueTask<QuerySession> OpenQueryAsync(TargetOptions options, CancellationToken cancellationToken)
    {
        var source = SqliteDataSource.Parse(options, toRead: true);
        source.CheckPath(create: false);
        return await ConnectAsync(
            source,
            connection =>
            {
                raw.sqlite3_extended_result_codes(connection.Handle!, 1);
                return ValueTask.FromResult(new SqliteQuerySession(connection, source));
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<T> ConnectAsync<T>(SqliteDataSource source, Func<SqliteConnection, ValueTask<T>> open, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SqliteLibrary.Require();
        SqliteConnection? connection = null;
        try
        {
            connection = new SqliteConnection(source.Builder.ConnectionString);
            // SQLite has no asynchronous calls.
            connection.Open();
            return await open(connection).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Exception reason = e is SqliteException { SqliteErrorCode: not 0 } failure && connection?.Handle is { } handle && !handle.IsInvalid
                ? SqliteErrors.ToException(handle, failure.SqliteExtendedErrorCode)
                : e is SqliteException or InvalidOperationException ? CannotOpen(source) : e;
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            if (ReferenceEquals(reason, e))
                throw;
            throw reason;
        }
    }

    private static void RequireAnotherFile(LoadOptions options, SqliteDataSource source)
    {
        if (options.DeadLetterPath is { } letters && source.Files.Any(file => FilePath.AreSame(file, letters)))
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-DeadLetterPath '{letters}' is the database itself. Name another file.");
    }

    private static EtlException CannotOpen(SqliteDataSource source) => new(
        FailureCodes.TargetUnavailable, FailureKind.Unavailable,
        $"The database '{source.Name}' cannot be opened. Check the path in {source.Parameter} and this user's rights on the file and its folder.");

    private static void Prepare(SqliteConnection connection, SqliteDataSource source, SqliteJournalMode? journal)
    {
        sqlite3 database = connection.Handle!;
        raw.sqlite3_extended_result_codes(database, 1);
        raw.sqlite3_busy_timeout(database, BusyTimeoutMs);
        if (raw.sqlite3_db_readonly(database, "main") == 1)
            throw SqliteErrors.ToException(database, raw.SQLITE_READONLY);
        SqliteCache.Begin(database);
        SqliteExec.Run(database, $"PRAGMA wal_autocheckpoint = {CheckpointPages}");
        if (source.Builder.ForeignKeys is null)
            SqliteExec.Run(database, "PRAGMA foreign_keys = ON");
        string file = raw.sqlite3_db_filename(database, "main").utf8_to_string() ?? "";
        bool isFile = file.Length > 0;
        bool isNew = isFile && SqliteExec.ReadInteger(database, "PRAGMA page_count") == 0;
        // Readers of a database of our own are not to be held up by a load. An existing one's mode is its owner's. A write-ahead log does
        // not work over a network: https://www.sqlite.org/wal.html.
        if (journal is null && isNew && !FilePath.IsOnNetwork(file))
            journal = SqliteJournalMode.Wal;
        if (journal is { } wanted)
            SqliteJournal.Set(database, source, wanted);
        // With a write-ahead log a power cut can take the last commits but never harms the file, and the session brings the
        // log to the disk before the load's end is reported. With other journals it could, and SQLite's default stays.
        if (isFile && SqliteExec.ReadText(database, "PRAGMA journal_mode") == "wal")
            SqliteExec.Run(database, "PRAGMA synchronous = NORMAL");
        ProveWritable(database);
    }

    /// <summary>Writes a value that is there already and takes it back: the journal can be made, the file is not locked.</summary>
    private static void ProveWritable(sqlite3 database)
    {
        long version = SqliteExec.ReadInteger(database, "PRAGMA user_version");
        SqliteExec.Run(database, "BEGIN IMMEDIATE");
        SqliteExec.Run(database, $"PRAGMA user_version = {version}");
        SqliteExec.Run(database, "ROLLBACK");
    }
}
