using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>
/// One writer's connection to the target. The shared loader decides what is written when, splits what is refused and tries
/// again what fails in passing; a session knows its database. Apart from <see cref="Interrupt"/> one thread at a time.
/// Every method but that one may throw <see cref="TransientTargetException"/>, after which only <see cref="RollbackAsync"/>
/// may be called, or an <see cref="EtlException"/>, which ends the run.
/// </summary>
internal interface ITargetSession : IAsyncDisposable
{
    /// <summary>The database's name as messages and the summary show it.</summary>
    string Database { get; }

    /// <summary>The table's name as messages and the summary show it.</summary>
    string Table { get; }

    /// <summary>Checks a good record against the target's columns. The first one settles what the target looks like.</summary>
    /// <returns>Why the target does not take it, or null.</returns>
    /// <exception cref="EtlException">The first record has a column that the target lacks, or lacks one of the key.</exception>
    RowFault? Check(Record record);

    /// <summary>Begins a transaction.</summary>
    ValueTask BeginAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Writes the rows of the range that are not refused, in order, and sets their outcomes. Constraints that wait for the
    /// end of the transaction are checked before this returns.
    /// </summary>
    /// <returns>Null when the range is written, apart from rows it rejected one by one; otherwise nothing of it is.</returns>
    ValueTask<RangeRejection?> WriteAsync(Batch batch, RowRange range, CancellationToken cancellationToken);

    /// <summary>Marks the rows of a transaction whose key a later row of it has again, as the database compares keys.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="written">The transaction's ranges, in order.</param>
    void Settle(Batch batch, IReadOnlyList<RowRange> written);

    /// <summary>Commits.</summary>
    /// <returns>Null, or why the database refused all that was written, which it then has rolled back.</returns>
    ValueTask<RangeRejection?> CommitAsync(CancellationToken cancellationToken);

    /// <summary>Rolls back whatever there is to be rolled back. Never throws.</summary>
    ValueTask RollbackAsync();

    /// <summary>Makes a running statement stop soon. Any thread.</summary>
    void Interrupt();
}
