using System.Globalization;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.DeadLetters;

/// <summary>
/// Reads dead letters back as records, with types and lineage, each letter once. A file is read up to its length when it was opened. The
/// ids of the letters stay in memory, about 40 bytes each; everything else is bounded.
/// </summary>
internal sealed class DeadLetterSource : FileSource<DeadLetterChunk>
{
    private const int MaxChunkLines = 256;

    private readonly HashSet<UInt128> _seen = [];

    /// <summary>Starts to read.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="options">Which letters.</param>
    /// <param name="files">The files, at least one.</param>
    /// <param name="stageOptions">Pool size and capacities; MaxChunks is set here.</param>
    /// <param name="time">The clock.</param>
    public DeadLetterSource(string name, DeadLetterOptions options, IReadOnlyList<SourceFile> files, StageOptions stageOptions, TimeProvider time)
        : this(name, options, files, stageOptions, time, new ReplayTally())
    {
    }

    private DeadLetterSource(string name, DeadLetterOptions options, IReadOnlyList<SourceFile> files, StageOptions stageOptions, TimeProvider time, ReplayTally tally)
        : base(name, files, stageOptions, time, WorkerFor(options, tally))
    {
        Counters.Replayed = tally;
        Begin();
    }

    /// <summary>Each letter stands alone, and a run that appends to the file cuts off the incomplete line of one that was killed.</summary>
    private protected override bool RequiresOneVersion => false;

    private protected override ValueTask PrepareAsync() => ValueTask.CompletedTask;

    private protected override async IAsyncEnumerable<DeadLetterChunk> ReadAsync(int file, FileInput input)
    {
        // Letters that a replay or another process appends meanwhile are left for the next run.
        long end = Decompress(input) ? long.MaxValue : new FileInfo(input.Path).Length;
        var reader = new DeadLetterFileReader(input, end, new SourceInfo(input.Name, input.Path), _seen, Math.Min(MaxRecords, MaxChunkLines));
        await foreach (DeadLetterChunk chunk in reader.ReadAsync().ConfigureAwait(false))
            yield return chunk;
        if (reader.TornLine is not { } torn)
            yield break;
        Notices.Add(NoticeLevel.Warning, new EtlException(
            FailureCodes.TornDeadLetter, FailureKind.InvalidData,
            string.Create(CultureInfo.InvariantCulture, $"{input.Name}:{torn}: the last line is incomplete and was skipped. Its writer was killed while writing it, or is still writing.")));
    }

    /// <summary>Reads through a decompressor where the file is compressed, as a program that rotates logs leaves it.</summary>
    private static bool Decompress(FileInput input)
    {
        if (input.Head is not { } head)
            return false;
        ArchiveMark.Check(input.Name, head.Bytes);
        if (Decompression.Of(input.Name, head.Bytes, maxBytes: 0) is not { } decompress)
            return false;
        input.Wrap([], decompress);
        return true;
    }

    private static PoolWorker<DeadLetterChunk> WorkerFor(DeadLetterOptions options, ReplayTally tally)
    {
        ArgumentNullException.ThrowIfNull(options);
        return port => new DeadLetterParser(port, options, tally).RunAsync();
    }
}
