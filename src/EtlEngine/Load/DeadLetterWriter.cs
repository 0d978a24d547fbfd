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
    private long _count;

    /// <summary>Prepares a writer; the file is not touched yet.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="runId">The run whose failures are written.</param>
    /// <param name="time">The clock.</param>
    /// <param name="lookInto">Makes a dictionary, a list or a plain value of an object inside a record that the engine does not
    /// know, or gives it back. Default: such objects are written as text.</param>
    /// <exception cref="EtlException">The file cannot be there.</exception>
    public DeadLetterWriter(string path, Guid runId, TimeProvider time, Func<object, object?>? lookInto = null)
        : this(path, runId, time, () => DeadLetterFile.Open(path), lookInto) => DeadLetterFile.CheckPath(path);

    internal DeadLetterWriter(string path, Guid runId, TimeProvider time, Func<Stream> open, Func<object, object?>? lookInto = null)
    {
        _path = path;
        _open = open;
        _composer = new LetterComposer(runId, time, lookInto);
        _json = new Utf8JsonWriter(_line, JsonText.WriterOptions);
    }

    /// <summary>Letters written.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Appends a failed record.</summary>
    /// <exception cref="EtlException">The file cannot be written.</exception>
    public void Write(Record failed)
    {
        ArgumentNullException.ThrowIfNull(failed);
        if (failed.Error is null)
            throw new ArgumentException("The record has not failed.", nameof(failed));
        lock (_lock)
        {
            _line.ResetWrittenCount();
            _json.Reset();
            _composer.Compose(_json, failed);
            _json.Flush();
            _line.Write("\n"u8);
            Guard(() => (_file ??= _open()).Write(_line.WrittenSpan));
            _count++;
        }
    }

    /// <summary>Brings what was written to the disk.</summary>
    /// <exception cref="EtlException">The file cannot be written.</exception>
    public void Flush()
    {
        lock (_lock)
        {
            if (_file is FileStream file)
                Guard(() => file.Flush(flushToDisk: true));
            else
                Guard(() => _file?.Flush());
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
