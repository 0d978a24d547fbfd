using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Runs one worker's script blocks over its chunks, on the worker's thread, as long as the worker lives.</summary>
internal sealed class ScriptTransform(
    WorkerPort<RecordChunk> port, RecordTransform transform, Transformer transformer, ScriptSteps steps, WorkerStreams streams, CancellationToken stopping)
{
    private volatile ChunkTransform? _current;

    /// <summary>The chunk at hand. Not the worker's own any more, once its lease is lost.</summary>
    public ChunkTransform? Current => _current;

    /// <summary>Works on the first chunk and then on others until the input ends.</summary>
    /// <param name="first">The first chunk.</param>
    /// <param name="leaving">Cancelled when PowerShell stops the worker's pipeline by itself.</param>
    public void Run(ChunkTransform first, CancellationToken leaving)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, leaving);
        Transform(first, either.Token);
        while (port.Input.WaitToReadAsync(either.Token).AsTask().GetAwaiter().GetResult())
        {
            while (port.Input.TryRead(out RecordChunk? chunk))
                Transform(new ChunkTransform(transform, chunk, port.NewError), either.Token);
        }
    }

    private void Transform(ChunkTransform work, CancellationToken stop)
    {
        _current = work;
        streams.Destination = work.Chunk;
        long began = port.Time.GetTimestamp();
        work.BeforeTurn(transformer, steps, stop);
        TimeSpan elapsed = port.Time.GetElapsedTime(began);
        work.TakeTurnAsync(stop).GetAwaiter().GetResult();
        began = port.Time.GetTimestamp();
        work.AfterTurn(transformer, steps, stop);
        _current = null;
        port.Finish(work.Chunk, elapsed + port.Time.GetElapsedTime(began));
    }
}
