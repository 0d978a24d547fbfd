using System.Diagnostics.CodeAnalysis;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>
/// One bounded stage, as its consumer sees it. A single thread, the pipeline thread, posts, takes and waits; workers only use channels.
/// Disposing cancels the workers and awaits them.
/// </summary>
internal abstract class RecordStage : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _read;
    private int _disposed;

    /// <summary>Makes the stage's common part.</summary>
    protected RecordStage(StageCounters counters)
    {
        Counters = counters;
        Notices = new StageNotices(Signal);
        Stopping = _stop.Token;
        _read = CancellationTokenSource.CreateLinkedTokenSource(Stopping);
        Reading = _read.Token;
    }

    /// <summary>What the stage has done so far.</summary>
    public StageCounters Counters { get; }

    /// <summary>Cancelled when the stage must abandon its records.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Cancelled when a source must stop reading: the run is drained, or the stage abandons its records.</summary>
    public CancellationToken Reading { get; }

    /// <summary>True for a source that a drain ended before the end of its input.</summary>
    public bool IsCutShort { get; protected set; }

    /// <summary>The error that ended a source's input; null for none. It ends the run after all earlier records have been
    /// processed.</summary>
    public EtlException? Ending { get; protected set; }

    /// <summary>True when all input has been processed and all output taken.</summary>
    public abstract bool IsEnded { get; }

    /// <summary>True if the stage is empty: nothing will come out before more is put in.</summary>
    public virtual bool IsIdle => Counters.Held == 0;

    /// <summary>How much of the input is done, from 0 to 1, or null if unknown.</summary>
    public virtual double? Fraction => null;

    /// <summary>The workers' messages to the user, for the consumer thread to show.</summary>
    public StageNotices Notices { get; }

    /// <summary>Wakes the waiting consumer thread.</summary>
    protected PumpSignal Signal { get; } = new();

    /// <summary>An error of this stage.</summary>
    /// <param name="code">One of <see cref="ErrorCodes"/>.</param>
    /// <param name="message">What happened; no value of a field.</param>
    /// <param name="column">The column at fault, if one is.</param>
    /// <param name="detail">A script block's own text.</param>
    public RecordError NewError(string code, string message, string? column = null, string? detail = null) =>
        Counters.NewError(code, message, column, detail);

    /// <summary>The next finished record, good or failed, without waiting.</summary>
    /// <exception cref="Exception">An error that a worker could not handle, rethrown.</exception>
    public abstract bool TryTake([NotNullWhen(true)] out Record? record);

    /// <summary>Waits until there may be something to take, room to post, or the end.</summary>
    /// <returns>False if the time passed first.</returns>
    /// <exception cref="OperationCanceledException">The stage was cancelled.</exception>
    public bool Wait(TimeSpan timeout)
    {
        Signal.Reset();
        bool changed = CanProceed || Signal.Wait(timeout, Stopping);
        Stopping.ThrowIfCancellationRequested();
        return changed;
    }

    /// <summary>True if <see cref="Wait"/> need not wait.</summary>
    protected abstract bool CanProceed { get; }

    /// <summary>Cancels: records in flight are abandoned. Returns at once; any thread.</summary>
    public void Cancel() => Cancel(_stop);

    /// <summary>Stops a source's reading; records already read continue. Returns at once; any thread.</summary>
    public void Drain() => Cancel(_read);

    private void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // A stop that crosses the disposal finds nothing left to stop.
            return;
        }
        Signal.Set();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        Cancel();
        await ReleaseAsync().ConfigureAwait(false);
        Counters.End();
        _read.Dispose();
        _stop.Dispose();
        Signal.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Awaits the workers and releases what the stage holds. Called once, after cancellation.</summary>
    protected abstract ValueTask ReleaseAsync();
}

/// <summary>Where the input of a stage is put in, by the same thread that takes the records out.</summary>
internal interface IStageInput
{
    /// <summary>Hands over what is being gathered into a chunk, for a source that pauses.</summary>
    void Flush();

    /// <summary>Says that no more input comes.</summary>
    void CompleteInput();
}

/// <summary>A stage that records are put into, by the same thread that takes them out.</summary>
internal interface IRecordInput : IStageInput
{
    /// <summary>Puts a record in, if there is room.</summary>
    /// <returns>False when the stage is full: take what is finished, wait, and post again.</returns>
    bool TryPost(Record record);
}
