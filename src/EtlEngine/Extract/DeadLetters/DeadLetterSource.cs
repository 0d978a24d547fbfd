using System.Globalization;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.DeadLetters;

/// <summary>
/// Reads dead letters back as records, with their types and lineage, each letter once. A file is read as far as it was written
/// when it was opened, so that a replay may write its own failures to it. The ids of the letters are kept in memory, some 40
/// bytes each; all else is bounded.
/// </summary>
public sealed class DeadLetterSource : PoolStage<LetterChunk>
{
    private const int MaxChunkLines = 256;

    private readonly IReadOnlyList<string> _paths;
    private readonly int _maxLines;
    private readonly Task _reader;
    private long _totalBytes;
    private long _doneBytes;

    /// <summary>Begins to read.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="options">Which letters.</param>
    /// <param name="paths">Full paths of files, at least one.</param>
    /// <param name="stageOptions">Pool size and capacities; MaxChunks is set here.</param>
    /// <param name="time">The clock.</param>
    public DeadLetterSource(string name, DeadLetterOptions options, IReadOnlyList<string> paths, StageOptions stageOptions, TimeProvider time)
        : base(name, WithMaxChunks(stageOptions), time, port => new LetterParser(port, options).RunAsync())
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(paths);
        _paths = paths;
        _maxLines = Math.Clamp(stageOptions.BufferSize / (stageOptions.ThrottleLimit + 1), 1, MaxChunkLines);
        _reader = Task.Run(ReadAllAsync);
    }

    /// <inheritdoc/>
    public override double? Fraction
    {
        get
        {
            long total = Volatile.Read(ref _totalBytes);
            return total == 0 ? null : Math.Min(1, (double)Volatile.Read(ref _doneBytes) / total);
        }
    }

    /// <inheritdoc/>
    protected override void OnTaken(LetterChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        Volatile.Write(ref _doneBytes, chunk.ReadMark);
    }

    /// <inheritdoc/>
    protected override async ValueTask ReleaseAsync()
    {
        await _reader.ConfigureAwait(false);
        await base.ReleaseAsync().ConfigureAwait(false);
    }

    private static StageOptions WithMaxChunks(StageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Validate() with { MaxChunks = (2 * options.ThrottleLimit) + 2 };
    }

    private async Task ReadAllAsync()
    {
        try
        {
            Volatile.Write(ref _totalBytes, _paths.Select(path => new FileInfo(path)).Sum(file => file.Exists ? file.Length : 0));
            var seen = new HashSet<UInt128>();
            long before = 0;
            foreach (string path in _paths)
                before += await ReadFileAsync(path, before, seen).ConfigureAwait(false);
            EndInput();
        }
        catch (OperationCanceledException) when (Stopping.IsCancellationRequested)
        {
            EndInput();
        }
        catch (Exception e)
        {
            // The consumer rethrows it, after the records that were read before.
            EndInput(e);
        }
    }

    private async Task<long> ReadFileAsync(string path, long before, HashSet<UInt128> seen)
    {
        string name = Path.GetFileName(path);
        try
        {
            using FileStream file = Open(path);
            var reader = new LetterFileReader(file, new SourceInfo(name, path), seen, _maxLines);
            long? torn = await reader.ReadAsync(EnterChunkAsync, Stopping).ConfigureAwait(false);
            if (torn is { } line)
            {
                Notices.Add(NoticeLevel.Warning, new EtlException(
                    FailureCodes.TornDeadLetter, FailureKind.InvalidData,
                    string.Create(CultureInfo.InvariantCulture, $"{name}:{line}: the last line is not whole and was left out. Its writer was killed before it claimed the record, or is still writing.")));
                Signal.Set();
            }
            return reader.Position;

            async ValueTask EnterChunkAsync(LetterChunk chunk)
            {
                chunk.ReadMark = before + reader.Position;
                await EnterAsync(chunk, Stopping).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            EtlException failure = InputFailures.Of(path, e);
            if (_paths.Count == 1)
                throw failure;
            Notices.Add(NoticeLevel.Error, failure);
            Signal.Set();
            return 0;
        }
    }

    private static FileStream Open(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Open,
        Access = FileAccess.Read,
        Share = FileShare.ReadWrite | FileShare.Delete,
        Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        BufferSize = 0,
    });
}
