using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>The journal that -JournalMode asks for.</summary>
internal static class SqliteJournal
{
    /// <summary>What the options ask for; null for nothing.</summary>
    /// <exception cref="EtlException">The loader cannot work with it.</exception>
    public static SqliteJournalMode? Wanted(LoadOptions options) => (options.Specific as SqliteOptions)?.JournalMode is not SqliteJournalMode.Off and var mode
        ? mode
        : throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall,
            "-JournalMode Off leaves no way to take a batch back: a row that the database refuses could damage it. Use Memory if you can do without the database after a kill.");

    public static string Statement(SqliteJournalMode mode) => $"PRAGMA journal_mode = {mode.ToString().ToUpperInvariant()}";

    /// <summary>Gives a database its journal.</summary>
    /// <exception cref="EtlException">It does not take it.</exception>
    /// <exception cref="TransientTargetException">Others use it just now.</exception>
    public static void Set(sqlite3 database, SqliteDataSource source, SqliteJournalMode mode)
    {
        string wanted = mode.ToString();
        string given = SqliteExec.ReadText(database, Statement(mode));
        if (!string.Equals(given, wanted, StringComparison.OrdinalIgnoreCase))
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"-JournalMode {wanted} cannot be had: the database '{source.Name}' stays with {given}, as one in memory or on a file system without shared memory does. Leave it out.");
    }

    /// <summary>What the user should know of it.</summary>
    public static IReadOnlyList<EtlException> Warnings(LoadOptions options) => options.Specific is not SqliteOptions { JournalMode: SqliteJournalMode.Memory } ? [] :
    [
        new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall,
            "-JournalMode Memory: a load that is killed may leave a damaged database, and running it again does not mend it. Keep a copy."),
    ];
}
