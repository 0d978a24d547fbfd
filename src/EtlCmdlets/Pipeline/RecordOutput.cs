using System.Runtime.CompilerServices;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// Writes good records to the pipeline: to an Etl command right behind in batches, to any other one by one. A batch is small where the
/// command behind is slow to take it, so that a drain and a stop find no more than a moment's records on their way.
/// </summary>
internal sealed class RecordOutput(EtlCommand command, TimeProvider time)
{
    private readonly EtlBatch? _batch = command.Next is { IsDirect: true } ? new EtlBatch() : null;
    private readonly ChunkSize _size = new(ChunkSize.Largest);
    private int _weight;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Write(Record record)
    {
        if (_batch is null)
        {
            command.WriteObject(new EtlRecord(record));
            return;
        }
        _batch.Records.Add(record);
        _weight += record.Weigh();
        if (_weight >= _size.Current)
            Flush();
    }

    /// <summary>Writes what waits for a batch to be full.</summary>
    public void Flush()
    {
        if (_batch is not { Records.Count: > 0 } batch)
            return;
        long began = time.GetTimestamp();
        command.WriteObject(batch);
        _size.Learn(batch.Records.Count, time.GetElapsedTime(began));
        batch.Records.Clear();
        _weight = 0;
    }
}
