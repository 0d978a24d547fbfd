using System.Buffers;
using System.Text.Json;
using EtlTools.Engine.Files;
using EtlTools.Engine.Records;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Engine.DeadLetters;

/// <summary>
/// Appends failed records to a file, one JSON line each. The file is created with the first letter, and only its owner can read it, because
/// it contains the records' values. Several stages of a run may share a writer, on any thread; several processes may append to one file.
/// </summary>
internal sealed class DeadLetterWriter : IDisposable
{
    /// <summary>How many bytes of letters are collected before they are appended.</summary>
    private const int GatheredBytes = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly DeadLetterIds _ids;
    private readonly DeadLetterFormat.Writer _format;
    private readonly ArrayBufferWriter<byte> _lines = new();
    private readonly Utf8JsonWriter _json;
    private IAppendFile _file;
    private HashSet<UInt128>? _known;
    private bool _isOnDisk = true;
    private long _count;

    /// <summary>Prepares a writer; the file is not opened yet.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="runId">The run whose failures are written.</param>
    /// <param name="time">The clock.</param>
    /// <param name="redactor">The redactor for metadata; null for the standard one.</param>
    /// <param name="lookInto">Converts an object inside a record that the engine does not know to a dictionary, a list or a plain value, or
    /// returns it unchanged. Default: such objects are written as text.</param>
    /// <exception cref="EtlException">The file cannot be created there.</exception>
    public DeadLetterWriter(
        string path, Guid runId, TimeProvider time, Redactor? redactor = null, Func<object, object?>? lookInto = null)
        : this(path, runId, time, AppendFile.At(path, "-DeadLetterPath", FailureCodes.DeadLetterFailed, DeadLetterLine.IsTorn), redactor, lookInto)
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

    /// <summary>From this size on, the file is renamed with a number and a new one started.</summary>
    public void LimitTo(long maxBytes)
    {
        lock (_lock)
            _file = new RollingAppendFile(_file, _path, maxBytes);
    }

    /// <summary>Adds a failed record, unless its letter is known to be in the file already. The letter is safe after the next <see
    /// cref="Flush"/>.</summary>
    /// <exception cref="EtlException">The file cannot be written.</exception>
    public void Write(Record failed) => Write(failed, null);

    /// <summary>Adds a failed record.</summary>
    /// <param name="failed">The record.</param>
    /// <param name="sibling">How many records came before it at the same position; null if they are not counted.</param>
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

    /// <summary>Reads the ids of the letters in the file and its predecessors that no watermark covers yet. A run that resumes reads their
    /// records again, and must not write their letters twice.</summary>
    /// <param name="isCovered">Whether a record of this source path and row is covered.</param>
    /// <exception cref="EtlException">The file cannot be read.</exception>
    internal void SkipKnown(Func<string, long, bool> isCovered)
    {
        lock (_lock)
            Guard(() => _known = DeadLetterHead.ReadIds(RollingAppendFile.AllOf(_path), isCovered));
    }

    /// <summary>Flushes all letters to the disk.</summary>
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

    /// <summary>Appends the collected letters.</summary>
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
            // This includes a failed append: written again, a letter could be in the file twice, and the run ends anyway.
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
            string remedy = e switch
            {
                UnauthorizedAccessException => "Grant this user the right to write there, or choose",
                IOException io when FileFailure.IsOfFullDisk(io) => "Free disk space, or choose",
                _ => "Choose",
            };
            throw new EtlException(
                FailureCodes.DeadLetterFailed,
                e is UnauthorizedAccessException ? FailureKind.PermissionDenied : FailureKind.Unavailable,
                $"The dead letter '{_path}' cannot be written: {e.Message.TrimEnd('.')}. {remedy} another -DeadLetterPath. The run stops, because failed records would be lost.",
                e);
        }
    }
}
