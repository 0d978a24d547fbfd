using EtlTools.Engine;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>
/// The workers that run script blocks: each has its thread and runspace from its first chunk until the input ends or the
/// stage stops. One whose record takes too long is replaced by a fresh one, which goes on with the next record.
/// </summary>
internal sealed class ScriptWorkers : IDisposable
{
    /// <summary>How many scripts that cannot be stopped are left behind before the run ends.</summary>
    public const int MaxAbandoned = 16;

    /// <summary>How long a script that was told to end is waited for before its worker is left behind.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromMilliseconds(700);

    private readonly WorkerSession _session;
    private readonly TimeSpan? _timeout;
    private readonly List<object> _messagesOfSetup = [];
    private WorkerRunspace? _ready;
    private int _abandoned;

    /// <param name="transform">The declarative steps.</param>
    /// <param name="blocks">The script blocks.</param>
    /// <param name="session">Makes the runspaces.</param>
    /// <param name="timeout">How long a record may take, or null.</param>
    public ScriptWorkers(RecordTransform transform, ScriptBlocks blocks, WorkerSession session, TimeSpan? timeout)
    {
        Transform = transform;
        Blocks = blocks;
        _session = session;
        _timeout = timeout;
    }

    public RecordTransform Transform { get; }

    public ScriptBlocks Blocks { get; }

    public StreamMessages Messages { get; } = new();

    /// <summary>What modules and the initialization wrote to the other streams.</summary>
    public IReadOnlyList<object> MessagesOfSetup => _messagesOfSetup;

    /// <summary>Opens the first runspace, so that what is wrong with the setup is known before the first record.</summary>
    /// <exception cref="EtlException">Something is.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Prepare(TimeProvider time, CancellationToken stopping)
    {
        WorkerRunspace runspace = _session.NewRunspace();
        // On a thread of its own: the caller's has a runspace already.
        Task opening = Task.Run(() => _session.Open(runspace, _messagesOfSetup.Add, stopping), CancellationToken.None);
        if (!Leaving.EndsAsync(opening, time, stopping).AsTask().GetAwaiter().GetResult())
        {
            runspace.LeaveBehind();
            throw new OperationCanceledException(stopping);
        }
        opening.GetAwaiter().GetResult();
        _ready = runspace;
    }

    /// <summary>Gives a worker its runspace.</summary>
    /// <param name="made">Is told of a new one before it is prepared, which may take long.</param>
    /// <param name="stopping">Stops that.</param>
    public WorkerRunspace OpenRunspace(Action<WorkerRunspace> made, CancellationToken stopping)
    {
        WorkerRunspace? ready = Interlocked.Exchange(ref _ready, null);
        WorkerRunspace runspace = ready ?? _session.NewRunspace();
        made(runspace);
        if (ready is null)
            _session.Open(runspace, tell: null, stopping);
        return runspace;
    }

    /// <summary>Runs one worker, and those that replace it.</summary>
    public async Task RunAsync(WorkerPort<RecordChunk> port)
    {
        RecordChunk? chunk;
        do
        {
            if (!await port.Input.WaitToReadAsync(port.Stopping))
                return;
        }
        while (!port.Input.TryRead(out chunk));
        ChunkTransform? work = new(Transform, chunk, port.NewError);
        while (work is not null)
            work = await RunOneAsync(port, work);
    }

    public void Dispose() => Interlocked.Exchange(ref _ready, null)?.Dispose();

    /// <summary>Runs one worker to its end.</summary>
    /// <returns>The work that its successor goes on with, if it had to be replaced.</returns>
    private async Task<ChunkTransform?> RunOneAsync(WorkerPort<RecordChunk> port, ChunkTransform first)
    {
        var worker = new ScriptWorker(this, port, _timeout is { } timeout ? new WorkerLease(port.Time, timeout) : null);
        worker.Start(first);
        bool expired = await WatchAsync(worker, port);
        if (expired)
            worker.Stop();
        await worker.Ended.WaitAsync(StopGrace, port.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        bool hasEnded = worker.Ended.IsCompleted;
        if (hasEnded)
        {
            worker.Dispose();
        }
        else
        {
            worker.LeaveBehind();
            WarnOfAbandoned(port, expired);
        }
        if (!expired)
        {
            if (hasEnded)
                await worker.Ended;
            return null;
        }
        ChunkTransform work = worker.LeftBehind!;
        work.FailCurrent(port.NewError(
            ErrorCodes.ScriptTimedOut, FormattableString.Invariant($"The script block took longer than -TimeoutSec {_timeout!.Value.TotalSeconds}.")));
        return work;
    }

    /// <summary>Waits until the worker ends, the stage stops, or a record takes too long.</summary>
    /// <returns>True for the last.</returns>
    private static async Task<bool> WatchAsync(ScriptWorker worker, WorkerPort<RecordChunk> port)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(port.Stopping);
        TimeSpan left = Timeout.InfiniteTimeSpan;
        while (true)
        {
            if (worker.Lease?.TryExpire(out left) == true)
                return true;
            Task later = Task.Delay(left, port.Time, over.Token);
            if (await Task.WhenAny(worker.Ended, later) == worker.Ended || port.Stopping.IsCancellationRequested)
            {
                await over.CancelAsync();
                return false;
            }
        }
    }

    /// <exception cref="EtlException">There are too many.</exception>
    private void WarnOfAbandoned(WorkerPort<RecordChunk> port, bool expired)
    {
        if (expired && Interlocked.Increment(ref _abandoned) > MaxAbandoned)
        {
            throw new EtlException(
                FailureCodes.WorkerAbandoned, FailureKind.Unavailable,
                FormattableString.Invariant($"{MaxAbandoned} script blocks that took longer than -TimeoutSec could not be stopped. The run ends, so that they do not pile up. Give the call in the block a time-out of its own."));
        }
        port.Notices.Add(NoticeLevel.Warning, new EtlException(
            FailureCodes.WorkerAbandoned, FailureKind.Unavailable,
            $"A script block{(expired ? " that took longer than -TimeoutSec" : "")} did not end when it was told to stop, and was left behind: it is inside a call that cannot be interrupted."));
    }
}
