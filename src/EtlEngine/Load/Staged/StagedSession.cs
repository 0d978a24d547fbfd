using System.Data.Common;

namespace EtlTools.Engine.Load.Staged;

/// <summary>
/// Loads through a staging table. A batch's rows are copied there in bulk, numbered, and written to the target by number, as many at once
/// as give the same result as one after another. A dialect provides the statements and the copy.
/// </summary>
internal abstract class StagedSession(StagedTarget target) : ITargetSession
{
    private StagedPlans? _plans;
    private StagedTransaction? _transaction;

    /// <summary>Whether rows may still be copied directly to the target, because no copy was refused yet.</summary>
    internal bool CopiesToTable { get; set; } = true;

    /// <summary>Whether the previous batch had a key twice.</summary>
    internal bool ExpectsDuplicates { get; set; }

    /// <summary>Whether the database has rolled back the whole transaction with a refused range, and not only to the savepoint.</summary>
    protected internal virtual bool IsDoomed => false;

    /// <summary>Whether a transaction's first range has no savepoint, which would cost a call, and is undone by starting again. Most
    /// batches are one good range.</summary>
    protected internal virtual bool StartsOver => false;

    /// <summary>Whether the driver has closed the connection; after some errors it does so, although a row may be the cause.</summary>
    protected internal virtual bool IsConnectionLost => false;

    /// <summary>Whether the statement would write two rows of one key in no particular order, instead of refusing them.</summary>
    protected internal abstract bool NeedsDuplicates(StagedPlan plan);

    /// <summary>Whether a statement may write only one row at a time, to have the effect of one after another.</summary>
    protected internal abstract bool WritesOneByOne(StagedPlan plan);

    /// <summary>The table of the current batch.</summary>
    protected StagedTable Table => _transaction!.Table;

    public IRowBuffer NewRows()
    {
        StagedTable? table = target.Definition;
        if (table is not null && !ReferenceEquals(_plans?.Table, table))
            _plans = new StagedPlans(table, target.Options);
        return target.NewRows(table is null ? null : _plans, () => !ReferenceEquals(table, target.Definition));
    }

    public ValueTask ConnectAsync(CancellationToken cancellationToken) => Translated(ConnectToServerAsync(cancellationToken), cancellationToken);

    public ValueTask BeginAsync(Batch batch, CancellationToken cancellationToken)
    {
        _transaction = new StagedTransaction(this, target.Options, batch);
        return _transaction.BeginAsync(cancellationToken);
    }

    public ValueTask<RangeRejection?> WriteAsync(Batch batch, RowRange range, CancellationToken cancellationToken) =>
        _transaction!.WriteAsync(range, cancellationToken);

    public ValueTask SettleAsync(Batch batch, IReadOnlyList<RowRange> written, CancellationToken cancellationToken) =>
        _transaction!.SettleAsync(cancellationToken);

    public abstract ValueTask WriteWatermarksAsync(IReadOnlyList<Records.Watermark> watermarks, long sequence, CancellationToken cancellationToken);

    public async ValueTask<RangeRejection?> CommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CommitTransactionAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (DbException e)
        {
            if (FaultOf(e, null) is { } fault)
                return new RangeRejection(fault, TransactionLost: true);
            Exception failure = Translate(e, cancellationToken);
            throw failure is TransientTargetException { IsContention: false } lost ? lost.AtCommit() : failure;
        }
    }

    public abstract ValueTask RollbackAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>Connects if there is no usable connection.</summary>
    protected internal virtual ValueTask ConnectToServerAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Connects if there is no usable connection, and begins a transaction in which deferred constraints are checked at
    /// once.</summary>
    /// <param name="table">The target; null if it does not exist yet, and there is nothing for it.</param>
    /// <param name="stages">Whether rows are staged at once.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    protected internal abstract ValueTask BeginTransactionAsync(StagedTable? table, bool stages, CancellationToken cancellationToken);

    /// <summary>Copies the rows to the staging table, each with its number, replacing its contents.</summary>
    /// <returns>Rows that cannot be staged, because the database cannot read their keys.</returns>
    protected internal abstract ValueTask<IReadOnlyList<(int Row, RowFault Fault)>> StageAsync(StagedRows rows, CancellationToken cancellationToken);

    /// <summary>Whether the table, which may ignore rows, lacks the key of a row that was written: it is not there in another version, it was
    /// left out.</summary>
    protected internal virtual ValueTask<bool> LacksKeysAsync(RowRange range, int[] without, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    /// <summary>Whether the rows, all new, can be copied directly to the target.</summary>
    protected internal virtual bool TakesCopies(StagedRows rows) => false;

    /// <summary>Copies the rows directly to the target.</summary>
    protected internal virtual ValueTask CopyToTableAsync(StagedRows rows, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <summary>Sets the savepoint, replacing the previous one.</summary>
    protected internal abstract ValueTask SaveAsync(bool replaces, CancellationToken cancellationToken);

    /// <summary>Goes back to the savepoint, which remains.</summary>
    protected internal abstract ValueTask GoBackAsync(CancellationToken cancellationToken);

    /// <summary>Pairs of staged rows with the same key, each row with the next one.</summary>
    protected internal abstract ValueTask<IReadOnlyList<(int Row, int Next)>> QueryDuplicatesAsync(CancellationToken cancellationToken);

    /// <summary>Writes staged rows to the target.</summary>
    /// <param name="plan">The columns.</param>
    /// <param name="range">The rows.</param>
    /// <param name="without">Rows of the range to leave out.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    protected internal abstract ValueTask<PieceEffect> UpsertAsync(StagedPlan plan, RowRange range, int[] without, CancellationToken cancellationToken);

    /// <summary>A row of the range whose fault the statement would not notice, because the row that makes it good comes later. Without a row, one
    /// of the range may be such a row.</summary>
    protected internal abstract ValueTask<RangeRejection?> FindEarlyChildAsync(StagedPlan plan, RowRange range, int[] without, CancellationToken cancellationToken);

    protected abstract ValueTask CommitTransactionAsync(CancellationToken cancellationToken);

    /// <summary>The row's fault that an error describes, or null if the error is not about a row.</summary>
    /// <param name="error">The error.</param>
    /// <param name="plan">The plan being written, if it was one statement.</param>
    protected internal abstract RowFault? FaultOf(DbException error, StagedPlan? plan);

    /// <summary>The fault of a row that made a statement fail which works without rows; null if the database does not retry statements in
    /// the same transaction.</summary>
    protected internal virtual RowFault? UnknownFaultOf(DbException error) => null;

    /// <summary>Lets the transaction wait for locks for less time than a statement may take, so that a statement that still times out was
    /// working, not waiting.</summary>
    protected internal virtual ValueTask LimitLockWaitsAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>The fault of a row that took too long by itself, without waiting; null if the database cannot tell.</summary>
    protected internal virtual RowFault? SlowRow => null;

    /// <summary>Whether the statement was refused because it had a key twice.</summary>
    protected internal abstract bool IsDuplicateKey(DbException error);

    /// <summary>The meaning of an error that is not about a row: a <see cref="TransientTargetException"/> or an <see
    /// cref="EtlException"/>.</summary>
    protected abstract Exception Translate(DbException error);

    internal Exception Translate(DbException error, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Translate(error);
    }

    internal async ValueTask Translated(ValueTask step, CancellationToken cancellationToken)
    {
        try
        {
            await step.ConfigureAwait(false);
        }
        catch (DbException e)
        {
            throw Translate(e, cancellationToken);
        }
    }
}
