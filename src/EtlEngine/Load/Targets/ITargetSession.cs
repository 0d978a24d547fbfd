using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>
/// One writer's connection to the target. The shared loader decides what is written when, splits refused ranges, and retries transient
/// failures; a session knows its database. One thread at a time, except for <see cref="NewRows"/>. Every method may throw <see
/// cref="TransientTargetException"/>, after which only <see cref="RollbackAsync"/> may be called, or an <see cref="EtlException"/>, which
/// ends the run.
/// </summary>
internal interface ITargetSession : IAsyncDisposable
{
    /// <summary>A buffer for the rows of a batch in the session's format. One batch is filled at a time, while another may be
    /// written.</summary>
    IRowBuffer NewRows();

    /// <summary>Connects before the first transaction, if the database may accept fewer connections than requested.</summary>
    ValueTask ConnectAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Begins a transaction, on a new connection if the last one was lost, and prepares the batch's rows for writing.</summary>
    ValueTask BeginAsync(Batch batch, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the rows of the range that are not refused, and sets their outcomes. The effect is that of writing them one by one, in order,
    /// each seeing the earlier ones. Constraints that are deferred to the end of the transaction are checked, too.
    /// </summary>
    /// <returns>Null if the range is written, except for rows that were rejected one by one; otherwise none of it is written.</returns>
    ValueTask<RangeRejection?> WriteAsync(Batch batch, RowRange range, CancellationToken cancellationToken);

    /// <summary>Marks the rows of a transaction whose key also belongs to a later row of it, as the database compares keys.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="written">The transaction's ranges, in order.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    ValueTask SettleAsync(Batch batch, IReadOnlyList<RowRange> written, CancellationToken cancellationToken);

    /// <summary>Writes watermarks of this run in the current transaction; only the commit follows.</summary>
    /// <param name="watermarks">The watermarks.</param>
    /// <param name="sequence">Grows with the watermarks; of several writers, the furthest one wins.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    ValueTask WriteWatermarksAsync(IReadOnlyList<Watermark> watermarks, long sequence, CancellationToken cancellationToken);

    /// <summary>Writes the counters of a share in the current transaction.</summary>
    ValueTask WriteShareAsync(string counts, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Commits.</summary>
    /// <returns>Null, or why the database refused the commit and rolled everything back.</returns>
    ValueTask<RangeRejection?> CommitAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Commits a load that is one transaction (<see cref="LoadOptions.IsOneTransaction"/>). In it, a batch's transaction is only a
    /// savepoint; if a batch is lost, all earlier ones are lost, too.
    /// </summary>
    /// <param name="takesOut">Whether rows without a record are deleted or marked.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>How many rows were deleted or marked.</returns>
    ValueTask<long> CompleteAsync(bool takesOut, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Rolls back any open work. Never throws.</summary>
    ValueTask RollbackAsync();
}

/// <summary>The good rows of a batch in the target's format. Disposed when the batch is loaded.</summary>
internal interface IRowBuffer : IDisposable
{
    /// <summary>Checks a good record against the target's columns and adds it.</summary>
    /// <returns>Why the target does not accept it, or null.</returns>
    RowFault? Add(int row, Record record);

    /// <summary>Whether the batch must be closed, because its rows are large, or the table has changed.</summary>
    bool IsFull { get; }
}
