using System.Data.Common;

namespace EtlTools.Engine.Load.Staged;

/// <summary>
/// Loads through a staging table: a batch's rows are copied there in bulk, numbered, and written from there to the target by
/// number, as many at once as give the same outcome as one after another. A dialect says the statements and does the copy.
/// </summary>
internal abstract class StagedSession(StagedTarget target) : ITargetSession
{
    private StagedPlans? _plans;
    private StagedTransaction? _transaction;

    /// <summary>Whether rows may still be copied to the target itself: no copy was refused yet.</summary>
    internal bool CopiesToTable { get; set; } = true;

    /// <summary>Whether keys came twice in the batch before.</summary>
    internal bool ExpectsDuplicates { get; set; }

    /// <summary>Whether the database has taken the whole transaction with what it refused, and not back to the savepoint.</summary>
    protected internal virtual bool IsDoomed => false;

    /// <summary>Whether a transaction's first range has no savepoint, which costs a call, and is taken back by beginning anew: most
    /// batches are one range, and right.</summary>
    protected internal virtual bool StartsOver => false;

    /// <summary>Whether the driver has given the connection up: after some errors it does, though they may be a row's.</summary>
    protected internal virtual bool IsConnectionLost => false;

    /// <summary>Whether the statement would write two rows of one key in no order instead of refusing them.</summary>
    protected internal abstract bool NeedsDuplicates(StagedPlan plan);

    /// <summary>Whether a statement may write one row at a time only, to have the effect of one after another.</summary>
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
    /// <param name="table">The target; null if there is none yet, and nothing for it.</param>
    /// <param name="stages">Whether rows are staged at once.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    protected internal abstract ValueTask BeginTransactionAsync(StagedTable? table, bool stages, CancellationToken cancellationToken);

    /// <summary>Copies the rows to the staging table, each with its number, in place of what is there.</summary>
    /// <returns>Rows that cannot be staged, as the database cannot read their keys.</returns>
    protected internal abstract ValueTask<IReadOnlyList<(int Row, RowFault Fault)>> StageAsync(StagedRows rows, CancellationToken cancellationToken);

    /// <summary>Whether the rows, all new, can be copied to the target itself.</summary>
    protected internal virtual bool TakesCopies(StagedRows rows) => false;

    /// <summary>Copies the rows to the target itself.</summary>
    protected internal virtual ValueTask CopyToTableAsync(StagedRows rows, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <summary>Sets the savepoint, in place of the one before if there is one.</summary>
    protected internal abstract ValueTask SaveAsync(bool replaces, CancellationToken cancellationToken);

    /// <summary>Goes back to the savepoint, which stays.</summary>
    protected internal abstract ValueTask GoBackAsync(CancellationToken cancellationToken);

    /// <summary>Pairs of staged rows of the same key, each with the next one.</summary>
    protected internal abstract ValueTask<IReadOnlyList<(int Row, int Next)>> QueryDuplicatesAsync(CancellationToken cancellationToken);

    /// <summary>Writes staged rows to the target.</summary>
    /// <param name="plan">The columns.</param>
    /// <param name="range">Which rows.</param>
    /// <param name="without">Rows of the range that are not to be written.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    protected internal abstract ValueTask<PieceEffect> UpsertAsync(StagedPlan plan, RowRange range, int[] without, CancellationToken cancellationToken);

    /// <summary>A row of the range whose fault the statement would not notice, as what makes it good comes after it.</summary>
    protected internal abstract ValueTask<RangeRejection?> FindEarlyChildAsync(RowRange range, int[] without, CancellationToken cancellationToken);

    protected abstract ValueTask CommitTransactionAsync(CancellationToken cancellationToken);

    /// <summary>The row's fault that an error tells, or null if it is not a row's.</summary>
    /// <param name="error">The error.</param>
    /// <param name="plan">What was being written, where one statement was.</param>
    protected internal abstract RowFault? FaultOf(DbException error, StagedPlan? plan);

    /// <summary>The fault of a row by which a statement failed that is right without rows; null if the database does not try statements
    /// again in the same transaction.</summary>
    protected internal virtual RowFault? UnknownFaultOf(DbException error) => null;

    /// <summary>Has the transaction wait for locks less long than a statement may take, so that what still takes too long is at work and does
    /// not wait.</summary>
    protected internal virtual ValueTask LimitLockWaitsAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>The fault of a row that took too long by itself, and was not waiting; null if the database cannot tell that.</summary>
    protected internal virtual RowFault? SlowRow => null;

    /// <summary>Whether the statement was refused because a key came twice in it.</summary>
    protected internal abstract bool IsDuplicateKey(DbException error);

    /// <summary>What an error that is not a row's fault means: a <see cref="TransientTargetException"/> or an <see cref="EtlException"/>.</summary>
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
