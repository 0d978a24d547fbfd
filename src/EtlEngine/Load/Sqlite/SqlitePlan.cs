using System.Runtime.CompilerServices;
using EtlTools.Engine.Records;
using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>How the records of one schema are written: which value goes to which column, by which prepared statements.</summary>
internal sealed class SqlitePlan : IDisposable
{
    /// <summary>The most rows that one statement writes. More gain little, and a refused row costs as many statements again.</summary>
    public const int MostAtOnce = 10;

    private const int MostParameters = 1_000;

    private readonly sqlite3 _database;
    private readonly nint _handle;
    private readonly SqliteTable _table;
    private readonly LoadOptions _options;
    private readonly TargetColumn[] _columns;
    private readonly SqliteForm[] _forms;
    private readonly int[] _sources;
    private readonly bool _updatesFirst;
    private readonly bool _onlyKey;
    private readonly bool _mayStay;
    private readonly bool _mayLeave;
    private SqliteStatement? _upsert;
    private SqliteStatement? _several;
    private SqliteStatement? _update;
    private SqliteStatement? _stays;
    private SqliteStatement? _find;

    /// <param name="database">The connection.</param>
    /// <param name="table">The target.</param>
    /// <param name="options">What an existing row gets anew.</param>
    /// <param name="columns">The target columns that the records have.</param>
    /// <param name="sources">Their positions in the record.</param>
    public SqlitePlan(sqlite3 database, SqliteTable table, LoadOptions options, TargetColumn[] columns, int[] sources)
    {
        _database = database;
        _handle = database.DangerousGetHandle();
        _table = table;
        _options = options;
        _columns = columns;
        _forms = [.. columns.Select(table.FormOf)];
        _sources = sources;
        _updatesFirst = table.UpdatesFirst(columns);
        _onlyKey = table.Changed(columns, options).Count == 0;
        _mayStay = options.SkipUnchanged || options.UpdateWhenNewer is not null;
        _mayLeave = _onlyKey || options.InsertOnly || _mayStay;
        RowsAtOnce = table.TakesSeveral && columns.Length > 0 && !_updatesFirst && (table.Key.Count == 0 || !_mayLeave) ? Math.Clamp(MostParameters / columns.Length, 1, MostAtOnce) : 1;
    }

    /// <summary>How many rows <see cref="RunSeveral"/> writes; 1 where each needs a statement of its own.</summary>
    public int RowsAtOnce { get; }

    /// <summary>The statements that write a row with these columns.</summary>
    public static IEnumerable<string> Statements(SqliteTable table, TargetColumn[] columns, LoadOptions options) =>
        table.UpdatesFirst(columns) ? [SqliteSql.Update(table, [.. columns], options), SqliteSql.Upsert(table, columns, options)] : [SqliteSql.Upsert(table, columns, options)];

    /// <summary>Binds a record's values and runs it.</summary>
    /// <param name="record">A record that has been checked.</param>
    /// <param name="scratch">For values that have to be written out.</param>
    /// <param name="outcome">What became of it; Rejected when the table ignored it.</param>
    /// <returns>SQLITE_DONE or SQLITE_ROW, or what went wrong.</returns>
    public int Run(Record record, Utf8Scratch scratch, out RowOutcome outcome)
    {
        outcome = _onlyKey ? RowOutcome.Unchanged : RowOutcome.Updated;
        if (_table.IsView)
            return RunOnView(record, scratch, ref outcome);
        if (_updatesFirst)
        {
            if (_mayStay && !_onlyKey)
            {
                _stays ??= new SqliteStatement(_database, SqliteSql.Stays(_table, [.. _columns], _options));
                int stays = Run(_stays, record, scratch);
                outcome = stays == raw.SQLITE_ROW ? RowOutcome.Unchanged : outcome;
                if (stays != raw.SQLITE_DONE)
                    return stays;
            }
            _update ??= new SqliteStatement(_database, SqliteSql.Update(_table, [.. _columns], _options));
            int updated = Run(_update, record, scratch);
            if (updated != raw.SQLITE_DONE || (!_onlyKey && NativeMethods.GetChanges(_handle) > 0))
                return updated;
        }
        _upsert ??= new SqliteStatement(_database, SqliteSql.Upsert(_table, _columns, _options));
        // A rowid that no row gets tells afterwards whether one was inserted: an update leaves it as it is.
        const long Nobody = long.MinValue;
        NativeMethods.SetLastInsertRowid(_handle, Nobody);
        int result = Run(_upsert, record, scratch);
        if (result != raw.SQLITE_DONE)
            return result;
        if (NativeMethods.GetChanges(_handle) == 0)
            return RunWithoutEffect(record, scratch, out outcome);
        if (_table.WithoutRowid)
            outcome = _table.Key.Count == 0 ? RowOutcome.Inserted : RowOutcome.Written;
        else if (NativeMethods.GetLastInsertRowid(_handle) != Nobody)
            outcome = RowOutcome.Inserted;
        return result;
    }

