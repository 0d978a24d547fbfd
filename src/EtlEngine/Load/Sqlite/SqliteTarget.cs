using EtlTools.Engine.Records;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>A table of one SQLite database, over one connection: SQLite has one writer at a time.</summary>
internal sealed class SqliteTarget(SqliteConnection connection, SqliteDataSource source, TableName name, LoadOptions options, SqliteTable? table) : ITarget
{
    private readonly Utf8Scratch _scratch = new();
    private readonly HashSet<string> _told = [];
    private IReadOnlyList<Record> _sample = [];
    private Guid _run;
    private volatile SqliteTable? _table = table;
    private FileStream? _watermarkLock;

    public string Database => source.Name;

    public string Table => (_table?.Name ?? name).ToString();

    public IReadOnlyList<EtlException> Warnings => SqliteJournal.Warnings(options);

    public IReadOnlyList<string> Files => source.Files;

    public int MaxWriters => 1;

    public SqliteConnection Connection => connection;

    public LoadOptions Options => options;

    /// <summary>The table as it is now; null until the first good record has come.</summary>
    public SqliteTable? Definition => _table;

    TargetTable? ITarget.Definition => _table;

    /// <summary>Held by the session during a transaction, and by the target while it changes the table.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    public void Learn(IReadOnlyList<Record> sample) => _sample = sample;

    public ValueTask<RowFault?> FitAsync(Record record, bool isFirst, CancellationToken cancellationToken) => InTurnAsync(
        () =>
        {
            if (_table is null && DefineTable(record) is { } fault)
                return fault;
            var mapping = new SqliteMapping(_table!, record.Schema, options);
            if (options.ExtraColumn == ExtraColumn.Add && mapping.Extra.Count > 0)
            {
                AddColumns(record, mapping.Extra);
                mapping = new SqliteMapping(_table!, record.Schema, options);
            }
            if (isFirst)
                mapping.RequireFitting(_table!, options);
            return null;
        },
        cancellationToken);

    public ValueTask<bool> WidenAsync(Record record, Action<EtlException> tell, CancellationToken cancellationToken) => InTurnAsync(
        () =>
        {
            TargetColumn[] narrow = SqliteWidening.Find(_table!, record, options, _scratch, out SqliteTable wider);
            foreach (TargetColumn column in narrow.Where(column => _told.Add(column.Name)))
                tell(SqliteWidening.Tell(_table!, column));
            if (narrow.Length == 0 || _table!.IsStrict)
                return false;
            _table = wider;
            return true;
        },
        cancellationToken);

    public LoadPlan Plan(Record record)
    {
        var statements = new List<string>();
        var changes = new Dictionary<string, string>();
        if ((options.Specific as SqliteOptions)?.JournalMode is { } mode)
            statements.Add(SqliteJournal.Statement(mode));
        if (options.WatermarkName is not null)
            statements.Add(SqliteSql.Watermarks(options.WatermarkTable).Create);
        SqliteTable made = _table ?? SqliteTable.Define(name, options, record);
        if (_table is null)
            statements.Add(SqliteSql.CreateTable(made));
        if (options.ExtraColumn == ExtraColumn.Add)
        {
            TargetColumn[] extra = [.. new SqliteMapping(made, record.Schema, options).Extra.Select(index => DefineExtra(record, index))];
            statements.AddRange(extra.Select(column => SqliteSql.AddColumn(made, column)));
            Array.ForEach(extra, column => changes[column.Name] = "added");
            made = made with { Columns = [.. made.Columns, .. extra] };
        }
        var mapping = new SqliteMapping(made, record.Schema, options);
        mapping.RequireFitting(made, options);
        bool widens = options.SchemaChange == SchemaChange.Evolve && SqliteWidening.Find(made, record, options, _scratch, out SqliteTable wider).Length > 0 && !made.IsStrict;
        if (options.Mode == LoadMode.Replace)
            statements.Add(MissingRows.DeleteAll(made.Name));
        if (options.DeleteMissing)
            statements.AddRange([SqliteSql.CreateSeen(made), SqliteSql.KeepKey(made)]);
        statements.AddRange(SqlitePlan.Statements(made, mapping.Columns, options));
        if (options.DeleteMissing)
            statements.AddRange(SqliteSql.TakeOut(made, options));
        return new LoadPlan
        {
            Database = Database,
            Table = made.Name.ToString(),
            Columns = PlannedColumns.Of(made, record.Schema, options, changes),
            Statements = statements,
            Problem = widens ? null : SqliteRowCheck.Check(record, mapping, _scratch)?.Message,
        };
    }

