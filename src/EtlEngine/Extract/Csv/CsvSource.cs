using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Reads CSV files, one after another: a single reader frames the bytes, the pool parses and converts. In one file a
/// failure ends the run; among several it is a notice, and the next file is read.
/// </summary>
public sealed class CsvSource : PoolStage<CsvChunk>
{
    /// <summary>How long a reader that hangs in a read, as of a silent pipe, is waited for when the stage stops.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromMilliseconds(500);

    private readonly CsvOptions _options;
    private readonly IReadOnlyList<string> _paths;
    private readonly Func<string, Stream> _open;
    private readonly TimeProvider _time;
    private readonly int _maxChunkRecords;
    private readonly Task _reader;
    private readonly long _totalBytes;
    private long _readBytes;

    /// <summary>Begins to read.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="options">How the files are read.</param>
    /// <param name="paths">Their full paths.</param>
    /// <param name="stage">Pool and buffer sizes.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="EtlException">An option cannot work.</exception>
    public CsvSource(string name, CsvOptions options, IReadOnlyList<string> paths, StageOptions stage, TimeProvider time)
        : this(name, options, paths, stage, time, TextSource.Open)
    {
    }

    internal CsvSource(
        string name, CsvOptions options, IReadOnlyList<string> paths, StageOptions stage, TimeProvider time, Func<string, Stream> open)
        : base(name, Sized(stage), time, port => CsvParser.RunAsync(options, port))
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(paths);
        _options = options.Validate();
        _paths = paths;
        _open = open;
        _time = time;
        _maxChunkRecords = Math.Max(1, stage.BufferSize / 2);
        _totalBytes = paths.Sum(path => File.Exists(path) ? new FileInfo(path).Length : 0);
        _reader = Task.Run(ReadFilesAsync);
    }

    /// <inheritdoc/>
    public override double? Fraction => _totalBytes > 0 ? Math.Min(1, Volatile.Read(ref _readBytes) / (double)_totalBytes) : null;

    /// <inheritdoc/>
    protected override async ValueTask ReleaseAsync()
    {
        // A read that never returns would keep the user waiting; its file is closed when it does return.
        await Task.WhenAny(_reader, Task.Delay(StopGrace, _time, CancellationToken.None)).ConfigureAwait(false);
        await base.ReleaseAsync().ConfigureAwait(false);
    }

    private static StageOptions Sized(StageOptions stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        // Rows may be large: the number of chunks bounds the bytes as the number of records bounds the objects.
        return stage.Validate() with { MaxChunks = (2 * stage.ThrottleLimit) + 2 };
    }

    private async Task ReadFilesAsync()
    {
        Exception? fault = null;
        try
        {
            foreach (string path in _paths)
            {
                try
                {
                    await ReadFileAsync(path).ConfigureAwait(false);
                }
                catch (EtlException failure) when (_paths.Count > 1)
                {
                    Notices.Add(NoticeLevel.Error, failure);
                }
            }
        }
        catch (Exception e)
        {
            // The consumer rethrows it; a cancellation it has asked for itself.
            fault = e;
        }
        EndInput(fault);
    }

    private async Task ReadFileAsync(string path)
    {
        Stream stream = _open(path);
        (Stream text, int markBytes) = await DecodeAsync(path, stream).ConfigureAwait(false);
        var reader = new CsvFileReader(_options, _maxChunkRecords, path, text, markBytes);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(Stopping).ConfigureAwait(false) is { } chunk)
            {
                long bytes = chunk.FramedBytes;
                await EnterAsync(chunk, Stopping).ConfigureAwait(false);
                Volatile.Write(ref _readBytes, _readBytes + bytes);
            }
        }
    }

    private async ValueTask<(Stream Text, int MarkBytes)> DecodeAsync(string path, Stream stream)
    {
        try
        {
            return await TextSource.DecodeAsync(stream, _options.Encoding, Stopping).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (e is IOException)
                throw new EtlException(FailureCodes.ReadFailed, FailureKind.Unavailable, $"{path} could not be read: {e.Message}", e);
            throw;
        }
    }
}
