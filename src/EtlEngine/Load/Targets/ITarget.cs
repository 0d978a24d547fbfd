using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>
/// The table that is loaded into: what all writers share. The loader's router calls it, one call at a time, while writers
/// write; <see cref="WidenAsync"/> the writers call. Every method may throw <see cref="TransientTargetException"/>, and may then be called again, or an
/// <see cref="EtlException"/>, which ends the run.
/// </summary>
internal interface ITarget : IAsyncDisposable
{
    /// <summary>The database's name as messages and the summary show it.</summary>
    string Database { get; }

    /// <summary>The table's name as messages and the summary show it.</summary>
    string Table { get; }

    /// <summary>The files that the database consists of, where it is one of files: nothing else may be written to them.</summary>
    IReadOnlyList<string> Files => [];

    /// <summary>What the user should know of the target before the load.</summary>
    IReadOnlyList<EtlException> Warnings => [];

    /// <summary>How many writers there may be, once the table is there: one where the order between records of different keys
    /// may decide what the table holds in the end.</summary>
    int MaxWriters { get; }

    /// <summary>Whether the table is yet to be made.</summary>
    bool IsMissing => false;

    /// <summary>Tells the good records that come first, before the first is fitted: the table is made for all of them.</summary>
    void Learn(IReadOnlyList<Record> sample)
    {
    }

    /// <summary>
    /// Fits the table to the columns of a good record, before a writer gets it: makes an absent table or column where the
    /// options say so. Called for the first record, and for each whose schema was not seen lately.
    /// </summary>
    /// <returns>Why nothing can be made of this record, or null.</returns>
    /// <exception cref="EtlException">The first record has a column that the target lacks, or lacks one of the key.</exception>
    ValueTask<RowFault?> FitAsync(Record record, bool isFirst, CancellationToken cancellationToken);

    /// <summary>
    /// Widens the columns whose types a good record does not fit, where that makes it fit and loses nothing that they hold. Any
    /// writer between its transactions, so that none waits for itself.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="tell">Takes what the user should know: once for each column.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Whether the record fits now.</returns>
    ValueTask<bool> WidenAsync(Record record, Action<EtlException> tell, CancellationToken cancellationToken);

    /// <summary>What a load that begins with this record would do. Nothing is touched.</summary>
    /// <exception cref="EtlException">It would be refused.</exception>
    LoadPlan Plan(Record record);

    /// <summary>A hash of the record's key as the target compares it: equal keys have equal hashes. Only asked where there are
    /// several writers; a key that is not a key yet may have any.</summary>
    int HashKey(Record record);

    /// <summary>To which of so many shares a good record belongs by its key as the target compares it; the same in every process.</summary>
    /// <returns>False if the record has no key that the target takes.</returns>
    bool TryFindShare(Record record, int count, out int share) => throw new NotSupportedException();

    /// <summary>Makes sure that all shares of the load read a source, and in the same order.</summary>
    /// <param name="source">The source that this share reads next.</param>
    /// <param name="previous">The place of the one before; -1 for none.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Its place.</returns>
    /// <exception cref="EtlException">Another share has read something else.</exception>
    ValueTask<int> PinSourceAsync(SourceInfo source, int previous, CancellationToken cancellationToken) => ValueTask.FromResult(-1);

    /// <summary>What this share has counted in the attempts before; null for nothing.</summary>
    ValueTask<string?> ReadShareAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>A writer's connection, which is opened when it is first used.</summary>
    /// <param name="stopping">Cancelled when the writer is to stop. A session whose statements do not end by the tokens of its
    /// calls ends them by this one, for as long as it lives.</param>
    ITargetSession NewSession(CancellationToken stopping);

    /// <summary>Does what is left to do for those who write to the table after the load, when all is committed.</summary>
    /// <returns>What was done, and what could not be.</returns>
    ValueTask<IReadOnlyList<StageNotice>> FinishAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<StageNotice>>([]);

    /// <summary>
    /// Claims a watermark's name for this run until the target is disposed or the process ends, and makes the table of
    /// watermarks if it does not exist.
    /// </summary>
    /// <returns>How far the sources of this name have been loaded.</returns>
    /// <exception cref="EtlException">Another run has it.</exception>
    ValueTask<IReadOnlyList<Watermark>> LockWatermarkAsync(string name, Guid run, CancellationToken cancellationToken);
}
