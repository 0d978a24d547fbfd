using System.Data.Common;
using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>Reads from SQLite. It has no asynchronous calls: rows are read on the thread that asks for them.</summary>
internal sealed class SqliteQuerySession(SqliteConnection connection, SqliteDataSource source) : QuerySession(connection)
{
    private readonly sqlite3 _database = connection.Handle!;

    public override string Database => source.Name;

    public override CatalogSql Catalog => SqliteSql.Catalog;

    public override string Quote(string name) => AnsiNames.Quote(name);

    // A read transaction sees the database as it was at its first read.
    public override string Begin(bool isSnapshot) => "BEGIN";

    public override Exception Translate(DbException error)
    {
        int code = ((SqliteException)error).SqliteExtendedErrorCode;
        return code switch
        {
            raw.SQLITE_ERROR => QueryFailures.Refused(source.Name, raw.sqlite3_errmsg(_database).utf8_to_string()),
            _ when SqliteErrors.Primary(code) == raw.SQLITE_READONLY => QueryFailures.Writes(source.Name),
            _ => SqliteErrors.ToException(_database, code),
        };
    }

    public override void Interrupt(DbCommand command) => raw.sqlite3_interrupt(_database);
}
