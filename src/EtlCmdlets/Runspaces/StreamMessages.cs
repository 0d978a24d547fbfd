using System.Management.Automation;
using System.Threading.Channels;
using EtlTools.Cmdlets.Pipeline;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>What script blocks wrote to the other streams, from the workers to the pipeline thread, which writes it.</summary>
internal sealed class StreamMessages
{
    /// <summary>Messages that may wait to be written; beyond it they are counted only.</summary>
    private const int Limit = 10_000;

    private readonly Channel<ProgressRecord> _progress =
        Channel.CreateBounded<ProgressRecord>(new BoundedChannelOptions(100) { FullMode = BoundedChannelFullMode.DropOldest });
    private int _waiting;
    private long _dropped;

    /// <summary>Takes room for a message. Any thread.</summary>
    public bool TryReserve()
    {
        if (Interlocked.Increment(ref _waiting) <= Limit)
            return true;
        Interlocked.Decrement(ref _waiting);
        Interlocked.Increment(ref _dropped);
        return false;
    }

    /// <summary>Gives back the room of messages that are not written. Any thread.</summary>
    public void GiveBack(int count) => Interlocked.Add(ref _waiting, -count);

    /// <summary>Adds progress, of which the newest counts. Any thread.</summary>
    public void AddProgress(ProgressRecord progress) => _progress.Writer.TryWrite(progress);

    /// <summary>Writes progress, and that messages were dropped. Pipeline thread.</summary>
    public void WriteProgressTo(EtlCmdlet command)
    {
        while (_progress.Reader.TryRead(out ProgressRecord? progress))
            command.WriteProgress(progress);
        if (Volatile.Read(ref _dropped) > 0 && Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
            command.WriteWarning(FormattableString.Invariant($"{dropped} messages of the script block are not shown: they came faster than they could be written."));
    }

    /// <summary>Writes a message to the stream that it came on. Pipeline thread.</summary>
    public void Write(EtlCmdlet command, object message)
    {
        Interlocked.Decrement(ref _waiting);
        StreamRecords.Write(command, message);
    }
}
