using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Reads CSV files one after the other: one reader finds the records' bounds, the pool parses them. A record that cannot be
/// read is a failed record, and the ones after it are read as if nothing had happened. A file that cannot be read ends the
/// run when it is the only one, and is an error notice among several.
/// </summary>
public sealed class CsvSource : PoolStage<CsvChunk>
{
    /// <summary>How long a read may ignore cancellation before it is abandoned.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(300);

    private readonly CsvOptions _options;
    private readonly IReadOnlyList<string> _paths;
    private readonly Func<string, Stream> _open;
    private readonly int _maxRecords;
    private readonly CancellationTokenSource _abandoning;
    private readonly CancellationTokenRegistration _graceful;
    private readonly Task _reader;
    private long _totalBytes = -1;
    private long _doneBytes;

    /// <summary>Begins to read.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="options">The format.</param>
    /// <param name="paths">Full paths of files, at least one.</param>
    /// <param name="stageOptions">Pool size and capacities; MaxChunks is set here.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="EtlException">An option cannot work.</exception>
    public CsvSource(string name, CsvOptions options, IReadOnlyList<string> paths, StageOptions stageOptions, TimeProvider time)
        : this(name, options, paths, stageOptions, time, OpenFile)
    {
    }

    internal CsvSource(
        string name, CsvOptions options, IReadOnlyList<string> paths, StageOptions stageOptions, TimeProvider time, Func<string, Stream> open)
        : base(name, WithMaxChunks(stageOptions), time, WorkerFor(options))
    {
        ArgumentNullException.ThrowIfNull(paths);
        _options = options;
        _paths = paths;
        _open = open;
        // Enough chunks for all workers to have one while another is being taken.
        _maxRecords = Math.Max(1, stageOptions.BufferSize / (stageOptions.ThrottleLimit + 1));
        _abandoning = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _graceful = Reading.Register(() => _abandoning.CancelAfter(Grace));
        _reader = Task.Run(() => ReadAsync(ReadAllAsync));
    }

    /// <inheritdoc/>
    public override double? Fraction
    {
        get
        {
            long total = Volatile.Read(ref _totalBytes);
            if (total <= 0)
                return null;
            return IsEnded ? 1 : Math.Min(1, (double)Volatile.Read(ref _doneBytes) / total);
        }
    }

    /// <inheritdoc/>
    protected override void OnTaken(CsvChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        // Chunks may come in any order when order is given up.
        if (chunk.ReadMark > _doneBytes)
            Volatile.Write(ref _doneBytes, chunk.ReadMark);
    }

    /// <inheritdoc/>
    protected override async ValueTask ReleaseAsync()
    {
        await _reader.ConfigureAwait(false);
        await base.ReleaseAsync().ConfigureAwait(false);
        await _graceful.DisposeAsync().ConfigureAwait(false);
        _abandoning.Dispose();
    }

    private static StageOptions WithMaxChunks(StageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Validate() with { MaxChunks = (2 * options.ThrottleLimit) + 2 };
    }

    private static PoolWorker<CsvChunk> WorkerFor(CsvOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return pool => CsvChunkParser.RunAsync(pool, options);
    }

    private static FileStream OpenFile(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Open,
        Access = FileAccess.Read,
        // A file that another program is writing to can be read.
        Share = FileShare.ReadWrite | FileShare.Delete,
        Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        BufferSize = 0,
    });

    private async Task ReadAllAsync()
    {
        using var parser = new CsvChunkParser(_options);
        long[] lengths = [.. _paths.Select(LengthOf)];
        _totalBytes = lengths.Sum();
        long before = 0;
        for (int i = 0; i < _paths.Count; i++)
        {
            await ReadFileAsync(_paths[i], before, parser).ConfigureAwait(false);
            before += lengths[i];
        }
    }

    private async Task ReadFileAsync(string path, long before, CsvChunkParser parser)
    {
        try
        {
            using CsvInput input = await CsvInput.OpenAsync(path, _open, Reading, _abandoning.Token).ConfigureAwait(false);
            if (!input.CanSeek)
                _totalBytes = -1;
            var reader = new CsvFileReader(this, _options, _maxRecords, input, parser);
            await reader.ReadAsync(EnterChunkAsync).ConfigureAwait(false);
        }
        catch (EtlException e) when (_paths.Count > 1)
        {
            Notices.Add(NoticeLevel.Error, e);
            Signal.Set();
        }

        async ValueTask EnterChunkAsync(CsvChunk chunk)
        {
            chunk.ReadMark += before;
            await EnterAsync(chunk, Reading).ConfigureAwait(false);
        }
    }

    private static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : 0;
    }
}
