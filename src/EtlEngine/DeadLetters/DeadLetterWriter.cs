using System.Buffers;
using System.Text.Json;
using EtlTools.Engine.Files;
using EtlTools.Engine.Records;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Engine.DeadLetters;

/// <summary>
/// Appends failed records to a file, a JSON line each. The file is made with the first one, readable by its owner only,
/// since it holds the records' values. Several stages of a run may share one writer, any thread; several processes may append
/// to one file.
/// </summary>
internal sealed class DeadLetterWriter : IDisposable
{
    /// <summary>Letters gathered before they are appended, in bytes.</summary>
    private const int GatheredBytes = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly IAppendFile _file;
    private readonly DeadLetterIds _ids;
    private readonly DeadLetterFormat.Writer _format;
    private readonly ArrayBufferWriter<byte> _lines = new();
    private readonly Utf8JsonWriter _json;
    private HashSet<UInt128>? _known;
    private bool _isOnDisk = true;
    private long _count;

    /// <summary>Prepares a writer; the file is not touched yet.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="runId">The run whose failures are written.</param>
    /// <param name="time">The clock.</param>
    /// <param name="maxBytes">Beyond this size the file is moved aside under a numbered name and a new one begun; null for
    /// never.</param>
    /// <param name="redactor">What metadata passes; null for the standard one.</param>
    /// <param name="lookInto">Makes a dictionary, a list or a plain value of an object inside a record that the engine does not
    /// know, or gives it back. Default: such objects are written as text.</param>
    /// <exception cref="EtlException">The file cannot be there.</exception>
    public DeadLetterWriter(
        string path, Guid runId, TimeProvider time, long? maxBytes = null, Redactor? redactor = null, Func<object, object?>? lookInto = null)
        : this(path, runId, time, AppendFile.At(path, "-DeadLetterPath", FailureCodes.DeadLetterFailed, DeadLetterLine.IsTorn, maxBytes), redactor, lookInto)
    {
    }

    internal DeadLetterWriter(
        string path, Guid runId, TimeProvider time, IAppendFile file, Redactor? redactor = null, Func<object, object?>? lookInto = null)
    {
        _path = path;
        _file = file;
        _ids = new DeadLetterIds(runId);
        _format = new DeadLetterFormat.Writer(runId, time, redactor ?? Redactor.Standard, lookInto);
        _json = new Utf8JsonWriter(_lines, JsonText.WriterOptions);
    }

    /// <summary>Letters written.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Adds a failed record, unless the file is known to have its letter. It is safe after the next
    /// <see cref="Flush"/>.</summary>
    /// <exception cref="EtlException">The file cannot be written.</exception>
    public void Write(Record failed) => Write(failed, null);

    /// <summary>Adds a failed record.</summary>
    /// <param name="failed">The record.</param>
    /// <param name="sibling">How many records of the same position there were before it; null where nobody counts.</param>
    internal void Write(Record failed, int? sibling)
    {
        ArgumentNullException.ThrowIfNull(failed);
        if (failed.Error is null)
            throw new ArgumentException("The record has not failed.", nameof(failed));
        lock (_lock)
        {
            string id = _ids.Next(failed, sibling);
            if (_known?.Contains(DeadLetterHead.ToNumber(id)) == true)
                return;
            _json.Reset();
            _format.Write(_json, failed, id);
            _json.Flush();
            _lines.Write("\n"u8);
            _isOnDisk = false;
            _count++;
            if (_lines.WrittenCount >= GatheredBytes)
                Append(toDisk: false);
        }
    }

    /// <summary>Takes note of the letters that are in the file, or in those it was before, and that no watermark covers yet: a
    /// run that resumes meets their records again, and does not write them a second time.</summary>
    /// <param name="isCovered">Whether a record of this source path and row is covered.</param>
    /// <exception cref="EtlException">The file cannot be read.</exception>
    internal void SkipKnown(Func<string, long, bool> isCovered)
    {
        lock (_lock)
            Guard(() => _known = DeadLetterHead.ReadIds(RollingAppendFile.AllOf(_path), isCovered));
    }

    /// <summary>Brings what was written to the disk.</summary>
    /// <exception cref="EtlException">The file cannot be written.</exception>
    public void Flush()
    {
        lock (_lock)
        {
            if (_isOnDisk)
                return;
            Append(toDisk: true);
            _isOnDisk = true;
        }
    }

    /// <summary>Appends what was gathered.</summary>
    /// <exception cref="EtlException">The file cannot be written.</exception>
    public void Dispose()
    {
        lock (_lock)
        {
            _json.Dispose();
            if (_lines.WrittenCount > 0)
                Append(toDisk: false);
        }
    }

    private void Append(bool toDisk)
    {
        try
        {
            Guard(() => _file.Append(_lines.WrittenSpan, toDisk));
        }
        finally
        {
            // Also what failed: written again it could stand there twice, and the run is at its end.
            _lines.ResetWrittenCount();
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
                $"The dead letter '{_path}' cannot be written: {e.Message.TrimEnd('.')}. Free disk space or choose another -DeadLetterPath. The run stops, because failed records would be lost.",
                e);
        }
    }
}
