namespace EtlTools.Engine.Load;

/// <summary>How SQLite keeps what it needs to take a transaction back.</summary>
internal enum SqliteJournalMode
{
    /// <summary>A write-ahead log: readers and the loader do not wait for each other.</summary>
    Wal,

    /// <summary>A journal file that is deleted after each transaction: SQLite's own default.</summary>
    Delete,

    /// <summary>A journal file that is emptied after each transaction.</summary>
    Truncate,

    /// <summary>A journal file whose head is overwritten after each transaction.</summary>
    Persist,

    /// <summary>A journal in memory: a process that is killed in a transaction leaves a damaged database.</summary>
    Memory,

    /// <summary>None. The loader refuses it: it could not take back a batch.</summary>
    Off,
}

/// <summary>Options that only SQLite has.</summary>
internal sealed record SqliteOptions : ProviderOptions
{
    /// <summary>The journal; null, the default, for that of the database, and a write-ahead log where the loader makes it.</summary>
    public SqliteJournalMode? JournalMode { get; init; }

    /// <inheritdoc/>
    public override string Provider => Sqlite.SqliteDialect.ProviderName;

    /// <inheritdoc/>
    public override IReadOnlyList<string> InUse => JournalMode is null ? [] : ["-JournalMode"];
}
