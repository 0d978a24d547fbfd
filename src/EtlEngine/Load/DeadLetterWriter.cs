using System.Buffers;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>
/// Appends failed records to a file, a JSON line each. The file is made with the first one, readable by its owner only,
/// since it holds the records' values. Several stages of a run may share one writer; any thread.
/// </summary>
public sealed class DeadLetterWriter : IDisposable
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly Func<Stream> _open;
    private readonly LetterComposer _composer;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;
    private Stream? _file;
    private HashSet<string>? _known;
    private long _count;
    private bool _isDirty;

    /// <summary>Prepares a writer; the file is not touched yet.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="runId">The run whose failures are written.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="EtlException">The file cannot be there.</exception>
    public DeadLetterWriter(string path, Guid runId, TimeProvider time)
        : this(path, runId, time, () => DeadLetterFile.Open(path)) => DeadLetterFile.CheckPath(path);

    internal DeadLetterWriter(string path, Guid runId, TimeProvider time, Func<Stream> open)
    {
        _path = path;
        _open = open;
        _composer = new LetterComposer(runId, time);
        _json = new Utf8JsonWriter(_line, LetterComposer.JsonOptions);
    }

    /// <summary>Letters written.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Appends a failed record, unless the file is known to have its letter.</summary>
    /// <exception cref="EtlException">The file cannot be written.</exception>
    public void Write(Record failed) => Write(failed, null);

    /// <summary>Appends a failed record.</summary>
    /// <param name="failed">The record.</param>
    /// <param name="sibling">How many records of the same position there were before it; null where nobody counts.</param>
    internal void Write(Record failed, int? sibling)
    {
        ArgumentNullException.ThrowIfNull(failed);
        if (failed.Error is null)
            throw new ArgumentException("The record has not failed.", nameof(failed));
        lock (_lock)
        {
            string id = _composer.NextId(failed, sibling);
            if (_known?.Contains(id) == true)
                return;
            _line.ResetWrittenCount();
            _json.Reset();
            _composer.Compose(_json, failed, id);
            _json.Flush();
            _line.Write("\n"u8);
            Guard(() => (_file ??= _open()).Write(_line.WrittenSpan));
            _count++;
            _isDirty = true;
        }
    }

    /// <summary>Takes note of the letters that are in the file and that no watermark covers yet: a run that resumes meets
    /// their records again, and does not write them a second time.</summary>
    /// <param name="isCovered">Whether a record of this source path and row is covered.</param>
    /// <exception cref="EtlException">The file cannot be read.</exception>
    internal void SkipKnown(Func<string, long, bool> isCovered)
    {
        lock (_lock)
            Guard(() => _known = LetterReader.ReadIds(_path, isCovered));
    }

    /// <summary>Brings what was written to the disk.</summary>
    /// <exception cref="EtlException">The file cannot be written.</exception>
    public void Flush()
    {
        lock (_lock)
        {
            if (!_isDirty)
                return;
            if (_file is FileStream file)
                Guard(() => file.Flush(flushToDisk: true));
            else
                Guard(() => _file?.Flush());
            _isDirty = false;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _json.Dispose();
            Stream? file = _file;
            _file = null;
            if (file is not null)
                Guard(file.Dispose);
        }
    }

    private void Guard(Action access)
    {
        try
        {
            access();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EtlException(
                FailureCodes.DeadLetterFailed,
                e is UnauthorizedAccessException ? FailureKind.PermissionDenied : FailureKind.Unavailable,
                $"The dead letter '{_path}' cannot be written: {e.Message} Make room or choose another -DeadLetterPath; the run stops, since failed records would be lost.",
                e);
        }
    }
}
