using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>Statements that run once. Unlike a command of Microsoft.Data.Sqlite they do not wait for a lock by themselves.</summary>
internal static class SqliteExec
{
    public static void Run(sqlite3 database, string sql)
    {
        int result = TryRun(database, sql);
        if (result != raw.SQLITE_OK)
            throw SqliteErrors.ToException(database, result);
    }

    /// <summary>Runs a statement.</summary>
    /// <returns>The extended result code.</returns>
    public static int TryRun(sqlite3 database, string sql) => raw.sqlite3_exec(database, sql);

    /// <summary>Commits the transaction, unless it would go into a file that is no longer the database: with a write-ahead log, SQLite itself
    /// does not look.</summary>
    /// <returns>The extended result code.</returns>
    public static int TryCommit(sqlite3 database)
    {
        bool hasMoved = NativeMethods.FileControl(database.DangerousGetHandle(), "main", NativeMethods.HasMoved, out int moved) == raw.SQLITE_OK && moved != 0;
        return hasMoved ? raw.SQLITE_READONLY_DBMOVED : TryRun(database, "COMMIT");
    }

    /// <summary>Does something while nobody else writes to the database; nothing of it is done where it fails.</summary>
    public static T InTransaction<T>(sqlite3 database, Func<T> work)
    {
        Run(database, "BEGIN IMMEDIATE");
        try
        {
            T result = work();
            Run(database, "COMMIT");
            return result;
        }
        catch
        {
            // The failure may have rolled back already.
            if (raw.sqlite3_get_autocommit(database) == 0)
                TryRun(database, "ROLLBACK");
            throw;
        }
    }

    public static long ReadInteger(sqlite3 database, string sql) =>
        Read(database, sql, statement => raw.sqlite3_column_int64(statement, 0));

    public static string ReadText(sqlite3 database, string sql) =>
        Read(database, sql, statement => raw.sqlite3_column_text(statement, 0).utf8_to_string());

    private static T Read<T>(sqlite3 database, string sql, Func<sqlite3_stmt, T> read)
    {
        int result = raw.sqlite3_prepare_v2(database, sql, out sqlite3_stmt statement);
        using (statement)
        {
            if (result == raw.SQLITE_OK)
                result = raw.sqlite3_step(statement);
            return result == raw.SQLITE_ROW ? read(statement) : throw SqliteErrors.ToException(database, result);
        }
    }
}
