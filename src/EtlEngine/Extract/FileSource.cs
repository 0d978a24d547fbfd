using System.Globalization;
using System.Runtime.ExceptionServices;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract;

/// <summary>A chunk of a file.</summary>
internal abstract class FileChunk : StageChunk
{
    /// <summary>How much of the input was read up to and including this chunk, in bytes.</summary>
    internal long ReadMark { get; set; }
}

/// <summary>
/// Reads files one after another. If one of several files cannot be read, that is an error notice. If it is the only file, the run ends: at
/// once if no record was read, otherwise after the earlier records have been processed.
/// </summary>
internal abstract class FileSource<TChunk> : PoolStage<TChunk> where TChunk : FileChunk
{
    /// <summary>How long a read may ignore a cancellation before it is abandoned.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(300);

    private readonly IReadOnlyList<SourceFile> _given;
    private readonly CancellationTokenSource _abandoning;
    private readonly CancellationTokenRegistration _graceful;
    private IReadOnlyList<SourceFile> _files;
    private Task _reader = Task.CompletedTask;
    private long _totalBytes = -1;
    private long _doneBytes;
    private bool _hasEntered;

    private protected FileSource(
        string name, IReadOnlyList<SourceFile> files, StageOptions options, TimeProvider time, PoolWorker<TChunk> worker)
        : base(name, WithMaxChunks(options), time, worker)
    {
        ArgumentNullException.ThrowIfNull(files);
        _given = _files = files;
        Counters.Subject = SubjectOf(files);
        foreach (SourceFile file in files)
        {
            file.WhenRead(Signal.Set);
            file.Attach(Notices, Counters);
        }
        // There are enough chunks for all workers to have one while another is being taken.
        MaxRecords = Math.Max(1, options.BufferSize / (options.ThrottleLimit + 1));
        _abandoning = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _graceful = Reading.Register(() => _abandoning.CancelAfter(Grace));
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
    /// <remarks>Unread text may contain a record.</remarks>
    public override bool IsIdle => base.IsIdle && !(_files.Count == 1 && _files[0].HasUnreadText);

    /// <summary>The largest number of records in a chunk.</summary>
    private protected int MaxRecords { get; }

    /// <summary>The files.</summary>
    private protected IReadOnlyList<SourceFile> Files => _files;

    /// <summary>Whether a file that is overwritten while it is read is an error, because its records would come from both versions.</summary>
    private protected virtual bool RequiresOneVersion => true;

    /// <summary>Starts to read; the last step of a constructor.</summary>
    private protected void Begin() => _reader = Task.Run(() => RunReaderAsync(ReadAllAsync));

    /// <summary>Prepares everything before the first record of the first file.</summary>
    private protected abstract ValueTask PrepareAsync();

    /// <summary>Reads a file to its end.</summary>
    /// <param name="file">Its place among the files.</param>
    /// <param name="input">The open file.</param>
    private protected abstract IAsyncEnumerable<TChunk> ReadAsync(int file, FileInput input);

    /// <summary>The user's view of an exception from reading a file; null if it is not a failure of the file.</summary>
    private protected virtual EtlException? FailureOf(SourceFile file, Exception exception) => exception switch
    {
        EtlException known => known,
        IOException or UnauthorizedAccessException or InvalidDataException => InputFailures.Of(file.Path, exception),
        _ => null,
    };

    /// <summary>The last file has been read.</summary>
    private protected virtual void OnAllRead()
    {
    }

    /// <summary>The heads of the files; null for a file that cannot be read or does not support seeking.</summary>
    private protected async Task<FileHead?[]> HeadsAsync()
    {
        var heads = new FileHead?[_files.Count];
        for (int i = 0; i < heads.Length; i++)
            heads[i] = await HeadOfAsync(_files[i]).ConfigureAwait(false);
        return heads;
    }

    /// <inheritdoc/>
    protected override void OnTaken(TChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        // Without a fixed order, chunks may arrive in any order.
        if (chunk.ReadMark > _doneBytes)
            Volatile.Write(ref _doneBytes, chunk.ReadMark);
    }

    /// <inheritdoc/>
    protected sealed override bool IsSource => true;

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

    private static string? SubjectOf(IReadOnlyList<SourceFile> files) => files.Count switch
    {
        0 => null,
        1 => files[0].Name,
        _ => string.Create(CultureInfo.InvariantCulture, $"{files[0].Name} and {files.Count - 1} more"),
    };

    private async Task ReadAllAsync()
    {
        try
        {
            _files = await ZipEntries.ExpandAsync(_given, Notices, Reading).ConfigureAwait(false);
            await PrepareFilesAsync().ConfigureAwait(false);
            long[] lengths = [.. _files.Select(file => file.Length)];
            _totalBytes = lengths.Sum();
            long before = 0;
            for (int i = 0; i < _files.Count; i++)
            {
                await ReadFileAsync(i, before).ConfigureAwait(false);
                before += lengths[i];
            }
            OnAllRead();
        }
        finally
        {
            foreach (SourceFile file in _given)
                file.Close();
        }
    }

    private async Task PrepareFilesAsync()
    {
        try
        {
            await PrepareAsync().ConfigureAwait(false);
        }
        catch (EtlException e) when (_files.Count == 1)
        {
            throw e.About(_files[0].Path);
        }
    }

    private async Task ReadFileAsync(int file, long before)
    {
        try
        {
            using FileInput input = await FileInput.OpenAsync(_files[file], Reading, _abandoning.Token).ConfigureAwait(false);
            if (!input.CanSeek)
                _totalBytes = -1;
            else if (_files.Count == 1)
                _totalBytes = _files[0].Length;
            await foreach (TChunk chunk in ReadAsync(file, input).ConfigureAwait(false))
            {
                chunk.ReadMark += before;
                _hasEntered = true;
                await EnterAsync(chunk, Reading).ConfigureAwait(false);
            }
            if (RequiresOneVersion)
                await input.RequireUnchangedAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (FailureOf(_files[file], e) is { } failure)
        {
            EtlException about = failure.About(_files[file].Path);
            if (_files.Count > 1)
                Notices.Add(NoticeLevel.Error, about);
            else if (_hasEntered)
                Ending = about;
            else
                ExceptionDispatchInfo.Throw(about);
        }
    }

    private async Task<FileHead?> HeadOfAsync(SourceFile file)
    {
        if (!file.CanReopen)
            return null;
        try
        {
            using FileInput input = await FileInput.OpenAsync(file, Reading, _abandoning.Token).ConfigureAwait(false);
            return input.Head;
        }
        catch (EtlException)
        {
            // The error is reported when the file is read.
            return null;
        }
    }
}