    /// <summary>A row was not written: because it need not be, or because the table ignored it. If it could be either, the table is asked for
    /// its key.</summary>
    private int RunWithoutEffect(Record record, Utf8Scratch scratch, out RowOutcome outcome)
    {
        outcome = _mayLeave ? RowOutcome.Unchanged : RowOutcome.Rejected;
        if (!_mayLeave || !_table.MayIgnoreRows || _table.Key.Count == 0)
            return raw.SQLITE_DONE;
        _find ??= new SqliteStatement(_database, SqliteSql.Find(_table, [.. _columns]));
        int found = Run(_find, record, scratch);
        if (found == raw.SQLITE_DONE)
            outcome = RowOutcome.Rejected;
        return found == raw.SQLITE_ROW ? raw.SQLITE_DONE : found;
    }

    /// <summary>Writes <see cref="RowsAtOnce"/> rows with one statement: all of them or, where it is refused, none.</summary>
    /// <returns>SQLITE_DONE, or what went wrong.</returns>
    public int RunSeveral(Batch batch, int first, Utf8Scratch scratch)
    {
        _several ??= new SqliteStatement(_database, SqliteSql.Upsert(_table, _columns, _options, RowsAtOnce), RowsAtOnce * RecordWeight.Unit);
        for (int row = 0; row < RowsAtOnce; row++)
            Bind(_several, row * _forms.Length, batch[first + row], scratch);
        return _several.Run();
    }

    /// <summary>What triggers do in place of a statement is not counted, so that a view is asked whether it has the key.</summary>
    private int RunOnView(Record record, Utf8Scratch scratch, ref RowOutcome outcome)
    {
        if (_table.Key.Count > 0)
        {
            _find ??= new SqliteStatement(_database, SqliteSql.Find(_table, [.. _columns]));
            int found = Run(_find, record, scratch);
            if (found != raw.SQLITE_DONE && (found != raw.SQLITE_ROW || _onlyKey))
                return found;
            if (found == raw.SQLITE_ROW && _mayStay)
            {
                _stays ??= new SqliteStatement(_database, SqliteSql.Stays(_table, [.. _columns], _options));
                int stays = Run(_stays, record, scratch);
                outcome = stays == raw.SQLITE_ROW ? RowOutcome.Unchanged : outcome;
                if (stays != raw.SQLITE_DONE)
                    return stays;
            }
            if (found == raw.SQLITE_ROW)
            {
                _update ??= new SqliteStatement(_database, SqliteSql.Update(_table, [.. _columns], _options));
                return Run(_update, record, scratch);
            }
        }
        outcome = RowOutcome.Inserted;
        _upsert ??= new SqliteStatement(_database, SqliteSql.Upsert(_table, _columns, _options));
        return Run(_upsert, record, scratch);
    }

    /// <summary>Throws when the table has changed so that the statement cannot be prepared any more.</summary>
    public void RequirePreparable() => new SqliteStatement(_database, SqliteSql.Upsert(_table, _columns, _options)).Dispose();

    public void Dispose()
    {
        _upsert?.Dispose();
        _several?.Dispose();
        _update?.Dispose();
        _stays?.Dispose();
        _find?.Dispose();
    }

    private int Run(SqliteStatement statement, Record record, Utf8Scratch scratch)
    {
        Bind(statement, 0, record, scratch);
        return statement.Run();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Bind(SqliteStatement statement, int first, Record record, Utf8Scratch scratch)
    {
        for (int i = 0; i < _forms.Length; i++)
        {
            SqliteConverter.Convert(record, _sources[i], _forms[i], scratch, out SqliteValue value);
            statement.Bind(first + i, value);
        }
    }
}
