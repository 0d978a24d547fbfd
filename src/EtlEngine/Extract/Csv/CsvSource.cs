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
        _graceful = Stopping.Register(() => _abandoning.CancelAfter(Grace));
        _reader = Task.Run(ReadAllAsync);
    }

    /// <summary>The names in a file's header, without reading more of it than that.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="options">The format.</param>
    /// <param name="patience">How long reading may take.</param>
    /// <exception cref="EtlException">The file cannot be read, or has no header that can.</exception>
    /// <exception cref="OperationCanceledException">It took longer.</exception>
    public static IReadOnlyList<string> ReadHeader(string path, CsvOptions options, TimeSpan patience)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var stopping = new CancellationTokenSource(patience);
        return Task.Run(async () =>
        {
            using CsvInput input = await CsvInput.OpenAsync(path, OpenFile, stopping.Token, stopping.Token).ConfigureAwait(false);
            using var parser = new CsvChunkParser(options);
            var reader = new CsvFileReader(null, options.Validate(), 1, input, default, parser, _ => ValueTask.CompletedTask);
            return await reader.ReadHeaderAsync().ConfigureAwait(false);
        }).GetAwaiter().GetResult();
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
        try
        {
            using var parser = new CsvChunkParser(_options);
            CsvSpan[] spans = await SpansAsync().ConfigureAwait(false);
            long[] lengths = [.. _paths.Select(LengthOf)];
            _totalBytes = lengths.Sum();
            long before = 0;
            for (int i = 0; i < _paths.Count; i++)
            {
                await ReadFileAsync(_paths[i], spans[i], before, parser).ConfigureAwait(false);
                before += lengths[i];
            }
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

    private async Task ReadFileAsync(string path, CsvSpan span, long before, CsvChunkParser parser)
    {
        try
        {
            using CsvInput input = await CsvInput.OpenAsync(path, _open, Stopping, _abandoning.Token).ConfigureAwait(false);
            if (!input.CanSeek)
                _totalBytes = -1;
            var reader = new CsvFileReader(this, _options, _maxRecords, input, span, parser, EnterChunkAsync);
            await reader.ReadAsync().ConfigureAwait(false);
        }
        catch (EtlException e) when (_paths.Count > 1)
        {
            Notices.Add(NoticeLevel.Error, e);
            Signal.Set();
        }

        async ValueTask EnterChunkAsync(CsvChunk chunk)
        {
            chunk.ReadMark += before;
            await EnterAsync(chunk, Stopping).ConfigureAwait(false);
        }
    }

    /// <summary>Which part of each file is read; before the first record, so that a wrong watermark stops everything.</summary>
    private async Task<CsvSpan[]> SpansAsync()
    {
        var heads = new FileHead?[_paths.Count];
        for (int i = 0; i < heads.Length && !(_options.ResumeFrom.IsNone && _options.StopAt.IsNone); i++)
            heads[i] = await HeadOfAsync(_paths[i]).ConfigureAwait(false);
        FileBound?[] from = FileBounds.Match(_options.ResumeFrom, "ResumeFrom", _paths, heads);
        FileBound?[] to = FileBounds.Match(_options.StopAt, "StopAt", _paths, heads);
        return [.. from.Zip(to, (begin, end) => new CsvSpan(begin is { ByteOffset: 0, Watermark: null } ? null : begin, end))];
    }

    private async Task<FileHead?> HeadOfAsync(string path)
    {
        // A pipe has no length either, and can be opened only once.
        if (new FileInfo(path) is { Exists: true, Length: 0 })
            return null;
        try
        {
            using CsvInput input = await CsvInput.OpenAsync(path, _open, Stopping, _abandoning.Token).ConfigureAwait(false);
            return input.Head;
        }
        catch (EtlException)
        {
            // Reading it will say so, in its turn.
            return null;
        }
    }

    private static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : 0;
    }
}