    public int HashKey(Record record) => 0;

    public ITargetSession NewSession(CancellationToken stopping) => new SqliteSession(this, stopping);

    public async ValueTask<IReadOnlyList<Watermark>> LockWatermarkAsync(string name, Guid run, Action<IReadOnlyList<Watermark>> require, CancellationToken cancellationToken)
    {
        _run = run;
        _watermarkLock ??= SqliteWatermarkLock.Take(connection.Handle!, name);
        return await Watermarks.ClaimAsync(name, run, require, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The watermarks, over the connection of the load.</summary>
    public WatermarkStore Watermarks =>
        new(connection, SqliteSql.Watermarks(options.WatermarkTable), e => SqliteErrors.ToException(connection.Handle!, ((SqliteException)e).SqliteExtendedErrorCode));

    /// <summary>Writes watermarks in the transaction at hand.</summary>
    public ValueTask WriteWatermarksAsync(IReadOnlyList<Watermark> watermarks, long sequence, CancellationToken cancellationToken) =>
        Watermarks.WriteAsync(watermarks, _run, sequence, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (!options.IsPreview && connection.Handle is { IsInvalid: false } database)
        {
            // Brings what is committed to the disk though others may have the database open; they may also keep a part of it
            // from being copied, which is then no error. In other journal modes it does nothing.
            SqliteExec.TryRun(database, "PRAGMA wal_checkpoint(PASSIVE)");
        }
        await connection.DisposeAsync().ConfigureAwait(false);
        if (_watermarkLock is not null)
            await _watermarkLock.DisposeAsync().ConfigureAwait(false);
        Turn.Dispose();
    }

    private async ValueTask<T> InTurnAsync<T>(Func<T> change, CancellationToken cancellationToken)
    {
        await Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return change();
        }
        finally
        {
            Turn.Release();
        }
    }

    /// <summary>Takes the first record that the table made from it would take.</summary>
    private RowFault? DefineTable(Record record)
    {
        SqliteTable made = SqliteTable.Define(name, options, NewTableSample.Example(record, _sample, SqliteType.For));
        _sample = [];
        var mapping = new SqliteMapping(made, record.Schema, options);
        RowFault? fault = SqliteRowCheck.Check(record, mapping, _scratch);
        if (fault is not null)
            return fault;
        mapping.RequireFitting(made, options);
        RequireRoom(made);
        _table = Change(found => found is null ? [SqliteSql.CreateTable(made)] : []);
        return null;
    }

    private void AddColumns(Record record, List<int> extra)
    {
        TargetColumn[] columns = [.. extra.Select(index => DefineExtra(record, index))];
        SqliteTable changed = Change(found => columns.Where(column => found!.Find(column.Name) is null).Select(column => SqliteSql.AddColumn(found!, column)));
        // What -SchemaChange lets a column take is known here only: the table does not tell it. The writer sees the old table or the new
        // one, never one in between.
        SqliteTable known = _table!;
        TargetColumn[] kept = [.. changed.Columns.Select(column => known.Columns.FirstOrDefault(other => other.Name == column.Name && other.DeclaredType == column.DeclaredType) ?? column)];
        _table = changed with { Columns = kept, Key = [.. changed.Key.Select(key => kept.First(column => column.Name == key.Name))] };
    }

    /// <summary>Changes the table as it is found: another process may have made it, or a column of it, since it was looked at.</summary>
    /// <returns>The table as it is then.</returns>
    private SqliteTable Change(Func<SqliteTable?, IEnumerable<string>> statementsFor)
    {
        sqlite3 database = connection.Handle!;
        try
        {
            return SqliteExec.InTransaction(database, () =>
            {
                foreach (string statement in statementsFor(SqliteTableReader.Read(connection, name, options.Key)))
                    SqliteExec.Run(database, statement);
                return SqliteTableReader.Read(connection, name, options.Key)!;
            });
        }
        catch (SqliteException e)
        {
            throw SqliteErrors.ToException(database, e.SqliteExtendedErrorCode);
        }
    }

    private TargetColumn DefineExtra(Record record, int index) => NewTable.Column(options.TargetNameOf(record.Schema[index]), SqliteType.For(record, index), options);

    private void RequireRoom(SqliteTable made)
    {
        int most = raw.sqlite3_limit(connection.Handle!, raw.SQLITE_LIMIT_COLUMN, -1);
        if (made.Columns.Count > most)
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                FormattableString.Invariant($"The table '{made.Name}' cannot be created: the record has {made.Columns.Count} columns, and a table in SQLite has {most} at most. Choose columns with Select-Object. Nothing was created."));
    }
}
