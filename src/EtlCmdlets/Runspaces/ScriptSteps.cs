using System.Management.Automation;
using System.Runtime.CompilerServices;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>The steps of one worker that are script blocks. Lives on the worker's thread, inside its runspace.</summary>
internal sealed class ScriptSteps : IScriptSteps, IDisposable
{
    private readonly WorkerPort<RecordChunk> _port;
    private readonly WorkerLease? _lease;
    private readonly WorkerStreams _streams;
    private readonly CancellationToken _stopping;
    private readonly Transformer _transformer;
    private readonly BlockStep? _filter;
    private readonly BlockStep? _block;
    private readonly BlockStep?[] _columns;
    private readonly object?[]? _values;
    private readonly RecordReader _reader = new();
    private readonly List<Record> _emitted = [];
    private EtlRecord? _current;
    private Record? _lineage;
    private RecordError? _refused;

    public ScriptSteps(
        WorkerPort<RecordChunk> port, RecordTransform transform, Transformer transformer, ScriptBlocks blocks, WorkerLease? lease, WorkerStreams streams, CancellationToken stopping)
    {
        _port = port;
        _transformer = transformer;
        _lease = lease;
        _streams = streams;
        _stopping = stopping;
        _filter = blocks.NewFilter();
        _block = blocks.NewBlock(Take);
        Dictionary<string, BlockStep> computed = blocks.NewColumns();
        _columns = [.. transform.Options.SetColumns.Select(column => computed.GetValueOrDefault(column.Name))];
        _values = computed.Count > 0 ? [.. transform.Options.SetColumns.Select(column => column.Constant)] : null;
    }

    public void Enter() => _lease?.Enter();

    public void Leave()
    {
        _lease?.Leave();
        _streams.Release();
    }

    public RecordError? Filter(Record record, out bool keeps)
    {
        keeps = true;
        if (_filter is null)
            return null;
        _current = new EtlRecord(record);
        RecordError? error = Run(_filter, _current, out Array output);
        keeps = error is null && LanguagePrimitives.IsTrue(output.Length == 1 ? output.GetValue(0) : output);
        return error;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public RecordError? Emit(Record given, Record lineage, List<Record> output)
    {
        EtlRecord current = _current is { } filtered && ReferenceEquals(filtered.Record, given) ? filtered : new EtlRecord(given);
        _current = null;
        if (_block is null)
            return Finish(given, current, output);
        _emitted.Clear();
        (_lineage, _refused) = (lineage, null);
        RecordError? error = Run(_block, current, out Array made);
        if (error is not null)
            return error;
        foreach (object? item in made)
            _refused ??= Accept(item);
        if (_refused is not null)
            return _refused;
        foreach (Record record in _emitted)
        {
            if (Finish(record, null, output) is { } failed)
                return failed;
        }
        return null;
    }

    public void Dispose()
    {
        _filter?.Dispose();
        _block?.Dispose();
        foreach (BlockStep? column in _columns)
            column?.Dispose();
    }

    private RecordError? Finish(Record record, EtlRecord? wrapped, List<Record> output)
    {
        for (int i = 0; i < _columns.Length; i++)
        {
            if (_columns[i] is not { } column)
                continue;
            if (Run(column, wrapped ??= new EtlRecord(record), out Array values) is { } error)
                return error;
            _values![i] = values.Length switch
            {
                0 => null,
                1 => ValueUnwrapper.Unwrap(values.GetValue(0)),
                _ => values.Cast<object?>().Select(ValueUnwrapper.Unwrap).ToArray(),
            };
        }
        _transformer.Finish(record, _values, output);
        return null;
    }

    private RecordError? Run(BlockStep step, EtlRecord record, out Array output)
    {
        output = Array.Empty<object>();
        try
        {
            output = step.Process(record);
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            step.Reset();
            _streams.TakeError();
            return ErrorOf(step, e);
        }
        if (_lease?.IsLost == true)
            throw new OperationCanceledException(_stopping);
        return _streams.TakeError() is { } written ? ErrorOf(step, written.Exception, written) : null;
    }

    /// <summary>Takes an object while the block goes on and may change it.</summary>
    private void Take(object? item) => _refused ??= Accept(item);

    /// <summary>Reads an object that the block emitted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private RecordError? Accept(object? item)
    {
        object? value = item is PSObject wrapped ? wrapped.BaseObject : item;
        if (value is null)
            return null;
        if (value is not EtlRecord)
        {
            if (value is ErrorRecord emitted)
                return ErrorOf(_block!, emitted.Exception, emitted);
            if (StreamRecords.IsOne(value))
            {
                _streams.Keep(value);
                return null;
            }
            if (TableRows.Of(value) is { } rows)
                return rows.Cast<object?>().Select(Accept).FirstOrDefault(refused => refused is not null);
        }
        if (!_reader.TryRead(item, addedMembers: true, out Record? record, out string? whyNot))
        {
            return _port.NewError(
                ErrorCodes.ScriptFailed, $"The script block's output is not a record. {whyNot} Put $null = before calls whose value is not wanted.");
        }
        _emitted.Add(value is EtlRecord ? record : _lineage!.Derive(record));
        return null;
    }

    private RecordError ErrorOf(BlockStep step, Exception exception, ErrorRecord? error = null)
    {
        if (exception is FlowControlException)
        {
            string what = exception switch { ContinueException => "continue outside of a loop", BreakException => "break outside of a loop", _ => "exit" };
            return _port.NewError(ErrorCodes.ScriptFailed, $"{step.What} used {what}. To leave the record out, use return.", step.Column);
        }
        error ??= (exception as IContainsErrorRecord)?.ErrorRecord;
        Exception cause = error?.Exception ?? exception;
        return _port.NewError(ErrorCodes.ScriptFailed, ScriptFailure.Describe(step.What, cause, error), step.Column, cause.Message);
    }
}
