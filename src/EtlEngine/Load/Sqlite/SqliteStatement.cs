using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>A prepared statement. Parameters count from 0.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(sqlite3 database, string sql)
    {
        Sql = sql;
        int result = raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement);
        if (result != raw.SQLITE_OK)
            throw SqliteErrors.ToException(database, result);
    }

    public string Sql { get; }

    public void Bind(int parameter, in SqliteValue value)
    {
        int result = value.Storage switch
        {
            StorageClass.Integer => raw.sqlite3_bind_int64(_statement, parameter + 1, value.Integer),
            StorageClass.Real => raw.sqlite3_bind_double(_statement, parameter + 1, value.Real),
            StorageClass.Text => raw.sqlite3_bind_text(_statement, parameter + 1, value.Bytes),
            StorageClass.Blob => raw.sqlite3_bind_blob(_statement, parameter + 1, value.Bytes),
            _ => raw.sqlite3_bind_null(_statement, parameter + 1),
        };
        // A value over SQLite's limit (1 GB) must not leave the previous row's in its place.
        if (result != raw.SQLITE_OK)
            raw.sqlite3_bind_null(_statement, parameter + 1);
        BindResult = BindResult == raw.SQLITE_OK ? result : BindResult;
    }

    /// <summary>The first failure of <see cref="Bind"/> since the last <see cref="Run"/>.</summary>
    public int BindResult { get; private set; }

    /// <summary>Runs the statement to its first row or its end, and resets it.</summary>
    /// <returns>SQLITE_ROW, SQLITE_DONE, or the extended code of what went wrong.</returns>
    public int Run()
    {
        int result = BindResult;
        BindResult = raw.SQLITE_OK;
        if (result != raw.SQLITE_OK)
            return result;
        result = raw.sqlite3_step(_statement);
        int reset = raw.sqlite3_reset(_statement);
        // Some builds tell the extended code only here.
        return result is raw.SQLITE_ROW or raw.SQLITE_DONE ? result : reset != raw.SQLITE_OK ? reset : result;
    }

    public void Dispose() => _statement.Dispose();
}
