using System.Collections.ObjectModel;
using System.Management.Automation;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>
/// The streams of one worker's shell. What a block writes to them arrives on the worker's own thread while the block
/// runs, so that after each record it is known what belongs to it.
/// </summary>
internal sealed class WorkerStreams
{
    private readonly PSDataStreams _streams;
    private readonly StreamMessages _messages;
    private bool _written;

    public WorkerStreams(PSDataStreams streams, StreamMessages messages)
    {
        _streams = streams;
        _messages = messages;
        streams.Error.DataAdded += Written;
        streams.Warning.DataAdded += Written;
        streams.Verbose.DataAdded += Written;
        streams.Debug.DataAdded += Written;
        streams.Information.DataAdded += Written;
    }

    /// <summary>The first error since the last call, if any; what came on the other streams goes to the pipeline thread.</summary>
    public ErrorRecord? TakeError()
    {
        if (!_written)
            return null;
        _written = false;
        Pass(_streams.Warning.ReadAll());
        Pass(_streams.Verbose.ReadAll());
        Pass(_streams.Debug.ReadAll());
        Pass(_streams.Information.ReadAll());
        Collection<ErrorRecord> errors = _streams.Error.ReadAll();
        return errors.Count > 0 ? errors[0] : null;
    }

    private void Written(object? sender, DataAddedEventArgs e) => _written = true;

    private void Pass<T>(Collection<T> messages) where T : notnull
    {
        foreach (T message in messages)
            _messages.Add(message);
    }
}
