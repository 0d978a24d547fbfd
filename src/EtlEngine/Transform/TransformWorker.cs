using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Transform;

/// <summary>A pool worker that takes the declarative steps and nothing else.</summary>
internal static class TransformWorker
{
    /// <summary>Works until the input ends.</summary>
    public static async Task RunAsync(WorkerPort<RecordChunk> port, RecordTransform transform)
    {
        ArgumentNullException.ThrowIfNull(port);
        ArgumentNullException.ThrowIfNull(transform);
        var transformer = new Transformer(transform);
        ErrorFactory newError = port.NewError;
        await foreach (RecordChunk chunk in port.Input.ReadAllAsync(port.Stopping).ConfigureAwait(false))
        {
            var work = new ChunkTransform(transform, chunk, newError);
            long began = port.Time.GetTimestamp();
            work.BeforeTurn(transformer, null, port.Stopping);
            TimeSpan elapsed = port.Time.GetElapsedTime(began);
            await work.TakeTurnAsync(port.Stopping).ConfigureAwait(false);
            began = port.Time.GetTimestamp();
            work.AfterTurn(transformer, null, port.Stopping);
            port.Finish(chunk, elapsed + port.Time.GetElapsedTime(began));
        }
    }
}
