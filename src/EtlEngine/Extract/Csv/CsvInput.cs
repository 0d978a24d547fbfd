using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// An open file. Cancellation ends a read that waits for a pipe even where the operating system cannot: after a short
/// grace the read is abandoned, with the handle closed behind it.
/// </summary>
internal sealed class CsvInput : IDisposable
{
    private readonly Stream _file;
    private readonly CancellationToken _stopping;
    private readonly CancellationToken _abandoning;
    private Stream _text;
    private bool _isTranscoded;
    private bool _isAbandoned;

    private CsvInput(string path, Stream file, CancellationToken stopping, CancellationToken abandoning)
    {
        Path = path;
        _file = _text = file;
        _stopping = stopping;
        _abandoning = abandoning;
    }

    public string Path { get; }

    /// <summary>The name that messages show.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Whether the file has a length and positions.</summary>
    public bool CanSeek => _file.CanSeek;

    /// <summary>Where an offset in the text is in the file; beyond UTF-8 how far the file has been read.</summary>
    public long PositionOf(long offset) => _isTranscoded && _file.CanSeek ? _file.Position : offset;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="open">Opens it; may block, as a pipe without a writer does.</param>
    /// <param name="stopping">Cancels.</param>
    /// <param name="abandoning">Cancelled when <paramref name="stopping"/> has had no effect for a while.</param>
    /// <exception cref="EtlException">The file cannot be opened.</exception>
    public static async Task<CsvInput> OpenAsync(
        string path, Func<string, Stream> open, CancellationToken stopping, CancellationToken abandoning)
    {
        try
        {
            Task<Stream> opening = Task.Run(() => open(path), stopping);
            try
            {
                return new CsvInput(path, await opening.WaitAsync(abandoning).ConfigureAwait(false), stopping, abandoning);
            }
            catch (OperationCanceledException) when (!opening.IsCanceled)
            {
                _ = opening.ContinueWith(late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw InputFailures.Of(path, e);
        }
    }

    /// <summary>Reads through a decoder from here on.</summary>
    /// <param name="head">What has been read so far.</param>
    /// <param name="encoding">The encoding of it and of the rest.</param>
    public void Transcode(byte[] head, Encoding encoding)
    {
        _text = CsvEncoding.ToUtf8(new PrependedStream(head, _file), encoding);
        _isTranscoded = true;
    }

    /// <summary>Reads some bytes; 0 is the end.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the room may still be written to and must not be used again.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> room)
    {
        ValueTask<int> reading = _text.ReadAsync(room, _stopping);
        return reading.IsCompleted
            ? await reading.ConfigureAwait(false)
            : await WaitAsync(reading.AsTask()).ConfigureAwait(false);
    }

    /// <summary>Closes the file. The decoder of an abandoned read is left alone: it still owns the buffer being read into.</summary>
    public void Dispose() => (_isAbandoned ? _file : _text).Dispose();

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
