using System.Management.Automation;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>
/// Runs one worker's script block over its chunks. Lives on the worker's thread, inside the worker's runspace, as long
/// as the worker does.
/// </summary>
internal sealed class ScriptTransform(
    IWorkerPort<RecordChunk> port, RecordChunk first, RecordRules rules, ScriptBlock block, WorkerStreams streams) : IDisposable
{
    // Dot-sourced, so that the block's variables live as long as the worker.
    private const string Step = "param($EtlBlock) . $EtlBlock";

    private readonly RecordReader _reader = new();
    private readonly List<Record> _emitted = [];
    private bool _currentIsOut;
    private ScriptBlock? _step;
    private SteppablePipeline? _pipeline;

    /// <summary>Works on the first chunk and then on others until the input ends.</summary>
    public void Run()
    {
        Transform(first);
        while (port.Input.WaitToReadAsync(port.Stopping).AsTask().GetAwaiter().GetResult())
        {
            while (port.Input.TryRead(out RecordChunk? chunk))
                Transform(chunk);
        }
    }

    public void Dispose() => _pipeline?.Dispose();

    private void Transform(RecordChunk chunk)
    {
        long began = port.Time.GetTimestamp();
        foreach (Record record in chunk.Input)
        {
            port.Stopping.ThrowIfCancellationRequested();
            Transform(record, chunk);
        }
        port.Finish(chunk, port.Time.GetElapsedTime(began));
    }

    private void Transform(Record record, RecordChunk chunk)
    {
        Record input = record.Error is null ? rules.Apply(record, port.NewError) : record;
        if (input.Error is not null)
        {
            chunk.Output.Add(input);
            return;
        }
        // The block gets a record of its own: if it fails half-way, the one that came in is still as it was.
        RecordError? error = Invoke(input.Clone(), input);
        if (error is not null)
        {
            chunk.Output.Add(record.Fail(error));
            return;
        }
        chunk.Output.AddRange(_emitted);
        if (_emitted.Count == 0)
            chunk.Filtered++;
        else
            chunk.Made += _emitted.Count - 1;
    }

    private RecordError? Invoke(Record given, Record lineage)
    {
        _emitted.Clear();
        _currentIsOut = false;
        var current = new EtlRecord(given);
        Array output;
        try
        {
            output = Pipeline().Process(current);
        }
        catch (Exception e) when (!port.Stopping.IsCancellationRequested)
        {
            // The pipeline that threw is gone; the next record gets a new one in the same runspace.
            _pipeline?.Dispose();
            _pipeline = null;
            streams.TakeError();
            return ErrorOf(e);
        }
        if (streams.TakeError() is { } written)
            return ErrorOf(written.Exception, written);
        foreach (object? item in output)
        {
            if (Accept(item, current, lineage) is { } error)
                return error;
        }
        return null;
    }

    private SteppablePipeline Pipeline()
    {
        if (_pipeline is null)
        {
            _step ??= ScriptBlock.Create(Step);
            _pipeline = _step.GetSteppablePipeline(CommandOrigin.Internal, [block]);
            _pipeline.Begin(expectInput: true);
        }
        return _pipeline;
    }

    private RecordError? Accept(object? item, EtlRecord current, Record lineage)
    {
        object? value = item is PSObject wrapped ? wrapped.BaseObject : item;
        if (value is null)
            return null;
        if (value is ErrorRecord emitted)
            return ErrorOf(emitted.Exception, emitted);
        if (!_reader.TryRead(item, addedMembers: true, out Record? record, out string? whyNot))
        {
            return port.NewError(
                ErrorCodes.ScriptFailed, $"The script block emitted what is no record. {whyNot} Put $null = before calls whose value is not wanted.");
        }
        if (value is not EtlRecord)
            record = lineage.Derive(record);
        else if (!ReferenceEquals(value, current) || _currentIsOut)
            // Emitted before, or kept from an earlier input: one object must not be in two places.
            record = record.Clone();
        _currentIsOut |= ReferenceEquals(value, current);
        _emitted.Add(record);
        return null;
    }

    private RecordError ErrorOf(Exception exception, ErrorRecord? error = null)
    {
        error ??= (exception as IContainsErrorRecord)?.ErrorRecord;
        Exception cause = error?.Exception ?? exception;
        int line = error?.InvocationInfo?.ScriptLineNumber ?? 0;
        string where = line > 0 ? FormattableString.Invariant($" at line {line}") : "";
        return port.NewError(
            ErrorCodes.ScriptFailed, $"The script block failed{where} ({cause.GetType().Name}).", detail: cause.Message);
    }
}
