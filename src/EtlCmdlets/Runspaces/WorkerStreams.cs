using System.Management.Automation;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>
/// The streams of one worker's shell. What a block writes to them arrives on the worker's own thread while the block
/// runs, so that after each record it is known what belongs to it. Progress goes on at once; the rest with its chunk, so
/// that it comes in the order of the records.
/// </summary>
internal sealed class WorkerStreams : IDisposable
{
    private const string ForHost = "PSHOST";

    private readonly StreamMessages _messages;
    private readonly List<object> _written = [];
    private ErrorRecord? _error;

    public WorkerStreams(PSDataStreams streams, WorkerHost host, StreamMessages messages)
    {
        _messages = messages;
        Listen(streams.Error, KeepError);
        ListenToMessages(streams, host, Keep);
        Listen(streams.Progress, messages.AddProgress);
    }

    /// <summary>The chunk at hand.</summary>
    public RecordChunk? Destination { get; set; }

    /// <summary>Takes what is written to the host and to the streams of warnings, verbose, debug and information messages, in its order.</summary>
    public static void ListenToMessages(PSDataStreams streams, WorkerHost host, Action<object> handle)
    {
        Listen(streams.Warning, handle);
        Listen(streams.Verbose, handle);
        Listen(streams.Debug, handle);
        InformationRecord? last = null;
        Listen(streams.Information, information =>
        {
            last = information;
            handle(information);
        });
        host.Written = text =>
        {
            // PowerShell writes an information message to its stream first, and then to the host as well.
            bool isKnown = last is not null && (last.Tags.Contains(ForHost) || last.ToString() == text);
            last = null;
            if (!isKnown)
                handle(new InformationRecord(new HostInformationMessage { Message = text }, host.Name) { Tags = { ForHost } });
        };
    }

    /// <summary>Keeps a message of the record at hand.</summary>
    public void Keep(object message)
    {
        if (_messages.TryReserve())
            _written.Add(message);
    }

    /// <summary>What a program writes to its error stream is often its progress; whether it failed is told by its exit code.</summary>
    private void KeepError(ErrorRecord error)
    {
        if (error.FullyQualifiedErrorId is "NativeCommandError" or "NativeCommandErrorMessage")
            Keep(new WarningRecord(error.Exception.Message));
        else
            _error ??= error;
    }

    /// <summary>The first error since the last call, if any.</summary>
    public ErrorRecord? TakeError()
    {
        ErrorRecord? error = _error;
        _error = null;
        return error;
    }

    /// <summary>The outcome of a record is kept, and with it what was written meanwhile.</summary>
    public void Release()
    {
        if (_written.Count == 0)
            return;
        Destination!.Messages.AddRange(_written);
        _written.Clear();
    }

    /// <summary>The worker ends. What it wrote for a record that was taken away from it is not shown.</summary>
    public void Dispose() => _messages.GiveBack(_written.Count);

    private static void Listen<T>(PSDataCollection<T> stream, Action<T> handle) => stream.DataAdded += (_, _) =>
    {
        foreach (T item in stream.ReadAll())
            handle(item);
    };
}
