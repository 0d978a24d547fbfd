using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Staged;

/// <summary>A table that is loaded through staging tables, by writers with a connection each.</summary>
internal abstract class StagedTarget<TColumn, TTable>(LoadOptions options, TTable? table) : ITarget
    where TColumn : TargetColumn
    where TTable : StagedTable<TColumn>
{
    private volatile TTable? _table = table;

    public abstract string Database { get; }

    public abstract string Table { get; }

    public virtual IReadOnlyList<EtlException> Warnings => [];

    public LoadOptions Options => options;

    /// <summary>The table as it is now; null until the first good record has come.</summary>
    public TTable? Definition => _table;

    public int MaxWriters => Definition is { OrderMatters: false, HasHashableKey: true } ? int.MaxValue : 1;

    public async ValueTask<RowFault?> FitAsync(Record record, bool isFirst, CancellationToken cancellationToken)
    {
        if (_table is null)
        {
            TTable made = Define(record);
            if (Check(made, record) is { } fault)
                return fault;
            // Another run may have made it at the same moment: what counts is what is there.
            _table = await CreateTableAsync(made, cancellationToken).ConfigureAwait(false);
        }
        ColumnMapping<TColumn> mapping = new(_table, record.Schema, options);
        if (options.ExtraColumn == ExtraColumn.Add && mapping.Extra.Count > 0)
        {
            _table = await AddColumnsAsync(_table, record, mapping.Extra, cancellationToken).ConfigureAwait(false);
            mapping = new(_table, record.Schema, options);
        }
        if (isFirst)
        {
            mapping.RequireFitting(_table);
            ColumnFaults.RequireKnown(_table, options);
        }
        return null;
    }

    public abstract int HashKey(Record record);

    public abstract ValueTask<ITargetSession> OpenSessionAsync(CancellationToken cancellationToken);

    public abstract ValueTask<IReadOnlyList<Watermark>> ClaimWatermarkAsync(string name, Guid run, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    /// <summary>The table that -CreateTable makes from a record.</summary>
    /// <exception cref="EtlException">The record lacks a key column.</exception>
    protected abstract TTable Define(Record record);

    /// <summary>Why a table would not take the record, or null.</summary>
    protected abstract RowFault? Check(TTable table, Record record);

    /// <summary>Creates the table if it is not there by now.</summary>
    /// <returns>The table as it is.</returns>
    protected abstract ValueTask<TTable> CreateTableAsync(TTable table, CancellationToken cancellationToken);

    /// <summary>Adds columns for those of a record, if they are not there by now.</summary>
    /// <returns>The table as it is.</returns>
    protected abstract ValueTask<TTable> AddColumnsAsync(TTable table, Record record, IReadOnlyList<int> extra, CancellationToken cancellationToken);
}
