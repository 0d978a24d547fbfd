using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// One worker of an enrichment. If a call fails while the service answers nobody, its record is set aside, and the call of the next record
/// is the probe. So a record that the service can never answer does not block the others. It is tried again when another call was answered,
/// or when there is no other record.
/// </summary>
internal sealed class ApiEnrichWorker(ApiEnricher enricher, WorkerPort<RecordChunk> port)
{
    private readonly Queue<(OpenChunk Chunk, int Index, ApiRecordCall Call)> _aside = [];

    public async Task RunAsync()
    {
        while (_aside.Count > 0 || await port.Input.WaitToReadAsync(port.Stopping).ConfigureAwait(false))
        {
            // Records that were set aside go first, unless another record can be the probe.
            if ((_aside.Count == 0 || enricher.IsHeldUp) && port.Input.TryRead(out RecordChunk? chunk))
                await BeginAsync(chunk).ConfigureAwait(false);
            else if (_aside.TryDequeue(out var first))
                await CallAsync(first.Chunk, first.Index, first.Call).ConfigureAwait(false);
        }
    }

    private async ValueTask BeginAsync(RecordChunk chunk)
    {
        var open = new OpenChunk(chunk, port.Time.GetTimestamp());
        for (int i = 0; i < chunk.Input.Count; i++)
        {
            Record record = chunk.Input[i];
            if (record.Error is null)
                await CallAsync(open, i, new ApiRecordCall(record)).ConfigureAwait(false);
            else
                Put(open, i, record);
        }
    }

    private async ValueTask CallAsync(OpenChunk chunk, int index, ApiRecordCall call)
    {
        if (await enricher.TryEnrichAsync(call, port).ConfigureAwait(false) is { } result)
            Put(chunk, index, result);
        else
            _aside.Enqueue((chunk, index, call));
    }

    private void Put(OpenChunk open, int index, Record result)
    {
        open.Results[index] = result;
        if (--open.Left > 0)
            return;
        open.Chunk.Output.AddRange(open.Results);
        port.Finish(open.Chunk, port.Time.GetElapsedTime(open.BeganAt));
    }

    private sealed class OpenChunk(RecordChunk chunk, long beganAt)
    {
        public RecordChunk Chunk => chunk;

        public long BeganAt => beganAt;

        public Record[] Results { get; } = new Record[chunk.Input.Count];

        public int Left { get; set; } = chunk.Input.Count;
    }
}
