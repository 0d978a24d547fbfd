using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Transform;

/// <summary>A pool worker that applies rules and nothing else.</summary>
public static class RuleWorker
{
    /// <summary>Works until the input ends.</summary>
    public static async Task RunAsync(IWorkerPort<RecordChunk> port, RecordRules rules)
    {
        ArgumentNullException.ThrowIfNull(port);
        ArgumentNullException.ThrowIfNull(rules);
        await foreach (RecordChunk chunk in port.Input.ReadAllAsync(port.Stopping).ConfigureAwait(false))
        {
            long began = port.Time.GetTimestamp();
            foreach (Record record in chunk.Input)
                chunk.Output.Add(record.Error is null ? rules.Apply(record, port.NewError) : record);
            port.Finish(chunk, port.Time.GetElapsedTime(began));
        }
    }
}
