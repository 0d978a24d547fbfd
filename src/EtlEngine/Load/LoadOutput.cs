using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>Finished records on their way out of the loader: the writers add them, and the pipeline thread takes them.</summary>
internal sealed class LoadOutput(PumpSignal signal)
{
    /// <summary>Chunks that wait to be taken.</summary>
    private const int Chunks = 16;

    private const int ChunkSize = 128;

    private readonly Channel<Record[]> _queue = Channel.CreateBounded<Record[]>(new BoundedChannelOptions(Chunks) { SingleReader = true });
    private Record[] _current = [];
    private int _next;

    /// <summary>Whether there is a record to take.</summary>
    public bool HasMore => _next < _current.Length || _queue.Reader.TryPeek(out _);

    /// <summary>Adds records, in order; waits while too many have not been taken. Any thread.</summary>
    public async ValueTask PutAsync(List<Record> records, CancellationToken cancellationToken)
    {
        foreach (Record[] chunk in records.Chunk(ChunkSize))
        {
            await _queue.Writer.WriteAsync(chunk, cancellationToken).ConfigureAwait(false);
            signal.Set();
        }
    }

    /// <summary>Takes the next record.</summary>
    public bool TryTake([NotNullWhen(true)] out Record? record)
    {
        while (_next == _current.Length)
        {
            record = null;
            if (!_queue.Reader.TryRead(out Record[]? chunk))
                return false;
            (_current, _next) = (chunk, 0);
        }
        record = _current[_next++];
        return true;
    }
}
