using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>
/// One writer's connection to the target. The shared loader decides what is written when, splits what is refused and tries
/// again what fails in passing; a session knows its database. Apart from <see cref="NewRows"/> one thread at a time.
/// Every method may throw <see cref="TransientTargetException"/>, after which only <see cref="RollbackAsync"/>
/// may be called, or an <see cref="EtlException"/>, which ends the run.
/// </summary>
internal interface ITargetSession : IAsyncDisposable
{
    /// <summary>Room for the rows of a batch in the form in which the session sends them. One batch is filled at a time, while another
    /// may be written.</summary>
    IRowBuffer NewRows();

    /// <summary>Connects before the first transaction, where the database may give fewer connections than are asked for.</summary>
    ValueTask ConnectAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Begins a transaction, on a fresh connection if the last one was lost, and makes the batch's rows ready to be
    /// written.</summary>
    ValueTask BeginAsync(Batch batch, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the rows of the range that are not refused and sets their outcomes. The effect is that of writing them one by
    /// one, in order, each seeing those before it; constraints that wait for the end of the transaction are checked, too.
    /// </summary>
    /// <returns>Null when the range is written, apart from rows it rejected one by one; otherwise nothing of it is.</returns>
    ValueTask<RangeRejection?> WriteAsync(Batch batch, RowRange range, CancellationToken cancellationToken);

    /// <summary>Marks the rows of a transaction whose key a later row of it has again, as the database compares keys.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="written">The transaction's ranges, in order.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    ValueTask SettleAsync(Batch batch, IReadOnlyList<RowRange> written, CancellationToken cancellationToken);

    /// <summary>Writes watermarks of this run in the transaction at hand: nothing but the commit follows.</summary>
    /// <param name="watermarks">The watermarks.</param>
    /// <param name="sequence">Grows with them: of several writers the one that is ahead wins.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    ValueTask WriteWatermarksAsync(IReadOnlyList<Watermark> watermarks, long sequence, CancellationToken cancellationToken);

    /// <summary>Writes what a share has counted in the transaction at hand.</summary>
    ValueTask WriteShareAsync(string counts, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Commits.</summary>
    /// <returns>Null, or why the database refused all that was written, which it then has rolled back.</returns>
    ValueTask<RangeRejection?> CommitAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Commits a load that is one transaction (<see cref="LoadOptions.IsOneTransaction"/>): in it a batch's transaction is a savepoint only, and
    /// a batch that is lost is lost with all before it.
    /// </summary>
    /// <param name="takesOut">Whether rows that no record had are taken out.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>How many rows were taken out or marked.</returns>
    ValueTask<long> CompleteAsync(bool takesOut, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Rolls back whatever there is to be rolled back. Never throws.</summary>
    ValueTask RollbackAsync();
}

/// <summary>The good rows of a batch as the target gets them. Disposed when the batch is loaded.</summary>
internal interface IRowBuffer : IDisposable
{
    /// <summary>Checks a good record against the target's columns and takes it.</summary>
    /// <returns>Why the target does not take it, or null.</returns>
    RowFault? Add(int row, Record record);

    /// <summary>Whether the batch is to be closed, since its rows take much room, or the table is no longer what it was.</summary>
    bool IsFull { get; }
}
