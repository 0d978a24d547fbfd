using System.Management.Automation;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>
/// The streams of one worker's shell. What a block writes to them arrives on the worker's own thread while the block
/// runs, so that after each record it is known what belongs to it. Progress goes on at once; the rest with its chunk, so
/// that it comes in the order of the records.
/// </summary>
internal sealed class WorkerStreams
{
    private readonly StreamMessages _messages;
    private readonly List<object> _written = [];
    private ErrorRecord? _error;

    public WorkerStreams(PSDataStreams streams, StreamMessages messages)
    {
        _messages = messages;
        Listen(streams.Error, KeepError);
        ListenToMessages(streams, Keep);
        Listen(streams.Progress, messages.AddProgress);
    }

    /// <summary>The chunk at hand.</summary>
    public RecordChunk? Destination { get; set; }

    /// <summary>Takes what is written to the streams of warnings, verbose, debug and information messages, in its order.</summary>
    public static void ListenToMessages(PSDataStreams streams, Action<object> handle)
    {
        Listen(streams.Warning, handle);
        Listen(streams.Verbose, handle);
        Listen(streams.Debug, handle);
        Listen(streams.Information, handle);
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

    private static void Listen<T>(PSDataCollection<T> stream, Action<T> handle) => stream.DataAdded += (_, _) =>
    {
        foreach (T item in stream.ReadAll())
            handle(item);
    };
}
