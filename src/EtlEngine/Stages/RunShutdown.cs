namespace EtlTools.Engine.Stages;

/// <summary>
/// Ends a run before the end of its input. After a drain, sources stop reading and records in flight are finished. After a drop,
/// uncommitted work is abandoned. A drain that takes too long becomes a drop. Any thread.
/// </summary>
internal sealed class RunShutdown : IDisposable
{
    /// <summary>The default time for a drain: less than the 30 s that Kubernetes waits before it kills a pod.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(25);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _drop = new();
    private readonly ITimer _deadline;
    private bool _disposed;

    internal RunShutdown(TimeProvider time)
    {
        _deadline = time.CreateTimer(_ => Drop($"{Reason}, and the drain took longer than {Timeout.TotalSeconds:0.#} s"), null, System.Threading.Timeout.InfiniteTimeSpan, System.Threading.Timeout.InfiniteTimeSpan);
        Draining = _drain.Token;
        Dropping = _drop.Token;
    }

    /// <summary>How long a drain may take before the run is dropped. Default 25 s.</summary>
    public TimeSpan Timeout { get; set; } = DefaultTimeout;

    /// <summary>Cancelled when sources must stop reading.</summary>
    public CancellationToken Draining { get; }

    /// <summary>Cancelled when all work must be abandoned.</summary>
    public CancellationToken Dropping { get; }

    /// <summary>The reason, as a clause; null before a request.</summary>
    public string? Reason { get; private set; }

    /// <summary>True if a drain ended a source before the end of its input.</summary>
    public bool IsCutShort { get; private set; }

    /// <summary>Requests a drain; an earlier request stays in effect.</summary>
    /// <param name="reason">The reason, as a clause.</param>
    /// <param name="timeout">How long the drain may take; null for <see cref="Timeout"/>.</param>
    public void Drain(string reason, TimeSpan? timeout = null)
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            if (timeout is { } limit)
                Timeout = limit;
            else if (Draining.IsCancellationRequested)
                return;
            Reason ??= reason;
            _deadline.Change(Timeout, System.Threading.Timeout.InfiniteTimeSpan);
        }
        Cancel(_drain);
    }

    /// <summary>Requests a drop.</summary>
    /// <param name="reason">The reason, as a clause.</param>
    public void Drop(string reason)
    {
        lock (_lock)
        {
            if (_disposed || Dropping.IsCancellationRequested)
                return;
            Reason = reason;
        }
        Cancel(_drain);
        Cancel(_drop);
    }

    /// <summary>A source stopped before the end of its input.</summary>
    public void CutShort() => IsCutShort = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            _disposed = true;
        _deadline.Dispose();
        _drain.Dispose();
        _drop.Dispose();
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The run ended at the same moment.
            return;
        }
    }
}
