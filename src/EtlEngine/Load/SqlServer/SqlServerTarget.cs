using System.Data;
using System.Runtime.CompilerServices;
using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>A table of SQL Server, over a connection that describes it, changes it and holds the watermark's name.</summary>
internal sealed class SqlServerTarget(SqlServerConnector connector, SqlConnection connection, TableName name, LoadOptions loadOptions, SqlServerTable? table)
    : StagedTarget<SqlServerColumn, SqlServerTable>(loadOptions, table)
{
    private MappingCache<ColumnMapping<SqlServerColumn>>? _keyMappings;
    private SqlServerTable? _keyTable;
    private SqlConnection _connection = connection;

    public override string Database => connector.Name;

    public override string Table => (Definition?.Name ?? name).ToString();

    public SqlServerConnector Connector => connector;

    /// <summary>The run that owns the watermark.</summary>
    public Guid Run { get; private set; }

    public override IReadOnlyList<EtlException> Warnings => Definition is not { HasUniqueKey: false } found ? [] :
    [
        new EtlException(
            FailureCodes.KeyNotUnique, FailureKind.InvalidCall,
            $"The table '{found.Name}' has no unique index on exactly the columns of -Key ({string.Join(", ", found.Key.Select(column => column.Name))}): each batch reads the whole table, "
            + $"and other loads may write a key twice. Make the index: {SqlServerSql.CreateUniqueIndex(found.Name, found.Key)}"),
    ];

    public override int HashKey(Record record)
    {
        if (!ReferenceEquals(_keyTable, Definition))
        {
            _keyTable = Definition!;
            _keyMappings = new MappingCache<ColumnMapping<SqlServerColumn>>(schema => new ColumnMapping<SqlServerColumn>(_keyTable, schema, Options), () => { });
        }
        ColumnMapping<SqlServerColumn> mapping = _keyMappings!.Of(record.Schema);
        var hash = new HashCode();
        for (int i = 0; i < mapping.KeySources.Length; i++)
        {
            if (mapping.KeySources[i] < 0)
                continue;
            SqlServerColumn column = _keyTable!.Key[i];
            SqlServerConverter.Convert(record[mapping.Sources[mapping.KeySources[i]]], column, out object? value);
            hash.Add(SqlServerKeyHash.Hash(column, value));
        }
        return hash.ToHashCode();
    }

    public override ValueTask<ITargetSession> OpenSessionAsync(CancellationToken cancellationToken) => ValueTask.FromResult<ITargetSession>(new SqlServerSession(this));

    public override async ValueTask<IReadOnlyList<Watermark>> ClaimWatermarkAsync(string name, Guid run, CancellationToken cancellationToken)
    {
        object? granted = await CallAsync(
            async open =>
            {
                SqlCommand command = NewCommand(open, SqlServerSql.Claim);
                await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
                command.Parameters.AddWithValue("@name", $"EtlTools watermark {Options.WatermarkTable} {name}");
                return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        if (granted is not >= 0)
            throw WatermarkFailures.InUse(name);
        Run = run;
        WatermarkStore store = WatermarksOver(_connection);
        await store.CreateAsync(cancellationToken).ConfigureAwait(false);
        await store.OwnAsync(name, run, cancellationToken).ConfigureAwait(false);
        return await store.ReadAsync(name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The watermarks over a connection, in its open transaction if it has one.</summary>
    public WatermarkStore WatermarksOver(SqlConnection over) =>
        new(over, SqlServerSql.Watermarks(Options.WatermarkTable), e => SqlServerFailures.ToException((SqlException)e, connector));

    /// <summary>A command with the load's time-out.</summary>
    public SqlCommand NewCommand(SqlConnection over, string text) => new(text, over) { CommandTimeout = connector.CommandTimeout };

    public override ValueTask DisposeAsync() => _connection.DisposeAsync();

    protected override SqlServerTable Define(Record record) => SqlServerTableMaker.Define(name, Options, record);

    protected override RowFault? Check(SqlServerTable table, Record record)
    {
        var plans = new StagedPlans<SqlServerColumn>(table, Options);
        return new SqlServerRows(() => plans).Add(0, record);
    }

    protected override async ValueTask<SqlServerTable> CreateTableAsync(SqlServerTable table, CancellationToken cancellationToken)
    {
        await ChangeAsync(SqlServerSql.CreateTable(table), cancellationToken).ConfigureAwait(false);
        return await ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override async ValueTask<SqlServerTable> AddColumnsAsync(
        SqlServerTable table, Record record, IReadOnlyList<int> extra, CancellationToken cancellationToken)
    {
        foreach (int index in extra)
        {
            SqlServerColumn column = SqlServerTableMaker.DefineColumn(Options.TargetNameOf(record.Schema[index]), record, index);
            await ChangeAsync(SqlServerSql.AddColumn(table, column), cancellationToken).ConfigureAwait(false);
        }
        return await ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<SqlServerTable> ReadAsync(CancellationToken cancellationToken) => CallAsync(
        async open => await SqlServerTableReader.ReadAsync(open, name, Options, cancellationToken).ConfigureAwait(false) ?? throw SqlServerDialect.NoTable(name, connector),
        cancellationToken);

    private ValueTask<int> ChangeAsync(string text, CancellationToken cancellationToken) => CallAsync(
        async open =>
        {
            SqlCommand command = NewCommand(open, text);
            await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Calls the server, on a fresh connection where the last one was lost.</summary>
    private async ValueTask<T> CallAsync<T>(Func<SqlConnection, Task<T>> call, CancellationToken cancellationToken)
    {
        if (_connection.State != ConnectionState.Open)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
            _connection = await connector.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        try
        {
            return await call(_connection).ConfigureAwait(false);
        }
        catch (SqlException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw SqlServerFailures.ToException(e, connector);
        }
    }
}
