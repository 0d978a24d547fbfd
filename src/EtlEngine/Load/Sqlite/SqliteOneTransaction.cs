using EtlTools.Engine.Records;
using SQLitePCL;
using static EtlTools.Engine.Load.AnsiNames;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>
/// A load that is one transaction. A batch is a savepoint in it; the keys that have come are kept in a temporary table, which SQLite
/// keeps in a file of its own where it grows. Readers see the old rows until the commit.
/// </summary>
internal sealed class SqliteOneTransaction(SqliteTarget target, sqlite3 database, Utf8Scratch scratch) : IDisposable
{
    private readonly LoadOptions _options = target.Options;
    private SqliteTable? _table;
    private IReadOnlyList<(Record Record, int Index, SqliteForm Form)> _scope = [];
    private SqliteStatement? _keep;
    private bool _keepsKeys;
    private bool _isLost;
    private long _deleted;

    /// <summary>Begins a batch, and the transaction with the first one.</summary>
    public void BeginBatch()
    {
        RequireAlive();
        if (_table is null)
            Begin();
        SqliteExec.Run(database, "SAVEPOINT etl_batch");
    }

    /// <summary>Keeps the key of a record that is about to be written.</summary>
    /// <returns>SQLITE_DONE, or what went wrong.</returns>
    public int Keep(Record record, SqliteMapping mapping)
    {
        if (!_keepsKeys)
            return raw.SQLITE_DONE;
        _keep ??= new SqliteStatement(database, SqliteSql.KeepKey(_table!));
        for (int i = 0; i < mapping.KeySources.Length; i++)
        {
            SqliteConverter.Convert(record, mapping.Sources[mapping.KeySources[i]], mapping.Forms[mapping.KeySources[i]], scratch, out SqliteValue value);
            _keep.Bind(i, value);
        }
        return _keep.Run();
    }

    public int CommitBatch() => SqliteExec.TryRun(database, "RELEASE etl_batch");

    /// <summary>Takes the open batch back.</summary>
    public void RollbackBatch()
    {
        if (raw.sqlite3_get_autocommit(database) != 0)
        {
            _isLost = _table is not null;
            return;
        }
        if (_table is null)
            SqliteExec.TryRun(database, "ROLLBACK");
        else if (SqliteExec.TryRun(database, "ROLLBACK TO etl_batch") == raw.SQLITE_OK)
            SqliteExec.TryRun(database, "RELEASE etl_batch");
    }

    /// <summary>What is left of the transaction when a trigger or a conflict clause has rolled all of it back.</summary>
    public EtlException RolledBack() => Incomplete.Lost(_options, target.Database, "A trigger or conflict clause of the table rolled back what was written");

    /// <summary>Takes out what no record had, and commits.</summary>
    public long Complete(bool takesOut)
    {
        RequireAlive();
        if (_table is null)
            return 0;
        if (takesOut && _keepsKeys)
            _deleted = TakeOut(_table);
        int result = SqliteExec.TryCommit(database);
        if (result == raw.SQLITE_OK)
            return _deleted;
        throw Failure(result);
    }

    /// <summary>Ends the transaction where it was not completed.</summary>
    public void Dispose()
    {
        _keep?.Dispose();
        if (_table is not null && raw.sqlite3_get_autocommit(database) == 0)
            SqliteExec.TryRun(database, "ROLLBACK");
        if (_keepsKeys)
            SqliteExec.TryRun(database, $"DROP TABLE IF EXISTS {SqliteSql.Seen}");
    }

    private void RequireAlive()
    {
        if (_isLost || (_table is not null && raw.sqlite3_get_autocommit(database) != 0))
            throw Incomplete.Lost(_options, target.Database, $"The transaction of the load into {target.Database} ended");
    }

    private void Begin()
    {
        SqliteTable table = target.Definition!;
        _scope = Scope(table);
        SqliteExec.Run(database, "BEGIN IMMEDIATE");
        bool isReferenced = _options.Mode == LoadMode.Replace && SqliteExec.ReadInteger(
            database,
            $"SELECT EXISTS (SELECT 1 FROM {Quote(table.Name.Schema ?? "main")}.sqlite_schema AS m, pragma_foreign_key_list(m.name, {Text(table.Name.Schema ?? "main")}) AS f "
            + $"WHERE m.type = 'table' AND f.\"table\" = {Text(table.Name.Name)} COLLATE NOCASE AND m.name <> {Text(table.Name.Name)} COLLATE NOCASE)") != 0;
        if (isReferenced && table.Key.Count == 0)
            throw Incomplete.ReplaceNeedsKey(table.Name);
        _keepsKeys = _options.DeleteMissing || isReferenced;
        if (_keepsKeys)
            SqliteExec.Run(database, SqliteSql.CreateSeen(table));
        else
            _deleted = Change(MissingRows.DeleteAll(table.Name), []);
        _table = table;
    }

    private long TakeOut(SqliteTable table)
    {
        if (_options.RequiresScope && Run(SqliteSql.FindOutside(table, _options), _scope) == raw.SQLITE_ROW)
            throw Incomplete.OutsideScope(table.Name);
        IReadOnlyList<string> statements = SqliteSql.TakeOut(table, _options);
        foreach (string statement in statements.SkipLast(1))
            Change(statement, []);
        return Change(statements[^1], _scope);
    }

    /// <summary>The values of -MissingScope as a record, and the columns that they are compared with.</summary>
    /// <exception cref="EtlException">A value does not have its column's type.</exception>
    private List<(Record Record, int Index, SqliteForm Form)> Scope(SqliteTable table)
    {
        var record = new Record(new Schema([.. _options.MissingScope.Keys]), [.. _options.MissingScope.Values]);
        var scope = new List<(Record, int, SqliteForm)>();
        foreach ((int i, string name) in _options.MissingScope.Keys.Index())
        {
            TargetColumn column = table.Find(name)!;
            SqliteForm form = table.FormOf(column);
            if (SqliteConverter.Convert(record, i, form, scratch, out _) is not null)
                throw new EtlException(
                    FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-MissingScope has a value for '{name}' that does not have the column's type ({column.DeclaredType}). Nothing was loaded.");
            scope.Add((record, i, form));
        }
        return scope;
    }

    private long Change(string sql, IReadOnlyList<(Record Record, int Index, SqliteForm Form)> values)
    {
        Run(sql, values);
        return NativeMethods.GetChanges(database.DangerousGetHandle());
    }

    /// <summary>Runs a statement to its first row or its end.</summary>
    /// <returns>SQLITE_ROW or SQLITE_DONE.</returns>
    private int Run(string sql, IReadOnlyList<(Record Record, int Index, SqliteForm Form)> values)
    {
        using var statement = new SqliteStatement(database, sql);
        for (int i = 0; i < values.Count; i++)
        {
            SqliteConverter.Convert(values[i].Record, values[i].Index, values[i].Form, scratch, out SqliteValue value);
            statement.Bind(i, value);
        }
        int result = statement.Run();
        return result is raw.SQLITE_DONE or raw.SQLITE_ROW ? result : throw Failure(result);
    }

    private Exception Failure(int code) => code == raw.SQLITE_CONSTRAINT_FOREIGNKEY
        ? Incomplete.Referenced(_options, _table!.Name)
        : SqliteErrors.ToException(database, code) switch
        {
            TransientTargetException transient => Incomplete.Lost(_options, target.Database, transient.Message),
            Exception other => other,
        };
}
