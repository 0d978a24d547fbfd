using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Sqlite;
using EtlTools.Engine.Records;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>Reads from SQLite. It has no asynchronous calls: rows are read on the thread that asks for them.</summary>
internal sealed class SqliteQuerySession(SqliteConnection connection, SqliteDataSource source) : QuerySession(connection)
{
    private readonly sqlite3 _database = connection.Handle!;

    public override string Database => source.Name;

    public override CatalogSql Catalog => SqliteSql.Catalog;

    // Its numbers of these types go to infinity, and NaN is null.
    public override string? Placeless(string dataType) => dataType.ToUpperInvariant() is "REAL" or "FLOAT" or "DOUBLE" ? "9e999, -9e999" : null;

    public override string Quote(string name) => AnsiNames.Quote(name);

    // A read transaction sees the database as it was at its first read.
    public override string Begin(bool isSnapshot) => "BEGIN";

    /// <summary>Columns with another collation than BINARY, and those of views, whose collations SQLite does not say.</summary>
    public override ValueTask<IReadOnlyCollection<string>> LooseTextsAsync(TableName table, IReadOnlyList<string> columns, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyCollection<string>>([.. columns.Where(column =>
            raw.sqlite3_table_column_metadata(_database, table.Schema, table.Name, column, out _, out string collation, out _, out _, out _) != raw.SQLITE_OK
            || !collation.Equals("BINARY", StringComparison.OrdinalIgnoreCase))]);

    public override Exception Translate(DbException error)
    {
        int code = ((SqliteException)error).SqliteExtendedErrorCode;
        return code switch
        {
            raw.SQLITE_ERROR => Refused(raw.sqlite3_errmsg(_database).utf8_to_string()),
            _ when SqliteErrors.Primary(code) == raw.SQLITE_READONLY => QueryFailures.Writes(source.Name),
            _ => SqliteErrors.ToException(_database, code),
        };
    }

    private EtlException Refused(string text) => QueryFailures.Refused(source.Name, text, text switch
    {
        _ when text.StartsWith("no such table", StringComparison.Ordinal) => FailureCodes.TableNotFound,
        _ when text.StartsWith("no such column", StringComparison.Ordinal) => FailureCodes.UnknownColumn,
        _ => FailureCodes.StatementFailed,
    });

    protected override SqlValueReader ReaderOf(DbDataReader reader, int column) => ReadValid;

    /// <summary>SQLite stores any bytes as text, and the driver replaces those that are not UTF-8.</summary>
    private static object? ReadValid(DbDataReader reader, int column)
    {
        object? value = ReadAsItIs(reader, column);
        if (value is string text && text.Contains('\uFFFD', StringComparison.Ordinal) && !Utf8.IsValid(reader.GetFieldValue<byte[]>(column)))
            throw new DecoderFallbackException();
        return value;
    }

    /// <summary>The driver would bind a decimal as text, which compares with no number, a GUID in capitals, unlike those that are loaded, and
    /// an instant by the clock of its zone.</summary>
    protected override void SetValue(DbParameter parameter, SqlParameterValue given) => base.SetValue(parameter, given with
    {
        Value = given.Value switch
        {
            decimal number when decimal.IsInteger(number) && number is >= long.MinValue and <= long.MaxValue => (long)number,
            decimal number when NumberText.CountDigits(Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture))) <= NumberText.MaxDigits => (double)number,
            Guid id => id.ToString(),
            DateTime time => StoredText.AsUtc(time),
            DateTimeOffset time => time.UtcDateTime,
            var value => value,
        },
    });

    public override void Interrupt(DbCommand command) => raw.sqlite3_interrupt(_database);
}
