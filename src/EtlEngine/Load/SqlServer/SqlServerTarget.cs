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
    private readonly SemaphoreSlim _turn = new(1, 1);
    private SqlConnection _connection = connection;
    private (string Name, Guid Run)? _claim;

    public override string Database => connector.Name;

    public override string Table => (Definition?.Name ?? name).ToString();

    public SqlServerConnector Connector => connector;

    /// <summary>The run that writes watermarks.</summary>
    public Guid Run => _claim?.Run ?? Guid.Empty;

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

    public override ValueTask<IReadOnlyList<Watermark>> ClaimWatermarkAsync(string name, Guid run, CancellationToken cancellationToken) => UseAsync(
        async open =>
        {
            await TakeClaimAsync(open, name, cancellationToken).ConfigureAwait(false);
            WatermarkStore store = WatermarksOver(open);
            await store.CreateAsync(cancellationToken).ConfigureAwait(false);
            await store.OwnAsync(name, run, cancellationToken).ConfigureAwait(false);
            _claim = (name, run);
            return await store.ReadAsync(name, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Makes sure that the claim still holds after connections were lost.</summary>
    public async ValueTask KeepClaimAsync(CancellationToken cancellationToken)
    {
        if (_claim is not null)
            await UseAsync(_ => Task.FromResult(true), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The watermarks over a connection, in its open transaction if it has one.</summary>
    public WatermarkStore WatermarksOver(SqlConnection over) =>
        new(over, SqlServerSql.Watermarks(Options.WatermarkTable), e => SqlServerFailures.ToException((SqlException)e, connector));

    /// <summary>A command with the load's time-out.</summary>
    public SqlCommand NewCommand(SqlConnection over, string text) => new(text, over) { CommandTimeout = connector.CommandTimeout };

    public override async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    protected override SqlServerTable Define(Record record) => SqlServerTableMaker.Define(name, Options, record);

    protected override RowFault? Check(SqlServerTable table, Record record)
    {
        return new SqlServerRows(new StagedPlans<SqlServerColumn>(table, Options), () => false).Add(0, record);
    }

    protected override ValueTask<SqlServerTable> CreateTableAsync(SqlServerTable table, CancellationToken cancellationToken) =>
        ChangeAsync(SqlServerSql.CreateTable(table), cancellationToken);

    protected override ValueTask<SqlServerTable> AddColumnsAsync(SqlServerTable table, Record record, IReadOnlyList<int> extra, CancellationToken cancellationToken) => ChangeAsync(
        string.Join('\n', extra.Select(index => SqlServerSql.AddColumn(table, SqlServerTableMaker.DefineColumn(Options.TargetNameOf(record.Schema[index]), record, index)))),
        cancellationToken);

    private ValueTask<SqlServerTable> ChangeAsync(string text, CancellationToken cancellationToken) => UseAsync(
        async open =>
        {
            SqlCommand command = NewCommand(open, text);
            await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return await SqlServerTableReader.ReadAsync(open, name, Options, cancellationToken).ConfigureAwait(false) ?? throw SqlServerDialect.NoTable(name, connector);
        },
        cancellationToken);

    private async ValueTask TakeClaimAsync(SqlConnection open, string watermark, CancellationToken cancellationToken)
    {
        SqlCommand command = NewCommand(open, SqlServerSql.Claim);
        await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
        command.Parameters.AddWithValue("@name", SqlServerSql.ClaimName(Options.WatermarkTable, watermark));
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not >= 0)
            throw WatermarkFailures.InUse(watermark);
    }

    /// <summary>Uses the target's own connection, opened anew and with its claim where it was lost.</summary>
    private async ValueTask<T> UseAsync<T>(Func<SqlConnection, Task<T>> use, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_connection.State != ConnectionState.Open)
            {
                await _connection.DisposeAsync().ConfigureAwait(false);
                _connection = await connector.OpenAsync(cancellationToken).ConfigureAwait(false);
                if (_claim is { } claim)
                    await TakeClaimAsync(_connection, claim.Name, cancellationToken).ConfigureAwait(false);
            }
            return await use(_connection).ConfigureAwait(false);
        }
        catch (SqlException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw SqlServerFailures.ToException(e, connector);
        }
        finally
        {
            _turn.Release();
        }
    }
}
