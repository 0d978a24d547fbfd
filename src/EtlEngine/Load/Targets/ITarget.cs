using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>
/// The table to load into, shared by all writers. The loader's router calls it, one call at a time, while writers write; the writers call
/// <see cref="WidenAsync"/>. Every method may throw <see cref="TransientTargetException"/>, after which it may be called again, or an <see
/// cref="EtlException"/>, which ends the run.
/// </summary>
internal interface ITarget : IAsyncDisposable
{
    /// <summary>The database's name as messages and the summary show it.</summary>
    string Database { get; }

    /// <summary>The table's name as messages and the summary show it.</summary>
    string Table { get; }

    /// <summary>The files of the database, if it consists of files; nothing else may be written to them.</summary>
    IReadOnlyList<string> Files => [];

    /// <summary>What the user should know about the target before the load.</summary>
    IReadOnlyList<EtlException> Warnings => [];

    /// <summary>How many writers are allowed, once the table exists: one if the order between records with different keys may affect the
    /// final contents.</summary>
    int MaxWriters { get; }

    /// <summary>The current table; null if it does not exist yet.</summary>
    TargetTable? Definition { get; }

    /// <summary>Whether the table does not exist yet.</summary>
    bool IsMissing => Definition is null;

    /// <summary>Receives the first good records before the first of them is fitted; the table is created for all of them.</summary>
    void Learn(IReadOnlyList<Record> sample)
    {
    }

    /// <summary>
    /// Adapts the table to the columns of a good record before a writer gets it: creates a missing table or column if the options say so.
    /// Called for the first record, and for each schema that was not seen recently.
    /// </summary>
    /// <returns>Why this record cannot be loaded, or null.</returns>
    /// <exception cref="EtlException">The first record has a column that the target does not have, or lacks a key column.</exception>
    ValueTask<RowFault?> FitAsync(Record record, bool isFirst, CancellationToken cancellationToken);

    /// <summary>
    /// Widens columns whose types a good record does not fit, if that makes it fit and keeps all existing values. A writer calls it between
    /// its transactions, so that no writer waits for itself.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="tell">Receives what the user should know, once for each column.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Whether the record fits now.</returns>
    ValueTask<bool> WidenAsync(Record record, Action<EtlException> tell, CancellationToken cancellationToken);

    /// <summary>What a load that starts with this record would do. Changes nothing.</summary>
    /// <exception cref="EtlException">The record would be refused.</exception>
    LoadPlan Plan(Record record);

    /// <summary>A hash of the record's key as the target compares it: equal keys have equal hashes. Called only with several writers; an
    /// invalid key may have any hash.</summary>
    int HashKey(Record record);

    /// <summary>The share to which a good record belongs by its key, as the target compares it; the same in every process.</summary>
    /// <returns>False if the record has no key that the target accepts.</returns>
    bool TryFindShare(Record record, int count, out int share) => throw new NotSupportedException();

    /// <summary>Ensures that all shares of the load read a source, and in the same order.</summary>
    /// <param name="source">The source that this share reads next.</param>
    /// <param name="previous">The place of the previous one; -1 for none.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Its place.</returns>
    /// <exception cref="EtlException">Another share has read a different source.</exception>
    ValueTask<int> PinSourceAsync(SourceInfo source, int previous, CancellationToken cancellationToken) => ValueTask.FromResult(-1);

    /// <summary>What this share has counted in earlier attempts; null for nothing.</summary>
    ValueTask<string?> ReadShareAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>A writer's connection, which is opened at its first use.</summary>
    /// <param name="stopping">Cancelled when the writer must stop. A session whose statements ignore the tokens of its calls stops them by
    /// this token, as long as it exists.</param>
    ITargetSession NewSession(CancellationToken stopping);

    /// <summary>Completes the work of the load after everything is committed, such as sequences.</summary>
    /// <returns>What was done, and what could not be done.</returns>
    ValueTask<IReadOnlyList<StageNotice>> FinishAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<StageNotice>>([]);

    /// <summary>
    /// Claims a watermark's name for this run until the target is disposed or the process ends. Creates the watermark table if it does not
    /// exist.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="run">The run.</param>
    /// <param name="require">Throws if the run cannot continue from the watermarks of the name; then it does not claim the name.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The watermarks of this name.</returns>
    /// <exception cref="EtlException">Another run holds the name.</exception>
    ValueTask<IReadOnlyList<Watermark>> LockWatermarkAsync(string name, Guid run, Action<IReadOnlyList<Watermark>> require, CancellationToken cancellationToken);
}
