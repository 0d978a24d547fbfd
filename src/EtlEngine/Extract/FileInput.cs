namespace EtlTools.Engine.Extract;

/// <summary>
/// An open file. Cancellation ends a read that waits for a pipe even if the operating system cannot cancel it: after a short time the read
/// is abandoned, and the handle is closed.
/// </summary>
internal sealed class FileInput : IDisposable
{
    /// <summary>How many bytes are skipped at once on the way to an offset in a compressed file.</summary>
    private const int SkipSize = 64 * 1024;

    private readonly Stream _file;
    private readonly CancellationToken _stopping;
    private readonly CancellationToken _abandoning;
    private readonly Stack<Stream> _layers = new();
    private readonly List<Func<Stream, Stream>> _wraps = [];
    private readonly long _lengthAtOpening;
    private Stream _text;
    private bool _isAbandoned;

    private FileInput(SourceFile source, Stream file, CancellationToken stopping, CancellationToken abandoning)
    {
        Path = source.Path;
        Name = source.Name;
        _file = _text = file;
        _lengthAtOpening = file.CanSeek ? file.Length : 0;
        _stopping = stopping;
        _abandoning = abandoning;
    }

    public string Path { get; }

    /// <summary>The name that messages show.</summary>
    public string Name { get; }

    /// <summary>Whether the file has a length and positions.</summary>
    public bool CanSeek => _file.CanSeek;

    /// <summary>The file's length in bytes; 0 if it has none.</summary>
    public long Length => CanSeek ? _file.Length : 0;

    /// <summary>Whether its bytes are its text, so that offsets are the same in both.</summary>
    public bool IsDirect => _wraps.Count == 0;

    /// <summary>The file's first bytes; null if it does not support seeking.</summary>
    public FileHead? Head { get; private set; }

    /// <summary>The position in the file of an offset in the text; if they differ, how far the file has been read.</summary>
    public long PositionOf(long offset) => !IsDirect && _file.CanSeek ? _file.Position : offset;

    /// <summary>Whether it is now shorter than it was.</summary>
    public bool IsCutOff => CanSeek && _file.Length < Math.Max(_file.Position, _lengthAtOpening);

    /// <summary>Opens a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="stopping">Cancels.</param>
    /// <param name="abandoning">Cancelled when <paramref name="stopping"/> had no effect for a while.</param>
    /// <exception cref="EtlException">The file cannot be opened.</exception>
    public static async Task<FileInput> OpenAsync(SourceFile file, CancellationToken stopping, CancellationToken abandoning)
    {
        try
        {
            Task<Stream> opening = file.OpenAsync(stopping);
            try
            {
                var input = new FileInput(file, await opening.WaitAsync(abandoning).ConfigureAwait(false), stopping, abandoning);
                return await input.WithHeadAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!opening.IsCanceled)
            {
                _ = opening.ContinueWith(late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw InputFailures.Of(file.Path, e);
        }
    }

    /// <summary>Reads through another stream from now on.</summary>
    /// <param name="head">The bytes read so far.</param>
    /// <param name="wrap">Creates the other stream from them and the rest, which it must leave open.</param>
    public void Wrap(byte[] head, Func<Stream, Stream> wrap)
    {
        _wraps.Add(wrap);
        AddLayer(wrap(new PrependedStream(head, _text)));
    }

    /// <summary>Continues to read at another position of the text.</summary>
    /// <param name="offset">The offset of the next byte to be read.</param>
    /// <returns>The byte before it; -1 at the beginning; null if the text ends before it.</returns>
    public async Task<int?> GoToAsync(long offset)
    {
        CloseLayers();
        _text = _file;
        byte[] skipped = new byte[IsDirect ? 1 : SkipSize];
        long rest = offset;
        _file.Position = 0;
        if (IsDirect && offset > 0)
        {
            _file.Position = offset - 1;
            rest = 1;
        }
        foreach (Func<Stream, Stream> wrap in _wraps)
            AddLayer(wrap(_text));
        int last = -1;
        while (rest > 0)
        {
            int count = await ReadAsync(skipped.AsMemory(0, (int)Math.Min(rest, skipped.Length))).ConfigureAwait(false);
            if (count == 0)
                return null;
            rest -= count;
            last = skipped[count - 1];
        }
        return last;
    }

    /// <summary>Reads some bytes; 0 is the end.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the buffer may still be written to and must not be used again.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> room)
    {
        ValueTask<int> reading = _text.ReadAsync(room, _stopping);
        return reading.IsCompleted
            ? await reading.ConfigureAwait(false)
            : await WaitAsync(reading.AsTask()).ConfigureAwait(false);
    }

    /// <summary>Checks behind the last read that the file still begins as it did, and has not become shorter.</summary>
    /// <exception cref="EtlException">Another version of it was written meanwhile.</exception>
    public async Task RequireUnchangedAsync()
    {
        // Files that the operating system makes up have no length.
        if (_lengthAtOpening == 0 || Head is not { } head)
            return;
        bool isShorter = IsCutOff;
        _file.Position = 0;
        FileHead now = await FileHead.ReadAsync(_file, _stopping).WaitAsync(_abandoning).ConfigureAwait(false);
        if (isShorter || !now.Continues(head))
            throw new EtlException(
                FailureCodes.ReadFailed, FailureKind.Unavailable,
                $"{Name}: the file was overwritten while it was being read, so its records may come from both versions. Read it again when it is complete. A program that replaces a file should write another file and rename it.");
    }

    /// <summary>Closes the file. The decoder of an abandoned read is not touched, because it still uses its buffer.</summary>
    public void Dispose()
    {
        if (!_isAbandoned)
            CloseLayers();
        _file.Dispose();
    }

    private async Task<FileInput> WithHeadAsync()
    {
        try
        {
            if (CanSeek)
                Head = await FileHead.ReadAsync(_file, _stopping).WaitAsync(_abandoning).ConfigureAwait(false);
            return this;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    private void AddLayer(Stream layer)
    {
        _layers.Push(layer);
        _text = layer;
    }

    private void CloseLayers()
    {
        while (_layers.TryPop(out Stream? layer))
            layer.Dispose();
    }

    private async Task<int> WaitAsync(Task<int> reading)
    {
        try
        {
            return await reading.WaitAsync(_abandoning).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!reading.IsCompleted)
        {
            _ = reading.ContinueWith(late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            _isAbandoned = true;
            throw;
        }
    }
}
