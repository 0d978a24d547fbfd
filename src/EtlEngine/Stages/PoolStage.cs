using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>Runs one worker of a pool until its input ends or the token is cancelled.</summary>
/// <param name="pool">The worker's view of its pool.</param>
internal delegate Task PoolWorker<TChunk>(WorkerPort<TChunk> pool) where TChunk : StageChunk;

/// <summary>
/// A bounded input channel, a fixed pool of workers, and a bounded output channel. If order is kept, a chunk enters the output channel
/// together with the input channel, and is taken from it when its worker has finished it. So the reordering window is never larger than the
/// stage's capacity.
/// </summary>
internal abstract class PoolStage<TChunk> : RecordStage where TChunk : StageChunk
{
    private readonly Channel<TChunk> _input;
    private readonly Channel<TChunk> _output;
    private readonly RecordCapacity _capacity;
    private readonly RecordCapacity _chunks;
    private readonly bool _ordered;
    private readonly Task _workers;
    private readonly Queue<object> _messages = [];
    private TChunk? _current;
    private long _entered;
    private int _next;
    private int _running;
    private bool _hasHandedBack;
    private volatile Exception? _workerFault;
    private volatile Exception? _inputFault;

    /// <summary>Starts the workers.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="options">Pool size and capacities.</param>
    /// <param name="time">The clock.</param>
    /// <param name="worker">Runs one worker; called once for each.</param>
    protected PoolStage(string name, StageOptions options, TimeProvider time, PoolWorker<TChunk> worker) : base(new StageCounters(name) { Capacity = options?.BufferSize ?? 0 })
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(worker);
        Time = time;
        _ordered = options.KeepOrder;
        _capacity = new RecordCapacity(options.BufferSize);
        // Chunks are counted separately from records, so that neither channel refuses a chunk that was admitted.
        _chunks = new RecordCapacity(options.MaxChunks);
        var bounds = new BoundedChannelOptions(options.MaxChunks) { SingleWriter = false, SingleReader = false };
        _input = Channel.CreateBounded<TChunk>(bounds);
        _output = Channel.CreateBounded<TChunk>(bounds);
        _running = options.ThrottleLimit;
        _workers = Task.WhenAll(Enumerable.Range(0, options.ThrottleLimit).Select(number => RunAsync(worker, number)));
    }

    /// <inheritdoc/>
    public override bool IsEnded => IsDone && _workerFault is null && InputFault is null;

    /// <inheritdoc/>
    protected override bool CanProceed =>
        _current is not null || _workerFault is not null || IsDone || (_output.Reader.TryPeek(out TChunk? head) && head.IsFinished);

    /// <summary>Whether the stage is a source, and takes no records from a pipeline.</summary>
    protected virtual bool IsSource => false;

    /// <summary>The error that ended the input. If a drain came first, the run that continues will meet the error.</summary>
    private Exception? InputFault => _hasHandedBack ? null : _inputFault;

    private bool IsDone => _current is null && Volatile.Read(ref _running) == 0 && !_output.Reader.TryPeek(out _);

    /// <inheritdoc/>
    public override bool TryTake([NotNullWhen(true)] out Record? record)
    {
        while (true)
        {
            if (_current is not null)
            {
                if (_next < _current.Output.Count && !Drains)
                {
                    record = _current.Output[_next++];
                    Count(record);
                    return true;
                }
                _hasHandedBack |= _next < _current.Output.Count;
                OnTaken(_current);
                Release(_current);
                _current = null;
            }
            if (!_output.Reader.TryPeek(out TChunk? head) || !head.IsFinished || !_output.Reader.TryRead(out _current))
            {
                // Records finished before the error are returned first.
                Exception? fault = _workerFault ?? (IsDone ? InputFault : null);
                if (fault is not null)
                    ExceptionDispatchInfo.Throw(fault);
                record = null;
                return false;
            }
            if (Drains)
            {
                _hasHandedBack = true;
                Release(_current);
                _current = null;
                continue;
            }
            _next = 0;
            if (_current.HasMessages)
                _current.Messages.ForEach(_messages.Enqueue);
            Counters.AddFiltered(_current.Filtered);
            // The records of a source are counted one by one, because a drain may discard some of them.
            Counters.AddMade(IsSource ? _current.Made - _current.Output.Count : _current.Made);
        }
    }

    /// <summary>Whether a source discards what it has read ahead; the run that continues reads it again. Otherwise more records might wait
    /// here than later commands can process before the drain must be over.</summary>
    private bool Drains => Reading.IsCancellationRequested && !Stopping.IsCancellationRequested;

    private void Release(TChunk chunk)
    {
        _chunks.Release(1);
        _capacity.Release(chunk.Weight);
        Counters.AddLeft(chunk.Count);
        IsCutShort |= _hasHandedBack;
    }

    /// <summary>The chunks to work on.</summary>
    internal ChannelReader<TChunk> Input => _input.Reader;

    /// <summary>The clock.</summary>
    internal TimeProvider Time { get; }

    /// <summary>Takes back a finished chunk. Worker threads.</summary>
    internal void Finish(TChunk chunk, TimeSpan elapsed)
    {
        OnFinished(chunk, elapsed);
        chunk.MarkFinished();
        if (!_ordered && !_output.Writer.TryWrite(chunk))
            throw new InvalidOperationException("A worker finished more chunks than the stage took in.");
        Signal.Set();
    }

    /// <summary>The other output of the chunks taken so far, in order. Consumer's thread.</summary>
    public bool TryTakeMessage([NotNullWhen(true)] out object? message) => _messages.TryDequeue(out message);

    /// <summary>The consumer has taken all records of a chunk. Consumer's thread.</summary>
    protected virtual void OnTaken(TChunk chunk)
    {
    }

    /// <summary>Reserves room for a record that will be entered.</summary>
    protected bool TryReserve(int weight) => _capacity.TryAcquire(weight);

    /// <summary>Enters a chunk whose room was reserved. One producer at a time.</summary>
    protected void EnterWithinCapacity(TChunk chunk)
    {
        chunk.Number = _entered++;
        bool entered = _chunks.TryAcquire(1) && (!_ordered || _output.Writer.TryWrite(chunk)) && _input.Writer.TryWrite(chunk);
        if (!entered)
            throw new InvalidOperationException("A stage took more chunks than it has room for records.");
    }

    /// <summary>Enters a chunk, waiting for room; for a source's own reader. One producer at a time.</summary>
    protected async ValueTask EnterAsync(TChunk chunk, CancellationToken cancellationToken)
    {
        await _chunks.AcquireAsync(1, cancellationToken).ConfigureAwait(false);
        await _capacity.AcquireAsync(chunk.Weight, cancellationToken).ConfigureAwait(false);
        Counters.AddEntered(chunk.Count);
        chunk.Number = _entered++;
        // After room was reserved, neither step waits; a drain between the two would leave a chunk that no worker ever finishes.
        if (_ordered)
            await _output.Writer.WriteAsync(chunk, Stopping).ConfigureAwait(false);
        await _input.Writer.WriteAsync(chunk, Stopping).ConfigureAwait(false);
    }

    /// <summary>Runs a source's reader. The end of the reader, a drain or an error ends the input; the consumer gets an error after the
    /// records that were read before it.</summary>
    /// <param name="read">Reads; observes <see cref="RecordStage.Reading"/>.</param>
    protected async Task RunReaderAsync(Func<Task> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        try
        {
            await read().ConfigureAwait(false);
            EndInput();
        }
        catch (OperationCanceledException) when (Reading.IsCancellationRequested)
        {
            IsCutShort |= !Stopping.IsCancellationRequested;
            EndInput();
        }
        catch (Exception e)
        {
            EndInput(e);
        }
    }

    /// <summary>Ends the input.</summary>
    /// <param name="fault">The error that ended it early, for the consumer, or null.</param>
    protected void EndInput(Exception? fault = null)
    {
        _inputFault = fault;
        _input.Writer.TryComplete();
        Signal.Set();
    }

    /// <summary>A worker has finished a chunk. Worker threads.</summary>
    protected virtual void OnFinished(TChunk chunk, TimeSpan elapsed)
    {
    }

    /// <inheritdoc/>
    protected override async ValueTask ReleaseAsync()
    {
        _input.Writer.TryComplete();
        await _workers.ConfigureAwait(false);
    }

    private void Count(Record record)
    {
        if (IsSource)
            Counters.AddMade();
        if (record.Error is null)
            Counters.AddOut();
        else if (ReferenceEquals(record.Error.FailedIn, Counters))
            Counters.AddFailed();
        else
            Counters.AddForwarded();
    }

    private async Task RunAsync(PoolWorker<TChunk> worker, int number)
    {
        // Never on the caller's context, because its thread is the one that will wait for the workers.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await worker(new WorkerPort<TChunk>(this, number)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Stopping.IsCancellationRequested)
        {
            // Dropped, as requested.
        }
        catch (Exception e)
        {
            // The consumer rethrows it; the other workers need not continue.
            _workerFault ??= e;
        }
        finally
        {
            // Before the signal; a consumer that did not see the end yet would otherwise wait forever.
            Interlocked.Decrement(ref _running);
            Signal.Set();
        }
    }
}
