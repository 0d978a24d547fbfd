using System.Management.Automation;
using System.Threading.Channels;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>What script blocks wrote to the other streams, from the workers to the pipeline thread, which writes it.</summary>
internal sealed class StreamMessages
{
    private readonly Channel<object> _queue = Channel.CreateBounded<object>(10_000);
    private long _dropped;

    /// <summary>Adds a message; when far more come than are shown, the rest is counted.</summary>
    public void Add(object message)
    {
        if (!_queue.Writer.TryWrite(message))
            Interlocked.Increment(ref _dropped);
    }

    /// <summary>Writes what has come in. Pipeline thread.</summary>
    public void WriteTo(Cmdlet command)
    {
        while (_queue.Reader.TryRead(out object? message))
        {
            switch (message)
            {
                case WarningRecord warning:
                    command.WriteWarning(warning.Message);
                    break;
                case VerboseRecord verbose:
                    command.WriteVerbose(verbose.Message);
                    break;
                case DebugRecord debug:
                    command.WriteDebug(debug.Message);
                    break;
                case InformationRecord information:
                    command.WriteInformation(information);
                    break;
            }
        }
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
            command.WriteWarning(FormattableString.Invariant($"{dropped} messages of the script block are not shown: they came faster than they could be written."));
    }
}
